"""Distributions of random durations and of the times between arrivals, in cycles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError

LONGEST_MEAN = 1e15
"""Sums of such times stay far below 2^63 cycles."""


class Distribution(Protocol):
    """What a random time needs to offer; hashable, so that equal tasks are one.

    Examples
    --------
    >>> import numpy as np
    >>> import stomp_flim as sf
    >>> sf.Normal(mean=5, deviation=0).sample(np.random.default_rng(1), 3)
    array([5., 5., 5.])
    """

    @property
    def mean(self) -> float:
        """Mean in cycles."""
        ...

    def sample(self, random: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Return float64[size] in cycles, of which the first n do not depend on `size`."""
        ...


@dataclass(frozen=True)
class Normal:
    """Normally distributed.

    Parameters
    ----------
    mean : float
        In cycles, above 0.
    deviation : float
        Standard deviation in cycles, at least 0.

    Raises
    ------
    InputError
        If a parameter is out of its range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> sf.Normal(mean=20, deviation=3).mean
    20
    """

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        _require_mean("a normal distribution", self.mean)
        if not 0 <= self.deviation <= LONGEST_MEAN:
            raise InputError(
                f"a normal distribution has deviation {self.deviation!r}, expected a number from "
                f"0 to {LONGEST_MEAN:g}"
            )

    def sample(self, random: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Return float64[size] in cycles."""
        return self.mean + self.deviation * random.standard_normal(size)


@dataclass(frozen=True)
class Exponential:
    """Exponentially distributed: the time to the next event of a Poisson process.

    Parameters
    ----------
    mean : float
        In cycles, above 0.

    Raises
    ------
    InputError
        If the mean is out of its range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> sf.Exponential(20).mean
    20
    """

    mean: float

    def __post_init__(self) -> None:
        _require_mean("an exponential distribution", self.mean)

    def sample(self, random: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Return float64[size] in cycles."""
        return self.mean * random.standard_exponential(size)


@dataclass(frozen=True)
class Empirical:
    """One of the values that were observed.

    Parameters
    ----------
    samples : sequence of float
        Values in cycles, each above 0.
    weights : sequence of float, optional
        Probability of each value; by default all are as likely.

    Raises
    ------
    InputError
        If there is no value, one is out of its range, or the weights are not one probability a
        value with the sum 1.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> sf.Empirical([3, 3, 9]).mean
    5.0
    """

    samples: Sequence[float]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", tuple(self.samples))
        if not self.samples:
            raise InputError("an empirical distribution has no samples, expected at least one")
        for sample in self.samples:
            if not 0 < sample <= LONGEST_MEAN:
                raise InputError(
                    f"an empirical distribution has sample {sample!r}, expected a number above 0 "
                    f"and up to {LONGEST_MEAN:g}"
                )
        if self.weights is None:
            return
        object.__setattr__(self, "weights", tuple(self.weights))
        if len(self.weights) != len(self.samples):
            raise InputError(
                f"an empirical distribution has {len(self.weights)} weights, expected one for each "
                f"of {len(self.samples)} samples"
            )
        for weight in self.weights:
            if not 0 <= weight <= 1:
                raise InputError(
                    f"an empirical distribution has weight {weight!r}, expected a probability"
                )
        if not math.isclose(total := math.fsum(self.weights), 1, rel_tol=1e-9):
            raise InputError(
                f"an empirical distribution has weights with the sum {total!r}, expected 1"
            )

    @property
    def mean(self) -> float:
        """Mean in cycles."""
        return float(np.average(self.samples, weights=self.weights))

    def sample(self, random: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Return float64[size] in cycles."""
        return random.choice(np.array(self.samples, np.float64), size, p=self.weights)


def _require_mean(subject: str, mean: float) -> None:
    if not 0 < mean <= LONGEST_MEAN:
        raise InputError(
            f"{subject} has mean {mean!r}, expected a number above 0 and up to {LONGEST_MEAN:g}"
        )
