"""Fits of pixels by decays that come one by one, compiled.

Each begins where some of the counts would help most, below, between and above those that are there.
The slope of the likelihood that way is the directional derivative of a mixture (Lindsay, Ann.
Statist. 11, 1983): where none rises, fewer decays explain the counts as well as any number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.lifetimes.classical.ascent import (
    FLOOR,
    SOURCES,
    improve,
    objective,
    smallest_gain,
)

_COARSE = 6
"""Nodes between lifetimes that are tried as a first guess."""
_SHARES = (0.95, 0.65, 0.3)
"""Of its brightness, in parts of all counts."""
_LEAST_VARIANCE = 0.1
"""Of squares: in parts of a pixel's counts in a bin on average."""


@kept(SOURCES, error_model="numpy")
def _promise(counts: Any, variance: Any, mean: Any, values: Any, gains: Any, shares: Any) -> None:
    """Write what a share of all counts at each node would gain, to second order, and the share."""
    bins, total = len(counts), counts.sum()
    slope, weight = np.empty(bins), np.empty(bins)
    for t in range(bins):
        n, m = counts[t], mean[t]
        if len(variance):
            slope[t], weight[t] = (n - m) / variance[t], 1.0 / variance[t]
        else:
            slope[t], weight[t] = n / m - 1.0, n / (m * m)
    for node in range(len(values)):
        rise, bend = 0.0, 0.0
        for t in range(bins):
            change = total * values[node, t] - mean[t]
            rise += slope[t] * change
            bend += weight[t] * change * change
        share = min(max(rise, 0.0) / (bend + 1e-300), 0.5)
        shares[node], gains[node] = share, share * rise - 0.5 * share * share * bend


@kept(SOURCES, error_model="numpy")
def _first_guess(
    counts: Any,
    variance: Any,
    offset: Any,
    values: Any,
    constant: Any,
    place: Any,
    amount: Any,
    mean: Any,
) -> None:
    """Try one decay of few lifetimes at few brightnesses, the rest background."""
    total, best, last = counts.sum(), np.inf, len(place) - 1
    floor = FLOOR * total
    for node in range(0, len(values), _COARSE):
        for share in _SHARES:
            rest = (1.0 - share) * total / len(counts) if constant else 0.0
            for t in range(len(counts)):
                mean[t] = max(share * total * values[node, t] + rest + offset, floor)
            found = objective(counts, variance, mean)
            if found < best:
                best, place[last], amount[last] = found, node, share * total
    if constant:
        amount[-1] = total - amount[last]


@kept(SOURCES, error_model="numpy")
def fit_pixel(
    counts: Any,
    variance: Any,
    offset: Any,
    values: Any,
    slopes: Any,
    known: Any,
    constant: Any,
    least_gain: Any,
    place: Any,
    amount: Any,
    mean: Any,
) -> None:
    """Fit a pixel anew: what is known first, then components one by one.

    A further component must lower the objective by more than `least_gain`.
    """
    fixed, found, total = len(known), len(place), counts.sum()
    place[:], amount[:] = 0.0, 0.0
    amount[:fixed] = total / max(fixed + constant, 1)
    if constant:
        amount[-1] = total / (fixed + constant)
    gains, shares = np.empty(len(values)), np.empty(len(values))
    tried_place, tried_amount, tried_mean = place.copy(), amount.copy(), mean.copy()
    best_place, best_amount, best_mean = place.copy(), amount.copy(), mean.copy()
    if fixed == 0:
        _first_guess(counts, variance, offset, values, constant, place, amount, mean)
    now = improve(counts, variance, offset, values, slopes, known, constant, place, amount, mean)
    for _ in range(2 * found):
        slot = -1
        for k in range(found):
            if amount[fixed + k] == 0:
                slot = k
        if slot < 0:
            break
        _promise(counts, variance, mean, values, gains, shares)
        edges = np.sort(place[amount[fixed : fixed + found] > 0])
        best = now - least_gain
        start = 0
        for segment in range(len(edges) + 1):  # a start below, between and above those that are
            end = int(edges[segment]) + 1 if segment < len(edges) else len(values)
            if end > start:
                node = start + int(np.argmax(gains[start:end]))
                if gains[node] > smallest_gain(total):
                    share = shares[node]
                    tried_place[:], tried_amount[:] = place, (1.0 - share) * amount
                    tried_place[slot], tried_amount[fixed + slot] = node, share * total
                    there = improve(
                        *(counts, variance, offset, values, slopes, known, constant),
                        *(tried_place, tried_amount, tried_mean),
                    )
                    if there < best:
                        best = there
                        best_place[:], best_amount[:] = tried_place, tried_amount
                        best_mean[:] = tried_mean
            start = end
        if not best < now - least_gain:
            break
        now = best
        place[:], amount[:], mean[:] = best_place, best_amount, best_mean


@kept(SOURCES, error_model="numpy")
def fit_pixels(
    counts: Any,
    offset: Any,
    reweightings: Any,
    values: Any,
    slopes: Any,
    known: Any,
    constant: Any,
    least_gain: Any,
    places: Any,
    amounts: Any,
    deviance: Any,
) -> None:
    """Fit pixels one by one: by likelihood, or by squares whose weights follow the fit so often."""
    none, bins = np.empty(0), counts.shape[1]
    mean = np.empty(bins)
    for pixel in range(len(counts)):
        n, place, amount = counts[pixel], places[pixel], amounts[pixel]
        total = n.sum()
        mean[:] = offset[pixel]
        if total > 0:
            variance = none
            if reweightings:
                variance = np.full(bins, total / bins)
            for _ in range(reweightings + 1):
                fit_pixel(
                    *(n, variance, offset[pixel], values, slopes, known, constant, least_gain),
                    *(place, amount, mean),
                )
                if reweightings:
                    variance = np.maximum(mean, _LEAST_VARIANCE * total / bins)
        deviance[pixel] = 2.0 * objective(n, none, mean)
