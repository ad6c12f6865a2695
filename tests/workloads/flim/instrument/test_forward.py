"""The forward model of a record: conservation, wrap-around, gates, and numerical convolution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stomp_flim.errors import InputError
from workloads.flim.instrument.forward import Forward

LIFETIMES = st.floats(0.02, 12.0)


def gaussian(bins: int, per_bin: int, width_ns: float, center_ns: float) -> np.ndarray:
    """Return a response of 0.25 ns as SciPy integrates it over fine steps."""
    edges = np.arange(bins * per_bin + 1) * width_ns / per_bin
    return np.diff(stats.norm.cdf(edges, center_ns, 0.25 / math.sqrt(8 * math.log(2))))


@given(LIFETIMES, st.integers(1, 8), st.floats(0, 10))
def test_a_period_holds_all_light(tau: float, per_bin: int, center: float) -> None:
    """A record of one whole period sees each photon once, wherever in it the pulse lies."""
    response = gaussian(100, per_bin, 0.125, center)

    light = Forward(0.125, response, per_bin, period_ns=12.5).light(tau)

    assert math.isclose(tau, light.sum(), rel_tol=1e-9)


@given(LIFETIMES, st.floats(12.5, 60))
def test_earlier_pulses_are_a_sum_of_later_times(tau: float, period: float) -> None:
    """What earlier pulses leave is the light of one pulse, whole periods later."""
    response = gaussian(100, 4, 0.125, 2.5)
    pulses = math.ceil(40 * tau / period) + 1
    long = np.concatenate([response, np.zeros(math.ceil(pulses * period / 0.125) * 4)])

    once = np.concatenate([[0.0], np.cumsum(Forward(0.125, long, 4).light(tau))])
    times = np.arange(len(once)) * 0.125
    edges = np.arange(101) * 0.125
    wrapped = np.diff(
        sum(
            np.interp(edges + m * period, times, once, right=once[-1])
            for m in range(pulses)  # linear between edges
        )
    )

    found = Forward(0.125, response, 4, period_ns=period).light(tau)
    np.testing.assert_allclose(wrapped, found, atol=0.02 * found.max(), rtol=0.02)


def test_light_is_the_convolution() -> None:
    """Bins hold the integral of the exponentially modified Gaussian that SciPy gives."""
    tau, deviation = 0.8, 0.25 / math.sqrt(8 * math.log(2))
    edges = np.arange(257) * 0.05

    expected = tau * np.diff(stats.exponnorm.cdf(edges, tau / deviation, 2.5, deviation))

    found = Forward(0.05, gaussian(256, 32, 0.05, 2.5), 32).light(tau)
    np.testing.assert_allclose(expected, found, atol=2e-5 * expected.max())


@given(LIFETIMES, st.integers(1, 6))
def test_a_gate_is_the_bins_it_covers(tau: float, bins: int) -> None:
    """A gate of several widths holds what the narrow bins below it hold together."""
    response = gaussian(120, 4, 0.1, 2.5)
    narrow = Forward(0.1, np.append(response, np.zeros(40)), 4).light(tau)

    gated = Forward(0.1, response, 4, gate_ns=bins * 0.1).light(tau)

    expected = [narrow[start : start + bins].sum() for start in range(120)]
    np.testing.assert_allclose(expected, gated, rtol=1e-7, atol=1e-12)


def test_dead_bins_see_nothing() -> None:
    """Light and background are 0 in dead bins, and unchanged in the others."""
    response, live = gaussian(64, 2, 0.2, 2.5), np.arange(64) % 5 > 0

    whole, part = Forward(0.2, response, 2), Forward(0.2, response, 2, live=live)

    np.testing.assert_array_equal(np.where(live, whole.light([0.5, 3.0]), 0), part.light([0.5, 3]))
    np.testing.assert_array_equal(live, part.constant)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"response": np.zeros(10)}, "response: expected finite"),
        ({"response": np.ones(10), "per_bin": 3}, "expected bins of 3 steps"),
        ({"response": np.ones(10), "live": np.ones(9, bool)}, "9 live or dead bins, expected 10"),
        ({"response": np.ones(10), "period_ns": 0.5}, "laser period 0.5 ns, expected at least"),
        ({"response": np.ones(10), "gate_ns": 0.0}, "gate of 0 ns"),
    ],
)
def test_what_cannot_be_modelled_is_named(arguments: dict, message: str) -> None:
    """One error says what does not fit."""
    with pytest.raises(InputError, match=message):
        Forward(0.1, **arguments)


def test_a_lifetime_is_positive() -> None:
    """A lifetime of zero is an error, not a division."""
    with pytest.raises(InputError, match="lifetime 0 ns"):
        Forward(0.1, np.ones(4)).light([1.0, 0.0])
