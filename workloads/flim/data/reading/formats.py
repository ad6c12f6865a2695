"""Formats by suffix, which the first bytes of a file must bear out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.errors import InputError, near_names
from stomp_flim.files import reading
from workloads.flim.data.reading import arrays, ptu, sdt, tiff
from workloads.flim.data.reading.part import Part, TimeAxis


@dataclass(frozen=True)
class Format:
    """What files with a suffix are.

    Attributes
    ----------
    content : str
        What it is, for messages.
    parts : callable
        Returns what a file holds, given which axis is time where the format does not say it.
    says_time : bool
        Whether the format itself says which axis is time.
    """

    content: str
    parts: Callable[[Path, TimeAxis | None], list[Part]]
    says_time: bool = False


_SDT, _PTU = "a Becker & Hickl SDT file", "a PicoQuant PTU file"
_NPY, _NPZ, _TIFF = "a NumPy array", "a NumPy archive or another ZIP file", "a TIFF file"
FORMATS = {
    ".sdt": Format(_SDT, lambda path, _: sdt.parts(path), says_time=True),
    ".ptu": Format(_PTU, lambda path, _: ptu.parts(path), says_time=True),
    ".npy": Format(_NPY, arrays.parts_npy),
    ".npz": Format(_NPZ, arrays.parts_npz),
    ".tif": Format(_TIFF, tiff.parts),
    ".tiff": Format(_TIFF, tiff.parts),
}


def format_of(path: Path) -> Format:
    """Return the format of a file.

    Raises
    ------
    InputError
        If the suffix is none of them, or the content is another one's.
    """
    with reading(path), path.open("rb") as file:
        head = file.read(64)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{path}: unknown suffix {path.suffix!r}; {near_names(suffix, FORMATS)}")
    found = FORMATS[suffix]
    content = _content(head)
    if content != found.content:
        raise InputError(f"{path}: expected {found.content}, as its name says, found {content}")
    return found


def parts(path: Path, time_axis: TimeAxis | None = None) -> list[Part]:
    """Return what a file holds.

    Raises
    ------
    InputError
        If the file is missing, damaged or not what its suffix says, or ``time_axis`` contradicts
        the format.
    """
    found = format_of(path)
    if found.says_time and time_axis == "first":
        raise InputError(f"{path}: time axis 'first', expected none: {found.content} says it")
    with reading(path, damage=Exception):  # libraries meet damage with almost any
        return found.parts(path, time_axis)


def _content(head: bytes) -> str:
    if not head:
        return "an empty file"
    for magic, content in (
        (b"PQTTTR", _PTU),
        (b"\x93NUMPY", _NPY),
        (b"PK", _NPZ),
        (b"II*\0", _TIFF),
        (b"II+\0", _TIFF),
        (b"MM\0*", _TIFF),
        (b"MM\0+", _TIFF),
    ):
        if head.startswith(magic):
            return content
    # An SDT file starts with offsets; its marks are "header valid" and the checksum behind them.
    if head[32:34] == b"\x55\x55" or head[40:42] == b"\xaa\x55":
        return _SDT
    return "something else"
