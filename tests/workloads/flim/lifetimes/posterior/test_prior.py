"""Even points of the unit cube become draws of the prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest

from workloads.flim.lifetimes.posterior.prior import even, logarithmic, or_none, ordered, simplex

POINTS = np.random.default_rng(1).random((4000, 3))


def test_one_number_lies_within_its_limits() -> None:
    """Uniform, or uniform in the logarithm, from one end to the other."""
    ends = np.array([0.0, 0.5, 1.0])
    assert [2.0, 3.0, 4.0] == even(ends, (2.0, 4.0)).tolist()
    assert pytest.approx([0.1, 1.0, 10.0]) == logarithmic(ends, (0.1, 10.0)).tolist()


def test_a_share_is_none() -> None:
    """The others are uniform within their limits; or all are none."""
    found = or_none(POINTS[:, 0], 0.3, (1.0, 3.0))
    assert (found == 0).sum() == (POINTS[:, 0] < 0.3).sum()
    assert kstest(found[found > 0], "uniform", (1.0, 2.0)).pvalue > 0.01
    assert not or_none(POINTS[:, 0], 1.0, (1.0, 3.0)).any()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_ordered_numbers_are_sorted_uniform_ones(number: int) -> None:
    """Each place has the distribution that sorting gives it."""
    found = ordered(POINTS[:, :number])
    sorted_ones = np.sort(np.random.default_rng(2).random((4000, number)), axis=1)

    assert (np.diff(found, axis=1) >= 0).all()
    for place in range(number):
        assert ks_2samp(found[:, place], sorted_ones[:, place]).pvalue > 0.01


@pytest.mark.parametrize("number", [1, 2, 3])
def test_shares_are_uniform_on_their_simplex(number: int) -> None:
    """Each has the distribution of exponential numbers in parts of their sum."""
    found = simplex(POINTS[:, : number - 1])
    drawn = np.random.default_rng(3).exponential(size=(4000, number))
    drawn /= drawn.sum(axis=1, keepdims=True)

    assert found.shape == (4000, number)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    for place in range(number if number > 1 else 0):
        assert ks_2samp(found[:, place], drawn[:, place]).pvalue > 0.01
