"""Whether a histogram is a decay at all: what speaks against it, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workloads.flim.instrument.decay_fit import DecayFit
from workloads.flim.instrument.record import Record, averaged

Values = npt.NDArray[np.float64]

SECOND_PULSE = 0.12
"""Height of a second rise, as a share of the first, that is no reflection."""

_NEAR_NS, _FAR_NS = 0.3, 1.6
"""Between these distances from the peak a decay has most of its light behind it."""

UNLIKE = 0.015
"""Squared relative deviation from the best decay, weighted by light, of what is none. Decays stay
below 0.005, and intensities along a line of an image above 0.02."""

_CERTAIN = 6.0


def backwards(record: Record) -> bool:
    """Return whether light rises slowly and falls at once, as of a reversed time axis."""
    # A pulse within two bins has as much light in the one before as in the one behind.
    near, far = (max(round(ns / record.width_ns), 2) for ns in (_NEAR_NS, _FAR_NS))
    light = record.smoothed - np.quantile(record.smoothed, 0.1)
    before = light[max(record.peak - far, 0) : max(record.peak - near + 1, 0)].sum()
    behind = light[record.peak + near : record.peak + far + 1].sum()
    noise = np.sqrt(record.counts) + 1
    return bool(before > 2 * max(behind, 0.0) + _CERTAIN * noise and before > 0.15 * light.sum())


def second_pulse_ns(record: Record) -> float | None:
    """Return how long after the first pulse another one rises, or None."""
    from scipy.signal import find_peaks

    size = max(round(0.3 / record.width_ns), 1)
    smooth = averaged(record.smoothed, size)
    height = float(smooth.max() - np.quantile(smooth, 0.05))
    noise = float(np.sqrt(max(smooth.max(), 1.0) / size))
    prominence = max(SECOND_PULSE * height, _CERTAIN * noise)
    # A level behind lets a rise at the end stand out; what falls from the start on is the light of
    # earlier pulses. Of two heights that are equal the first is the higher one.
    padded = np.append(smooth, smooth.min()) * (1 - 1e-9 * np.arange(len(smooth) + 1))
    peaks, _ = find_peaks(
        padded, prominence=prominence, distance=max(1, round(0.8 / record.width_ns))
    )
    if len(peaks) < 2:
        return None
    return float((peaks[1] - peaks[0]) * record.width_ns)


def unlikeness(record: Record, fit: DecayFit) -> float:
    """Return how far the sum of all pixels lies from the best decay: 0.04 are 20% in a lifetime.

    Infinite where there is no light above a level background.
    """
    live = record.live
    counts, expected = record.decay[live], fit.expected[live]
    excess = (counts - expected) ** 2 / np.maximum(expected, 1e-3 * counts.max()) - 1
    light = record.counts - fit.background * float(live.sum())
    if not light > _CERTAIN * np.sqrt(record.counts):
        return float("inf")
    noise = _CERTAIN * np.sqrt(2 * counts.size)
    return float(max(excess.sum() - noise, 0.0) / light)
