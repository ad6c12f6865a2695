r"""The most that a pixel's counts say about its lifetime: the posterior over a recipe's draws.

For parameters :math:`\theta` drawn from a recipe, the weights
:math:`w(\theta) \propto \prod_t p_t(\theta)^{n_t}`, with :math:`p_t` the share of the light in bin
:math:`t`, turn draws of the prior into the posterior (importance sampling). Its median has the
least expected absolute error that any method can have that sees the counts and knows the recipe's
ranges, but not the pixel's response. With many photons few draws have weight: `Posterior` says how
many count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Pixels, Recipe
from workloads.flim.data.timebins import STEPS
from workloads.flim.data.tpsf import decay, expected_counts

MARGIN_BINS = 1.2
"""Centres are drawn so far around a pixel's own: some ten deviations of what 1,000 photons tell."""

_CENTER = STEPS // 3


@dataclass(frozen=True, eq=False)
class Posterior:
    r"""The posterior of each pixel's mean lifetime.

    Parameters
    ----------
    median_ns : float64[pixels]
        Its median in ns.
    effective_draws : float64[pixels]
        Draws of equal weight that would say as much, :math:`(\sum w)^2 / \sum w^2`.
    """

    median_ns: npt.NDArray[np.float64]
    effective_draws: npt.NDArray[np.float64]


def posterior(pixels: Pixels, recipe: Recipe, *, draws: int = 240_000, seed: int = 0) -> Posterior:
    """Weigh draws of a recipe by the counts of pixels that were drawn from it.

    Parameters
    ----------
    pixels : Pixels
        Of the recipe. Of their responses the centre is used, to draw near it: the margin is far
        wider than what the counts leave open.
    recipe : Recipe
        Ranges of everything that was drawn.
    draws : int
        Draws that all pixels share.
    seed : int
        Of the draws.

    Raises
    ------
    InputError
        If there are no draws.
    """
    if draws < 1:
        raise InputError(f"{draws} draws, expected at least 1")
    margin = 0.5 + MARGIN_BINS
    near = replace(recipe, center_bins=(_CENTER - margin, _CENTER + margin))
    drawn = near.sample(draws, np.random.default_rng(seed))
    mean = expected_counts(
        decay(drawn.tau1_ns, drawn.tau2_ns, drawn.fraction),
        drawn.irf,
        drawn.photons,
        drawn.dark_counts,
    )
    order = np.argsort(drawn.mean_ns)
    lifetimes, share = drawn.mean_ns[order], mean[order].astype(np.float32)
    logarithm = np.log(share)
    centers = np.round(pixels.irf @ np.arange(STEPS) / pixels.irf.sum(axis=1)).astype(int)
    median, effective = np.empty(len(centers)), np.empty(len(centers))
    for center in np.unique(centers):
        # A response that comes later by whole bins moves the TPSF, not its shape.
        shift = _CENTER - int(center)
        seen = slice(max(0, shift), STEPS + min(0, shift))
        of_center = np.flatnonzero(centers == center)
        counts = np.roll(pixels.counts[of_center], shift, axis=1)[:, seen]
        likelihood = logarithm[:, seen] @ counts.T.astype(np.float32)
        total = np.log(share[:, seen].sum(axis=1, dtype=np.float64))
        for pixel, column, photons in zip(of_center, likelihood.T, counts.sum(axis=1), strict=True):
            exponent = column - photons * total
            weight = np.exp(exponent - exponent.max())
            sums = np.cumsum(weight)
            median[pixel] = lifetimes[np.searchsorted(sums, 0.5 * sums[-1])]
            effective[pixel] = sums[-1] ** 2 / (weight @ weight)
    return Posterior(median, effective)
