"""Posterior means of decays: certain where a recipe is, and of the least error otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from workloads.flim.data.pixels import WIDE, Pixels, Recipe, batch
from workloads.flim.lifetimes.posterior.decays import posterior_decays
from workloads.flim.training.evaluation import outputs
from workloads.flim.zoo import read


def test_what_the_recipe_says_alone_is_certain() -> None:
    """Where the ranges leave one decay, it is found whatever the counts."""
    recipe = replace(Recipe(), short_ns=(0.4, 0.4), long_ns=(1.2, 1.2), fraction=(0.25, 0.25))
    pixels = batch(recipe.with_photons(100.0), 3, 1, 0)

    np.testing.assert_allclose(posterior_decays(pixels, recipe), pixels.targets(), atol=1e-5)


def squared(found: npt.NDArray[np.float64], pixels: Pixels) -> npt.NDArray[np.float64]:
    """Return the mean squared error of each pixel's full decay."""
    error = (found - pixels.targets())[..., 0]
    return np.asarray(np.mean(error * error, axis=1))


@pytest.mark.parametrize(
    ("name", "recipe"), [("seq2seqlite-32", Recipe()), ("seq2seqlite-32-wide", WIDE)]
)
def test_no_shipped_network_is_better(name: str, recipe: Recipe) -> None:
    """On pixels of its recipe its decays are no nearer to the truth than chance allows."""
    pixels, entry = batch(recipe, 100, 21, 0), read(name)
    network = squared(outputs(entry.weights, pixels, entry.specification.arithmetic), pixels)

    behind = network - squared(posterior_decays(pixels, recipe), pixels)

    assert behind.mean() > -2 * behind.std() / np.sqrt(behind.size)
    assert np.median(behind) > 0
