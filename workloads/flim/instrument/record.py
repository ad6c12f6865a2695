"""An image's record as it is: which bins count photons, and the decay that all pixels show.

One pixel may hold a bin that is stuck, or light so bright and late that the sum of all is its
own. Each pixel counts at most as a few ordinary ones, and a bin that stands out alone is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage

Values = npt.NDArray[np.float64]

MOST_OF_ONE = 3.0
"""Weight of the brightest pixel in the decay of all, in medians of the lit ones."""

CERTAIN = 20.0
"""Counts that a bin should hold where it holds none: then it is dead, and not dark by chance."""

MOST_DEAD = 0.3
"""Share of a record beyond which bins without counts are dark, not dead."""

STANDS_OUT = 3.0
"""A bin that holds so many times as much as both of its neighbours, and counts that are no chance,
is stuck."""

_NEIGHBOURS, _PARTS = 6, 3
_SMOOTHING_NS = 0.09


@dataclass(frozen=True, eq=False)
class Record:
    """The time axis of an image.

    Parameters
    ----------
    width_ns : float
        Width of a time bin in ns.
    live : bool[bins]
        Bins that count photons.
    decay : float64[bins]
        Counts of all pixels, the bright ones at reduced weight.
    source : str
        What messages call the image.
    """

    width_ns: float
    live: npt.NDArray[np.bool_]
    decay: Values
    source: str

    @property
    def bins(self) -> int:
        """Time bins."""
        return self.decay.size

    @property
    def length_ns(self) -> float:
        """Length of the record in ns."""
        return self.bins * self.width_ns

    @cached_property
    def counts(self) -> float:
        """Counts of the decay in live bins."""
        return float(self.decay[self.live].sum())

    @cached_property
    def smoothed(self) -> Values:
        """The decay with dead bins bridged, averaged over about 0.09 ns where bins are finer."""
        index = np.arange(self.bins)
        bridged = np.interp(index, index[self.live], self.decay[self.live])
        return averaged(bridged, max(int(_SMOOTHING_NS / self.width_ns + 1e-6), 1))

    @cached_property
    def peak(self) -> int:
        """Bin of the peak."""
        return int(self.smoothed.argmax())

    @cached_property
    def rise_ns(self) -> float:
        """Time at which half of the peak is reached, above the lowest level before it."""
        before = self.smoothed[: self.peak + 1]
        level = (before[-1] + before.min()) / 2
        below = int(np.flatnonzero(before <= level)[-1]) if (before <= level).any() else 0
        if below == self.peak:
            return (below + 0.5) * self.width_ns
        step = before[below + 1] - before[below]
        part = (level - before[below]) / step if step > 0 else 0.0
        return (below + 0.5 + float(part)) * self.width_ns


def record_of(
    image: MeasuredImage,
    *,
    window_ns: tuple[float, float] | None = None,
    region: npt.NDArray[np.bool_] | None = None,
) -> Record:
    """Find the live bins of an image and the decay of its pixels.

    Parameters
    ----------
    image : MeasuredImage
    window_ns : (float, float), optional
        Part of the record that is used, in ns from its beginning: bins beyond it are not live.
    region : bool array [rows, columns], optional
        Pixels that make the decay; by default all.

    Raises
    ------
    InputError
        If there is no photon, or the window holds fewer than two bins.
    """
    counts = image.counts
    totals = counts.sum(axis=-1, dtype=np.float64)
    if region is not None:
        totals = np.where(region, totals, 0.0)
    lit = totals[totals > 0]
    if not lit.size:
        raise InputError(f"{image.source}: no photon in the whole image, expected a decay")
    totals[_of_one_bin(counts, totals)] = 0.0
    most = MOST_OF_ONE * float(np.median(lit))
    weight = np.where(totals > 0, np.minimum(1.0, most / np.maximum(totals, 1e-300)), 0.0)
    decay = np.einsum("rc,rct->t", weight, counts, dtype=np.float64, optimize=False)
    raw = counts.sum(axis=(0, 1), dtype=np.float64)
    live = ~_dead(raw)
    live &= ~_stuck(np.where(live, decay, 0.0), live)
    if window_ns is not None:
        live &= _within(window_ns, image)
    return Record(image.bin_width_ns, live, decay, image.source)


def _of_one_bin(counts: npt.NDArray[np.generic], totals: Values) -> npt.NDArray[np.bool_]:
    """Return the pixels whose counts are most of all in one bin, if few are so."""
    bright = totals > CERTAIN
    alone = bright & (counts.max(axis=-1) > totals / 2)
    return np.asarray(alone & (2 * alone.sum() < bright.sum()))


def averaged(values: Values, size: int) -> Values:
    """Return the mean of so many values around each, or of one more where they are even."""
    size |= 1
    return np.convolve(np.pad(values, size // 2, mode="edge"), np.ones(size) / size, mode="valid")


def _within(window_ns: tuple[float, float], image: MeasuredImage) -> npt.NDArray[np.bool_]:
    low, high = window_ns
    starts = np.arange(image.bins) * image.bin_width_ns
    inside = (starts >= low - 1e-9) & (starts + image.bin_width_ns <= high + 1e-9)
    if inside.sum() < 2:
        raise InputError(
            f"{image.source}: window {low:g}:{high:g} ns, expected at least 2 of the "
            f"{image.bins} bins of {image.bin_width_ns:.4g} ns in it"
        )
    return inside


def _dead(raw: Values) -> npt.NDArray[np.bool_]:
    """Return the bins without a count where there should be some.

    What there should be is known from as many bins beside them. The very next one is left out: it
    holds a count because the run ends there.
    """
    dead = np.zeros(raw.size, bool)
    empty = np.flatnonzero(raw == 0)
    for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1):
        if not 0 < run.size <= MOST_DEAD * raw.size:
            continue
        span, first, last = max(run.size, _NEIGHBOURS), int(run[0]) - 1, int(run[-1]) + 2
        before, behind = raw[max(first - span, 0) : max(first, 0)], raw[last : last + span]
        if before.size and behind.size:
            seen = min(before.sum(), behind.sum())
            expected = min(float(before.mean()), float(behind.mean()))
        else:
            side = behind if behind.size else before[::-1]
            seen, expected = side.sum(), _continued(side, raw)
        dead[run] = min(expected * run.size, float(seen)) > CERTAIN
    return dead


def _continued(side: Values, raw: Values) -> float:
    """Return the counts a bin that go on at an end of a record, from its bins from the end on.

    Only what is level, and no peak, goes on: the foot of a pulse is steep, and nothing needs to
    come before it.
    """
    parts = [float(part.mean()) for part in np.array_split(side, _PARTS) if part.size]
    size = max(len(side) // _PARTS, 1)
    highest = float(np.convolve(raw, np.ones(size) / size, mode="valid").max())
    if not 0 < max(parts) <= min(2 * min(parts), highest / 2):
        return 0.0
    near, far = (float(half.mean()) for half in np.array_split(side, 2))
    falls = min(near / far, 1.0)
    return near * (falls + falls**2) / 2


def _stuck(decay: Values, live: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the bins that stand out alone of a decay.

    Light may come within one bin; but then what is left of it lies in the next.
    """
    level = float(np.median(decay[live]))
    padded = np.pad(decay, 1)
    beside = np.maximum(np.maximum(padded[:-2], padded[2:]), max(level, 1.0))
    above = decay - level
    rest = np.maximum(above, 0).sum() - above
    alone = decay > STANDS_OUT * beside + CERTAIN
    left = np.where(alone, 0.0, decay)
    is_elsewhere = np.abs(np.arange(decay.size) - left.argmax()) > 1
    is_elsewhere &= bool(left.max() > level + CERTAIN + 6 * np.sqrt(level))
    return np.asarray(live & alone & ((rest >= above) | is_elsewhere))
