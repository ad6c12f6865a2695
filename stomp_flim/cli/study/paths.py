"""The paths in the values of options, which move with the file that they stand in."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PART = re.compile(r"[^:,=]+")
_SUFFIXES = (".py", ".toml", ".onnx", ".npz", ".stg", ".dot", ".gv", ".json", ".sm", ".graphml")
"""Of what is a file, whether it is there or not, as in ``my_policy.py:most_followers_first``."""


def moved(value: Any, change: Callable[[str], str], *, whole: bool) -> Any:
    """Return the value of an option with each path in it changed.

    Parameters
    ----------
    value : object
        A text, a list of texts, or what holds no path.
    change : callable
        Returns where a path leads from elsewhere.
    whole : bool
        Whether the option takes a path; else paths are parts of texts such as
        ``NAME:key=FILE,key=value``.
    """
    if isinstance(value, list):
        return [moved(item, change, whole=whole) for item in value]
    if not isinstance(value, str):
        return value
    if whole or is_file(value):
        return change(value)
    return _PART.sub(lambda part: change(part[0]) if _is_path(part[0]) else part[0], value)


def paths(value: Any, *, whole: bool) -> list[str]:
    """Return the paths in the value of an option, as they are written."""
    found = []

    def keep(path: str) -> str:
        found.append(path)
        return path

    moved(value, keep, whole=whole)
    return found


def onto(folder: Path) -> Callable[[str], str]:
    """Return what makes of a path from a folder one from the working directory.

    Absolute paths are left as they were given, here and in `seen_from`.
    """
    return lambda path: path if Path(path).is_absolute() else _between(Path(folder, path), Path())


def seen_from(folder: Path) -> Callable[[str], str]:
    """Return what makes of a path from the working directory one from a folder."""
    return lambda path: path if Path(path).is_absolute() else _between(Path(path), folder)


def _between(file: Path, folder: Path) -> str:
    """Return the way from a folder to a file, which may lead through links."""
    found = Path(os.path.realpath(file.parent), file.name)
    return Path(os.path.relpath(found, os.path.realpath(folder))).as_posix()


def digest(path: str) -> str | None:
    """Return the SHA-256 of a file, or None where there is none that can be read."""
    try:
        if not is_file(path):
            return None
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def is_file(path: str) -> bool:
    """Return whether a text is the path of a regular file."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def _is_path(part: str) -> bool:
    if "/" in part or os.sep in part or part.endswith(_SUFFIXES):
        return True
    return "." in part and is_file(part)
