"""Which axis of a stack is the decay, which are rows and columns, and what the others are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from workloads.flim.data.reading.part import TimeAxis


@dataclass(frozen=True)
class Layout:
    """Axes of a stack of counts, by their place.

    Attributes
    ----------
    channels : tuple of int
        Axes along which images stand beside each other; singletons among them.
    frames : tuple of int
        The axis of frames, or none.
    image : tuple of int
        Rows, columns and time bins.
    """

    channels: tuple[int, ...]
    frames: tuple[int, ...]
    image: tuple[int, int, int]

    def arranged(self, counts: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a stack as an array [channels, frames, rows, columns, time bins]."""
        groups = (self.channels, self.frames)
        sizes = [math.prod(counts.shape[i] for i in group) for group in groups]
        ordered = counts.transpose(*self.channels, *self.frames, *self.image)
        return ordered.reshape(*sizes, *ordered.shape[-3:])


def layout(axes: str, shape: tuple[int, ...], time_axis: TimeAxis | None) -> Layout | str:
    """Return what the axes of a stack are, or why that is not known.

    What an axis is called decides (``H``, or the only one beside pixels and channels, or a ``T`` at
    the end); of several without a meaning it is the longest.

    Parameters
    ----------
    axes : str
        A letter an axis, as `tifffile` names them.
    shape : tuple of int
        Their lengths.
    time_axis : {"first", "last"}, optional
        Which one is time, as the user says it: of those that are longer than 1, and rows and
        columns are the last two of the others.
    """
    kept = [i for i in range(len(shape)) if shape[i] > 1 or axes[i] in "YXH"]
    if len(kept) < 3:
        return f"axes {axes} {shape}, a picture, expected a stack of counts"
    time: int | None
    if time_axis is not None:
        time = kept[0 if time_axis == "first" else -1]
    elif "H" in axes:
        time = axes.index("H")
    elif axes[kept[-1]] == "T":
        time = kept[-1]
    else:
        time = _time(axes, shape, [i for i in kept if axes[i] not in "YX"])
    if time is None:
        return f"axes {axes} {shape} do not say which one is the decay; name it as time axis"
    others = [i for i in kept if i != time]
    named = [i for i in others if axes[i] in "YX"]
    rows, columns = named if len(named) == 2 else others[-2:]
    rest = [i for i in range(len(shape)) if i not in (time, rows, columns)]
    frames = tuple(i for i in rest if axes[i] == "T" and shape[i] > 1)[:1]
    return Layout(tuple(i for i in rest if i not in frames), frames, (rows, columns, time))


def _time(axes: str, shape: tuple[int, ...], beside: list[int]) -> int | None:
    """Return the axis of time of those beside the pixels, or None."""
    candidates = beside if len(beside) == 1 else [i for i in beside if axes[i] != "C"]
    if len(candidates) == 1:
        return candidates[0]
    lengths = sorted(shape[i] for i in candidates)
    if any(axes[i] in "TZ" for i in candidates) or lengths[-2:-1] == lengths[-1:]:
        return None
    return max(candidates, key=lambda i: shape[i])
