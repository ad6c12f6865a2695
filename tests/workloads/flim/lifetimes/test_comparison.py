"""Comparisons of maps: laws, and SciPy's rank correlation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from stomp_flim.errors import InputError
from workloads.flim.lifetimes.comparison import compare, rank_correlation

LIFETIMES = st.floats(0.1, 5.0) | st.sampled_from([0.5, 1.0, np.nan])
MAPS = st.tuples(*(arrays(float, (4, 5), elements=LIFETIMES) for _ in range(2)))


@settings(max_examples=60, deadline=None)
@given(MAPS)
def test_scipy_ranks_alike(maps: tuple[np.ndarray, np.ndarray]) -> None:
    """Over the pixels that have both, ties included."""
    both = np.isfinite(maps[0]) & np.isfinite(maps[1])
    found = compare(*maps)
    assert found.pixels == both.sum()
    with warnings.catch_warnings(action="ignore"):
        expected = spearmanr(maps[0][both], maps[1][both]).statistic if both.sum() > 1 else np.nan
    np.testing.assert_allclose(found.rank_correlation, expected, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(MAPS, st.floats(0.5, 2.0), st.permutations(range(20)))
def test_scale_order_and_exchange(
    maps: tuple[np.ndarray, np.ndarray], scale: float, order: list[int]
) -> None:
    """Other units move no ratio, nor does another order; exchanged maps exchange quartiles."""
    first, second = maps
    found = compare(first, second)
    scaled = compare(scale * first, scale * second)
    np.testing.assert_allclose(scaled.median_ratio, found.median_ratio)
    np.testing.assert_allclose(scaled.first_ns, scale * np.array(found.first_ns))
    moved = compare(first.ravel()[order], second.ravel()[order])
    np.testing.assert_allclose(moved.median_ratio, found.median_ratio)
    np.testing.assert_allclose(moved.rank_correlation, found.rank_correlation, atol=1e-12)
    other = compare(second, first)
    np.testing.assert_array_equal(other.first_ns, found.second_ns)
    np.testing.assert_array_equal(other.second_ns, found.first_ns)
    same = compare(first, scale * first)
    np.testing.assert_allclose([same.median_ratio] if same.pixels else scale, scale)


def test_only_chosen_pixels_count() -> None:
    """A mask leaves the others out; a lifetime of 0 has no ratio."""
    first, second = np.array([1.0, 2.0, 3.0, 0.0]), np.array([2.0, 4.0, 3.0, 1.0])
    found = compare(first, second, where=[True, True, False, True])
    assert (found.pixels, found.median_ratio) == (2, 2.0)
    assert found.first_ns == (1.25, 1.5, 1.75)
    assert found.second_ns == (2.5, 3.0, 3.5)


def test_nothing_in_common() -> None:
    """No pixel, or one, or maps that are the same everywhere: no number, and no warning."""
    with warnings.catch_warnings(action="error"):
        nothing = compare([np.nan, 1.0], [1.0, np.nan])
        one = compare([1.0], [2.0])
        flat = compare([1.0, 1.0], [2.0, 3.0])
        other = compare([1.0, 2.0], [3.0, 3.0])
    assert nothing.pixels == 0
    assert np.isnan([nothing.median_ratio, nothing.rank_correlation]).all()
    assert np.isnan([nothing.first_ns, nothing.second_ns]).tolist() == [[True] * 3] * 2
    assert compare([1.0, 2.0], [3.0, 5.0]).rank_correlation == pytest.approx(1)
    assert one.median_ratio == 2.0
    assert np.isnan([one.rank_correlation, flat.rank_correlation, other.rank_correlation]).all()
    assert rank_correlation(np.arange(3.0), -np.arange(3.0)) == pytest.approx(-1)
    for shapes in ((np.ones(2), np.ones(3)), (np.ones(2), np.ones(2), np.ones(3, bool))):
        with pytest.raises(InputError, match="expected equal ones"):
            compare(*shapes)
