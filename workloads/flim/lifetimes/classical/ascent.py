"""The way downhill to the decays and the constant that fit one pixel's counts, compiled.

The mean counts are a sum of profiles: ``mean = offset + sum_k amount_k profile_k(place_k)``, the
last profile the constant of the background. The objective is half the Poisson deviance, or half a
sum of squares where variances are given. Its gradient and a curvature of Gauss and Newton's kind,
exact in the amounts, lead downhill in damped steps (Levenberg and Marquardt) that stop at the
limits (Bertsekas, SIAM J. Control Optim. 20, 1982): amounts are never negative.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from stomp_flim.machine_code import kept

SOURCES = Path(__file__).read_bytes()
"""What compiled functions of other modules depend on that call these."""

_STEPS = 200
FLOOR = 1e-9
"""Share of a pixel's counts that a bin is expected to hold at least, so that a logarithm exists."""


@kept(error_model="numpy")
def profile_at(values: Any, slopes: Any, place: Any, profile: Any, change: Any) -> None:
    """Interpolate between nodes: a profile and its derivative by the place."""
    node = min(int(place), len(values) - 2)
    u = place - node
    v = 1.0 - u
    a, b, c, d = (1 + 2 * u) * v * v, u * v * v, (3 - 2 * u) * u * u, -u * u * v
    slope, left, right = 6 * u * v, v * (1 - 3 * u), u * (3 * u - 2)
    first, second = values[node], values[node + 1]
    from_first, from_second = slopes[node], slopes[node + 1]
    for t in range(len(profile)):
        value = a * first[t] + b * from_first[t] + c * second[t] + d * from_second[t]
        profile[t] = max(value, 0.0)
        change[t] = slope * (second[t] - first[t]) + left * from_first[t] + right * from_second[t]


@kept(error_model="numpy")
def objective(counts: Any, variance: Any, mean: Any) -> Any:
    """Return half the deviance, or half the sum of squares where there are variances."""
    total = 0.0
    for t in range(len(counts)):
        n, m = counts[t], mean[t]
        if len(variance):
            total += 0.5 * (n - m) * (n - m) / variance[t]
        elif n > 0:
            total += m - n + n * math.log(n / m)
        else:
            total += m
    return total


@kept(error_model="numpy")
def add_up(profiles: Any, amount: Any, offset: Any, floor: Any, mean: Any) -> None:
    """Write the mean counts."""
    mean[:] = offset
    for k in range(len(amount)):
        if amount[k] > 0:
            share = amount[k]
            row = profiles[k]
            for t in range(len(mean)):
                mean[t] += share * row[t]
    for t in range(len(mean)):
        mean[t] = max(mean[t], floor)


@kept(error_model="numpy")
def solve(matrix: Any, free: Any, damping: Any, gradient: Any, step: Any) -> None:
    """Solve for a damped step in the free parameters, by Cholesky's decomposition."""
    size = len(gradient)
    lower = np.zeros((size, size))
    for i in range(size):
        step[i] = 0.0
        if not free[i]:
            continue
        for j in range(i + 1):
            if not free[j]:
                continue
            value = matrix[i, j]
            if i == j:
                value += damping * matrix[i, i] + 1e-300
            for k in range(j):
                value -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, i] = math.sqrt(max(value, 1e-14 * matrix[i, i] + 1e-300))
            else:
                lower[i, j] = value / lower[j, j]
    for i in range(size):
        if free[i]:
            value = -gradient[i]
            for k in range(i):
                value -= lower[i, k] * step[k]
            step[i] = value / lower[i, i]
    for i in range(size - 1, -1, -1):
        if free[i]:
            value = step[i]
            for k in range(i + 1, size):
                value -= lower[k, i] * step[k]
            step[i] = value / lower[i, i]


@kept(error_model="numpy")
def derivatives(
    counts: Any, variance: Any, mean: Any, rows: Any, gradient: Any, matrix: Any
) -> None:
    """Write gradient and curvature by the parameters whose derivatives of the mean are `rows`."""
    bins = len(counts)
    weighted = np.empty(bins)
    slope, weight = np.empty(bins), np.empty(bins)
    for t in range(bins):
        n, m = counts[t], mean[t]
        if len(variance):
            slope[t], weight[t] = (m - n) / variance[t], 1.0 / variance[t]
        else:
            slope[t], weight[t] = 1.0 - n / m, n / (m * m)
    for i in range(len(rows)):
        total = 0.0
        for t in range(bins):
            total += slope[t] * rows[i, t]
            weighted[t] = weight[t] * rows[i, t]
        gradient[i] = total
        for j in range(i + 1):
            total = 0.0
            for t in range(bins):
                total += weighted[t] * rows[j, t]
            matrix[i, j] = matrix[j, i] = total


@kept(error_model="numpy")
def smallest_gain(total: Any) -> Any:
    """Return what is no gain worth a step, for so many counts.

    A tenth of a per mille of a standard deviation, and of any lifetime, above the rounding of sums.
    """
    return min(1e-6, 1e-10 * total) + 1e-14 * total


@kept(error_model="numpy")
def improve(
    counts: Any,
    variance: Any,
    offset: Any,
    values: Any,
    slopes: Any,
    known: Any,
    constant: Any,
    place: Any,
    amount: Any,
    mean: Any,
) -> Any:
    """Go downhill from places and amounts, which change, and return the objective there.

    Profiles are those of `known`, then those at the places, then the constant of the background, if
    it is to be found.
    """
    fixed, found, bins = len(known), len(place), len(counts)
    parts = fixed + found + int(constant)
    size = parts + found
    profiles, changes = np.empty((parts, bins)), np.empty((found, bins))
    tried_profiles, tried_changes = np.empty((parts, bins)), np.empty((found, bins))
    tried_mean, tried_place, tried_amount = np.empty(bins), place.copy(), amount.copy()
    rows, gradient, matrix = np.empty((size, bins)), np.empty(size), np.empty((size, size))
    step, free = np.empty(size), np.empty(size, np.bool_)
    for k in range(fixed):
        profiles[k] = tried_profiles[k] = known[k]
    for k in range(found):
        profile_at(values, slopes, place[k], profiles[fixed + k], changes[k])
    if constant:
        profiles[parts - 1] = tried_profiles[parts - 1] = 1.0 / bins
    total = counts.sum()
    floor = FLOOR * total
    least = smallest_gain(total)
    last = len(values) - 1.0
    add_up(profiles, amount, offset, floor, mean)
    now = objective(counts, variance, mean)
    damping = 1e-3
    for _ in range(_STEPS):
        for k in range(parts):
            rows[k] = profiles[k]
        for k in range(found):
            for t in range(bins):
                rows[parts + k, t] = amount[fixed + k] * changes[k, t]
        derivatives(counts, variance, mean, rows, gradient, matrix)
        for k in range(parts):
            absent = fixed <= k < fixed + found  # its place says nothing
            free[k] = amount[k] > 0 or (gradient[k] < 0 and not absent)
        for k in range(found):
            inside = (place[k] > 0 or gradient[parts + k] < 0) and (
                place[k] < last or gradient[parts + k] > 0
            )
            free[parts + k] = inside and amount[fixed + k] > 0
        gain = 0.0
        while damping < 1e12:
            solve(matrix, free, damping, gradient, step)
            for k in range(parts):
                tried_amount[k] = max(amount[k] + step[k], 0.0)
            for k in range(found):
                tried_place[k] = min(max(place[k] + step[parts + k], 0.0), last)
                profile_at(
                    values, slopes, tried_place[k], tried_profiles[fixed + k], tried_changes[k]
                )
            add_up(tried_profiles, tried_amount, offset, floor, tried_mean)
            tried = objective(counts, variance, tried_mean)
            gain = now - tried
            if gain >= 0:
                break
            damping *= 5.0
        if not gain >= 0 or damping >= 1e12:
            break
        now = tried
        amount[:], place[:], mean[:] = tried_amount, tried_place, tried_mean
        profiles, tried_profiles = tried_profiles, profiles
        changes, tried_changes = tried_changes, changes
        if gain < least and damping <= 1e-2:
            break
        damping = max(damping / 5.0, 1e-9)
    return now
