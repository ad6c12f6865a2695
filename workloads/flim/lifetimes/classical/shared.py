"""How well shared lifetimes explain pixels, and which others would do so better, compiled.

Variable projection (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973): for given lifetimes the best
amplitudes of each pixel are a convex problem of their own. What is left is a function of the
lifetimes alone, whose curvature is that of all parameters less what the amplitudes take up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.lifetimes.classical.ascent import (
    SOURCES,
    derivatives,
    improve,
    objective,
    solve,
)


@kept(SOURCES, error_model="numpy")
def add_pixels(
    counts: Any,
    offset: Any,
    rows: Any,
    changes: Any,
    amounts: Any,
    halves: Any,
    gradient: Any,
    curvature: Any,
) -> None:
    """Find the amplitudes of pixels, and add up gradient and curvature by the places of lifetimes.

    The last of the profiles `rows` are those of the lifetimes that are found; `changes` are their
    derivatives. `halves` become half the deviance of each pixel.
    """
    decays, bins = rows.shape
    found = len(changes)
    size = decays + found
    none, nodes, place = np.empty(0), np.empty((0, bins)), np.empty(0)
    every = np.empty((size, bins))
    every[:decays] = rows
    slope, matrix = np.empty(size), np.empty((size, size))
    free, taken, step = np.empty(decays, np.bool_), np.empty(decays), np.empty(decays)
    mean = np.empty(bins)
    for pixel in range(len(counts)):
        n, amount = counts[pixel], amounts[pixel]
        mean[:] = offset[pixel]
        if n.sum() == 0:
            halves[pixel] = objective(n, none, mean)
            continue
        halves[pixel] = improve(
            *(n, none, offset[pixel], nodes, nodes, rows, False, place, amount, mean)
        )
        for k in range(found):
            every[decays + k] = amount[decays - found + k] * changes[k]
        derivatives(n, none, mean, every, slope, matrix)
        free[:] = amount > 0
        for k in range(found):
            taken[:] = matrix[decays + k, :decays]
            solve(matrix[:decays, :decays], free, 0.0, taken, step)  # minus what amplitudes take up
            gradient[k] += slope[decays + k]
            for i in range(decays):
                gradient[k] += step[i] * slope[i] if free[i] else 0.0
            for j in range(found):
                curvature[k, j] += matrix[decays + k, decays + j]
                for i in range(decays):
                    curvature[k, j] += step[i] * matrix[i, decays + j] if free[i] else 0.0
