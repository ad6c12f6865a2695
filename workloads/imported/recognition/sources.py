"""Tensors that layers compute, as sequences of steps, and what of them another layer reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from workloads.imported.recognition.origins import CONSTANT, Origin

What = Literal["input", "outputs", "cell"]


@dataclass(eq=False)
class Source:
    """A tensor of steps x batch x features.

    Attributes
    ----------
    what : {"input", "outputs", "cell"}
        An input of the model, what a layer gives out, or the last state of an LSTM's cells.
    name : str
        Of the input or of the node.
    origin : int64[steps, batch, features]
        Its elements; of an input in whatever order of axes it has.
    ends : tuple of int
        The last step of each direction; features belong to directions in equal parts.
    read : bool
        Whether something reads it.
    replaced : bool
        Whether a bias or an activation made another tensor of it, which is meant instead.
    """

    what: What
    name: str
    origin: Origin
    ends: tuple[int, ...] = ()
    read: bool = False
    replaced: bool = False

    def __post_init__(self) -> None:
        self.first = int(self.origin.min())
        self._places = np.full(int(self.origin.max()) - self.first + 1, -1)
        self._places[self.origin - self.first] = np.arange(self.origin.size).reshape(
            self.origin.shape
        )

    def places(self, origin: Origin) -> Origin | None:
        """Return where elements stand in the flat sequence, or None where one is not of it."""
        if origin.min() < self.first or origin.max() >= self.first + len(self._places):
            return None
        found = self._places[origin - self.first]
        return None if (found < 0).any() else found

    @property
    def steps(self) -> int:
        """Steps of the sequence."""
        return int(self.origin.shape[0])

    @property
    def features(self) -> int:
        """Features of a step."""
        return int(self.origin.shape[-1])


@dataclass(frozen=True, eq=False)
class Reading:
    """What a tensor of ... x features holds of a source: for each row its step and its batch.

    Attributes
    ----------
    source : Source
    step, batch : int64[...]
        Of each row.
    final : bool
        Whether all rows are the last state of each direction: that of the last step, but of the
        first step where a direction runs backwards.
    """

    source: Source
    step: Origin
    batch: Origin
    final: bool

    @property
    def every_step(self) -> bool:
        """Whether each step stands there once, in whatever rows."""
        one = np.sort(self.step[self.batch == 0], axis=None)
        return np.array_equal(one, np.arange(self.source.steps))

    @property
    def unfinished(self) -> bool:
        """Whether nothing but the last step stands there, with which a direction only begins."""
        return not self.final and bool((self.step == self.source.steps - 1).all())


def reading(origin: Origin, sources: list[Source]) -> Reading | None:
    """Return what a tensor holds, or None where its rows are no whole steps of one source."""
    if not origin.size or (origin == CONSTANT).any():
        return None
    for source in sources:
        places = source.places(origin)
        if places is not None:
            break
    else:
        return None
    shape = source.origin.shape
    if origin.ndim < 1 or origin.shape[-1] != source.features:
        return None
    step, batch, feature = np.unravel_index(places, shape)
    if (feature != np.arange(source.features)).any() or (batch != batch[..., :1]).any():
        return None
    ends = np.repeat(source.ends or (shape[0] - 1,), shape[-1] // max(1, len(source.ends)))
    final = bool((step == ends).all())
    if not final and (step != step[..., :1]).any():
        return None
    return Reading(source, step[..., 0], batch[..., 0], final)
