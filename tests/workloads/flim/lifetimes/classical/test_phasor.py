"""Phasors of decays whose lifetimes are known, and of PhasorPy."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from flim import photons
from hypothesis import given, settings
from hypothesis import strategies as st
from phasorpy.lifetime import phasor_calibrate, phasor_to_apparent_lifetime
from phasorpy.phasor import phasor_from_signal

from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.timebins import BIN_WIDTH_NS
from workloads.flim.data.tpsf import decay
from workloads.flim.instrument.forward import Forward
from workloads.flim.lifetimes.classical.model import NetworkBins
from workloads.flim.lifetimes.classical.phasor import phase_lifetimes, phasors

PULSE = np.exp(-0.5 * ((np.arange(500) - 80) / 4) ** 2)
WHOLE = Forward(0.05, PULSE, 2, period_ns=12.5)
LIVE = (np.arange(250) > 4) & (np.arange(250) != 100)
PARTIAL = Forward(0.05, PULSE, 2, LIVE)
TAUS = np.array([0.2, 0.8, 2.0, 5.0])


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 10.0), st.integers(1, 3), st.floats(0.0, 9.0))
def test_single_decays_lie_on_the_semicircle(tau: float, harmonic: int, background: float) -> None:
    """At 1 / (1 - i omega tau), where all of a period is recorded."""
    counts = 1000 * WHOLE.light(tau) + background
    found = phasors(counts, WHOLE, background=background, harmonic=harmonic)
    expected = 1 / (1 - 2j * np.pi * harmonic / 12.5 * tau)
    assert abs(found - expected) < 2e-3


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 10.0), st.sampled_from([WHOLE, PARTIAL]), st.floats(0.0, 9.0))
def test_phases_give_lifetimes(tau: float, model: Forward, background: float) -> None:
    """Of records that end before the light and have dead bins, whatever these hold, too."""
    counts = np.where(model.constant > 0, 1000 * model.light(tau) + background, 77.0)
    assert phase_lifetimes(counts, model, background=background) == pytest.approx(tau, rel=1e-3)


def test_phasorpy_finds_the_same() -> None:
    """Calibrated with a reference of a known lifetime, as PhasorPy does it."""
    random = np.random.default_rng(2)
    counts = random.poisson(np.stack([5000 * WHOLE.light(tau) / tau for tau in TAUS]))
    reference = 1e6 * WHOLE.light(4.0)
    _, *theirs = phasor_from_signal(counts, axis=-1)
    calibrated = phasor_calibrate(
        *theirs, *phasor_from_signal(reference, axis=-1), frequency=80.0, lifetime=4.0
    )
    ours = phasors(counts, WHOLE)
    np.testing.assert_allclose(ours.real, calibrated[0], atol=1e-3)
    np.testing.assert_allclose(ours.imag, calibrated[1], atol=1e-3)
    by_phase, _ = phasor_to_apparent_lifetime(*calibrated, frequency=80.0)
    np.testing.assert_allclose(phase_lifetimes(counts, WHOLE), by_phase, rtol=5e-3)


def test_two_decays_lie_between_them() -> None:
    """On the chord, at the share of the light."""
    short, long = phasors(WHOLE.light([0.3, 1.2]), WHOLE)
    both = phasors(0.5 * WHOLE.light(0.3) + 0.5 * WHOLE.light(1.2), WHOLE)
    light = 0.5 * 0.3 / (0.5 * 0.3 + 0.5 * 1.2)
    assert abs(both - (light * short + (1 - light) * long)) < 1e-9


def test_brightness_and_background_move_no_phasor() -> None:
    """Dim light is light; an image gives what its pixels give."""
    counts = 1000 * WHOLE.light(TAUS)
    found = phasors(counts, WHOLE)
    for same in (
        phasors(counts + 5.0, WHOLE, background=5.0),
        phasors(counts + np.arange(4)[:, None], WHOLE, background=np.arange(4)),
        phasors(1e-9 * counts, WHOLE),
        phasors(counts.reshape(2, 2, 250), WHOLE).ravel(),
        [phasors(pixel, WHOLE).item() for pixel in counts],
    ):
        np.testing.assert_allclose(same, found, rtol=1e-6)


def test_light_without_lifetime_lies_at_one() -> None:
    """Where a bin that sees the response is dead, too."""
    model = Forward(0.05, PULSE, 2, np.arange(250) != 41, period_ns=12.5)
    assert phasors(1e9 * model.light(1e-6), model) == pytest.approx(1, abs=1e-4)


def test_responses_on_the_bins_of_networks() -> None:
    """Synthetic pixels begin in the beginning of a bin."""
    bins = NetworkBins(modeled_irfs(3.0, 0.25, 0.02))
    counts = np.stack([1000 * bins.light(tau) for tau in (0.3, 0.8, 1.5)])
    np.testing.assert_allclose(phase_lifetimes(counts, bins), [0.3, 0.8, 1.5], rtol=1e-3)
    first = BIN_WIDTH_NS * decay(0.8, 0.8, 1.0)
    np.testing.assert_allclose(NetworkBins(np.eye(1, 135)[0]).light(0.8), first)


def test_light_before_its_response_has_no_lifetime() -> None:
    """Nor has what comes more than a quarter turn after it; the phasors are there."""
    pulse = PULSE.reshape(250, 2).sum(axis=1)
    moved = np.stack([np.roll(pulse, shift) for shift in (-5, 70, -60, 5)])
    assert np.isfinite(phasors(moved, WHOLE)).all()
    assert np.isnan(phase_lifetimes(moved, WHOLE)).tolist() == [True, True, True, False]


def test_no_light_and_what_is_refused() -> None:
    """Darkness has no phase; other bins, harmonics and backgrounds that do not exist."""
    dark = np.zeros((2, 250))
    dark[1] = 1.0
    with warnings.catch_warnings(action="error"):
        assert np.isnan(phasors(dark, WHOLE, background=[0.0, 2.0])).all()
        assert np.isnan(phase_lifetimes(dark, WHOLE, background=[0.0, 1.0])).all()
    assert np.isfinite(phasors(WHOLE.light(0.5), WHOLE, harmonic=125))
    for harmonic in (0, 126):
        with pytest.raises(InputError, match=f"harmonic {harmonic}, expected 1 to 125"):
            phasors(dark, WHOLE, harmonic=harmonic)
    for wrong in (np.ones(10), 1.0):
        with pytest.raises(InputError, match=r"expected \[..., 250\]"):
            phasors(wrong, WHOLE)
    for background in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=f"background of {background} counts a bin"):
            phasors(dark, WHOLE, background=background)
    with pytest.raises(InputError, match="expected 0 or more"):
        phasors(dark, WHOLE, background=[1.0, -1.0])


GRID = {0.1: 1.9, 0.2: 1.2, 0.5: 0.9, 1.0: 1.0, 1.5: 1.2, 2.0: 1.5, 2.5: 3.5, 3.0: 6.8, 4.0: 22.0}
"""Errors in per cent that phasors of 5,000 photons have where truncation is not accounted for."""


@pytest.mark.parametrize("tau", GRID)
@pytest.mark.parametrize("period", [None, 12.5])
def test_errors_are_those_of_photon_noise(tau: float, period: float | None) -> None:
    """On photons of another simulator, whose records end after 12.5 ns, with wrap-around or not.

    A median over 256 pixels is uncertain by 7% of itself; long lifetimes are not cut short.
    """
    counts = photons.records([(1.0, tau)], 5000, period_ns=period, seed=round(100 * tau))
    found = phase_lifetimes(counts, photons.forward(period_ns=period))
    assert 100 * np.median(np.abs(found / tau - 1)) <= min(1.15 * GRID[tau], 4.0)
