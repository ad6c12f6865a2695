"""Distributions of random times."""

import math

import chance
import numpy as np
import pytest
import strategies
from hypothesis import given
from scipy import stats

from stomp_flim.errors import InputError
from stomp_flim.model.distributions import Empirical, Exponential, Normal


@given(chance.distributions, strategies.seeds)
def test_the_first_samples_do_not_depend_on_how_many_are_drawn(distribution, seed):
    """Jobs that are added leave those before them as they were."""
    few, many = (distribution.sample(np.random.default_rng(seed), size) for size in (5, 50))
    assert few.tolist() == many[:5].tolist()


@pytest.mark.parametrize(
    ("distribution", "oracle"),
    [(Normal(50, 7), stats.norm(50, 7)), (Exponential(50), stats.expon(scale=50))],
)
def test_samples_follow_the_distribution(distribution, oracle):
    """A Kolmogorov-Smirnov test on a fixed seed finds nothing at the 1% level."""
    samples = distribution.sample(np.random.default_rng(1), 20_000)
    assert stats.kstest(samples, oracle.cdf).pvalue > 0.01
    assert oracle.mean() == distribution.mean


def test_empirical_samples_come_by_their_weights():
    """A chi-squared test on a fixed seed finds nothing at the 1% level."""
    distribution = Empirical([1, 5, 9], [0.2, 0.5, 0.3])
    samples = distribution.sample(np.random.default_rng(1), 20_000)
    counts = [int((samples == value).sum()) for value in (1, 5, 9)]
    assert 20_000 == sum(counts)
    assert stats.chisquare(counts, [4_000, 10_000, 6_000]).pvalue > 0.01
    assert math.isclose(5.4, distribution.mean)
    assert 5 == Empirical([1, 5, 9]).mean


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(5, -1.0), "a normal distribution has deviation -1.0, expected a number fr"),
        (lambda: Normal(5, math.nan), "a normal distribution has deviation nan"),
        (lambda: Normal(0, 1), "a normal distribution has mean 0, expected a number above 0"),
        (lambda: Exponential(-3), "an exponential distribution has mean -3, expected"),
        (lambda: Exponential(math.inf), "an exponential distribution has mean inf"),
        (lambda: Empirical([]), "an empirical distribution has no samples, expected at least one"),
        (lambda: Empirical([3, -1]), "has sample -1, expected a number above 0"),
        (lambda: Empirical([3, 4], [1]), "has 1 weights, expected one for each of 2 samples"),
        (lambda: Empirical([3, 4], [0.5, 0.4]), "weights with the sum 0.9, expected 1"),
        (lambda: Empirical([3, 4], [1.5, -0.5]), "has weight 1.5, expected a probability"),
    ],
)
def test_a_wrong_parameter_is_refused(make, message):
    """The message names the distribution, the value and what was expected."""
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
