"""Global fits: what pixels share is found from all of them."""

from __future__ import annotations

import numpy as np
import pytest
from flim import photons
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from stomp_flim.errors import InputError
from workloads.flim.instrument.forward import Forward
from workloads.flim.lifetimes.classical.global_fit import fit_global
from workloads.flim.lifetimes.classical.poisson import fit

MODEL = Forward(0.1, np.exp(-0.5 * ((np.arange(256) - 40) / 3) ** 2), 2, period_ns=12.8)


def image(
    fractions: object, taus: tuple[float, float], amplitude: float, background: float = 0.0
) -> np.ndarray:
    """Return mean counts of pixels that differ in the fraction of the short lifetime alone."""
    short, long = MODEL.light(taus)
    fraction = np.asarray(fractions)[:, None]
    return amplitude * (fraction * short + (1 - fraction) * long) + background


@settings(max_examples=15, deadline=None)
@given(
    st.floats(0.2, 0.8),
    st.floats(2.0, 5.0),
    st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5),
    st.floats(0.0, 2.0),
)
def test_without_noise_the_truth_is_found(
    short: float, ratio: float, fractions: list[float], background: float
) -> None:
    """Lifetimes that are equal everywhere, and fractions of every pixel."""
    found = fit_global(image(fractions, (short, short * ratio), 900.0, background), MODEL)

    np.testing.assert_array_equal(found.tau_ns, np.tile(found.tau_ns[0], (len(fractions), 1)))
    np.testing.assert_allclose(found.tau_ns[0], [short, short * ratio], rtol=2e-2)
    np.testing.assert_allclose(found.share[:, 0], fractions, atol=2e-2)
    np.testing.assert_allclose(found.background, background, atol=2e-2)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 3))
def test_no_other_shared_lifetimes_explain_the_image_better(seed: int, components: int) -> None:
    """A search without derivatives, over fits of known lifetimes, finds none; nor is the truth."""
    random = np.random.default_rng(seed)
    counts = random.poisson(image(random.uniform(0.1, 0.9, 12), (0.5, 2.5), 300.0, 0.5))
    found = fit_global(counts, MODEL, components=components, background=0.5)

    def deviance(tau: np.ndarray) -> float:
        known = np.clip(np.exp(tau), 0.03, 10.0)
        if len(np.unique(known)) < components:
            return np.inf
        fixed = fit(counts, MODEL, components=components, fixed=known.tolist(), background=0.5)
        return float(fixed.deviance.sum())

    best = found.deviance.sum()
    here = np.log(found.tau_ns[0])
    assert best == pytest.approx(deviance(here), abs=1e-3)
    near = minimize(deviance, here, method="Nelder-Mead", options={"maxfev": 60})
    assert best <= near.fun + 0.02
    if components == 2:
        assert best <= deviance(np.log([0.5, 2.5]))


def test_pixels_in_another_order_and_dark_ones() -> None:
    """Results follow their pixels; what has no light has no lifetime and moves no other."""
    counts = np.random.default_rng(4).poisson(image([0.2, 0.4, 0.6, 0.8], (0.6, 2.4), 400.0))
    order = [2, 0, 3, 1]
    found, moved = (
        fit_global(pixels, MODEL, background=0.0)
        for pixels in (counts, np.vstack((counts[order], np.zeros(128))))
    )
    np.testing.assert_allclose(moved.share[:4], found.share[order], rtol=1e-6)
    np.testing.assert_allclose(moved.tau_ns[:4], found.tau_ns, rtol=1e-6)
    assert np.isnan([*moved.tau_ns[4], *moved.share[4], moved.mean_ns[4]]).all()
    assert moved.deviance[4] == 0


def test_fractions_of_known_lifetimes_are_no_better_known() -> None:
    """A thousand photons a pixel, 0.6 and 2.4 ns: an image of 256 pixels tells the lifetimes."""
    fractions = np.linspace(0.2, 0.8, 16)
    counts = np.vstack(
        [
            photons.records(
                [(f, 0.6), (1 - f, 2.4)], 1000, pixels=16, period_ns=12.5, seed=round(1000 * f)
            )
            for f in fractions
        ]
    )
    forward, truth = photons.forward(period_ns=12.5), np.repeat(fractions, 16)
    shared, free = fit_global(counts, forward), fit(counts, forward)
    errors = [np.median(np.abs(found.share[:, 0] - truth)) for found in (shared, free)]
    assert errors[0] <= 0.028 < 0.05 < errors[1]
    np.testing.assert_allclose(shared.tau_ns[0], [0.6, 2.4], rtol=0.05)


def test_known_lifetimes_beside_shared_ones() -> None:
    """All known leaves amplitudes alone, as in a fit of each pixel; one known is kept."""
    counts = image([0.3, 0.7], (0.5, 2.0), 800.0)
    every = fit_global(counts, MODEL, fixed=(0.5, 2.0), background=0.0)
    each = fit(counts, MODEL, fixed=(0.5, 2.0), background=0.0)
    np.testing.assert_allclose(every.share, each.share, atol=1e-6)
    one = fit_global(counts, MODEL, fixed=[2.0])
    assert one.tau_ns[:, 1].tolist() == [2.0, 2.0]
    np.testing.assert_allclose(one.tau_ns[:, 0], 0.5, rtol=1e-3)


def test_an_image_of_one_lifetime_or_of_none() -> None:
    """What cannot be told apart is within limits; a dark image has no lifetime."""
    same = fit_global(image([1.0, 1.0], (1.0, 2.0), 500.0), MODEL, tau_ns=(0.1, 5.0))
    np.testing.assert_allclose(same.mean_ns, 1.0, rtol=1e-2)
    assert (same.tau_ns >= 0.1).all()
    assert (same.tau_ns <= 5.0).all()
    dark = fit_global(np.zeros((2, 128)), MODEL)
    assert np.isnan(dark.mean_ns).all()
    with pytest.raises(InputError, match="4 components, expected 1 to 3"):
        fit_global(np.ones((2, 128)), MODEL, components=4)


def test_progress_counts_pixels_in_every_step() -> None:
    """Up to all of them."""
    calls: list[tuple[int, int]] = []
    counts = np.tile(image([0.3], (0.5, 2.0), 50.0), (300, 1))
    fit_global(counts, MODEL, progress=lambda done, total: calls.append((done, total)))
    assert calls[:2] == [(256, 300), (300, 300)]
    assert len(calls) % 2 == 0
