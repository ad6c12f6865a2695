"""Least squares with weights of the fit: what made a decay is found, and dim light too."""

from __future__ import annotations

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.instrument.forward import Forward
from workloads.flim.lifetimes.classical import least_squares, poisson
from workloads.flim.lifetimes.classical.components import Components, expected

MODEL = Forward(0.1, np.exp(-0.5 * ((np.arange(256) - 40) / 3) ** 2), 2, period_ns=12.8)
LIGHT = 50 * MODEL.light(0.4) + 30 * MODEL.light(2.0)


def test_what_made_the_decay_is_found() -> None:
    """Without noise lifetimes, shares and background; whatever the scale."""
    found = least_squares.fit(np.stack((LIGHT + 1, 1e-6 * LIGHT, 1e4 * LIGHT)), MODEL)
    dim = least_squares.fit([1e-6 * LIGHT], MODEL, components=1)
    np.testing.assert_allclose(found.tau_ns[2], [0.4, 2.0], rtol=1e-2)
    np.testing.assert_allclose(found.share[2], [0.625, 0.375], atol=1e-2)
    assert found.background[0] == pytest.approx(1.0, rel=0.1)
    assert np.isfinite(dim.mean_ns).all()


def test_no_neighbour_has_a_smaller_sum() -> None:
    """The sum is the documented one: squares over the counts that are expected, noisy ones."""
    counts = np.random.default_rng(3).poisson(8 * LIGHT + 0.2)
    found = least_squares.fit(counts[None], MODEL)
    variance = np.maximum(expected(found, MODEL)[0], 0.1 * counts.mean())

    def distance(tau: np.ndarray, amplitude: float, background: float) -> float:
        moved = Components(
            tau[None],
            found.share,
            found.amplitude * amplitude,
            found.background + background,
            found.deviance,
        )
        return float(((counts - expected(moved, MODEL)[0]) ** 2 / variance).sum())

    tau = found.tau_ns[0]
    best = distance(tau, 1.0, 0.0)
    for scale in ([1.1, 1.0], [0.9, 1.0], [1.0, 1.1], [1.0, 0.9]):
        assert best < distance(tau * scale, 1.0, 0.0)
    for other in ((1.02, 0.0), (0.98, 0.0), (1.0, 0.05)):
        assert best < distance(tau, *other)


def test_few_photons_are_weighed_as_likelihood_weighs_them() -> None:
    """Within a tenth of its errors; weights by the counts themselves lose a third and more."""
    counts = np.random.default_rng(8).poisson(np.tile(3 * LIGHT + 0.1, (150, 1)))
    truth = 0.625 * 0.4 + 0.375 * 2.0
    squares, likelihood = (
        np.median(np.abs(method.fit(counts, MODEL, components=2).mean_ns / truth - 1))
        for method in (least_squares, poisson)
    )
    assert squares <= 1.1 * likelihood


def test_what_cannot_be_fitted() -> None:
    """Dark pixels give NaN; other shapes an error. Progress is told as of any fit."""
    calls: list[tuple[int, int]] = []
    found = least_squares.fit(
        np.zeros((2, 128)), MODEL, progress=lambda done, total: calls.append((done, total))
    )
    assert np.isnan(found.mean_ns).all()
    assert calls == [(2, 2)]
    with pytest.raises(InputError, match=r"shape \(128,\), expected \(pixels, 128\)"):
        least_squares.fit(np.zeros(128), MODEL)
    with pytest.raises(InputError, match=r"background of -1\.0"):
        least_squares.fit(np.zeros((1, 128)), MODEL, background=-1.0)


def test_known_lifetimes_and_backgrounds() -> None:
    """Are kept, and make a fit steadier."""
    counts = np.random.default_rng(0).poisson(np.tile(LIGHT, (40, 1)))
    known = least_squares.fit(counts, MODEL, fixed=(0.4, 2.0), background=0.0)
    free = least_squares.fit(counts, MODEL, tau_ns=(0.1, 5.0))
    assert (known.tau_ns == [0.4, 2.0]).all()
    assert not known.background.any()
    assert np.std(known.mean_ns) < np.std(free.mean_ns)
