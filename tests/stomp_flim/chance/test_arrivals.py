"""Jobs that come at random times, in a rhythm, or as recorded."""

import math

import numpy as np
import pytest
from scipy import stats

from stomp_flim import Mode, Task, TaskGraph
from stomp_flim.chance.arrivals import from_trace, periodic, poisson, renewal
from stomp_flim.errors import InputError
from stomp_flim.model.distributions import Empirical

ONE, TWO, THREE = (
    TaskGraph.from_tasks([Task(name, [Mode({"cpu": 1}, 1)])], []) for name in ("a", "b", "c")
)


def times(jobs):
    """Return the arrivals."""
    return [job.arrival for job in jobs]


def test_poisson_arrivals_are_exponential_apart():
    """A Kolmogorov-Smirnov test on a fixed seed finds nothing at the 1% level."""
    jobs = poisson(ONE, 1e6, 20_000, seed=5, priority=2, deadline=9)
    between = np.diff(times(jobs), prepend=0)
    assert stats.kstest(between, stats.expon(scale=1e6).cdf).pvalue > 0.01
    assert {(ONE, 2, 9)} == {(job.graph, job.priority, job.deadline) for job in jobs}


def test_rounding_does_not_change_the_rate():
    """Times between arrivals that are far below a cycle add up."""
    assert 980 < poisson(ONE, 0.01, 100_000, seed=5)[-1].arrival < 1_020


def test_renewal_arrivals_sum_the_times_between():
    """With a single value between them, arrivals are its multiples."""
    assert [2, 5, 8, 10] == times(renewal(ONE, Empirical([2.5]), 4))


def test_periodic_arrivals_are_late_by_the_jitter_at_most():
    """Without jitter they are a rhythm; with it each is late by a uniform time."""
    assert [0, 2, 5, 8, 10] == times(periodic(ONE, 2.5, 5))
    jobs = periodic(ONE, 10_000, 5_000, seed=3, jitter=1e6)
    late = np.array(times(jobs)) - 10_000 * np.arange(5_000)
    assert stats.kstest(late, stats.uniform(0, 1e6).cdf).pvalue > 0.01


def test_recorded_arrivals_keep_their_order():
    """Jobs stand as recorded, rounded to the nearest cycle."""
    assert [7, 0, 4, 4] == times(from_trace(ONE, [7, 0.2, 3.5, 4.4]))


def test_each_job_draws_one_of_several_graphs():
    """All are equally likely (chi-squared at the 1% level), and the seed decides."""
    graphs = [ONE, TWO, THREE]
    jobs = poisson(graphs, 10, 9_000, seed=1)
    counts = [sum(job.graph is graph for job in jobs) for graph in graphs]
    assert 9_000 == sum(counts)
    assert stats.chisquare(counts).pvalue > 0.01
    assert [job.graph for job in jobs] == [
        job.graph for job in from_trace(graphs, range(9_000), seed=1)
    ]


@pytest.mark.parametrize(
    "make", [lambda n, s: poisson(ONE, 50, n, s), lambda n, s: periodic(ONE, 50, n, s, jitter=9)]
)
def test_the_seed_decides_and_more_jobs_come_at_the_end(make):
    """Equal seeds give equal arrivals, others do not."""
    assert times(make(50, 1)) == times(make(80, 1))[:50]
    assert times(make(50, 1)) != times(make(50, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: poisson(ONE, 0, 5), "an exponential distribution has mean 0"),
        (lambda: poisson(ONE, 5, 0), "arrivals of 0 jobs, expected an integer >= 1"),
        (lambda: poisson([], 5, 5), "arrivals have no graph, expected at least one"),
        (lambda: poisson(ONE, 5, 5, -1), "the seed is -1, expected an integer >= 0"),
        (lambda: periodic(ONE, -1, 5), "arrivals have period -1, expected a number >= 0"),
        (lambda: periodic(ONE, 1, 5, jitter=-2), "arrivals have jitter -2, expected a number >= 0"),
        (lambda: from_trace(ONE, []), "arrivals of 0 jobs"),
        (lambda: from_trace(ONE, [3, -1]), "arrival 1 is at -1, expected a number >= 0"),
        (lambda: from_trace(ONE, [math.nan]), "arrival 0 is at nan, expected"),
    ],
)
def test_a_wrong_argument_is_refused(make, message):
    """The message names it, its value and what was expected."""
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
