"""Files: read with one kind of error, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stomp_flim.errors import DAMAGE, InputError, system_reason

_LONGEST_PART = 40
"""Characters of a name that stand in that of its temporary file: 255 bytes are a usual limit."""


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
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` and rename it to `path` on success.

    The temporary name keeps the suffix, since many writers choose their format by it. Nothing is
    left behind when the body raises.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written, `path` is a folder or no name, or the
        disk is full.
    """
    path = Path(path)
    if "\0" in str(path):
        raise InputError(f"{str(path)!r}: a name with NUL, expected that of a file")
    stem, suffix = path.stem[:_LONGEST_PART], path.suffix[:_LONGEST_PART]
    temporary = path.parent / f".{stem}-{secrets.token_hex(8)}{suffix}"
    try:  # before the file exists: an interrupt can arrive at the very instant of its creation
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        temporary.touch(mode=0o600, exist_ok=False)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written: {system_reason(error)}") from error
        raise


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
