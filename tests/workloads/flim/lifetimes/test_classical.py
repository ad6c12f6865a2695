"""The classical methods on decays whose lifetimes are known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import nnls

from stomp_flim.errors import InputError
from workloads.flim.data.irf import convolve, modeled_irfs
from workloads.flim.data.timebins import STEPS
from workloads.flim.data.tpsf import decay, expected_counts
from workloads.flim.lifetimes.classical.least_squares import fit, fit_fractions
from workloads.flim.lifetimes.classical.phasor import phase_lifetimes, phasors
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes

IRF = modeled_irfs(3.0, 0.25, 0.02)


def noiseless(tau1: object, tau2: object, fraction: object, background: float = 0.0) -> np.ndarray:
    """Return mean counts of decays, bright enough to need no noise."""
    return expected_counts(decay(tau1, tau2, fraction), IRF, 1e6, background)


def test_rapid_determination_of_a_single_decay() -> None:
    """Far enough behind the response, two gates give the lifetime of a single exponential."""
    tau = np.array([0.3, 0.6, 1.2])

    found = rapid_lifetimes(noiseless(tau, tau, 1.0, background=5.0), delay_bins=15)

    np.testing.assert_allclose(found, tau, rtol=2e-3)


def test_rapid_determination_without_a_decay() -> None:
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
    counts = noiseless(0.6, 0.6, 1.0)
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


def test_methods_take_arrays_of_any_shape() -> None:
    """An image gives what its pixels give one by one."""
    tau = np.array([[0.3, 0.6, 0.8], [1.2, 0.5, 0.7]])
    image = noiseless(tau, tau, 1.0, background=5.0)
    for method in (rapid_lifetimes, lambda counts: phase_lifetimes(counts, IRF)):
        pixels = [method(pixel) for pixel in image.reshape(6, STEPS)]
        np.testing.assert_allclose(method(image).ravel(), pixels, rtol=1e-12)


def test_phasor_of_a_single_decay() -> None:
    """The phase gives its lifetime, and the phasor lies on the universal semicircle."""
    tau = np.array([0.5, 0.8, 1.0])
    counts = noiseless(tau, tau, 1.0)

    np.testing.assert_allclose(phase_lifetimes(counts, IRF), tau, rtol=5e-3)
    distance = np.abs(phasors(counts, IRF) * np.exp(1j * np.pi / STEPS) - 0.5)
    np.testing.assert_allclose(distance, 0.5, atol=5e-3)


def test_phasor_of_two_decays_lies_between_them() -> None:
    """On the chord, at the share of the light."""
    both, short, long = (
        phasors(noiseless(0.3, 1.2, fraction), IRF) for fraction in (0.5, 1.0, 0.0)
    )
    light = 0.5 * 0.3 / (0.5 * 0.3 + 0.5 * 1.2)

    assert abs(both - (light * short + (1 - light) * long)) < 2e-3


def test_neither_brightness_nor_background_moves_a_phasor() -> None:
    """Nor the scale of a response, which may be each pixel's own; dim light is light."""
    tau = np.array([0.5, 0.8, 1.0])
    counts = noiseless(tau, tau, 1.0)
    found = phasors(counts, IRF)
    for same in (
        phasors(counts + 5.0, IRF),
        phasors(1e-7 * counts, IRF),
        phasors(counts, 3.0 * IRF),
        phasors(counts, np.outer([1.0, 2.0, 3.0], IRF)),
    ):
        np.testing.assert_allclose(same, found, rtol=1e-6)


def test_light_before_its_response_has_no_lifetime() -> None:
    """Nor has what comes more than a quarter turn after it; the phasors are there."""
    moved = np.stack([np.roll(IRF, shift) for shift in (-5, 40, -60, 5)])
    moved -= moved[:, :10].mean(axis=1, keepdims=True)
    assert np.isfinite(phasors(moved, IRF)).all()
    assert np.isnan(phase_lifetimes(moved, IRF)).tolist() == [True, True, True, False]


def test_phasor_without_light() -> None:
    """Darkness has no phase; bins and harmonics that do not exist are refused."""
    dark = np.zeros((2, STEPS))
    dark[1, :10] = 1e-3
    with warnings.catch_warnings(action="error"):
        assert np.isnan(phasors(dark, IRF)).all()
    assert np.isnan(phase_lifetimes(dark, IRF)).all()
    assert np.isfinite(phasors(noiseless(0.5, 0.5, 1.0), IRF, harmonic=67))
    with pytest.raises(InputError, match="harmonic 68, expected 1 to 67"):
        phasors(np.ones(STEPS), IRF, harmonic=68)
    with pytest.raises(InputError, match="response of 10 bins, expected 135"):
        phasors(np.ones(STEPS), np.ones(10))
    with pytest.raises(InputError, match="harmonic 0, expected 1 to 67"):
        phasors(np.ones(STEPS), IRF, harmonic=0)


def test_least_squares_find_what_made_the_decay() -> None:
    """Without noise, both lifetimes and the fraction; a single decay with one component."""
    tau1, tau2, fraction = np.array([0.3, 0.5]), np.array([1.2, 0.9]), np.array([0.4, 0.7])

    found = fit(noiseless(tau1, tau2, fraction), IRF)
    single = fit(noiseless(tau2, tau2, 1.0), IRF, components=1)

    np.testing.assert_allclose(found.tau1_ns, tau1, rtol=2e-2)
    np.testing.assert_allclose(found.tau2_ns, tau2, rtol=2e-2)
    np.testing.assert_allclose(found.fraction, fraction, rtol=3e-2)
    np.testing.assert_allclose(single.mean_ns, tau2, rtol=1e-4)


def test_least_squares_refuse_what_they_cannot_fit() -> None:
    """Dark pixels give NaN; wrong shapes, limits and components an error."""
    assert np.isnan(fit(np.zeros((1, STEPS)), IRF).mean_ns).all()
    with pytest.raises(InputError, match=r"shape \(135,\), expected \(pixels, 135\)"):
        fit(np.zeros(STEPS), IRF)
    for limits in ((1.0, 0.5), (0.0, 0.5), (-0.5, 0.5), (0.5, 0.5)):
        with pytest.raises(InputError, match="expected rising numbers above 0"):
            fit(np.zeros((1, STEPS)), IRF, tau_ns=limits)
    with pytest.raises(InputError, match="3 components"):
        fit(np.zeros((1, STEPS)), IRF, components=3)


def test_least_squares_of_dim_light_report_each_pixel() -> None:
    """A tenth of a photon in all is light too."""
    calls: list[tuple[int, int]] = []

    found = fit(
        1e-7 * noiseless(np.array([0.6, 0.6]), 0.6, 1.0),
        IRF,
        components=1,
        progress=lambda done, total: calls.append((done, total)),
    )

    np.testing.assert_allclose(found.mean_ns, 0.6, rtol=1e-2)
    assert calls == [(1, 2), (2, 2)]


def test_no_neighbouring_lifetimes_fit_better() -> None:
    """The sum is the documented one: of squared distances over the counts, which are noisy."""
    counts = np.random.default_rng(3).poisson(2e-3 * noiseless(0.4, 1.3, 0.5))
    found = fit(counts[None], IRF)
    light = counts - counts[:10].mean()

    def distance(short: float, long: float) -> float:
        taus = np.array([short, long])
        parts = convolve(decay(taus, taus, np.ones(2)), IRF) / np.sqrt(np.maximum(counts, 1))
        return float(nnls(parts.T, light / np.sqrt(np.maximum(counts, 1)))[1])

    best = distance(found.tau1_ns[0], found.tau2_ns[0])
    for short, long in ((0.98, 1.0), (1.02, 1.0), (1.0, 0.98), (1.0, 1.02)):
        assert best < distance(short * found.tau1_ns[0], long * found.tau2_ns[0])


def test_responses_of_another_shape() -> None:
    """Two responses for three pixels, or one each where one is for all, are refused."""
    counts = np.ones((3, STEPS))
    with pytest.raises(InputError, match=r"response of the shape \(2, 135\), expected \(135,\) or"):
        fit(counts, np.ones((2, STEPS)))
    with pytest.raises(InputError, match=r"response of the shape \(3, 135\), expected \(135,\)"):
        fit_fractions(counts, np.ones((3, STEPS)), (0.4, 1.3))


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_amplitudes_alone_are_found_for_known_lifetimes(fraction: float) -> None:
    """Without noise the fraction is exact, also at its ends; a dark pixel has none."""
    light = noiseless(0.4, 1.3, fraction, background=3.0)

    with warnings.catch_warnings(action="error"):
        found = fit_fractions([light.tolist(), 1e-7 * light, np.zeros(STEPS)], IRF, (0.4, 1.3))

    np.testing.assert_allclose(found.fraction, [fraction, fraction, np.nan], atol=1e-9)
    expected = fraction * 0.4 + (1 - fraction) * 1.3
    np.testing.assert_allclose(found.mean_ns, [expected, expected, np.nan], atol=1e-9)


def test_known_lifetimes_make_a_fit_steadier() -> None:
    """Over draws of the noise the mean lifetime spreads less than with free lifetimes."""
    mean = 2000 / 1e6 * noiseless(0.4, 1.3, 0.5)
    counts = np.random.default_rng(0).poisson(mean, (60, STEPS))

    known, free = fit_fractions(counts, IRF, (0.4, 1.3)).mean_ns, fit(counts, IRF).mean_ns

    assert np.std(known) < np.nanstd(free)
