"""Posteriors of mean lifetimes as draws with weights, from populations that do not know each other.

How far populations of one pixel agree says how many independent draws they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workloads.flim.data.field import FieldRecipe
from workloads.flim.lifetimes.posterior.annealing import Effort, Likelihood, anneal

Values = npt.NDArray[np.float64]

POPULATIONS = 4
"""Populations of each pixel."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior of each pixel's mean lifetime.

    Parameters
    ----------
    mean_ns : float64[pixels, draws]
        Drawn mean lifetimes in ns, ascending.
    weight : float64[pixels, draws]
        Their weights, of the sum 1.
    effective_draws : float64[pixels]
        Independent draws of equal weight that would leave the median as uncertain, as far as the
        populations of a pixel tell it; at most as many as there are points.
    """

    mean_ns: Values
    weight: Values
    effective_draws: Values

    @property
    def median_ns(self) -> Values:
        """Median of each pixel in ns."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Values:
        """Return the lifetime in ns below which a share of each posterior lies."""
        place = (
            (np.cumsum(self.weight, axis=1) < share).sum(axis=1).clip(max=self.weight.shape[1] - 1)
        )
        return np.asarray(np.take_along_axis(self.mean_ns, place[:, None], 1)[:, 0])

    def share_below(self, mean_ns: npt.ArrayLike) -> Values:
        """Return the share of each pixel's posterior that lies below a lifetime in ns."""
        below = self.mean_ns < np.asarray(mean_ns, dtype=np.float64)[:, None]
        return np.asarray((self.weight * below).sum(axis=1))


def _together(parts: Sequence[Posterior]) -> Posterior:
    """Return the posteriors of several groups of pixels, of as many draws each, as one."""
    return Posterior(
        np.concatenate([part.mean_ns for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.effective_draws for part in parts]),
    )


@dataclass(frozen=True)
class Kind:
    """A kind of decays, whose parameters fill a unit cube.

    Parameters
    ----------
    share : float
        Share of the prior.
    dimensions : int
        Of the cube.
    likelihood : Likelihood
        Of the counts of pixels by their number.
    mean_ns : callable
        Takes points [..., dimensions], and returns mean lifetimes [...].
    """

    share: float
    dimensions: int
    likelihood: Likelihood
    mean_ns: Callable[[Values], Values]

    def of_populations(self, populations: npt.NDArray[np.int64], points: Values) -> Values:
        """Return the likelihood of the counts of populations' pixels."""
        return self.likelihood(populations // POPULATIONS, points)


def chunks(pixels: int, size: int) -> list[slice]:
    """Return the places of so many pixels at a time."""
    return [slice(start, min(start + size, pixels)) for start in range(0, pixels, size)]


def in_chunks(
    pixels: int, size: int, kinds: Callable[[slice], Sequence[Kind]], seed: int, effort: Effort
) -> Posterior:
    """Draw for so many pixels at a time, which bounds the memory beside the result.

    Parameters
    ----------
    pixels, size : int
        Of all, and of a chunk.
    kinds : callable
        Takes the places of a chunk's pixels, and returns the kinds of decays that explain them.
    seed : int
        Of the draws.
    effort : Effort
    """
    parts = [
        explained(kinds(chunk), chunk.stop - chunk.start, (seed, chunk.start), effort)
        for chunk in chunks(pixels, size)
    ]
    return _together(parts)


def by_number(recipe: FieldRecipe, kind: Callable[[int, float], Kind]) -> list[Kind]:
    """Return a kind for each number of lifetimes that a recipe draws, given it and its share."""
    shares = enumerate(recipe.components, start=1)
    return [kind(number, share) for number, share in shares if share > 0]


def shares(log_weight: Values) -> Values:
    """Return weights [pixels, ...] of the sum 1 for each pixel, of their logarithms."""
    others = tuple(range(1, log_weight.ndim))
    weight = np.exp(log_weight - log_weight.max(axis=others, keepdims=True))
    return np.asarray(weight / weight.sum(axis=others, keepdims=True))


def explained(kinds: Sequence[Kind], pixels: int, seed: Sequence[int], effort: Effort) -> Posterior:
    """Draw of each kind, and put them together by how well they explain the counts of pixels."""
    means, weights = [], []
    for number, kind in enumerate(kinds):
        generator = np.random.default_rng([*seed, number])
        draws = anneal(
            kind.of_populations, POPULATIONS * pixels, kind.dimensions, generator, effort
        )
        means.append(kind.mean_ns(draws.points))
        weights.append(math.log(kind.share) + draws.log_evidence)
    mean = np.stack(means, axis=1).reshape(pixels, POPULATIONS, -1)
    weight = np.stack(weights, axis=1).reshape(pixels, POPULATIONS, len(kinds))
    weight = shares(weight)
    each = np.repeat(weight, mean.shape[-1] // len(kinds), axis=-1) / means[0].shape[-1]
    order = np.argsort(mean.reshape(pixels, -1), axis=1, kind="stable")
    ascending, weights_too = (
        np.take_along_axis(values.reshape(pixels, -1), order, 1) for values in (mean, each)
    )
    found = Posterior(ascending, weights_too, np.empty(pixels))
    below = (each * (mean < found.median_ns[:, None, None])).sum(axis=-1)
    apart = below - 0.5 * weight.sum(axis=-1)
    variance = POPULATIONS / (POPULATIONS - 1) * (apart**2).sum(axis=-1)
    most = POPULATIONS * effort.points
    effective = 0.25 / np.maximum(variance, 0.25 / most)
    return replace(found, effective_draws=effective)
