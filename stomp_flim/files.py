"""Files: read with one kind of error, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stomp_flim.errors import DAMAGE, InputError, system_reason
from stomp_flim.temporary import temporary_file


@contextmanager
def reading(
    path: Path | str, what: str = "", damage: type[Exception] | tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn what the system throws while the body reads a file into an `InputError`.

    Every reader works inside of it. An `InputError` of the body's own passes unchanged.

    Parameters
    ----------
    path : path
        The file, for the message.
    what : str, optional
        What was expected, for the message: ``"an .npz file of weights"``.
    damage : exception type or tuple of them, optional
        Further exceptions by which a library tells that a file is not what it should be.

    Raises
    ------
    InputError
        Where the file is not there, unreadable, damaged, or too large or too deep to be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.files import reading
    >>> with reading("none.json"):
    ...     text = Path("none.json").read_bytes()
    Traceback (most recent call last):
    ...
    stomp_flim.errors.InputError: none.json: cannot be read: No such file or directory
    """
    if "\0" in str(path):
        raise InputError(f"{str(path)!r}: a name with NUL, expected that of a file")
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        known = damage if isinstance(damage, tuple) else (damage,)
        reason = system_reason(error)
        if isinstance(error, DAMAGE) or (reason is None and isinstance(error, known)):
            finding = f"is not {what}" if what else "damaged or truncated"
            raise InputError(f"{path}: {finding}: {_line(error)}") from error
        if reason is None:
            raise
        expected = f", expected {what}" if what else ""
        raise InputError(f"{path}: cannot be read: {reason}{expected}") from error


def _line(error: Exception) -> str:
    """Return what a library says, of which some quote the file, in one line that can be read."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:300]}..."


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn what the system throws while the body writes a file into an `InputError` that names it.

    Where files are written beside each other, each has its own, or one is named for the other.

    Parameters
    ----------
    path : path
        The file, for the message.

    Raises
    ------
    InputError
        Where the file cannot be written: no such folder, no right to, a full disk.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.files import writing
    >>> with writing("/dev/full"):
    ...     written = Path("/dev/full").write_text("some text")
    Traceback (most recent call last):
    ...
    stomp_flim.errors.InputError: /dev/full: cannot be written: No space left on device
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {system_reason(error)}") from error


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` and rename it to `path` on success.

    The temporary name keeps the suffix, since many writers choose their format by it. Nothing is
    left behind when the body raises, and what a killed process left there before is removed.
    Symbolic links are followed. A device, a named pipe and what standard output goes to are
    written into once all is there; a pipe waits for its reader.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written, `path` is a folder or no name, or the
        disk is full.
    """
    path = Path(path)
    if "\0" in str(path):
        raise InputError(f"{str(path)!r}: a name with NUL, expected that of a file")
    with writing(path):
        stream, target = _is_stream(path), Path(os.path.realpath(path))
        with temporary_file(tempfile.gettempdir() if stream else target.parent, path) as temporary:
            yield temporary
            if stream:
                _pour(temporary, path)
            else:
                temporary.chmod(0o666 & ~_umask())
                temporary.replace(target)


def _is_stream(path: Path) -> bool:
    """Return whether a path is written into as it is, or raise where it cannot be written."""
    try:
        found = path.stat()
    except FileNotFoundError:  # also a link to what is not there yet
        return False
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISREG(found.st_mode) and not _is_standard_output(found):
        return False
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return True


def _is_standard_output(found: os.stat_result) -> bool:
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):  # closed, or none at all
            if os.path.samestat(found, os.fstat(stream.fileno())):  # type: ignore[union-attr]
                return True
    return False


def _pour(source: Path, stream: Path) -> None:
    """Append a file to what is already there; nothing is created, cut off or replaced."""
    into = os.open(stream, os.O_WRONLY | os.O_APPEND)
    with open(into, "wb", buffering=0) as sink, source.open("rb") as content:  # noqa: PTH123
        shutil.copyfileobj(content, sink)


def output_folder(path: Path | str) -> Path:
    """Create a folder for results, with its parents, and prove that it can be written.

    Raises
    ------
    InputError
        If it cannot be created or written.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InputError(
            f"{path}: cannot be used as output folder: {system_reason(error)}"
        ) from error
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
