"""The posterior of lifetimes: exact where it can be, calibrated, and beaten by no method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Recipe, batch
from workloads.flim.lifetimes.classical.phasor import phase_lifetimes
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes
from workloads.flim.lifetimes.decay_metrics import median_relative_error
from workloads.flim.lifetimes.posterior import posterior

DIM = Recipe(photons=(300.0, 300.0))


def test_what_the_recipe_says_alone_is_certain() -> None:
    """Where the ranges leave one lifetime, no count changes it."""
    recipe = replace(DIM, short_ns=(0.4, 0.4), long_ns=(1.2, 1.2), fraction=(0.25, 0.25))
    pixels = batch(recipe, 5, 1, 0)

    found = posterior(pixels, recipe, draws=500)

    np.testing.assert_allclose(found.median_ns, 1.0)
    assert (found.effective_draws <= 500).all()


def test_half_of_the_truth_lies_below_the_median() -> None:
    """A posterior is calibrated: of 300 pixels 150 are expected, with a deviation of 8.7."""
    pixels = batch(DIM, 300, 2, 0)

    found = posterior(pixels, DIM, draws=30_000)

    assert 115 <= (pixels.mean_ns < found.median_ns).sum() <= 185
    assert np.median(found.effective_draws) > 100


def test_other_methods_are_no_better() -> None:
    """On the same pixels, also those that know each response."""
    pixels = batch(DIM, 200, 3, 0)

    best = median_relative_error(posterior(pixels, DIM, draws=30_000).median_ns, pixels.mean_ns)

    for found in (
        rapid_lifetimes(pixels.counts),
        phase_lifetimes(pixels.counts, pixels.irf),
    ):
        assert best < median_relative_error(found, pixels.mean_ns)


def test_no_draws() -> None:
    """Nothing to weigh is refused."""
    with pytest.raises(InputError, match="0 draws, expected at least 1"):
        posterior(batch(DIM, 1, 1, 0), DIM, draws=0)
