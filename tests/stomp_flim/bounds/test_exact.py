"""Bounds against the optimum that exhaustive search finds, without any solver."""

from fractions import Fraction

import numpy as np
import pytest
from optimality import Exhaustive
from small_worlds import small_world

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, Workload
from stomp_flim.bounds import lower_bounds, start_count_bound
from stomp_flim.bounds.start_count_model import start_counts
from stomp_flim.instance import Instance


@pytest.mark.parametrize("seed", range(60))
def test_no_bound_is_above_the_optimum(seed):
    """With modes, units, occupancies, arrivals and memories."""
    jobs, platform = small_world(seed, most_tasks=9)
    optimum = Exhaustive(jobs, platform).optimum()
    for name, bound in lower_bounds(Workload(jobs), platform).items():
        assert bound <= optimum, name


@pytest.mark.parametrize("seed", range(20))
def test_start_counts_exclude_no_optimum(seed):
    """A linear program solved by floating point, and prices that are checked in integers."""
    jobs, platform = small_world(seed, most_tasks=9)
    optimum = Exhaustive(jobs, platform).optimum()
    assert start_count_bound(Workload(jobs), platform, time_limit=600) <= optimum


def one_server(jobs, end):
    """Return the inequalities for jobs of one task of three cycles, and prices of the server."""
    job = Job(TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, 3)])], []))
    model = start_counts(Instance(Workload([job] * jobs), Platform({"DSP": 1})), end, end + 1)
    # The server at every third cycle up to the last start: every start pays for one of them.
    cycle = np.arange(len(model.rows.limit))
    return model, np.where((cycle % 3 == 2) & (cycle <= end - 3), 1.0, 0.0)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1.0, 1e300])
@pytest.mark.parametrize("jobs", [2, 7])
def test_prices_exclude_what_they_prove_and_nothing_more(jobs, scale):
    """N jobs of three cycles take 3 n: a cycle less is excluded, whatever the scale of prices."""
    model, price = one_server(jobs, 3 * jobs - 1)
    assert model.excludes(price * scale)
    model, price = one_server(jobs, 3 * jobs)
    assert not model.excludes(price * scale)


@pytest.mark.parametrize("price", [np.nan, np.inf, -1.0, 0.0])
def test_prices_that_are_none_prove_nothing(price):
    """Also where nothing else is in the way of a proof."""
    model, right = one_server(7, 20)
    assert model.excludes(right)
    assert not model.excludes(np.full_like(right, price))
    right[0] = price
    assert model.excludes(right) == np.isfinite(price)


@pytest.mark.parametrize("seed", range(40))
def test_the_verdict_on_prices_is_that_of_exact_fractions(seed):
    """Prices that are small integers need no rounding: both sides by their definition."""
    jobs, platform = small_world(seed, most_tasks=9)
    bound = max(lower_bounds(Workload(jobs), platform).values())
    model = start_counts(Instance(Workload(jobs), platform), bound + seed % 3, 2 + seed % 5)
    random = np.random.default_rng(seed)
    rows = model.rows
    for _ in range(30):
        price = random.integers(0, 3, len(rows.limit)) * (random.random(len(rows.limit)) < 0.3)
        most = sum(
            Fraction(int(p)) * int(limit) for p, limit in zip(price, rows.limit, strict=True)
        )
        paid = [Fraction(0)] * model.variables
        for row, column, coefficient in zip(*rows[:3], strict=True):
            paid[column] += int(coefficient) * Fraction(int(price[row]))
        least = sum(
            count
            * min(
                sum(paid[curve.first + point : curve.first + len(curve.time)], Fraction(0))
                for curve in task
                for point in range(len(curve.time))
            )
            for count, graph in zip(model.jobs, model.curves, strict=True)
            for task in graph
        )
        assert (least > most) == model.excludes(price.astype(float))
