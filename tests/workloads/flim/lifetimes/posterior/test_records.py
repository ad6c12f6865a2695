"""Posteriors of records without a response: what the prior's draws say, and calibrated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.lifetimes.posterior import importance
from workloads.flim.data.field import FieldRecipe
from workloads.flim.data.records import Records
from workloads.flim.lifetimes.posterior.records import posterior_of_records

COARSE = FieldRecipe(coarse=1.0, coarse_width_ns=(0.1, 0.15), before_ns=(2.0, 2.2))
KNOWN = ("width_ns", "length_ns", "period_ns")


def test_draws_of_the_prior_say_the_same() -> None:
    """Quartiles are those of importance sampling that draws responses too."""
    recipe, draws = replace(COARSE.with_photons(300.0), tau_ns=(0.3, 4.0)), 25_000
    records = recipe.records(5, np.random.default_rng(1))
    counts, _ = records.counts(2)
    found = posterior_of_records(records, counts, recipe)
    prior = recipe.records(draws, np.random.default_rng(3))
    lifetimes = (prior.tau_ns * prior.share).sum(axis=1)
    deviation = []
    for row in range(5):
        known = {name: np.full(draws, getattr(records, name)[row]) for name in KNOWN}
        mean, _ = replace(prior, **known).counts()
        seen = counts[row : row + 1, : mean.shape[1]]
        deviation.append(importance.deviations(found, [row], seen, mean, lifetimes))
    importance.agree(np.concatenate(deviation), 3)


@pytest.mark.parametrize("count", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_truth_has_any_rank(count: int) -> None:
    """At 3,000 photons the posteriors of pixels of the prior are calibrated."""
    recipe = COARSE.with_photons(3000.0)
    records = recipe.records(count, np.random.default_rng(4))
    counts, _ = records.counts(5)

    found = posterior_of_records(records, counts, recipe)

    importance.even(found.share_below((records.tau_ns * records.share).sum(axis=1)))
    assert np.median(found.effective_draws) > importance.EXPECTED_DRAWS


def test_counts_are_those_of_the_records() -> None:
    """Of each, and with as many bins."""
    records: Records = COARSE.records(2, np.random.default_rng(6))
    counts, _ = records.counts(7)
    for wrong in (counts[:1], counts[:, :-1], counts[0]):
        with pytest.raises(InputError, match="expected 2 rows of at least"):
            posterior_of_records(records, wrong, COARSE)
