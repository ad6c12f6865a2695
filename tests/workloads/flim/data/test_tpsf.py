"""Synthetic TPSFs: their shape, their photons and their noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, signal, stats

from stomp_flim.errors import InputError
from workloads.flim.data.irf import convolve
from workloads.flim.data.timebins import BIN_WIDTH_NS, PEAK_RANGE, STEPS
from workloads.flim.data.tpsf import (
    LONG_LIFETIME_NS,
    SHORT_LIFETIME_NS,
    decay,
    expected_counts,
    gaussian_irf,
    synthetic_image,
)


def test_irf_is_a_normal_distribution() -> None:
    """Each bin holds the probability of a Gaussian with the given width at half maximum."""
    edges = BIN_WIDTH_NS * np.arange(STEPS + 1)
    deviation = 0.3 / (2 * math.sqrt(2 * math.log(2)))

    expected = np.diff(stats.norm.cdf(edges, loc=4.0, scale=deviation))

    np.testing.assert_allclose(gaussian_irf(4.0, 0.3), expected, rtol=1e-9, atol=1e-15)
    assert pytest.approx(1.0, abs=1e-12) == gaussian_irf().sum()


@pytest.mark.parametrize("step", [0, 1, 7, 134])
def test_decay_is_the_mean_over_a_bin(step: int) -> None:
    """A bin holds the mean of the bi-exponential over its width."""

    def f(t: float) -> float:
        return 0.3 * math.exp(-t / 0.4) + 0.7 * math.exp(-t / 1.2)

    low = step * BIN_WIDTH_NS
    mean = integrate.quad(f, low, low + BIN_WIDTH_NS)[0] / BIN_WIDTH_NS

    assert pytest.approx(mean, rel=1e-9) == decay(0.4, 1.2, 0.3)[step]


def test_convolution_equals_scipy() -> None:
    """The convolution is causal and stays within the window."""
    rng = np.random.default_rng(5)
    decays, irf = rng.random((4, STEPS)), rng.random(STEPS)

    expected = [signal.convolve(one, irf)[:STEPS] for one in decays]

    np.testing.assert_allclose(convolve(decays, irf), expected, rtol=1e-10)


def test_expected_counts_hold_the_photons() -> None:
    """A TPSF holds its photons, and every bin the background on top."""
    tau1, tau2, share = np.array([0.2, 0.8]), np.array([0.8, 1.5]), np.array([0.0, 1.0])

    mean = expected_counts(decay(tau1, tau2, share), gaussian_irf(), [500, 9000], 0.5)

    np.testing.assert_allclose(mean.sum(axis=1), [500 + 67.5, 9000 + 67.5], rtol=1e-12)
    assert (mean >= 0.5).all()
    peaks = mean.argmax(axis=1)
    assert ((peaks >= PEAK_RANGE[0]) & (peaks <= PEAK_RANGE[1])).all()


def test_synthetic_image_follows_its_truth() -> None:
    """The counts scatter about their means as Poisson numbers do."""
    truth = synthetic_image(seed=4)
    mean = expected_counts(
        decay(truth.tau1_ns, truth.tau2_ns, truth.fraction), gaussian_irf(), truth.photons, 0.2
    )

    bright = mean > 10
    deviation = ((truth.image.counts - mean) / np.sqrt(mean))[bright]

    samples = deviation.size
    assert samples > 20_000
    assert abs(deviation.mean()) < 4 / math.sqrt(samples)
    # The squared deviation has mean 1 and a variance of 2 + 1/mean, at most 2.1 here.
    assert abs((deviation**2).mean() - 1) < 4 * math.sqrt(2.1 / samples)


def test_synthetic_image_covers_the_published_ranges() -> None:
    """Lifetimes reach from end to end of their ranges; there is light and there is darkness."""
    truth = synthetic_image()

    assert pytest.approx((truth.tau1_ns.min(), truth.tau1_ns.max())) == SHORT_LIFETIME_NS
    assert pytest.approx((truth.tau2_ns.min(), truth.tau2_ns.max())) == LONG_LIFETIME_NS
    assert ((truth.fraction >= 0) & (truth.fraction <= 1)).all()
    assert (truth.photons == 0).any()
    assert (truth.photons > 5000).any()


def test_seed_decides_the_noise() -> None:
    """The same seed gives the same image, another seed another one."""
    first, again, other = (synthetic_image(16, seed=seed).image.counts for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0, 0.5), "short lifetime 0.0 ns, expected more than 0"),
        ((0.4, -1.0, 0.5), "long lifetime -1.0 ns, expected more than 0"),
        ((0.4, float("nan"), 0.5), "long lifetime nan ns"),
        ((0.4, 1.0, 1.1), "fractions 1.1 to 1.1, expected 0 to 1"),
    ],
)
def test_parameters_out_of_range(arguments: tuple[float, float, float], message: str) -> None:
    """Lifetimes and fractions that mean nothing are refused."""
    with pytest.raises(InputError, match=message):
        decay(*arguments)


def test_irf_out_of_range() -> None:
    """A response without width or outside of the window is refused."""
    with pytest.raises(InputError, match="IRF width 0 ns"):
        gaussian_irf(4.0, 0)
    with pytest.raises(InputError, match="outside the time window"):
        expected_counts(decay(0.4, 1.0, 0.5), gaussian_irf(40.0), 100)
    with pytest.raises(InputError, match="at least 8"):
        synthetic_image(4)
