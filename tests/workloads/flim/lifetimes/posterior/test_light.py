"""Posteriors with a known response: exact where they can be computed, and calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.lifetimes.posterior import importance
from workloads.flim.data.field import FIELD, FieldRecipe
from workloads.flim.data.records import Records
from workloads.flim.lifetimes.posterior.light import posterior_of_light
from workloads.flim.lifetimes.posterior.result import Posterior

COARSE = FieldRecipe(coarse=1.0, coarse_width_ns=(0.1, 0.12))


def found_in(records: Records, counts: Any, recipe: FieldRecipe, seed: int = 0) -> Posterior:
    """Return the posteriors of records of which the response is known."""
    rows = [row[:bins] for row, bins in zip(counts, records.bins, strict=True)]
    models = [records.forward(row) for row in range(len(rows))]
    return posterior_of_light(rows, models, recipe, seed=seed)


def one(records: Records, row: int, count: int, **others: Any) -> Records:
    """Return records like one of several, with other decays."""
    rows = {
        name: np.repeat(values[row : row + 1], count, 0) for name, values in vars(records).items()
    }
    return Records(**(rows | others))


@pytest.mark.parametrize(
    ("photons", "least"), [(300.0, 6), pytest.param(1000.0, 4, marks=pytest.mark.slow)]
)
def test_draws_of_the_prior_say_the_same(photons: float, least: int) -> None:
    """Quartiles are those of importance sampling, with every number of components."""
    recipe, draws = replace(COARSE.with_photons(photons), tau_ns=(0.3, 4.0)), 20_000
    records = recipe.records(8, np.random.default_rng(1))
    counts, _ = records.counts(2)
    found = found_in(records, counts, recipe)
    prior = recipe.records(draws, np.random.default_rng(3))
    kinds = {name: getattr(prior, name) for name in ("tau_ns", "share", "background")}
    lifetimes = (prior.tau_ns * prior.share).sum(axis=1)
    deviation = []
    for row, bins in enumerate(records.bins):
        mean, _ = one(records, row, draws, **kinds).counts()
        seen = counts[row : row + 1, :bins]
        deviation.append(importance.deviations(found, [row], seen, mean, lifetimes))
    importance.agree(np.concatenate(deviation), least)


@pytest.mark.parametrize("photons", [1000.0, 20_000.0])
def test_one_lifetime_and_a_background_on_a_fine_grid(photons: float) -> None:
    """With one component the posterior has two coordinates, and is summed up without draws."""
    recipe = replace(COARSE.with_photons(photons), components=(1.0, 0.0, 0.0), clean=0.0)
    records = recipe.records(10, np.random.default_rng(4))
    counts, _ = records.counts(5)
    found = found_in(records, counts, recipe)

    nodes, dark = 1500, np.linspace(0, 1, 81)[:, None]
    tau = np.geomspace(*recipe.tau_ns, nodes)
    low, high = recipe.background
    for row, bins in enumerate(records.bins):
        share = np.eye(1, 3).repeat(nodes, 0)
        lit = one(records, row, nodes, tau_ns=tau[:, None] * np.ones(3), share=share)
        light, _ = replace(lit, background=np.zeros(nodes), photons=np.ones(nodes)).counts()
        level = np.empty((len(dark), nodes))
        for place, background in enumerate(low + (high - low) * dark[:, 0]):
            mean = (1 - background) * light + background / bins + 1e-30
            level[place] = np.log(mean) @ counts[row, :bins]
        weight = np.exp(level - level.max()).sum(axis=0)
        below = np.interp(found.median_ns[row], tau, np.cumsum(weight) / weight.sum())
        assert below == pytest.approx(0.5, abs=5 * np.sqrt(0.25 / found.effective_draws[row]))
    assert np.median(found.effective_draws) > 150


@pytest.mark.parametrize("photons", [1000.0, 10_000.0])
@pytest.mark.parametrize("count", [24, pytest.param(400, marks=pytest.mark.slow)])
def test_truth_has_any_rank(photons: float, count: int) -> None:
    """The posteriors of pixels of the prior are calibrated."""
    recipe = FIELD.with_photons(photons)
    records = recipe.records(count, np.random.default_rng(6))
    counts, _ = records.counts(7)

    found = found_in(records, counts, recipe)

    importance.even(found.share_below((records.tau_ns * records.share).sum(axis=1)))
    assert np.median(found.effective_draws) > importance.EXPECTED_DRAWS


def test_one_model_for_all_is_as_good_as_one_each() -> None:
    """And one seed gives the same draws."""
    records = COARSE.with_photons(500.0).records(1, np.random.default_rng(8))
    counts, _ = one(records, 0, 3).counts(9)
    forward = records.forward(0)
    shared, each = (posterior_of_light(counts, [forward] * n, COARSE) for n in (1, 3))
    np.testing.assert_array_equal(shared.mean_ns, each.mean_ns)
    with pytest.raises(InputError, match="2 models of 3 pixels, expected one for each"):
        posterior_of_light(counts, [forward] * 2, COARSE)
    with pytest.raises(InputError, match="expected one for each"):
        posterior_of_light([], [forward], COARSE)
    with pytest.raises(InputError, match=rf"expected {forward.bins} time bins"):
        posterior_of_light(counts[:, 1:], [forward], COARSE)


def test_dead_bins_say_nothing() -> None:
    """Whatever is counted in them."""
    records = COARSE.with_photons(500.0).records(1, np.random.default_rng(8))
    counts, _ = records.counts(9)
    live = np.arange(counts.shape[1]) % 5 > 0
    forward = replace(records.forward(0), live=live)
    first, other = (
        posterior_of_light([np.where(live, counts[0], stuck)], [forward], COARSE)
        for stuck in (0.0, 70.0)
    )
    np.testing.assert_array_equal(first.mean_ns, other.mean_ns)
