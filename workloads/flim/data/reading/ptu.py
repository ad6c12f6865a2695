"""PicoQuant's files: PTU, images and points of T3 records by detector, and PHU, decay curves.

Rows and columns are as `ptufile` decodes them: lines in the order of time, those that a
bidirectional scan passes backwards turned round.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.reading.part import Part
from workloads.flim.data.timebins import BIN_WIDTH_NS

_FINEST_BIN_NS = BIN_WIDTH_NS / 4
"""Time tags of 1 ps would make a histogram of GBs: finer ones are summed while decoding."""
_MARKERS = 16
"""Records have a bit for each; 0 stands for none."""


def parts(path: Path) -> list[Part]:
    """Return the detectors that have counted, by their own numbers.

    Raises
    ------
    InputError
        If the file holds no image and no point, or is cut off.
    Exception
        Whatever ptufile raises at further damage.
    """
    import ptufile

    with ptufile.PtuFile(path, trimdims="T") as file:  # frames that are cut off are left out
        _require_tags(path, file)
        records = file.read_records()
        if len(records) != file.number_records:
            raise InputError(
                f"{path}: truncated: {len(records)} records, expected {file.number_records}"
            )
        if not file.active_channels:
            raise InputError(f"{path}: no photons, expected those of a detector at least")
        period_ns, notes = _period_ns(file)
        is_point = not file.is_image
        pixels = (1, 1) if is_point else (file.shape[1], file.shape[2])
        bins, summed = _bins(file)
        has_dwell = not is_point and not file.is_sinusoidal
        return [
            Part(
                "point" if is_point else "image",
                (*pixels, math.ceil(bins / summed)),
                partial(_load, file, records, channel),
                frames=1 if is_point else file.shape[0],
                channel=channel,
                bin_width_ns=file.tcspc_resolution * 1e9 * summed,
                period_ns=period_ns,
                pulses=float(file.global_pixel_time) if has_dwell else None,
                notes=notes,
            )
            for channel in file.active_channels
        ]


def parts_phu(path: Path) -> list[Part]:
    """Return the curves of a file of histograms, such as a measured response, one pixel each.

    Raises
    ------
    InputError
        If a curve is cut off.
    Exception
        Whatever ptufile raises at further damage.
    """
    import ptufile

    with ptufile.PhuFile(path) as file:
        curves, tags = file.histograms(), file.tags
    lengths = tags["HistResDscr_HistogramBins"]
    widths_s = tags.get("HistResDscr_MDescResolution", [file.tcspc_resolution] * len(curves))
    rates = tags.get("HistResDscr_SyncRate", [0] * len(curves))
    made = []
    for number, (curve, bins, width_s, rate) in enumerate(
        zip(curves, lengths, widths_s, rates, strict=True)
    ):
        if len(curve) != bins:
            raise InputError(f"{path}: truncated: {len(curve)} bins of a curve, expected {bins}")
        made.append(
            Part(
                "curve",
                (1, 1, len(curve)),
                lambda _, curve=curve: curve[None, None],  # type: ignore[misc]
                channel=number,
                bin_width_ns=width_s * 1e9,
                period_ns=1e9 / rate if rate > 0 else None,
            )
        )
    return made


def _require_tags(path: Path, file: Any) -> None:
    if not file.is_t3:
        raise InputError(f"{path}: T2 records, expected T3 records, which have delays")
    if not file.is_image and file.measurement_ndim != 1:
        raise InputError(f"{path}: a line scan or an old image, expected an image or a point")
    for tag in ("ImgHdr_LineStart", "ImgHdr_LineStop", "ImgHdr_Frame"):
        marker = file.tags.get(tag)
        if marker is not None and marker not in range(_MARKERS + 1):
            raise InputError(f"{path}: {tag} is {marker}, expected a marker from 1 to {_MARKERS}")


def _bins(file: Any) -> tuple[int, int]:
    """Return the bins of the record, to the end of the period, and how many are summed to one."""
    bins = min(max(file.number_bins_in_period, file.number_bins), file.number_bins_max)
    return bins, max(1, int(_FINEST_BIN_NS / (file.tcspc_resolution * 1e9)))


def _load(
    file: Any, records: npt.NDArray[Any], channel: int, frames: range
) -> npt.NDArray[np.uint32]:
    """Decode frames of a detector; the records are here, the file may be closed."""
    bins, summed = _bins(file)
    if not file.is_image:
        curve = file.decode_histogram(records=records, dtime=bins)[channel]
        return np.add.reduceat(curve, np.arange(0, bins, summed))[None, None]
    # A step of -1 sums while decoding, into 32 bits: 16 would overflow without a word.
    chosen = slice(frames.start, frames.stop, -1)
    selection = [chosen, None, None, channel, slice(0, bins, summed)]
    image: npt.NDArray[Any] = file.decode_image(selection, records=records, dtype=np.uint32)
    return image[0, :, :, 0]


def _period_ns(file: Any) -> tuple[float | None, tuple[str, ...]]:
    """Return the period of the time tags: the laser's, unless the counted rate says else."""
    period = file.global_resolution
    rate = float(file.tags.get("TTResult_SyncRate", 0))
    if rate > 0 and not math.isclose(1 / rate, period, rel_tol=0.01):
        return None, (
            f"The file says a period of {period * 1e9:.4g} ns and a rate of {rate:,.0f} Hz, which "
            "is another one: the laser's period is not known.",
        )
    return period * 1e9, ()
