"""Files are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stomp_flim.errors import InputError


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` and rename it to `path` on success.

    The temporary name keeps the suffix, since many writers choose their format by it. Nothing is
    left behind when the body raises.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written, or `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: cannot be written: Is a directory")
    temporary = path.parent / f".{path.stem}-{secrets.token_hex(8)}{''.join(path.suffixes)}"
    try:  # before the file exists: an interrupt can arrive at the very instant of its creation
        try:
            temporary.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
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
        raise InputError(f"{path}: cannot be used as output folder: {error.strerror}") from error
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
