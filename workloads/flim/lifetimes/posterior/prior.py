"""From points of the unit cube to what a recipe draws: even points become draws of the prior."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from workloads.flim.data.pixels import Range

Values = npt.NDArray[np.float64]


def even(point: Values, limits: Range) -> Values:
    """Return what is uniform within limits."""
    low, high = limits
    return low + (high - low) * point


def logarithmic(point: Values, limits: Range) -> Values:
    """Return what is uniform in the logarithm within limits."""
    return np.exp(even(point, (math.log(limits[0]), math.log(limits[1]))))


def or_none(point: Values, none: float, limits: Range) -> Values:
    """Return 0 for a share `none` of all, and what is uniform within limits for the others."""
    if none >= 1:
        return np.zeros_like(point)
    return np.where(point < none, 0.0, even((point - none) / (1 - none), limits))


def ordered(points: Values) -> Values:
    """Return points [..., k] as k uniform numbers in ascending order.

    The largest of k is the k-th root of a uniform number, and the others are even below it.
    """
    number = points.shape[-1]
    found, below = np.empty(points.shape), np.ones(points.shape[:-1])
    for place in range(number - 1, -1, -1):
        below = below * points[..., place] ** (1.0 / (place + 1))
        found[..., place] = below
    return found


def simplex(points: Values) -> Values:
    """Return points [..., k - 1] as k shares of the sum 1, uniform on their simplex."""
    number = points.shape[-1] + 1
    shares, left = np.empty((*points.shape[:-1], number)), np.ones(points.shape[:-1])
    for place in range(number - 1):
        remains = (1 - points[..., place]) ** (1.0 / (number - 1 - place))
        shares[..., place] = left * (1 - remains)
        left = left * remains
    shares[..., -1] = left
    return shares
