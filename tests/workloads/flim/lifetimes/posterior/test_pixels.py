"""Posteriors of pixels on the network's bins: exact, calibrated, and beaten by no method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.workloads.flim.lifetimes.posterior import importance
from workloads.flim.data.pixels import WIDE, Recipe, batch
from workloads.flim.data.tpsf import decay, expected_counts
from workloads.flim.lifetimes.classical.model import NetworkBins
from workloads.flim.lifetimes.classical.phasor import phase_lifetimes
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes
from workloads.flim.lifetimes.decay_metrics import median_relative_error
from workloads.flim.lifetimes.posterior.pixels import posterior

DIM = Recipe().with_photons(300.0)
CENTERED = Recipe(center_bins=(46.0, 48.0))


def test_what_the_recipe_says_alone_is_certain() -> None:
    """Where the ranges leave one lifetime, no count changes it."""
    recipe = replace(DIM, short_ns=(0.4, 0.4), long_ns=(1.2, 1.2), fraction=(0.25, 0.25))
    found = posterior(batch(recipe, 5, 1, 0), recipe)

    np.testing.assert_allclose(found.median_ns, 1.0)
    assert (found.effective_draws <= 256).all()


@pytest.mark.parametrize("recipe", [CENTERED, replace(WIDE, center_bins=(46.0, 48.0))])
@pytest.mark.parametrize(
    ("photons", "least"), [(300.0, 8), pytest.param(1000.0, 4, marks=pytest.mark.slow)]
)
def test_draws_of_the_prior_say_the_same(recipe: Recipe, photons: float, least: int) -> None:
    """Quartiles are those of importance sampling, where enough of its draws have weight."""
    recipe = recipe.with_photons(photons)
    pixels, drawn = batch(recipe, 10, 2, 0), batch(recipe, 20_000, 3, 0)
    decays = decay(drawn.tau1_ns, drawn.tau2_ns, drawn.fraction)
    mean = expected_counts(decays, drawn.irf, drawn.photons, drawn.dark_counts)

    deviation = importance.deviations(
        posterior(pixels, recipe), np.arange(10), pixels.counts, mean, drawn.mean_ns
    )
    importance.agree(deviation, least)


@pytest.mark.parametrize("recipe", [Recipe(), WIDE])
@pytest.mark.parametrize("count", [24, pytest.param(400, marks=pytest.mark.slow)])
def test_truth_has_any_rank(recipe: Recipe, count: int) -> None:
    """At 10,000 photons the posteriors of pixels of the prior are calibrated."""
    recipe = recipe.with_photons(10_000.0)
    pixels = batch(recipe, count, 4, 0)

    found = posterior(pixels, recipe)

    importance.even(found.share_below(pixels.mean_ns))
    assert np.median(found.effective_draws) > importance.EXPECTED_DRAWS


def test_other_methods_are_no_better() -> None:
    """On the same pixels, also those that know each response."""
    pixels = batch(DIM, 40, 3, 0)

    best = median_relative_error(posterior(pixels, DIM).median_ns, pixels.mean_ns)

    dark = pixels.counts[:, :10].mean(axis=1)
    phases = [
        phase_lifetimes(counts, NetworkBins(irf), background=background)
        for counts, irf, background in zip(pixels.counts, pixels.irf, dark, strict=True)
    ]
    for found in (rapid_lifetimes(pixels.counts), phases):
        assert best < median_relative_error(found, pixels.mean_ns)


def test_responses_are_not_looked_at() -> None:
    """What counts alone say is the same with any response beside them."""
    pixels = batch(DIM, 3, 1, 0)
    first, other = (
        posterior(seen, DIM) for seen in (pixels, replace(pixels, irf=pixels.irf[:, ::-1]))
    )
    np.testing.assert_array_equal(first.mean_ns, other.mean_ns)
    np.testing.assert_array_equal(first.effective_draws, other.effective_draws)
