"""Pixels of the field: their ranges, and what a network reads and is to find."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.field import FIELD, FieldRecipe
from workloads.flim.data.pixels import batch, stream
from workloads.flim.lifetimes.lifetimes import lifetimes


def test_draws_lie_in_their_ranges() -> None:
    """Every parameter lies within its range, and reaches near both of its ends."""
    drawn = FIELD.records(4000, np.random.default_rng(1))
    tau = drawn.tau_ns[drawn.share > 0]
    fine = drawn.width_ns < FIELD.width_ns[1]
    period = drawn.period_ns[np.isfinite(drawn.period_ns)]
    for values, (low, high) in (
        (tau, FIELD.tau_ns),
        (drawn.photons, FIELD.photons),
        (drawn.background, FIELD.background),
        (drawn.fwhm_ns, FIELD.fwhm_ns),
        (drawn.tail_share, FIELD.tail_share),
        (drawn.tail_ns, FIELD.tail_ns),
        (period, (FIELD.period_ns[0], FIELD.slow_period_ns[1])),
        (drawn.width_ns[fine], FIELD.width_ns),
        (drawn.width_ns[~fine], FIELD.coarse_width_ns),
        (drawn.before_ns, FIELD.before_ns),
        (drawn.pulse_bin, FIELD.pulse_bins),
    ):
        near = 0.05 * (high - low)
        assert low <= values.min() < low + near
        assert high - near < values.max() <= high
    assert (drawn.length_ns <= drawn.period_ns).all()
    assert (drawn.length_ns <= drawn.before_ns + FIELD.after_ns[1]).all()
    np.testing.assert_allclose(drawn.share.sum(axis=1), 1.0)


def test_kinds_have_their_shares() -> None:
    """Numbers of lifetimes, backgrounds, tails, periods and widths, within four deviations."""
    drawn = FIELD.records(4000, np.random.default_rng(2))
    number = (drawn.share > 0).sum(axis=1)
    for found, expected in (
        *((number == k + 1, share) for k, share in enumerate(FIELD.components)),
        (drawn.background == 0, FIELD.clean),
        (drawn.tail_share > 0, FIELD.tailed),
        (np.isinf(drawn.period_ns), FIELD.once),
        (drawn.period_ns < FIELD.period_ns[1], (1 - FIELD.once) / 2),
        (drawn.width_ns > FIELD.width_ns[1], FIELD.coarse),
    ):
        assert found.mean() == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 4000))


def test_one_recipe_gives_pixels_of_one_brightness() -> None:
    """With photons that are given every record has that mean, whatever its background."""
    drawn = FIELD.with_photons(700.0).records(50, np.random.default_rng(3))
    np.testing.assert_allclose(drawn.photons, 700.0)
    assert FIELD.lifetimes_ns == FIELD.tau_ns


def test_stream_can_be_entered_anywhere() -> None:
    """Batch 2 of a seed is the same from whichever batch one starts; other seeds give others."""
    whole = list(itertools.islice(stream(FIELD, 5, seed=3), 3))
    late = next(stream(FIELD, 5, seed=3, start=2))

    np.testing.assert_array_equal(whole[2].counts, late.counts)
    assert (whole[1].counts != late.counts).any()
    assert (next(stream(FIELD, 5, seed=4, start=2)).counts != late.counts).any()


def test_a_network_reads_counts_or_the_response_too() -> None:
    """Both inputs are codes of the accelerator in parts of their peaks."""
    pixels = batch(FIELD, 60, 1, 0)
    both = pixels.inputs(with_response=True)

    assert both.shape == (60, 135, 2)
    assert both.dtype == np.float32
    np.testing.assert_array_equal(both[..., 0], pixels.inputs())
    np.testing.assert_array_equal(both, np.rint(both * 2**14) / 2**14)
    np.testing.assert_array_equal(both[..., 1].max(axis=1), 1.0)
    shares = pixels.irf / pixels.irf.max(axis=1, keepdims=True)
    np.testing.assert_allclose(both[..., 1], shares, atol=2.0**-14)


def test_truth_is_the_shortest_component_and_the_rest() -> None:
    """Parts sum up to the decay, which begins at 1; one component is halved."""
    pixels = batch(FIELD, 400, 2, 0)
    full, short, long = np.moveaxis(pixels.targets().astype(float), -1, 0)
    number = (pixels.share > 0).sum(axis=1)

    np.testing.assert_allclose(full, short + long, atol=1e-6)
    np.testing.assert_allclose(full[:, 0], 1.0, atol=1e-6)
    np.testing.assert_array_equal(short[number == 1], long[number == 1])
    shortest = np.where(pixels.share > 0, pixels.tau_ns, np.inf)
    place = shortest.argmin(axis=1)[:, None]
    amplitude = np.take_along_axis(pixels.share, place, 1)[:, 0]
    several = number > 1
    np.testing.assert_allclose(short[several, 0], amplitude[several], rtol=1e-5)
    found = lifetimes(pixels.targets())
    resolved = several & (shortest.min(axis=1) > 0.3) & (pixels.tau_ns.max(axis=1) < 1.5)
    assert resolved.sum() > 20
    np.testing.assert_allclose(found.mean_ns[resolved], pixels.mean_ns[resolved], rtol=0.01)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"tau_ns": (0.0, 1.0)}, "tau_ns is 0 to 1, expected a range within 0.001 to 1000"),
        ({"background": (0.0, 1.0)}, "background is 0 to 1, expected a range within 0 to 0.99"),
        ({"width_ns": (0.2, 0.1)}, "width_ns is 0.2 to 0.1"),
        ({"fwhm_ns": (float("nan"), 0.1)}, "fwhm_ns is nan to 0.1"),
        ({"clean": 1.5}, "clean is 1.5, expected 0 to 1"),
        ({"components": (0.5, 0.6, 0.1)}, "expected three shares of sum 1"),
        ({"components": (1.5, -0.5, 0.0)}, "components is 1.5, expected 0 to 1"),
        ({"period_ns": (2.0, 15.0)}, "period_ns is 2, expected more than before_ns, 3.5"),
    ],
)
def test_ranges_that_mean_nothing(ranges: dict[str, Any], message: str) -> None:
    """What no pixel can have is refused, by the name of the range."""
    with pytest.raises(InputError, match=message):
        FieldRecipe(**ranges)
