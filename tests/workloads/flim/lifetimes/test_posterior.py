"""The posterior of lifetimes: exact where it can be, calibrated, and beaten by no method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Recipe, batch
from workloads.flim.data.timebins import STEPS
from workloads.flim.lifetimes.classical.model import NetworkBins
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

    dark = pixels.counts[:, :10].mean(axis=1)
    phases = [
        phase_lifetimes(counts, NetworkBins(irf), background=background)
        for counts, irf, background in zip(pixels.counts, pixels.irf, dark, strict=True)
    ]
    for found in (rapid_lifetimes(pixels.counts), phases):
        assert best < median_relative_error(found, pixels.mean_ns)


def test_one_draw_is_the_answer() -> None:
    """Whatever was counted, and however the response is scaled."""
    pixels = batch(DIM, 3, 1, 0)
    found = posterior(pixels, DIM, draws=1)
    assert len({*found.median_ns.tolist()}) == 1
    np.testing.assert_allclose(found.effective_draws, 1.0)
    several = [
        posterior(replace(pixels, irf=scale * pixels.irf), DIM, draws=200).effective_draws
        for scale in (1.0, 2.0)
    ]
    np.testing.assert_array_equal(*several)


@pytest.mark.parametrize("late", [-3, 0, 3])
def test_bins_count_where_those_of_draws_and_pixels_overlap(late: int) -> None:
    """Of a response that is later than that of the draws, the bins before theirs say nothing."""
    pixels = batch(DIM, 1, 1, 0)
    center = round(float(pixels.irf[0] @ np.arange(STEPS) / pixels.irf[0].sum()))
    shift = STEPS // 3 + late - center
    counts = np.roll(pixels.counts, shift, axis=1)
    outside = range(late) if late >= 0 else range(STEPS + late, STEPS)

    def draws(counted: Any) -> float:
        moved = replace(pixels, irf=np.roll(pixels.irf, shift, axis=1), counts=counted)
        return float(posterior(moved, DIM, draws=300).effective_draws[0])

    plain = draws(counts)
    for time in (0, 1, 2, 3, STEPS - 4, STEPS - 3, STEPS - 2, STEPS - 1):
        more = counts.copy()
        more[0, time] += 5
        assert (draws(more) == plain) == (time in outside)


def test_no_draws() -> None:
    """Nothing to weigh is refused."""
    with pytest.raises(InputError, match="0 draws, expected at least 1"):
        posterior(batch(DIM, 1, 1, 0), DIM, draws=0)
