"""Images of the command `infer`: read, binned, cut to what one laser period and a region hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.files import reading
from stomp_flim.interchange.numpy_files import read_array
from workloads.flim.data.measured import MeasuredImage, bin_pixels
from workloads.flim.data.reading import TimeAxis, read, read_frames
from workloads.flim.data.reading.tiff_checks import require_chain
from workloads.flim.instrument.ceiling import piled_up, saturated
from workloads.flim.instrument.photons import counts_per_photon
from workloads.flim.instrument.record import record_of
from workloads.flim.lifetimes.quality.flags import Flag

TIFFS = (".tif", ".tiff")

SEED = 0
"""Seed of the image that stands in where none is given."""

MOST_CREDIBLE = 0.2
"""Photons a pulse beyond which the pixel time of a file is not believed."""

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Reading:
    """How files are read, as `workloads.flim.data.reading.read` takes it."""

    bin_width_ns: float | None = None
    channel: int | None = None
    time_axis: TimeAxis | None = None
    frames: str | None = None


def images(path: Path | None, how: Reading) -> list[MeasuredImage]:
    """Return the image of a file, or its frames; without a file a synthetic image.

    Raises
    ------
    InputError
        See `workloads.flim.data.reading.read`.
    """
    if path is None:
        from workloads.flim.data.tpsf import synthetic_image

        return [synthetic_image(seed=SEED).image]
    if how.frames == "all":
        return read_frames(
            path, bin_width_ns=how.bin_width_ns, channel=how.channel, time_axis=how.time_axis
        )
    return [read(path, **asdict(how))]


def prepared(
    image: MeasuredImage, binning: int, pulses: float | None, period_ns: float | None
) -> tuple[MeasuredImage, npt.NDArray[np.uint16]]:
    """Return an image of summed pixels, within one laser period, and the flags of its counters.

    What touches a ceiling is looked for before pixels are summed, which would hide it.

    Parameters
    ----------
    image : MeasuredImage
        As it was read.
    binning : int
        Pixels a side that are summed.
    pulses : float, optional
        Laser pulses that each pixel saw, if the file does not say it.
    period_ns : float, optional
        Laser period, if the file does not say it.

    Raises
    ------
    InputError
        If the binning does not fit, or numbers are not above 0.
    """
    for name, value in (("--pulses", pulses), ("--period", period_ns)):
        if value is not None and not 0 < value < float("inf"):
            raise InputError(f"{name} is {value:g}, expected more than 0")
    full = saturated(_live(image))
    if (each := counts_per_photon(image.counts)) > 1:
        note = f"each photon is {each} counts: all are divided by {each}"
        image = replace(image, counts=image.counts // each, notes=(*image.notes, note))
    summed = bin_pixels(image, binning)
    rows, columns = summed.shape
    blocks = full[: rows * binning, : columns * binning].reshape(rows, binning, columns, binning)
    flags = np.where(blocks.any(axis=(1, 3)), int(Flag.SATURATED), 0).astype(np.uint16)
    seen = summed.pulses if pulses is None else pulses * binning**2
    intensity = summed.intensity
    if pulses is None and seen is not None and intensity.max() > MOST_CREDIBLE * seen:
        rate = float(intensity.max()) / seen
        note = (
            f"by its pixel time the file counts {rate:.2g} photons a laser pulse, which no "
            "detector does: nothing is said of pile-up, see --pulses"
        )
        summed, seen = replace(summed, notes=(*summed.notes, note)), None
    flags[piled_up(intensity, seen)] |= int(Flag.PILE_UP)
    return _of_one_period(summed, period_ns if period_ns is not None else image.period_ns), flags


def _live(image: MeasuredImage) -> npt.NDArray[Any]:
    """Return the counts of bins that are not stuck, where each may hold the same number."""
    if not image.counts.any():
        return image.counts
    live = record_of(image).live
    return image.counts if live.all() else image.counts[..., live]


def _of_one_period(image: MeasuredImage, period_ns: float | None) -> MeasuredImage:
    """Return the image with its laser period, without what lies beyond one."""
    if period_ns is None:
        return image
    bins = int(period_ns / image.bin_width_ns * (1 + _TOLERANCE) + _TOLERANCE)
    if bins >= image.bins:
        return replace(image, period_ns=period_ns)
    if bins < 2:
        raise InputError(
            f"{image.source}: laser period {period_ns:g} ns, expected at least two bins of "
            f"{image.bin_width_ns:.4g} ns"
        )
    note = f"{image.bins - bins} bins beyond the laser period of {period_ns:.4g} ns are left out"
    return replace(
        image,
        counts=image.counts[..., :bins],
        period_ns=period_ns,
        notes=(*image.notes, note),
    )


def plane(path: Path, shape: tuple[int, int], what: str) -> npt.NDArray[np.float64]:
    """Return a number for each pixel, from an array or a picture of the image's shape.

    Parameters
    ----------
    path : Path
        .npy or .tif with [rows, columns].
    shape : (int, int)
        Rows and columns that are expected.
    what : str
        What messages call it.

    Raises
    ------
    InputError
        If it cannot be read, or has another shape.
    """
    if path.suffix.lower() not in (".npy", *TIFFS):
        raise InputError(f"{path}: suffix {path.suffix!r}, expected .npy, {' or '.join(TIFFS)}")
    with reading(path, damage=Exception):  # tifffile meets damage with almost any
        if path.suffix.lower() == ".npy":
            values = np.asarray(read_array(path))
        else:
            from tifffile import imread

            require_chain(path)
            values = np.asarray(imread(path))
    if values.shape != shape:
        found = " x ".join(map(str, values.shape)) or "none"
        raise InputError(
            f"{path}: {what} has the shape {found}, expected {shape[0]} x {shape[1]} pixels"
        )
    if values.dtype.kind not in "buif" or not np.isfinite(values).all():
        raise InputError(f"{path}: {what} holds {values.dtype}, expected finite numbers")
    return values.astype(np.float64)
