r"""What a pixel's counts say about its mean lifetime, whatever method found one.

Decays of any kind (`workloads.flim.lifetimes.quality.shapes`) are weighted by how likely they make
the counts, :math:`w \propto \prod_t p_t^{n_t}` (importance sampling of the posterior). The band
around a method's lifetime that holds 97% of the weight is its uncertainty: what the noise leaves
open, and what the method gets wrong.

Where few decays carry all the weight, the likelihood is flattened until `LEAST_DRAWS` share it:
bands of bright pixels are wider than need be, never narrower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.machine_code import kept
from workloads.flim.instrument.background import Background
from workloads.flim.instrument.forward import Forward
from workloads.flim.instrument.record import Record
from workloads.flim.lifetimes.quality.shapes import shapes

Values = npt.NDArray[np.float64]

CONFIDENCE = 0.97
LEAST_DRAWS = 20.0
UNSEEN_BINS = 0.12
"""Least half width of the band in time bins: what happens within one is not seen."""

JITTER_BINS = 0.1
"""How well the place of a response is known, in time bins."""

MOST_COUNTS = 20_000.0
"""A brighter pixel is compared as if it had so many: its band is that wide anyway."""

SAMPLE_PIXELS = 400
"""Pixels that choose the decays which all are compared with."""

_RESERVE = 12
"""One of so many decays is kept, whatever the sample says, for pixels unlike all of it."""
_NEGLIGIBLE = 1e-4
_NOTHING = -25.0
_LEVELS = 8
"""Groups of pixels whose share of background is taken as nearly one."""
_GROWTH = 1.06
"""Bins far behind the peak are summed in groups that grow: they say little one by one."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the counts of pixels say.

    Parameters
    ----------
    low_ns, median_ns, high_ns : float64[pixels]
        Bounds and median of the band that holds 97% of the lifetimes.
    uncertainty_ns : float64[pixels]
        Half width of the band around the given value that holds 97%; NaN without a value.
    misfit : float64[pixels]
        Deviance of the best of the decays.
    bins : int
        Groups of bins that the deviance counts.
    """

    low_ns: Values
    median_ns: Values
    high_ns: Values
    uncertainty_ns: Values
    misfit: Values
    bins: int


def groups(record: Record) -> npt.NDArray[np.intp]:
    """Return where groups of bins begin: one by one around the rise, growing behind it."""
    starts = [0.0]
    width = max(round(0.05 / record.width_ns), 1.0)
    while starts[-1] + width < record.bins:
        starts.append(starts[-1] + width)
        if starts[-1] > record.peak + 0.5 / record.width_ns:
            width = width * _GROWTH
    return np.unique(np.asarray(starts, np.intp))


def weigh(
    counts: npt.NDArray[np.generic],
    values_ns: Values,
    background: Background,
    record: Record,
    forward: Forward,
) -> Evidence:
    """Weigh decays by the counts of pixels, and the pixels' lifetimes by the decays.

    Parameters
    ----------
    counts : array [pixels, bins]
        With light.
    values_ns : float64[pixels]
        Lifetimes that a method found.
    background : Background
        Of the pixels.
    record : Record
    forward : Forward
        Of the record.
    """
    drawn, starts = shapes(), groups(record)
    shown = _shown(forward, starts)
    few = np.add.reduceat(np.where(record.live, counts, 0), starts, axis=1).astype(np.float64)
    total, live = few.sum(axis=1), np.add.reduceat(record.live.astype(float), starts)
    share = np.clip(background.level * live.sum() / total, 0.0, 1.0)
    doubt = background.deviation * live.sum() / total
    scale = np.minimum(1.0, MOST_COUNTS / total)
    few *= scale[:, None]
    results = np.full((5, len(few)), np.nan)
    jitter = np.random.default_rng(1).standard_normal(len(shown))
    order = np.argsort(share, kind="stable")
    for group in np.array_split(order, min(_LEVELS, max(len(order) // 32, 1))):
        spread = np.hypot(doubt[group].mean(), share[group].std())
        constant = np.clip(share[group].mean() + spread * jitter, 0.0, 1.0)[:, None]
        logarithm = np.log((1 - constant) * shown + constant * live / live.sum() + 1e-9)
        kept_draws = _supported(few[group], logarithm)
        mean_ns, table = drawn.mean_ns[kept_draws], logarithm[kept_draws].T.astype(np.float32)
        for start in range(0, len(group), 1024):
            part = group[start : start + 1024]
            likelihood = few[part].astype(np.float32) @ table
            found = np.empty((5, len(part)))
            _summarize(likelihood, mean_ns, values_ns[part], CONFIDENCE, LEAST_DRAWS, found)
            results[:, part] = found
    low, median, high, uncertainty, best = results
    uncertainty = np.hypot(uncertainty, UNSEEN_BINS * record.width_ns)
    misfit = np.maximum(2 * (_of_themselves(few) - best), 0.0) / scale
    return Evidence(low, median, high, uncertainty, misfit, int((live > 0).sum()))


def _shown(forward: Forward, starts: npt.NDArray[np.intp]) -> Values:
    """Return the share of light of each decay in each group of bins, a little early or late."""
    drawn = shapes()
    late = JITTER_BINS * np.random.default_rng(2).standard_normal(len(drawn.mean_ns))
    grid = np.geomspace(drawn.tau_ns.min(), drawn.tau_ns.max(), 400)
    each = forward.light(grid)
    light = np.add.reduceat(each, starts, axis=1)
    slope = np.add.reduceat(np.gradient(each, axis=1), starts, axis=1)
    # Linear in the logarithm between lifetimes that differ by 1.3%: off by less than 1e-4.
    index = np.log(drawn.tau_ns / grid[0]) / np.log(grid[1] / grid[0])
    whole = np.minimum(index.astype(np.intp), len(grid) - 2)
    shown = np.zeros((len(late), len(starts)))
    for component in range(drawn.share.shape[1]):
        at, part = whole[:, component], (index - whole)[:, component, None]
        between = (1 - part) * light[at] + part * light[at + 1] - late[:, None] * slope[at]
        shown += drawn.share[:, component, None] * between
    shown = np.maximum(shown, 0.0)
    return np.asarray(shown / shown.sum(axis=1, keepdims=True))


def _supported(few: Values, logarithm: Values) -> npt.NDArray[np.intp]:
    """Return the decays that any of some pixels supports, and a reserve of others."""
    brightness = np.argsort(few.sum(axis=1))
    places = np.unique(np.linspace(0, len(few) - 1, SAMPLE_PIXELS).astype(np.intp))
    likelihood = few[brightness[places]].astype(np.float32) @ logarithm.T.astype(np.float32)
    likelihood -= likelihood.max(axis=1, keepdims=True)
    # As flat as the weights may become: a quarter of the draws that share them at least.
    strongest = np.partition(likelihood, -int(4 * LEAST_DRAWS), axis=1)[:, -int(4 * LEAST_DRAWS)]
    bar = np.minimum(strongest, np.log(_NEGLIGIBLE))[:, None]
    wanted = np.asarray((likelihood >= bar).any(axis=0))
    wanted[::_RESERVE] = True
    return np.flatnonzero(wanted)


def _of_themselves(few: Values) -> Values:
    """Return the logarithmic likelihood of the counts under themselves."""
    total = few.sum(axis=1, keepdims=True)
    return np.asarray((few * np.log(np.where(few > 0, few, 1.0) / total)).sum(axis=1))


@kept(error_model="numpy")
def _summarize(
    likelihood: Any, mean_ns: Any, values: Any, confidence: Any, least: Any, found: Any
) -> None:
    draws = len(mean_ns)
    cumulative = np.empty(draws + 1)
    for pixel in range(len(likelihood)):
        row = likelihood[pixel]
        best = row.max()
        power = 1.0
        while True:
            total, squares = 0.0, 0.0
            cumulative[0] = 0.0
            for d in range(draws):
                exponent = power * (row[d] - best)
                if exponent > _NOTHING:  # of most decays, which saves most of the time
                    weight = np.exp(exponent)
                    total += weight
                    squares += weight * weight
                cumulative[d + 1] = total
            if total * total >= least * squares or power < 1e-6:
                break
            power *= 0.8
        tail = 0.5 * (1 - confidence)
        for q, share in enumerate((tail, 0.5, 1 - tail)):
            place = np.searchsorted(cumulative, share * total)
            found[q, pixel] = mean_ns[min(max(place - 1, 0), draws - 1)]
        value = values[pixel]
        if np.isnan(value):
            found[3, pixel] = np.nan
        else:
            low, high = 0.0, mean_ns[-1] + abs(value)
            for _ in range(40):
                half = 0.5 * (low + high)
                first = np.searchsorted(mean_ns, value - half)
                last = np.searchsorted(mean_ns, value + half, side="right")
                if cumulative[last] - cumulative[first] >= confidence * total:
                    high = half
                else:
                    low = half
            found[3, pixel] = high
        found[4, pixel] = best
