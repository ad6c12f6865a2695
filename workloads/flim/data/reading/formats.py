"""Formats by suffix, which the first bytes of a file must bear out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.errors import InputError, near_names
from stomp_flim.files import reading
from workloads.flim.data.reading import arrays, leica, libraries, ptu, sdt, tiff
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
    looks : str, optional
        What its first bytes look like, where that is not what it is.
    """

    content: str
    parts: Callable[[Path, TimeAxis | None], list[Part]]
    says_time: bool = True
    looks: str = ""


_SDT, _LIF = "a Becker & Hickl SDT file", "a Leica LIF file"
_PTU, _PHU = "a PicoQuant PTU file", "a PicoQuant PHU file"
_NPY, _NPZ, _TIFF = "a NumPy array", "a NumPy archive or another ZIP file", "a TIFF file"
_JSON, _OTHER = "a JSON document", "something else"
_FLIMLABS = "a FLIM LABS file of histograms"
_SIMFCS, _PICOQUANT = "a SimFCS file of histograms", "a PicoQuant file of histograms"
FORMATS = {
    ".sdt": Format(_SDT, lambda path, _: sdt.parts(path)),
    ".ptu": Format(_PTU, lambda path, _: ptu.parts(path)),
    ".phu": Format(_PHU, lambda path, _: ptu.parts_phu(path)),
    ".lif": Format(_LIF, lambda path, _: leica.parts(path)),
    ".npy": Format(_NPY, arrays.parts_npy, says_time=False),
    ".npz": Format(_NPZ, arrays.parts_npz, says_time=False),
    ".tif": Format(_TIFF, tiff.parts, says_time=False),
    ".tiff": Format(_TIFF, tiff.parts, says_time=False),
    ".b&h": Format(_SIMFCS, lambda path, _: libraries.parts_simfcs(path), looks=_OTHER),
    ".bhz": Format(_SIMFCS, lambda path, _: libraries.parts_simfcs(path), looks=_NPZ),
    ".bin": Format(_PICOQUANT, lambda path, _: libraries.parts_picoquant(path), looks=_OTHER),
    ".json": Format(_FLIMLABS, lambda path, _: libraries.parts_flimlabs(path), looks=_JSON),
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
    if content != (found.looks or found.content):
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
        (b"PQHISTO", _PHU),
        (b"p\0\0\0", _LIF),
        (b"{", _JSON),
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
    return _OTHER
