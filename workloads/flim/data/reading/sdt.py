"""Blocks of Becker & Hickl's SDT files, each with the time base of its own measurement.

Images and decay curves are told from what else a measurement may leave (traces over seconds,
correlations, intensities) by the kind that stands in each block's header, as the header file of
Becker & Hickl's programs names them and `sdtfile` decodes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.reading.part import Part

_DECAYS = ("DECAY_BLOCK", "PAGE_BLOCK", "IMG_BLOCK")
_KINDS = {
    "MCS_BLOCK": "trace over seconds (MCS)",
    "MCSTA_BLOCK": "triggered trace (MCS)",
    "IMG_MCS_BLOCK": "image of traces over seconds (MCS)",
    "FCS_BLOCK": "correlation (FCS)",
    "FIDA_BLOCK": "photon counting histogram (FIDA)",
    "FILDA_BLOCK": "photon counting histogram (FILDA)",
    "MOM_BLOCK": "moments",
    "IMG_INT_BLOCK": "image of intensities",
    "IMG_LIFE_BLOCK": "image of lifetimes",
}
_SYNC_RATES_HZ = (1e6, 2e8)
"""Of lasers that are used for lifetimes of ns; other numbers are none that was measured."""
_STEADY = 0.005
"""A rate that changes more during a measurement was not locked, or not counted well."""


def parts(path: Path) -> list[Part]:
    """Return the blocks of a file, images by their number among the images.

    Raises
    ------
    InputError
        If the file is cut off.
    Exception
        Whatever sdtfile raises at further damage.
    """
    import sdtfile

    with sdtfile.SdtFile(path) as file:
        found: list[tuple[str, npt.NDArray[Any], float | None, float | None]] = []
        for number, header in enumerate(file.block_headers):
            data = file.data[number]
            if data.nbytes != header.block_length:
                raise InputError(
                    f"{path}: truncated: a data block has {data.nbytes} bytes, "
                    f"expected {header.block_length}"
                )
            info = file.measure_info[header.meas_desc_block_no]
            contents = sdtfile.BlockType(header.block_type).contents
            times = file.times[number]
            is_timed = float(info.tac_g) != 0 and len(times) > 1
            width_ns = float(times[1]) * 1e9 if is_timed else None
            for kind, counts in _split(data, contents):
                found.append((kind, counts, width_ns, _period_ns(info)))
    has_images = any(kind == "image" for kind, *_ in found)
    channel, made = 0, list[Part]()
    for kind, counts, width_ns, period_ns in found:
        is_read = kind == "image" or (kind.startswith("curve") and not has_images)
        made.append(
            Part(
                kind,
                counts.shape,
                load=lambda _, counts=counts: counts,  # type: ignore[misc]
                channel=channel if is_read else None,
                bin_width_ns=width_ns,
                period_ns=period_ns,
                refusal=None if is_read else f"{kind}, expected an image of decays or a decay",
            )
        )
        channel += is_read
    return made


def _split(data: npt.NDArray[Any], contents: str) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return what a block holds: images of routed channels one by one, curves as a row."""
    if contents not in _DECAYS:
        return [(_KINDS.get(contents, contents), data)]
    if data.ndim >= 3:
        images = data.reshape(-1, *data.shape[-3:])
        return [("image", image) for image in images]
    if data.ndim == 2:
        return [("curve" if len(data) == 1 else f"curves ({len(data)})", data[None])]
    return [(f"{contents} of {data.size} numbers", data)]


def _period_ns(info: Any) -> float | None:
    """Return the laser's period, where its rate was counted, steady, and not divided."""
    if "StopInfo" not in info.dtype.names or int(info.syn_fd) > 1:
        return None
    low, high = float(info.StopInfo["min_sync_rate"]), float(info.StopInfo["max_sync_rate"])
    least, most = _SYNC_RATES_HZ
    if not (least <= low <= high <= most and high - low <= _STEADY * high):
        return None
    return 2e9 / (low + high)
