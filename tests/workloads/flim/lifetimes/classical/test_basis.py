"""Interpolated decays are decays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.flim.instrument.forward import Forward
from workloads.flim.lifetimes.classical.ascent import profile_at
from workloads.flim.lifetimes.classical.basis import basis, profiles

LIVE = np.arange(200) % 50 != 7
MODEL = Forward(0.05, np.exp(-0.5 * ((np.arange(800) - 160) / 8) ** 2), 4, LIVE, period_ns=12.5)
BASIS = basis(MODEL, (0.03, 10.0))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.03, 10.0))
def test_between_nodes_a_decay_is_off_by_a_millionth_of_its_light(tau: float) -> None:
    """Its derivative, by the place, is that of the model to a thousandth."""
    profile, change = np.empty((2, LIVE.sum()))
    place = float(BASIS.place(tau))
    profile_at(BASIS.values, BASIS.slopes, place, profile, change)

    np.testing.assert_allclose(profile, profiles(MODEL, tau), rtol=0, atol=1e-6)
    above, below = (profiles(MODEL, BASIS.tau_ns(place + h)) for h in (1e-4, -1e-4))
    slope = (above - below) / 2e-4
    np.testing.assert_allclose(change, slope, rtol=0, atol=1e-3 * np.abs(slope).max())


@settings(max_examples=50, deadline=None)
@given(st.floats(0.03, 10.0))
def test_places_and_lifetimes_are_inverse(tau: float) -> None:
    """Within the limits; outside of them a place is the nearest."""
    np.testing.assert_allclose(BASIS.tau_ns(BASIS.place(tau)), tau, rtol=1e-12)
    assert BASIS.place(tau / 1000) == 0
    assert BASIS.place(tau * 1000) == len(BASIS.values) - 1
