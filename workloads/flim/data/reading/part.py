"""What a file holds: parts, of which those that are images of decays can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

TimeAxis = Literal["first", "last"]


@dataclass(frozen=True)
class Part:
    """A block, a detector or a series of a file.

    Attributes
    ----------
    kind : str
        What it is, in words.
    shape : tuple of int
        Rows, columns and time bins of a frame; of what is no image of decays, whatever it has.
    load : callable, optional
        Returns the counts of consecutive frames, summed, of this shape; None where nothing can.
    frames : int
        Number of frames.
    channel : int, optional
        The number by which it is chosen; None for what cannot be read.
    bin_width_ns, period_ns : float, optional
        Width of a time bin and time between two pulses of the laser in ns, where the file has them.
    pulses : float, optional
        Pulses of the laser that a pixel saw in a frame, where the file has them.
    refusal : str, optional
        Why it cannot be read, as errors say it.
    notes : tuple of str
        What was assumed, one sentence each.
    """

    kind: str
    shape: tuple[int, ...]
    load: Callable[[range], npt.NDArray[Any]] | None
    frames: int = 1
    channel: int | None = None
    bin_width_ns: float | None = None
    period_ns: float | None = None
    pulses: float | None = None
    refusal: str | None = None
    notes: tuple[str, ...] = ()
