"""Measures of decays against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.lifetimes.decay_metrics import decay_errors, median_relative_error


def dtw(a: np.ndarray, b: np.ndarray) -> float:
    """Return the dynamic-time-warping distance by its recursion."""
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    cost[0, 0] = 0
    for i, j in np.ndindex(len(a), len(b)):
        before = min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
        cost[i + 1, j + 1] = (a[i] - b[j]) ** 2 + before
    return math.sqrt(cost[-1, -1])


def test_measures_follow_their_definitions() -> None:
    """Of each pixel, and of all values as one sample."""
    rng = np.random.default_rng(1)
    y, t = rng.random((4, 9)), rng.random((4, 9))

    found = decay_errors(y, t, dtw=True)

    for pixel in range(4):
        error = y[pixel] - t[pixel]
        assert found.rmse[pixel] == pytest.approx(math.sqrt(np.mean(error**2)))
        assert found.l2[pixel] == pytest.approx(np.linalg.norm(error))
        assert found.r2[pixel] == pytest.approx(1 - np.mean(error**2) / np.var(t[pixel]))
        assert found.dtw[pixel] == pytest.approx(dtw(y[pixel], t[pixel]))
    assert found.pooled_rmse == pytest.approx(math.sqrt(np.mean((y - t) ** 2)))
    assert found.pooled_r2 == pytest.approx(1 - np.mean((y - t) ** 2) / np.var(t))


def test_pixels_without_a_result_count() -> None:
    """A method that gives up on a pixel is as wrong there as one that finds nothing."""
    found = np.array([1.1, np.nan, np.inf, 0.8])
    for truth in (1.0, 3.0):
        assert median_relative_error(found * truth, [truth] * 4) == pytest.approx(0.6)


@pytest.mark.parametrize("shapes", [((2, 3), (3, 2)), ((3,), (3,)), ((0, 3), (0, 3))])
def test_shapes_that_do_not_fit(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """Decays are compared pixel by pixel and bin by bin."""
    with pytest.raises(InputError, match="expected equal ones"):
        decay_errors(np.zeros(shapes[0]), np.zeros(shapes[1]))
