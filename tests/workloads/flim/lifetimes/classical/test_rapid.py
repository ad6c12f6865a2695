"""Rapid lifetime determination: two gates of decays whose lifetimes are known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from flim import photons
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.timebins import STEPS
from workloads.flim.data.tpsf import decay, expected_counts
from workloads.flim.instrument.forward import Forward
from workloads.flim.lifetimes.classical.rapid import gated_lifetimes, rapid_lifetimes

LIVE = np.arange(128) % 40 != 33
MODEL = Forward(0.1, np.exp(-0.5 * ((np.arange(256) - 40) / 3) ** 2), 2, LIVE, period_ns=12.8)


def noiseless(tau: object, background: float = 0.0) -> np.ndarray:
    """Return mean counts of single decays, bright enough to need no noise."""
    irf = modeled_irfs(3.0, 0.25, 0.02)
    return expected_counts(decay(tau, tau, np.ones(np.shape(tau))), irf, 1e6, background)


def test_a_single_decay() -> None:
    """Far enough behind the response, two gates give the lifetime of a single exponential."""
    tau = np.array([0.3, 0.6, 1.2])
    found = rapid_lifetimes(noiseless(tau, background=5.0), delay_bins=15)
    np.testing.assert_allclose(found, tau, rtol=2e-3)


def test_no_decay() -> None:
    """Darkness, a constant and rising light have no lifetime."""
    rising = np.zeros(STEPS)
    rising[20:50] = np.arange(30)
    rising[19] = 30.0
    found = rapid_lifetimes(np.stack((np.zeros(STEPS), np.full(STEPS, 7.0), rising)))
    assert np.isnan(found).all()
    with pytest.raises(InputError, match="two gates of 70 bins"):
        rapid_lifetimes(np.zeros(STEPS), gate_bins=70)


def test_gates_that_just_fit_and_those_that_do_not() -> None:
    """Of one bin to half of them, from the peak on."""
    counts = noiseless(0.6)
    for gate_bins, delay_bins in ((1, 0), (67, 1)):
        assert np.shape(rapid_lifetimes(counts, gate_bins=gate_bins, delay_bins=delay_bins)) == ()
    for gate_bins, delay_bins in ((0, 0), (10, -1), (67, 2)):
        with pytest.raises(InputError, match=f"of {gate_bins} bins, {delay_bins} after the peak"):
            rapid_lifetimes(counts, gate_bins=gate_bins, delay_bins=delay_bins)
    chosen = rapid_lifetimes(counts, gate_bins=10, delay_bins=0)
    np.testing.assert_array_equal(chosen, rapid_lifetimes(counts))


def test_gates_show_a_decay_where_the_second_holds_less_light_but_some() -> None:
    """However little it is; equal gates and an empty one show none."""
    gates = np.zeros((3, STEPS))
    gates[:, 20:30] = 1.0
    gates[0, 30] = 0.5
    gates[1, 30:40] = 1.0

    found = rapid_lifetimes(gates)

    assert found[0] == pytest.approx(0.9 / np.log(10 / 0.5))
    assert np.isnan(found[1:]).all()


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 1e6),
    st.floats(0.0, 1.0),
    st.sampled_from(["equal", "poisson", "rounding"]),
)
def test_gates_that_do_not_differ_show_no_lifetime(
    seed: int, level: float, background: float, kind: str
) -> None:
    """Neither equal ones nor those that differ by noise, or by the last digit, last for ever."""
    random = np.random.default_rng(seed)
    flat = np.full((20, STEPS), level)
    flat[:, :10] = background * level
    if kind == "poisson":
        flat = random.poisson(flat).astype(float)
    elif kind == "rounding":
        flat *= 1 + random.uniform(-1e-15, 1e-15, flat.shape)
    found = rapid_lifetimes(flat)
    assert (np.isnan(found) | (found < 1000)).all()
    if kind != "poisson":
        assert np.isnan(found).all()


def test_gates_that_reach_beyond_the_end_show_no_lifetime() -> None:
    """A gate that is cut off holds less light than it should."""
    late = np.zeros((2, STEPS))
    late[0, STEPS - 20 :] = late[1, STEPS - 19 :] = 100.0
    late[0, STEPS - 20], late[1, STEPS - 19] = 900.0, 900.0
    assert np.isnan(rapid_lifetimes(late)).tolist() == [False, True]


def test_two_gates_differ_by_more_than_their_noise() -> None:
    """The difference of 115 and 85 is above twice its deviation, 28; that of 110 and 90 is not."""
    tpsf = np.zeros((3, STEPS))
    for row, (first, second) in zip(tpsf, ((106, 94), (110, 90), (115, 85)), strict=True):
        row[20:30], row[30:40] = first / 10, second / 10
    assert np.isnan(rapid_lifetimes(tpsf)).tolist() == [True, True, False]


def test_arrays_of_any_shape() -> None:
    """An image gives what its pixels give one by one."""
    tau = np.array([[0.3, 0.6, 0.8], [1.2, 0.5, 0.7]])
    image = noiseless(tau, background=5.0)
    pixels = [rapid_lifetimes(pixel) for pixel in image.reshape(6, STEPS)]
    np.testing.assert_allclose(rapid_lifetimes(image).ravel(), pixels, rtol=1e-12)
    light = 1e5 * MODEL.light(tau)
    pixels = [gated_lifetimes(pixel, MODEL) for pixel in light.reshape(6, -1)]
    np.testing.assert_allclose(gated_lifetimes(light, MODEL).ravel(), pixels, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 5.0), st.floats(0.8, 3.0), st.floats(0.0, 2.0), st.floats(0.0, 50.0))
def test_what_a_record_shows_is_accounted_for(
    tau: float, gate: float, delay: float, background: float
) -> None:
    """Response, wrap-around, dead bins with whatever they hold, and a background."""
    counts = 1e12 * MODEL.light(tau) + background
    counts[~LIVE] = 3 * counts.max()
    with warnings.catch_warnings(action="error"):
        found = gated_lifetimes(counts, MODEL, background=background, gate_ns=gate, delay_ns=delay)
    assert found == pytest.approx(tau, rel=2e-3)


def test_no_lifetime_is_longer_than_twenty_records() -> None:
    """However many photons two gates have counted: 180 ns are shown, 900 ns are not."""
    tpsf = np.zeros((2, STEPS))
    tpsf[:, 20:30], tpsf[0, 30:40], tpsf[1, 30:40] = 1e12, 0.995e12, 0.999e12
    found = rapid_lifetimes(tpsf)
    assert found[0] == pytest.approx(180, rel=1e-2)
    assert np.isnan(found[1])


def test_gates_of_single_bins_at_the_end_of_a_record() -> None:
    """A gate has at least one bin, and two just fit."""
    model = Forward(0.1, np.eye(1, 200)[0], 50)
    for gate in (0.1, 0.01):
        found = gated_lifetimes(1e9 * model.light(0.2), model, gate_ns=gate, delay_ns=0.2)
        assert found == pytest.approx(0.2, rel=1e-3)
    with pytest.raises(InputError, match=r"two gates of 0\.1 ns, 0\.3 ns after the peak"):
        gated_lifetimes(np.ones(4), model, gate_ns=0.1, delay_ns=0.3)


def test_gates_of_a_record_without_a_lifetime() -> None:
    """Darkness, a constant, noise of it; gates that do not fit, other bins."""
    random = np.random.default_rng(0)
    flat = np.stack((np.zeros(128), np.full(128, 9.0), np.arange(128.0)))
    with warnings.catch_warnings(action="error"):
        assert np.isnan(gated_lifetimes(flat, MODEL)).all()
        assert np.isnan(gated_lifetimes(flat, MODEL, background=[0.0, 9.0, 0.0])).all()
    noisy = gated_lifetimes(random.poisson(100.0, (500, 128)), MODEL)
    assert not (noisy > 1000).any()
    for options in ({"gate_ns": 0.0}, {"delay_ns": -1.0}, {"gate_ns": 6.0}):
        with pytest.raises(InputError, match="expected gates within the 128 bins of the record"):
            gated_lifetimes(flat, MODEL, **options)
    for wrong in (np.ones(5), 1.0):
        with pytest.raises(InputError, match=r"expected \[..., 128\]"):
            gated_lifetimes(wrong, MODEL)


def test_gates_of_photons_of_another_simulator() -> None:
    """A record of 2,000 photons tells 1 ns to a tenth."""
    found = gated_lifetimes(photons.records([(1.0, 1.0)], 2000), photons.forward())
    assert np.median(np.abs(found - 1)) < 0.1
