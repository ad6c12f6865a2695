"""Counts in NumPy's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.interchange.numpy_files import names, read_archive, read_array
from workloads.flim.data.reading.part import Part, TimeAxis

_WANTED = ("counts", "bin_width_ns", "period_ns")


def parts_npy(path: Path, time_axis: TimeAxis | None) -> list[Part]:
    """Return the array of a ``.npy`` file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return [_part(read_array(path), time_axis)]


def parts_npz(path: Path, time_axis: TimeAxis | None) -> list[Part]:
    """Return the counts of a ``.npz`` file, with the numbers that stand beside them.

    Raises
    ------
    InputError
        If it cannot be read, has no counts, or has something else in place of a number.
    """
    arrays = read_archive(path, wanted=_WANTED)
    if "counts" not in arrays:
        raise InputError(f"{path}: no array 'counts', found {', '.join(names(path)) or 'none'}")
    width_ns, period_ns = (_number(path, arrays, key) for key in _WANTED[1:])
    return [_part(arrays["counts"], time_axis, width_ns, period_ns)]


def _part(
    counts: npt.NDArray[Any],
    time_axis: TimeAxis | None,
    width_ns: float | None = None,
    period_ns: float | None = None,
) -> Part:
    refusal = None
    if counts.ndim != 3:
        refusal = f"counts have the shape {counts.shape}, expected [rows, columns, time bins]"
    elif time_axis == "first":
        counts = np.moveaxis(counts, 0, -1)
    return Part(
        "array",
        counts.shape,
        lambda _: counts,
        channel=0 if refusal is None else None,
        bin_width_ns=width_ns,
        period_ns=period_ns,
        refusal=refusal,
    )


def _number(path: Path, arrays: dict[str, npt.NDArray[Any]], key: str) -> float | None:
    if key not in arrays:
        return None
    value = arrays[key]
    if value.size != 1 or value.dtype.kind not in "uif":
        raise InputError(
            f"{path}: {key!r} is {value.dtype} of the shape {value.shape}, expected one number"
        )
    return float(value.item())
