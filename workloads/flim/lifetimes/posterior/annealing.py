r"""Draws from posteriors over a unit cube: populations that cool down from the prior.

Each problem has a population of points, even in the cube at first. From one temperature to the next
it is weighed by a power of the likelihood so small that most of the points still count, resampled
and moved (sequential Monte Carlo, Del Moral et al., J. R. Stat. Soc. B 68, 2006); the mean weights
multiply up to the evidence. A move adds a multiple of the difference of two points of the other
half of the population (ter Braak, Stat. Comput. 16, 2006), and is taken by the rule of Metropolis:
it has the posterior's own scales without being told them. What leaves the cube comes back through
the opposite face. To reflect it would turn some coordinates of the way back and not others, and
where coordinates hang together such a way is not as likely.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Likelihood = Callable[[npt.NDArray[np.int64], Values], Values]
"""Takes problems [m] and points [m, n, dimensions], and returns log-likelihoods [m, n]."""

LEAST_SWEEPS = 4


@dataclass(frozen=True)
class Effort:
    """How much is computed for a problem.

    Parameters
    ----------
    points : int
        Of a population, an even number.
    sweeps : float
        Moves of each point at a temperature, for each coordinate; at least `LEAST_SWEEPS` of all.
    kept : int
        Moves of each point at the end, after each of which it is kept as a draw.
    counting : float
        Share of the points that count from one temperature to the next.
    """

    points: int = 64
    sweeps: float = 1.0
    kept: int = 12
    counting: float = 0.5


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws from posteriors, and how well each problem's prior explains its data.

    Parameters
    ----------
    points : float64[problems, draws, dimensions]
        In the unit cube, of equal weight.
    log_evidence : float64[problems]
        Logarithm of the mean likelihood over the cube.
    """

    points: Values
    log_evidence: Values


def anneal(
    likelihood: Likelihood,
    problems: int,
    dimensions: int,
    generator: np.random.Generator,
    effort: Effort,
) -> Draws:
    """Draw from the posterior of each problem over the unit cube.

    Parameters
    ----------
    likelihood : callable
        See `Likelihood`; finite everywhere.
    problems, dimensions : int
    generator : numpy Generator
        Source of everything random.
    effort : Effort
    """
    sweeps = max(math.ceil(effort.sweeps * dimensions), LEAST_SWEEPS)
    points = generator.random((problems, effort.points, dimensions))
    level = likelihood(np.arange(problems), points)
    power, evidence = np.zeros(problems), np.zeros(problems)
    while (warm := np.flatnonzero(power < 1)).size:
        step = _step(level[warm], 1 - power[warm], effort.counting * effort.points)
        exponent = step[:, None] * level[warm]
        peak = exponent.max(axis=1)
        weight = np.exp(exponent - peak[:, None])
        evidence[warm] += peak + np.log(weight.mean(axis=1))
        chosen = _resampled(weight, generator)
        points[warm] = np.take_along_axis(points[warm], chosen[..., None], 1)
        level[warm] = np.take_along_axis(level[warm], chosen, 1)
        power[warm] = np.where(step >= 1 - power[warm], 1.0, power[warm] + step)
        moving, moving_level = points[warm], level[warm]
        for _ in range(sweeps):
            _move(likelihood, warm, moving, moving_level, power[warm], generator)
        points[warm], level[warm] = moving, moving_level
    kept = np.empty((problems, effort.kept, effort.points, dimensions))
    for sweep in range(effort.kept):
        _move(likelihood, np.arange(problems), points, level, power, generator)
        kept[:, sweep] = points
    return Draws(kept.reshape(problems, -1, dimensions), evidence)


def _step(level: Values, most: Values, counting: float) -> Values:
    """Return the powers, at most `most`, at which so many points still count."""
    shortfall = level - level.max(axis=1, keepdims=True)

    def counted(step: Values) -> Values:
        weight = np.exp(step[:, None] * shortfall)
        return np.asarray(weight.sum(axis=1) ** 2 / (weight * weight).sum(axis=1))

    low, high = np.full(len(level), -30.0), np.log(most)
    whole = counted(most) >= counting
    for _ in range(14):
        middle = 0.5 * (low + high)
        enough = counted(np.exp(middle)) >= counting
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return np.where(whole, most, np.exp(low))


def _resampled(weight: Values, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return which points go on, each about as often as its weight says."""
    problems, points = weight.shape
    sums = np.cumsum(weight, axis=1)
    sums *= points / sums[:, -1:]
    # How many of the evenly spaced marks lie below each sum.
    until = np.ceil(sums - generator.random((problems, 1))).astype(np.int64).clip(0, points)
    until[:, -1] = points
    times = np.diff(until, axis=1, prepend=0)
    which = np.repeat(np.tile(np.arange(points), problems), times.ravel())
    return which.reshape(problems, points)


def _move(
    likelihood: Likelihood,
    rows: npt.NDArray[np.int64],
    points: Values,
    level: Values,
    power: Values,
    generator: np.random.Generator,
) -> None:
    """Move all points once, one half of each population by the other."""
    problems, number, dimensions = points.shape
    order = generator.permuted(np.tile(np.arange(number), (problems, 1)), axis=1)
    usual = 2.38 / math.sqrt(2 * dimensions)
    for first in (True, False):
        half, other = order[:, : number // 2], order[:, number // 2 :]
        if not first:
            half, other = other, half
        one = generator.integers(other.shape[1], size=half.shape)
        two = (one + generator.integers(1, other.shape[1], size=half.shape)) % other.shape[1]
        ends = [np.take_along_axis(other, place, 1)[..., None] for place in (one, two)]
        between = np.subtract(*(np.take_along_axis(points, end, 1) for end in ends))
        # Some steps along few coordinates, some of the whole difference.
        scale = usual * np.exp(generator.normal(-0.3, 0.5, half.shape))[..., None]
        along = generator.random(between.shape) < generator.uniform(0.3, 1.7, half.shape)[..., None]
        old = np.take_along_axis(points, half[..., None], 1)
        new = old + scale * between * along + generator.normal(0.0, 1e-5, between.shape)
        new = np.mod(new, 1.0)
        before = np.take_along_axis(level, half, 1)
        after = likelihood(rows, new)
        chance = power[:, None] * (after - before)
        taken = np.log(1 - generator.random(half.shape)) < chance
        np.put_along_axis(points, half[..., None], np.where(taken[..., None], new, old), 1)
        np.put_along_axis(level, half, np.where(taken, after, before), 1)
