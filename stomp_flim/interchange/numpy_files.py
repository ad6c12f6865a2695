"""Arrays in NumPy's files, read only where the file holds what its headers announce."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Container
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError
from stomp_flim.files import reading

MOST_BYTES = 2**33
"""Of an array: 8 GiB, an image of two million pixels with 1,024 time bins of 32 bits."""

_PART = 2**24  # a stream is never asked for more than it is likely to have


def read_array(path: Path, what: str = "a NumPy array") -> NDArray[Any]:
    """Read the array of a ``.npy`` file.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What is expected, for messages.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, holds Python objects, or announces more than it
        holds.
    """
    with reading(path, what, damage=Exception), path.open("rb") as stream:
        return _array(stream, path.stat().st_size, f"{path}: the array")


def read_archive(
    path: Path, what: str = "an .npz file", wanted: Container[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Read arrays of an ``.npz`` file.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What is expected, for messages.
    wanted : collection of str, optional
        Names of the arrays to read, if they are there; all by default.

    Raises
    ------
    InputError
        If the file cannot be read or is damaged, or an array that is read stands twice, is
        encrypted, is compressed in a way that is not known, holds Python objects, or announces
        more than it holds.
    """
    found: dict[str, NDArray[Any]] = {}
    with reading(path, what, damage=Exception), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if wanted is not None and name not in wanted:
                continue
            if name in found:
                raise InputError(f"{path}: array {name!r} stands twice, expected once")
            with archive.open(member) as stream:
                found[name] = _array(stream, member.file_size, f"{path}: array {name!r}")
                stream.read(1)  # only at its end is the checksum compared
    return found


def names(path: Path) -> list[str]:
    """Return the names of the arrays of an ``.npz`` file.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    with reading(path, damage=Exception), zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def _array(stream: IO[bytes], size: int, place: str) -> NDArray[Any]:
    """Read an array of a stream of so many bytes, of which the header says how many it needs."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, fortran_order, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise InputError(f"{place}: format {version}, expected 1.0 or 2.0")
    if dtype.hasobject:
        raise InputError(f"{place} holds Python objects, expected numbers")
    announced, held = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if announced > min(held, MOST_BYTES):
        raise InputError(
            f"{place} announces the shape {shape} of {dtype}, {announced:,} bytes, expected at "
            f"most the {held:,} that are there and {MOST_BYTES:,}"
        )
    array = np.empty(math.prod(shape), dtype)
    room, filled = array.view(np.uint8), 0
    while filled < announced:
        part = stream.read(min(announced - filled, _PART))
        if not part:
            raise EOFError("the data end early")
        room[filled : filled + len(part)] = np.frombuffer(part, np.uint8)
        filled += len(part)
    return array.reshape(shape, order="F" if fortran_order else "C")
