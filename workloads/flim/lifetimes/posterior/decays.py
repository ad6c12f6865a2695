"""The decay of least squared error that any method can give a pixel: the posterior's mean."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workloads.flim.data.pixels import Pixels, Recipe, targets
from workloads.flim.lifetimes.posterior.annealing import Effort, anneal
from workloads.flim.lifetimes.posterior.pixels import decays_of, drawn
from workloads.flim.lifetimes.posterior.result import POPULATIONS, chunks, shares

_CHUNK = 32


def posterior_decays(
    pixels: Pixels, recipe: Recipe, *, seed: int = 0, effort: Effort | None = None
) -> npt.NDArray[np.float64]:
    """Return the mean of the decays that explain each pixel.

    Parameters
    ----------
    pixels : Pixels
        Of the recipe; their counts alone are looked at.
    recipe : Recipe
        Ranges of everything that was drawn.
    seed : int
        Of the draws.
    effort : Effort, optional

    Returns
    -------
    float64[pixels, STEPS, 3]
        As `workloads.flim.data.pixels.targets` has decays.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.data.pixels import Recipe, batch
    >>> from workloads.flim.lifetimes.posterior.decays import posterior_decays
    >>> recipe = Recipe().with_photons(10_000)
    >>> pixels = batch(recipe, 3, seed=1, index=0)
    >>> found = posterior_decays(pixels, recipe)
    >>> bool(abs(found - pixels.targets())[..., 0].max() < 0.2)
    True
    """
    effort, found = effort or Effort(), []
    for chunk in chunks(len(pixels.counts), _CHUNK):
        counts = pixels.counts[chunk]
        kind, generator = decays_of(recipe, counts), np.random.default_rng([seed, chunk.start])
        populations = POPULATIONS * len(counts)
        draws = anneal(kind.of_populations, populations, kind.dimensions, generator, effort)
        weight = shares(draws.log_evidence.reshape(len(counts), POPULATIONS))
        of = drawn(recipe, draws.points)
        tau = np.stack((of["short_ns"], of["long_ns"]), axis=-1)
        share = np.stack((of["fraction"], 1 - of["fraction"]), axis=-1)
        tau, share = (values.reshape(len(counts), POPULATIONS, -1, 2) for values in (tau, share))
        for each, lifetimes, amplitudes in zip(weight, tau, share, strict=True):
            mean = targets(lifetimes, amplitudes).mean(axis=1)
            found.append(np.einsum("p,pto->to", each, mean))
    return np.array(found)
