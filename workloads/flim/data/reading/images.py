"""From what a file holds to the image that is meant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from stomp_flim.errors import InputError
from stomp_flim.files import reading
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.reading.formats import parts
from workloads.flim.data.reading.frames import frame_range
from workloads.flim.data.reading.part import Part, TimeAxis
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS


def read(
    path: Path | str,
    *,
    bin_width_ns: float | None = None,
    channel: int | None = None,
    time_axis: TimeAxis | None = None,
    frames: str | None = None,
) -> MeasuredImage:
    """Read a FLIM image; the format follows from the suffix and must agree with the content.

    Parameters
    ----------
    path : Path or str
        The file; formats in the table of `workloads.flim.data.reading`.
    bin_width_ns : float, optional
        Width of a time bin in ns, for formats that carry none.
    channel : int, optional
        Which image of a file that holds several: a PTU file's detector by its own number, else
        images counted from 0.
    time_axis : {"first", "last"}, optional
        Which axis of a NPY, NPZ or TIFF array is time, if not the one that the table names.
    frames : str, optional
        Frames that are summed: ``"sum"`` for all, one as ``"3"``, a range as ``"2:10"``.

    Returns
    -------
    MeasuredImage
        Counts [rows, columns, time bins]; its notes say what else the file holds.

    Raises
    ------
    InputError
        If the file is missing, damaged or not what its suffix says, or its counts are not an image.
    """
    path = Path(path)
    if frames == "all":
        raise InputError(f"{path}: frames 'all' make several images, expected frames of one image")
    part, notes = _chosen(path, parts(path, time_axis), channel)
    span = frame_range(frames, part.frames, str(path))
    return image_of(path, part, span, bin_width_ns, notes)


def read_frames(
    path: Path | str,
    *,
    bin_width_ns: float | None = None,
    channel: int | None = None,
    time_axis: TimeAxis | None = None,
    frames: str | None = None,
) -> list[MeasuredImage]:
    """Read frames of a FLIM image as images of their own.

    Parameters
    ----------
    path, bin_width_ns, channel, time_axis
        As of `read`.
    frames : str, optional
        One, or a range as ``"2:10"``. Default: all.

    Returns
    -------
    list of MeasuredImage
        In the order of time.

    Raises
    ------
    InputError
        As of `read`.
    """
    path = Path(path)
    part, notes = _chosen(path, parts(path, time_axis), channel)
    return [
        image_of(path, part, range(frame, frame + 1), bin_width_ns, notes)
        for frame in frame_range(frames, part.frames, str(path))
    ]


def image_of(
    path: Path,
    part: Part,
    frames: range,
    bin_width_ns: float | None = None,
    notes: tuple[str, ...] = (),
) -> MeasuredImage:
    """Return the image of a part that can be read.

    Parameters
    ----------
    path : Path
        The file.
    part : Part
        Of the file.
    frames : range
        Which of its frames are summed.
    bin_width_ns : float, optional
        As the user gives it.
    notes : tuple of str
        What to say beside that of the part.

    Raises
    ------
    InputError
        If its counts are none, or its bins are not as wide as given.
    """
    if part.load is None:
        raise InputError(f"{path}: {part.refusal}")
    with reading(path, damage=Exception):
        counts = part.load(frames)
    width = _bin_width(path, part, bin_width_ns)
    pulses = None if part.pulses is None else part.pulses * len(frames)
    return MeasuredImage(
        counts, width, str(path), part.period_ns, pulses, notes=(*part.notes, *notes)
    )


def _chosen(path: Path, found: Sequence[Part], channel: int | None) -> tuple[Part, tuple[str, ...]]:
    """Return the part that is meant, and what to say of those that cannot be read."""
    images = {part.channel: part for part in found if part.channel is not None}
    left_out = [part for part in found if part.channel is None]
    if not images:
        reasons = dict.fromkeys(part.refusal or part.kind for part in left_out)
        raise InputError(f"{path}: {'; '.join(reasons) or 'nothing in it, expected an image'}")
    if channel is None and len(images) == 1:
        (part,) = images.values()
    elif channel in images:
        part = images[channel]
    else:
        raise InputError(
            f"{path}: channel {'not given' if channel is None else channel}, "
            f"expected {_numbers([number for number in images if number is not None])}"
        )
    if not left_out:
        return part, ()
    kinds = ", ".join(dict.fromkeys(part.kind for part in left_out))
    return part, (f"The file also holds what is no image of decays and was left out: {kinds}.",)


def _numbers(channels: Sequence[int]) -> str:
    first, last = min(channels), max(channels)
    if len(channels) == 1:
        return str(first)
    if len(channels) == last - first + 1:
        return f"{first} to {last}"
    return " or ".join(map(str, sorted(channels)))


def width_ns_of(part: Part) -> float | None:
    """Return the width of a part's bins in ns: the file's, or that which their number says."""
    if part.bin_width_ns is None and part.channel is not None and part.shape[-1] == STEPS:
        return BIN_WIDTH_NS
    return part.bin_width_ns


def _bin_width(path: Path, part: Part, given: float | None) -> float:
    in_file = part.bin_width_ns
    if in_file is not None and given is not None and not math.isclose(in_file, given, rel_tol=1e-3):
        raise InputError(f"{path}: bin width given as {given} ns, the file says {in_file:.6g} ns")
    width = given if in_file is None and given is not None else width_ns_of(part)
    if width is not None:
        return width
    raise InputError(
        f"{path}: the shape {part.shape} has {part.shape[-1]} time bins and the file no bin "
        f"width; give it in ns (only {STEPS} bins are known to be {BIN_WIDTH_NS} ns wide)"
    )
