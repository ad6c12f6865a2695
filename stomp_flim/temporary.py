"""Temporary files that outlive no run: what a killed one left, the next one removes."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without such locks: there, what is left is left
    fcntl = None  # type: ignore[assignment]

_OWN = re.compile(r"\.stomp-flim-[0-9a-f]{16}(\.[^.]*)?")
_LONGEST_SUFFIX = 40
"""Bytes; a longer one is no format's, and a name of 255 bytes is a usual limit."""


@contextmanager
def temporary_file(folder: Path | str, name: Path) -> Iterator[Path]:
    """Yield a new empty file for what will be called `name`; it is gone when the block is left.

    The file is locked for as long as its process lives, on whatever machine that shares the
    folder. One of such a name that nobody has locked was left by a process that was killed.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder = Path(folder)
    _remove_left(folder)
    suffix = name.suffix if len(os.fsencode(name.suffix)) <= _LONGEST_SUFFIX else ""
    temporary = folder / f".stomp-flim-{secrets.token_hex(8)}{suffix}"
    lock = None
    try:  # before the file exists: an interrupt can arrive at the very instant of its creation
        while lock is None:
            lock = _locked_file(temporary)
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def _locked_file(path: Path) -> int | None:
    """Make a file and lock it; None if another process removed it before it was locked."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with suppress(OSError):  # a file system without locks
        _lock(lock)
    if path.exists():
        return lock
    os.close(lock)
    return None


def _remove_left(folder: Path) -> None:
    with os.scandir(folder) as entries:
        left = [Path(entry.path) for entry in entries if _OWN.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):  # another user's, locked, or gone by now
            _remove_unlocked(path)


def _remove_unlocked(path: Path) -> None:
    lock = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        _lock(lock, wait=False)
        path.unlink()
    finally:
        os.close(lock)


def _lock(file: int, *, wait: bool = True) -> None:
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
