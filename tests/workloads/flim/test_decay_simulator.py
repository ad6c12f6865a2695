"""The simulator that judges others is right itself: against SciPy's closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tests.workloads.flim.decay_simulator import expected_decay, simulate

SIGMA = 0.25 / math.sqrt(8 * math.log(2))


@pytest.mark.parametrize("width", [0.0125, 0.1, 0.4])
@pytest.mark.parametrize("tau", [0.1, 1.0, 4.0])
def test_one_pulse_is_the_exponentially_modified_gaussian(tau: float, width: float) -> None:
    """Without wrap-around the light is what SciPy's distribution holds in each bin."""
    light, _ = expected_decay([(1, tau)], width_ns=width)

    edges = np.arange(light.size + 1) * width
    expected = np.diff(stats.exponnorm.cdf(edges, tau / SIGMA, 2.5, SIGMA))
    np.testing.assert_allclose(expected / expected.sum(), light, atol=2e-3 * expected.max())


@pytest.mark.parametrize("period", [12.5, 25.0])
def test_a_period_folds_the_pulses_before_it(period: float) -> None:
    """With a period the light is that of all earlier pulses."""
    light, _ = expected_decay([(1, 4.0)], period_ns=period)

    edges = np.arange(257) * 12.5 / 256
    expected = sum(
        np.diff(stats.exponnorm.cdf(edges + m * period, 4 / SIGMA, 2.5, SIGMA)) for m in range(9)
    )
    np.testing.assert_allclose(expected / np.sum(expected), light, atol=2e-3 * np.max(expected))


def test_a_tail_delays_by_its_time_constant() -> None:
    """An exponential tail moves the mean of a response by its time constant, times its share."""
    time = (np.arange(256) + 0.5) * 12.5 / 256

    for share in (0.3, 1.0):
        _, response = expected_decay([(1, 1.0)], tail_ns=0.5, tail_share=share)

        assert math.isclose(2.5 + 0.5 * share, float(response @ time), abs_tol=2e-3)


def test_counts_are_as_many_as_asked_for() -> None:
    """Pixels have the photons, the background and the mean lifetime that were asked for."""
    scene = simulate([(1, 0.4), (3, 2.0)], photons=1000, background=0.3, pixels=1000)

    assert math.isclose(1.6, scene.mean_ns)
    assert math.isclose(1000, float(scene.counts.sum(axis=1).mean()), rel_tol=0.01)
    before = scene.counts[:, :20].mean()
    assert math.isclose(300 / 256, float(before), rel_tol=0.03)
