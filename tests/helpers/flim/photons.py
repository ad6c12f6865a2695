"""Photons drawn one by one: a simulator of records that knows no forward model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workloads.flim.instrument.forward import Forward

BINS, RECORD_NS, CENTRE_NS = 256, 12.5, 2.5


def records(
    components: Sequence[tuple[float, float]],
    photons: int,
    *,
    pixels: int = 256,
    fwhm_ns: float = 0.25,
    tail_ns: float = 0.0,
    period_ns: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Draw counts [pixels, BINS]: components are (amplitude, lifetime); the response is Gaussian.

    The photons that a record holds are Poisson distributed about `photons`; those after a period
    are seen in the next one, those after the record never where there is no period.
    """
    random = np.random.default_rng(seed)
    light = np.array([amplitude * tau for amplitude, tau in components])
    lifetimes = np.array([tau for _, tau in components])
    counts = np.empty((pixels, BINS), int)
    for pixel in range(pixels):
        wanted = random.poisson(photons)
        drawn = np.empty(0)
        while len(drawn) < wanted:
            which = random.choice(len(light), 2 * wanted, p=light / light.sum())
            times = random.normal(CENTRE_NS, fwhm_ns / np.sqrt(8 * np.log(2)), 2 * wanted)
            times += random.exponential(lifetimes[which]) + random.exponential(tail_ns, 2 * wanted)
            if period_ns is not None:
                times %= period_ns
            drawn = np.append(drawn, times[(times >= 0) & (times < RECORD_NS)])
        counts[pixel] = np.histogram(drawn[:wanted], BINS, (0, RECORD_NS))[0]
    return counts


def forward(
    *, fwhm_ns: float = 0.25, tail_ns: float = 0.0, period_ns: float | None = None
) -> Forward:
    """Return the forward model of such records."""
    per_bin = 20
    edges = np.linspace(0, RECORD_NS, BINS * per_bin + 1)
    from scipy.stats import exponnorm, norm

    sigma = fwhm_ns / np.sqrt(8 * np.log(2))
    if tail_ns:
        before = exponnorm.cdf(edges, tail_ns / sigma, CENTRE_NS, sigma)
    else:
        before = norm.cdf(edges, CENTRE_NS, sigma)
    return Forward(RECORD_NS / BINS, np.diff(before), per_bin, period_ns=period_ns)
