"""The figures of a network on held-out pixels, computed by the integer kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import Array, network_of
from workloads.flim.data.pixels import PixelRecipe, Pixels, Recipe, batch
from workloads.flim.data.timebins import STEPS
from workloads.flim.lifetimes.decay_metrics import decay_errors, median_relative_error
from workloads.flim.lifetimes.lifetimes import lifetimes

HELD_OUT_SEED = 2_000_003
"""Seed of a stream that no training reads, and that no choice of a recipe was made on."""

PHOTONS = (1000.0, 10_000.0)
"""Numbers of photons for which a card gives the error of the mean lifetime."""


def held_out(
    count: int, *, photons: float | None = None, recipe: PixelRecipe | None = None
) -> Pixels:
    """Draw pixels that no training has seen.

    Parameters
    ----------
    count : int
    photons : float, optional
        Mean photons of every pixel; else as the recipe has them.
    recipe : PixelRecipe, optional
        Ranges; by default those of the training.
    """
    recipe = recipe or Recipe()
    if photons is not None:
        recipe = recipe.with_photons(photons)
    return batch(recipe, count, HELD_OUT_SEED, 0 if photons is None else round(photons))


def outputs(
    weights: Mapping[str, Array], pixels: Pixels, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT
) -> npt.NDArray[np.float64]:
    """Return what the integer kernel computes for pixels, as values: [pixels, STEPS, outputs].

    A network of two inputs reads the response of each pixel too.
    """
    specification = Specification(network_of(weights, STEPS), arithmetic)
    inputs = pixels.inputs(arithmetic.input, with_response=specification.network.inputs == 2)
    x = arithmetic.input.quantize(inputs)
    _, y = infer(weights, x, specification=specification)
    return arithmetic.output.to_real(y)


def figures(
    weights: Mapping[str, Array],
    *,
    count: int = 2000,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
    recipe: PixelRecipe | None = None,
) -> dict[str, Any]:
    """Measure a network on held-out pixels, as its card reports it.

    Parameters
    ----------
    weights : mapping of str to integer array
    count : int
        Pixels for each figure.
    arithmetic : Arithmetic
    recipe : PixelRecipe, optional
        Ranges of the pixels; by default those of the training of students with a teacher.

    Returns
    -------
    dict
        ``rmse``, ``r2`` and ``l2`` of the full decay over all held-out pixels; ``rmse_components``
        and ``r2_components`` of the three outputs together; ``lifetime_error_N``, the median
        relative error of the mean lifetime at N photons.
    """
    return figures_of(lambda pixels: outputs(weights, pixels, arithmetic), count, recipe=recipe)


def figures_of(
    network: Callable[[Pixels], npt.NDArray[np.float64]],
    count: int,
    *,
    recipe: PixelRecipe | None = None,
) -> dict[str, Any]:
    """Measure whatever computes outputs [pixels, STEPS, outputs]; else as `figures`."""
    pixels = held_out(count, recipe=recipe)
    y, truth = network(pixels), pixels.targets().astype(np.float64)
    decay = decay_errors(y[..., 0], truth[..., 0])
    components = decay_errors(y.reshape(count, -1), truth.reshape(count, -1))
    found: dict[str, Any] = {
        "pixels": count,
        "rmse": decay.pooled_rmse,
        "r2": decay.pooled_r2,
        "l2": float(decay.l2.mean()),
        "rmse_components": components.pooled_rmse,
        "r2_components": components.pooled_r2,
    }
    for photons in PHOTONS:
        dim = held_out(count, photons=photons, recipe=recipe)
        mean = lifetimes(network(dim)).mean_ns
        found[f"lifetime_error_{photons:g}"] = median_relative_error(mean, dim.mean_ns)
    return found
