"""Pixels of known decays: a simulation that shares no code with what it is to judge.

A response and a decay are folded on a grid of a twentieth of a time bin, what passes the laser
period comes back at the beginning of the record, and counts are Poisson's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FINE = 20
"""Fine steps in a time bin."""

HORIZON_NS = 80.0
"""Time after which no decay holds a photon."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Pixels of one decay: counts [pixels, bins], what they are samples of, and the truth."""

    counts: Any
    mean: Any
    response: Any
    width_ns: float
    mean_ns: float


def response_pdf(time_ns: Any, fwhm_ns: float, tail_ns: float, tail_share: float) -> Any:
    """Return a Gaussian around 0, of which a share is smeared by an exponential, in any unit."""
    deviation = fwhm_ns / math.sqrt(8 * math.log(2))
    step = time_ns[1] - time_ns[0]
    pulse = np.exp(-0.5 * (time_ns / deviation) ** 2)
    if not tail_ns:
        return pulse
    smeared = np.empty_like(pulse)  # what a leaky integrator holds
    held, left = 0.0, math.exp(-step / tail_ns)
    for index, arriving in enumerate(pulse):
        held = left * held + (1 - left) * arriving
        smeared[index] = held
    return (1 - tail_share) * pulse + tail_share * smeared


def expected_decay(
    components: Sequence[tuple[float, float]],
    *,
    fwhm_ns: float = 0.25,
    tail_ns: float = 0.0,
    tail_share: float = 1.0,
    period_ns: float | None = None,
    width_ns: float = 12.5 / 256,
    bins: int | None = None,
    center_ns: float = 2.5,
) -> tuple[Any, Any]:
    """Return the light and the response of a record, each of the sum 1, for (amplitude, ns)."""
    bins = bins or round(12.5 / width_ns)
    step, steps = width_ns / FINE, bins * FINE
    cells = math.ceil(HORIZON_NS / step)
    time = (np.arange(cells) + 0.5) * step
    pulse = response_pdf(time - center_ns, fwhm_ns, tail_ns, tail_share)
    edges = np.arange(cells + 1) * step
    decay = sum(a * -np.diff(tau * np.exp(-edges / tau)) for a, tau in components)
    light = np.fft.irfft(np.fft.rfft(pulse, 2 * cells) * np.fft.rfft(decay, 2 * cells))[:cells]
    light = np.maximum(light, 0.0)
    light = 0.5 * (light + np.append(0.0, light[:-1]))  # two cells sum up to a cell or the next
    seen = np.zeros(steps)
    period = cells if period_ns is None else round(period_ns / step)
    for start in range(0, cells, period):
        part = light[start : start + min(period, steps)][:steps]
        seen[: len(part)] += part
    shape, shown = (values.reshape(bins, FINE).sum(axis=1) for values in (seen, pulse[:steps]))
    return shape / shape.sum(), shown / shown.sum()


def simulate(
    components: Sequence[tuple[float, float]],
    *,
    photons: float = 5000,
    background: float = 0.0,
    pixels: int = 256,
    seed: int = 0,
    **instrument: Any,
) -> Scene:
    """Draw pixels of `photons` counts each, of which a share is background."""
    shape, response = expected_decay(components, **instrument)
    mean = photons * ((1 - background) * shape + background / len(shape))
    counts = np.random.default_rng(seed).poisson(mean, (pixels, len(shape)))
    width = float(instrument.get("width_ns", 12.5 / 256))
    amplitude = sum(a for a, _ in components)
    return Scene(counts, mean, response, width, sum(a * tau for a, tau in components) / amplitude)
