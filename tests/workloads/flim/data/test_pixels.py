"""Synthetic pixels: their ranges, their truth and the stream that training reads."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.pixels import WIDE, Recipe, batch, stream, targets
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.data.tpsf import decay, expected_counts
from workloads.flim.lifetimes.lifetimes import lifetimes


def test_pixels_lie_in_their_ranges() -> None:
    """Every parameter lies within its range, and reaches near both of its ends."""
    recipe = Recipe()
    pixels = batch(recipe, 4000, 1, 0)

    for name in ("fraction", "photons", "dark_counts"):
        low, high = getattr(recipe, name)
        values = getattr(pixels, name)
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < values.max() <= high
    assert recipe.short_ns[0] <= pixels.tau1_ns.min()
    assert pixels.tau1_ns.max() <= recipe.short_ns[1]
    assert recipe.long_ns[0] <= pixels.tau2_ns.min()
    assert pixels.tau2_ns.max() <= recipe.long_ns[1]


def test_short_component_is_the_shorter_one() -> None:
    """Also where both lifetimes are drawn from one wide range."""
    pixels = batch(WIDE, 1000, 1, 0)

    assert (pixels.tau1_ns <= pixels.tau2_ns).all()
    assert (pixels.fraction * pixels.tau1_ns + (1 - pixels.fraction) * pixels.tau2_ns) == (
        pytest.approx(pixels.mean_ns)
    )


def test_counts_are_poisson_numbers_of_the_model() -> None:
    """Counts scatter about the convolved decay as Poisson numbers do."""
    p = batch(Recipe(), 2000, 7, 0)
    mean = expected_counts(decay(p.tau1_ns, p.tau2_ns, p.fraction), p.irf, p.photons, p.dark_counts)

    bright = mean > 10
    deviation = ((p.counts - mean) / np.sqrt(mean))[bright]

    samples = deviation.size
    assert samples > 10_000
    assert abs(deviation.mean()) < 4 / np.sqrt(samples)
    assert abs((deviation**2).mean() - 1) < 4 * np.sqrt(2.1 / samples)


def test_truth_gives_back_its_lifetimes() -> None:
    """The post-processing of the targets finds fraction and lifetimes, to the trapezoid's error."""
    tau1, tau2, fraction = np.array([0.2, 0.8]), np.array([0.8, 1.5]), np.array([0.3, 0.9])

    found = lifetimes(targets(np.stack((tau1, tau2), 1), np.stack((fraction, 1 - fraction), 1)))

    np.testing.assert_allclose(found.fraction, fraction, rtol=1e-6)
    np.testing.assert_allclose(found.tau_ns[:, 1], tau1, rtol=0.018)
    np.testing.assert_allclose(found.tau_ns[:, 2], tau2, rtol=3e-3)


def test_inputs_are_codes_of_the_accelerator() -> None:
    """Inputs are multiples of 2^-14 between 0 and the peak at 1."""
    x = batch(Recipe(), 50, 2, 0).inputs()

    np.testing.assert_array_equal(x * 2**14, np.rint(x * 2**14))
    assert (x >= 0).all()
    np.testing.assert_array_equal(x.max(axis=1), 1.0)


@pytest.mark.parametrize("recipe", [Recipe(), WIDE])
def test_a_stream_stays_what_it_was(recipe: Recipe) -> None:
    """The order of draws is kept: networks, checkpoints and cards are of these pixels."""
    generator = np.random.default_rng([5, 3])

    def draw(name: str) -> Any:
        return generator.uniform(*getattr(recipe, name), 40)

    first, second, fraction = draw("short_ns"), draw("long_ns"), draw("fraction")
    photons = np.exp(generator.uniform(*np.log(recipe.photons), 40))
    dark, center = draw("dark_counts"), draw("center_bins")
    irf = modeled_irfs((center + 0.5) * BIN_WIDTH_NS, draw("fwhm_ns"), draw("tail_ns"))
    tau1, tau2 = np.minimum(first, second), np.maximum(first, second)
    mean = expected_counts(decay(tau1, tau2, fraction), irf, photons, dark)
    times = np.arange(STEPS) * BIN_WIDTH_NS
    short = fraction[:, None] * np.exp(-times / tau1[:, None])
    long = (1 - fraction[:, None]) * np.exp(-times / tau2[:, None])

    pixels = batch(recipe, 40, 5, 3)
    truth = np.stack((short + long, short, long), axis=-1).astype(np.float32)
    np.testing.assert_array_equal(pixels.counts, generator.poisson(mean))
    np.testing.assert_array_equal(pixels.targets(), truth)
    np.testing.assert_array_equal(pixels.mean_ns, fraction * tau1 + (1 - fraction) * tau2)
    np.testing.assert_array_equal(pixels.photons, photons)
    np.testing.assert_array_equal(pixels.dark_counts, dark)


def test_a_response_without_a_peak() -> None:
    """It cannot be an input of a network."""
    pixels = batch(Recipe(), 2, 1, 0)
    with pytest.raises(InputError, match="a response without a peak"):
        replace(pixels, irf=0 * pixels.irf).inputs(with_response=True)


def test_stream_can_be_entered_anywhere() -> None:
    """Batch 2 of a seed is the same from whichever batch one starts; other seeds give others."""
    whole = list(itertools.islice(stream(Recipe(), 5, seed=3), 3))
    late = next(stream(Recipe(), 5, seed=3, start=2))
    other = next(stream(Recipe(), 5, seed=4, start=2))

    np.testing.assert_array_equal(whole[2].counts, late.counts)
    assert (whole[1].counts != late.counts).any()
    assert (other.counts != late.counts).any()


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"short_ns": (0.0, 0.5)}, "short_ns is 0 to 0.5, expected a range within 0.001 to 12.15"),
        ({"long_ns": (2.0, 1.0)}, "long_ns is 2 to 1"),
        ({"fraction": (0.0, 1.1)}, "fraction is 0 to 1.1, expected a range within 0 to 1"),
        ({"fwhm_ns": (0.1, 20.0)}, "fwhm_ns is 0.1 to 20"),
        ({"photons": (float("nan"), 10.0)}, "photons is nan to 10"),
    ],
)
def test_ranges_that_mean_nothing(ranges: dict[str, tuple[float, float]], message: str) -> None:
    """Lifetimes, fractions and responses out of range are refused."""
    with pytest.raises(InputError, match=message):
        Recipe(**ranges)
