"""Records of pixels: what an independent simulator has, and where they come to lie."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from tests.workloads.flim.decay_simulator import expected_decay
from workloads.flim.data.field import FIELD
from workloads.flim.data.records import Records
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS, TimeBins

SHORT, LONG, MIXED = [(1.0, 0.1)], [(1.0, 5.0)], [(1 / 3, 0.3), (1 / 3, 1.0), (1 / 3, 3.0)]
SHARP, PLAIN, BROAD = (0.05, 0.0, 0.0), (0.25, 0.0, 0.0), (0.6, 0.0, 0.0)
TAILED, SMEARED = (0.2, 0.3, 0.5), (0.25, 1.0, 0.2)


def record(
    decay: list[tuple[float, float]],
    response: tuple[float, float, float] = PLAIN,
    period_ns: float = math.inf,
    width_ns: float = 0.05,
    background: float = 0.0,
) -> Records:
    """Return a record of 12.5 ns with the pulse at 2.5 ns."""
    absent = [(0.0, 1.0)] * (3 - len(decay))
    share, tau = np.array([*decay, *absent]).T[:, None]
    numbers = (1.0, background, *response, period_ns, width_ns, 2.5, 12.5 * (1 + 1e-9), 47.5)
    return Records(tau, share, *(np.array([number]) for number in numbers))


@pytest.mark.parametrize("decay", [SHORT, LONG, MIXED])
@pytest.mark.parametrize(
    ("response", "width_ns"),
    [
        *((response, width) for response in (SHARP, PLAIN, BROAD) for width in (0.0125, 0.05)),
        *((response, 0.4) for response in (PLAIN, BROAD)),
        # The simulator's exponential lags by half a step of its own, a 40th of a bin.
        *((response, width) for response in (TAILED, SMEARED) for width in (0.0125, 0.025)),
    ],
)
@pytest.mark.parametrize("period_ns", [12.5, 25.0, math.inf])
def test_light_is_that_of_an_independent_simulator(
    decay: list[tuple[float, float]],
    response: tuple[float, float, float],
    width_ns: float,
    period_ns: float,
) -> None:
    """Of all counts at most 0.3% come earlier or later, and of the response."""
    fwhm, share, tail = response
    expected = expected_decay(
        decay,
        fwhm_ns=fwhm,
        tail_ns=tail,
        tail_share=share,
        period_ns=None if math.isinf(period_ns) else period_ns,
        width_ns=width_ns,
        bins=int(12.5 * (1 + 1e-9) / width_ns),
    )
    found = record(decay, response, period_ns, width_ns).counts()
    for values, (row,) in zip(expected, found, strict=True):
        assert values.shape == row.shape
        assert np.abs(np.cumsum(row - values)).max() < 3e-3


def test_forward_models_say_the_same(drawn: Records) -> None:
    """What fits and limits know of a record is what it holds, and its response."""
    counts, response = drawn.counts()
    for row, bins in enumerate(drawn.bins[:60]):
        forward = drawn.forward(row)
        light = drawn.share[row] @ forward.light(drawn.tau_ns[row])
        dark = drawn.background[row]
        mean = drawn.photons[row] * ((1 - dark) * light / light.sum() + dark / bins)
        np.testing.assert_allclose(counts[row, :bins], mean, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(response[row, :bins], forward.in_bins, atol=1e-12)


def test_background_is_a_share_of_the_counts() -> None:
    """It is the same in every bin, and the record's mean counts are those asked for."""
    plain = replace(record(MIXED), photons=np.array([500.0]))
    dark = replace(plain, background=np.array([0.2]))
    (light,), (both,) = plain.counts()[0], dark.counts()[0]
    assert both.sum() == pytest.approx(500)
    np.testing.assert_allclose(both, 0.8 * light + 0.2 * 500 / len(light))


@pytest.fixture(scope="module")
def drawn() -> Records:
    """Draw records of many kinds."""
    return FIELD.records(300, np.random.default_rng(4))


def test_counts_are_poisson_numbers(drawn: Records) -> None:
    """They scatter about the expected ones, and one seed gives the same again."""
    mean, counts = drawn.counts()[0], drawn.counts(3)[0]
    np.testing.assert_array_equal(counts, drawn.counts(3)[0])
    assert (counts != drawn.counts(4)[0]).any()
    bright = mean > 10
    deviation = ((counts - mean) / np.sqrt(np.maximum(mean, 1)))[bright]
    assert deviation.size > 5_000
    assert abs(deviation.mean()) < 4 / np.sqrt(deviation.size)
    assert abs((deviation**2).mean() - 1) < 4 * np.sqrt(2.1 / deviation.size)


def test_rows_do_not_know_each_other(drawn: Records) -> None:
    """A record alone is what it is among others."""
    counts, response = drawn.counts()
    for row in (0, 17, 299):
        one = Records(*(getattr(drawn, field.name)[row : row + 1] for field in fields(drawn)))
        bins = int(one.bins[0])
        for alone, among in zip(one.counts(), (counts[row], response[row]), strict=True):
            np.testing.assert_array_equal(alone[0], among[:bins])
            assert not among[bins:].any()


def test_records_are_laid_out_as_measured_images_are(drawn: Records) -> None:
    """Resampled, and filled with their background before they begin, as `TimeBins` does it."""
    counts, response = drawn.counts(1)
    pixels = drawn.pixels(1)
    late = 0
    for row, bins in enumerate(drawn.bins):
        ratio = BIN_WIDTH_NS / drawn.width_ns[row]
        origin = drawn.before_ns[row] / drawn.width_ns[row] - drawn.pulse_bin[row] * ratio
        edges = origin + ratio * np.arange(STEPS + 1)
        place = TimeBins(edges, int(bins), background_known=True)
        light = place.with_background(place.resample(counts[row, :bins]))
        np.testing.assert_allclose(pixels.counts[row], light, rtol=1e-9, atol=1e-9)
        irf = place.resample(response[row, :bins])
        np.testing.assert_allclose(pixels.irf[row], irf, rtol=1e-9, atol=1e-12)
        late += edges[0] < 0
    assert 100 < late < 300


def test_background_in_the_networks_bins(drawn: Records) -> None:
    """Dark counts are those of a bin before the pulse, and photons those of the light."""
    dim = replace(drawn, background=np.full(300, 0.3), period_ns=np.full(300, np.inf))
    pixels = dim.pixels()
    early = dim.before_ns > 2.5 + 0.5 * dim.width_ns
    np.testing.assert_allclose(pixels.counts[early, 1], pixels.dark_counts[early], rtol=1e-3)
    np.testing.assert_allclose(pixels.photons, 0.7 * dim.photons)
