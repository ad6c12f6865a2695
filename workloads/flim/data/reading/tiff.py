"""Stacks of counts in TIFF files: plain, ImageJ's hyperstacks, OME-TIFF with a lifetime axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.reading.axes import Layout, layout
from workloads.flim.data.reading.ome import Lifetimes, lifetimes
from workloads.flim.data.reading.part import Part, TimeAxis
from workloads.flim.data.reading.tiff_checks import complaints, require_chain, require_segments


def parts(path: Path, time_axis: TimeAxis | None) -> list[Part]:
    """Return the series of a file, an image of decays for each channel.

    Raises
    ------
    InputError
        If it is not whole.
    Exception
        Whatever tifffile raises at further damage.
    """
    import tifffile

    require_chain(path)
    made: list[Part] = []
    with complaints(path), tifffile.TiffFile(path) as file:
        for number, series in enumerate(file.series):
            require_segments(path, series)
            marked = lifetimes(file.ome_metadata, number) if file.ome_metadata else None
            made += _series(path, number, series, marked, time_axis)
    decays = [part for part in made if part.channel is not None]
    if len({part.kind for part in decays}) > 1:
        names = ", ".join(dict.fromkeys(part.kind for part in decays))
        raise InputError(f"{path}: several series of decays ({names}), expected one")
    return made


def _series(
    path: Path, number: int, series: Any, marked: Lifetimes | None, time_axis: TimeAxis | None
) -> list[Part]:
    if marked is None:
        axes, shape = str(series.axes), tuple(map(int, series.shape))
    else:
        picture = tuple(map(int, series.keyframe.shape))
        axes, shape = marked.axes.removesuffix("YX") + "YX", (*marked.shape[:-2], *picture)
        if math.prod(marked.shape[:-2]) != len(series.pages):
            raise InputError(
                f"{path}: {len(series.pages)} planes, expected {marked.shape[:-2]} of the axes "
                f"{marked.axes[:-2]}"
            )
    kind = f"series {number} {axes}"
    stack = cache(partial(_stack, path, number, shape))  # once for all channels and frames
    found = f"a colour image ({axes})" if "S" in axes else layout(axes, shape, time_axis)
    if isinstance(found, str):
        refusal = f"{found}, expected a stack of counts" if "S" in axes else found
        return [Part(kind, shape, lambda _: stack(), refusal=refusal)]
    return [
        Part(
            kind,
            tuple(shape[i] for i in found.image),
            partial(_load, stack, found, channel),
            frames=math.prod(shape[i] for i in found.frames),
            channel=channel,
            bin_width_ns=None if marked is None else marked.bin_width_ns,
        )
        for channel in range(math.prod(shape[i] for i in found.channels))
    ]


def _stack(path: Path, number: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    import tifffile

    with complaints(path), tifffile.TiffFile(path) as file:
        series = file.series[number]
        if math.prod(shape) == math.prod(series.shape):
            counts = series.asarray()
        else:  # tifffile counts the lifetimes of an OME-TIFF in rounded steps
            counts = file.asarray(key=slice(None), series=number)
    stack: npt.NDArray[Any] = counts.reshape(shape)
    return stack


def _load(
    stack: Callable[[], npt.NDArray[Any]], axes: Layout, channel: int, frames: range
) -> npt.NDArray[Any]:
    chosen = axes.arranged(stack())[channel, frames.start : frames.stop]
    if len(chosen) == 1:
        only: npt.NDArray[Any] = chosen[0]
        return only
    total: npt.NDArray[Any] = chosen.sum(
        axis=0, dtype=np.float64 if chosen.dtype.kind == "f" else np.uint64
    )
    return total
