"""Measured FLIM images in: one immutable object, whatever the file format.

==========  ======================================================  =========================
suffix      read as                                                 width of a time bin
==========  ======================================================  =========================
.sdt        Becker & Hickl image block, one block a channel         in the file
.ptu        PicoQuant T3 image, frames summed                       in the file
.npz        array ``counts`` [rows, columns, bins]                  array ``bin_width_ns``
.npy        array [rows, columns, bins]                             argument
.tif .tiff  stack [bins, rows, columns], one page a time bin,       argument
            unless its axes name the time axis (T or H)
==========  ======================================================  =========================

Where the width is an argument it may be left out for an image with the time axis of the published
accelerator, 135 bins (of 0.09 ns). Counts are what the instrument stored; Becker & Hickl modules
can be set to add more than one count for a photon.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError, near_names
from stomp_flim.files import reading
from stomp_flim.interchange.numpy_files import names, read_archive, read_array
from workloads.flim.data.tiff import read_stack
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS

TimeAxis = Literal["first", "last"]

WIDEST_BIN_NS = 1.0
"""Wider bins cannot resolve the lifetimes; a larger number is a width in ps by mistake."""

_FINEST_PTU_BIN_NS = BIN_WIDTH_NS / 4
"""Time tags of 1 ps would make a histogram of GBs: finer ones are summed while decoding."""
_PTU_MARKERS = 16
"""Records have a bit for each; 0 stands for none."""


@dataclass(frozen=True, eq=False)
class MeasuredImage:
    """A FLIM image: a histogram of photon arrival times for each pixel.

    Parameters
    ----------
    counts : array [rows, columns, bins]
        Photon counts, integers or floats, finite and not negative. Kept as a read-only view.
    bin_width_ns : float
        Width of a time bin in ns.
    source : str
        Where the image comes from, as error messages and provenance name it.

    Raises
    ------
    InputError
        If the counts or the width are none of that.
    """

    counts: npt.NDArray[Any]
    bin_width_ns: float
    source: str

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        if counts.ndim != 3 or 0 in counts.shape:
            raise InputError(
                f"{self.source}: counts have the shape {counts.shape}, "
                "expected [rows, columns, time bins]"
            )
        if counts.dtype.kind not in "uif":
            raise InputError(
                f"{self.source}: counts are of type {counts.dtype}, expected integers or floats"
            )
        if counts.shape[-1] < 2:
            raise InputError(f"{self.source}: 1 time bin, expected a histogram of at least 2")
        # NaN and infinity survive min and max: no temporary array of the image's size is needed.
        lowest, highest = counts.min(), counts.max()
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            raise InputError(f"{self.source}: counts hold NaN or infinity, expected finite numbers")
        if lowest < 0:
            raise InputError(f"{self.source}: a count is {lowest}, expected none below 0")
        if not 0 < self.bin_width_ns <= WIDEST_BIN_NS:
            raise InputError(
                f"{self.source}: bin width {self.bin_width_ns} ns, "
                f"expected more than 0 and at most {WIDEST_BIN_NS} ns"
            )
        counts = counts.view()
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "bin_width_ns", float(self.bin_width_ns))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns, _ = self.counts.shape
        return rows, columns

    @property
    def bins(self) -> int:
        """Number of time bins."""
        return int(self.counts.shape[-1])


def bin_pixels(image: MeasuredImage, size: int) -> MeasuredImage:
    """Sum the counts of blocks of `size` x `size` pixels.

    Rows and columns at the lower and right edge that do not fill a block are dropped, as a camera
    does: a partial block would be a pixel of another brightness.

    Raises
    ------
    InputError
        If `size` is below 1 or larger than the image.
    """
    rows, columns = image.shape
    if not 1 <= size <= min(rows, columns):
        raise InputError(
            f"{image.source}: pixel binning {size}, expected 1 to {min(rows, columns)} "
            f"for {rows} x {columns} pixels"
        )
    if size == 1:
        return image
    whole = image.counts[: rows // size * size, : columns // size * size]
    blocks = whole.reshape(rows // size, size, columns // size, size, image.bins)
    return MeasuredImage(blocks.sum(axis=(1, 3)), image.bin_width_ns, image.source)


def read(
    path: Path | str,
    *,
    bin_width_ns: float | None = None,
    channel: int | None = None,
    time_axis: TimeAxis | None = None,
) -> MeasuredImage:
    """Read a FLIM image; the format follows from the suffix and must agree with the content.

    Parameters
    ----------
    path : Path or str
        The file; formats in the table at the top of this module.
    bin_width_ns : float, optional
        Width of a time bin in ns, for formats that carry none.
    channel : int, optional
        Detector channel, counted from 0, of a file that holds several.
    time_axis : {"first", "last"}, optional
        Which axis of a NPY, NPZ or TIFF array is time, if not the one that the table names.

    Raises
    ------
    InputError
        If the file is missing, damaged or not what its suffix says, or its counts are not an image.
    """
    path = Path(path)
    with reading(path), path.open("rb") as file:
        head = file.read(64)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise InputError(f"{path}: unknown suffix {path.suffix!r}; {near_names(suffix, _READERS)}")
    expected, reader = _READERS[suffix]
    content = _content(head)
    if content != expected:
        raise InputError(f"{path}: expected {expected}, as its name says, found {content}")
    with reading(path, damage=Exception):  # libraries meet damage with almost any
        images, axis, width = reader(path)
    counts = _select(path, images, channel)
    if counts.ndim != 3:
        raise InputError(
            f"{path}: counts have the shape {counts.shape}, expected [rows, columns, time bins]"
        )
    if (time_axis or axis) == "first":
        counts = np.moveaxis(counts, 0, -1)
    return MeasuredImage(counts, _bin_width(path, width, bin_width_ns, counts), str(path))


_Content = tuple[list[npt.NDArray[Any]], TimeAxis, float | None]
"""One array a channel, its time axis, and the width of a bin in ns where the file has one."""


def _read_sdt(path: Path) -> _Content:
    import sdtfile

    with sdtfile.SdtFile(path) as file:
        images = []
        for header, data in zip(file.block_headers, file.data, strict=True):
            if data.nbytes != header.block_length:
                raise InputError(
                    f"{path}: truncated: a data block has {data.nbytes} bytes, "
                    f"expected {header.block_length}"
                )
            images += list(data) if data.ndim == 4 else [data]
        width_ns = float(file.times[0][1]) * 1e9
    return images, "last", width_ns


def _read_ptu(path: Path) -> _Content:
    import ptufile

    with ptufile.PtuFile(path, trimdims="TC") as file:
        if not (file.is_image and file.is_t3):
            raise InputError(f"{path}: not an image of T3 records, expected one")
        for tag in ("ImgHdr_LineStart", "ImgHdr_LineStop", "ImgHdr_Frame"):
            marker = file.tags.get(tag)
            if marker is not None and marker not in range(_PTU_MARKERS + 1):
                raise InputError(
                    f"{path}: {tag} is {marker}, expected a marker from 1 to {_PTU_MARKERS}"
                )
        found = len(file.read_records())
        if found != file.number_records:
            raise InputError(f"{path}: truncated: {found} records, expected {file.number_records}")
        width_ns = file.tcspc_resolution * 1e9
        summed = max(1, int(_FINEST_PTU_BIN_NS / width_ns))
        bins = min(max(file.number_bins_in_period, file.number_bins), file.number_bins_max)
        # Frames are summed while decoding, into 32 bits: 16 would overflow without a word.
        counts = file.decode_image(
            [slice(None, None, -1), None, None, None, slice(0, bins, summed)], dtype=np.uint32
        )
    return (
        [counts[0, :, :, channel] for channel in range(counts.shape[3])],
        "last",
        width_ns * summed,
    )


def _read_npy(path: Path) -> _Content:
    return [read_array(path)], "last", None


def _read_npz(path: Path) -> _Content:
    arrays = read_archive(path, wanted=("counts", "bin_width_ns"))
    if "counts" not in arrays:
        raise InputError(f"{path}: no array 'counts', found {', '.join(names(path)) or 'none'}")
    width_ns = None
    if "bin_width_ns" in arrays:
        width = arrays["bin_width_ns"]
        if width.size != 1 or width.dtype.kind not in "uif":
            raise InputError(
                f"{path}: 'bin_width_ns' is {width.dtype} of the shape {width.shape}, expected one "
                "number"
            )
        width_ns = float(width.item())
    return [arrays["counts"]], "last", width_ns


def _read_tiff(path: Path) -> _Content:
    counts, axes = read_stack(path)
    axis: TimeAxis = "last" if axes[-1:] in ("T", "H") else "first"
    return [counts], axis, None


_SDT, _PTU = "a Becker & Hickl SDT file", "a PicoQuant PTU file"
_NPY, _NPZ, _TIFF = "a NumPy array", "a NumPy archive or another ZIP file", "a TIFF file"
_READERS: dict[str, tuple[str, Callable[[Path], _Content]]] = {
    ".sdt": (_SDT, _read_sdt),
    ".ptu": (_PTU, _read_ptu),
    ".npy": (_NPY, _read_npy),
    ".npz": (_NPZ, _read_npz),
    ".tif": (_TIFF, _read_tiff),
    ".tiff": (_TIFF, _read_tiff),
}


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


def _select(path: Path, images: list[npt.NDArray[Any]], channel: int | None) -> npt.NDArray[Any]:
    if channel is None and len(images) == 1:
        return images[0]
    if channel is None or not 0 <= channel < len(images):
        raise InputError(
            f"{path}: channel {'not given' if channel is None else channel}, "
            f"expected 0 to {len(images) - 1}"
        )
    return images[channel]


def _bin_width(
    path: Path, in_file: float | None, given: float | None, counts: npt.NDArray[Any]
) -> float:
    if in_file is not None and given is not None and not math.isclose(in_file, given, rel_tol=1e-3):
        raise InputError(f"{path}: bin width given as {given} ns, the file says {in_file:.6g} ns")
    width = given if in_file is None else in_file
    if width is not None:
        return width
    if counts.shape[-1] == STEPS:
        return BIN_WIDTH_NS
    raise InputError(
        f"{path}: the shape {counts.shape} has {counts.shape[-1]} time bins and the file no bin "
        f"width; give it in ns (only {STEPS} bins are known to be {BIN_WIDTH_NS} ns wide)"
    )
