"""Decisions that cost time."""

from __future__ import annotations

from itertools import pairwise

import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import NewestFirst, dense_workloads, rankers, workloads

from stomp_flim import (
    DecisionCost,
    InputError,
    Job,
    Mode,
    Platform,
    PolicyError,
    Task,
    TaskGraph,
    simulate,
)

costs = st.builds(DecisionCost, st.integers(0, 3), st.integers(0, 7))
dispatching = st.one_of(rankers, st.just(NewestFirst()))


def independent(tasks, latency=1):
    """Return a job of equal tasks that wait for nothing."""
    return Job(TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, latency)])] * tasks, []))


def starts(jobs, servers, cost, policy="fifo"):
    """Return when the tasks start."""
    platform = Platform({"memory": servers})
    return simulate(jobs, platform, policy, decision=cost).schedule.start.tolist()


def test_decisions_are_made_one_after_another():
    """The k-th task of a round starts after k decisions, though servers are free."""
    assert [3, 6, 9, 12] == starts([independent(4, 99)], 9, DecisionCost(cycles=3))


def test_a_server_idles_while_it_is_decided_about():
    """On one server each task takes its latency and a decision."""
    assert [2, 9, 16] == starts([independent(3, 5)], 1, DecisionCost(cycles=2))


def test_rounds_keep_their_interval():
    """Servers are free again each cycle, but used each fourth."""
    assert [0, 0, 4, 4, 8] == starts([independent(5)], 2, DecisionCost(interval=4))


def test_an_arrival_waits_for_the_scheduler():
    """It comes while the decisions of a round are made, and after them a new round begins."""
    jobs = [independent(3, 99), Job(independent(1).graph, arrival=4), independent(1)]
    assert [5, 10, 15, 20, 25] == starts(jobs, 9, DecisionCost(cycles=5))
    assert [1, 2, 3, 4, 11] == starts(jobs, 9, DecisionCost(cycles=1, interval=10))


def test_a_round_that_starts_nothing_costs_nothing():
    """Tasks end at 7 and 9, the second of them makes room for the wide one at once."""
    tasks = [Task("", [Mode({"memory": 1}, n)]) for n in (7, 9)]
    graph = TaskGraph.from_tasks([*tasks, Task("wide", [Mode({"memory": 2}, 1)])], [])
    assert [0, 0, 9] == starts([Job(graph)], 2, DecisionCost(interval=5))


@settings(max_examples=40)
@given(workloads() | dense_workloads(), dispatching)
def test_free_decisions_change_nothing(workload, policy):
    """A cost of zero is no cost."""
    free = simulate(*workload, policy, decision=DecisionCost(0, 0)).schedule
    assert rows(simulate(*workload, policy).schedule) == rows(free)


class Costly(oracle._Oracle):
    """The slow simulator with a scheduler that takes its time."""

    def __init__(self, jobs, platform, cost):
        super().__init__(jobs, platform, lambda job, task: 0, "instant", {})
        self.cost, self.idle_from, self.woken = cost, 0, []

    def times(self):
        """Return the instants of the slow simulator and those of rounds that were put off."""
        return super().times() + self.woken

    def round(self, now, limit):
        """Put a round off, or charge for what it starts."""
        if now < self.idle_from:
            self.woken.append(self.idle_from)
            return
        decided = now
        for waiting in sorted(self.waiting):
            if self.starts(waiting, decided + self.cost.cycles):
                self.waiting.remove(waiting)
                decided += self.cost.cycles
                self.idle_from = max(decided, now + self.cost.interval)


@settings(max_examples=60)
@given(workloads() | dense_workloads(), costs)
def test_fifo_starts_what_the_slow_simulator_starts(workload, cost):
    """Task for task, on the same servers."""
    schedule = simulate(*workload, decision=cost).schedule
    assert Costly(*workload, cost).run() == rows(schedule)


@settings(max_examples=60)
@given(workloads() | dense_workloads(), dispatching, costs)
def test_laws(workload, policy, cost):
    """The schedule is valid, decisions follow one another, and rounds keep their interval."""
    result = simulate(*workload, policy, decision=cost)
    result.schedule.check()
    assert result.lower_bound <= result.makespan
    start = result.schedule.start.tolist()
    steps = [late - early for early, late in pairwise(start)]
    assert all(step >= cost.cycles for step in steps)
    assert start[0] >= cost.cycles
    if cost.cycles == 0:
        assert all(step == 0 or step >= cost.interval for step in steps)


def test_the_compiled_engine_leaves_it_to_simpys():
    """By itself where it may choose."""
    job, platform = independent(3), Platform({"memory": 1})
    assert "simpy" == simulate([job], platform, decision=DecisionCost(1)).engine
    assert "compiled" == simulate([job], platform, decision=DecisionCost()).engine


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "compiled"}, "engine is 'compiled', expected 'simpy' or 'auto'"),
        ({"rounds": "event"}, "rounds is 'event', expected 'instant'"),
        ({"policy": "manual"}, "policy 'manual' is a planner, which decides before the run"),
        ({"decision": 3}, "decision is 3, expected a DecisionCost"),
    ],
)
def test_where_it_cannot_be_charged_it_is_refused(options, message):
    """Rather than left out."""
    options = {"decision": DecisionCost(1), **options}
    with pytest.raises(InputError, match=message):
        simulate([independent(1)], Platform({"memory": 1}), **options)


@pytest.mark.parametrize("value", [-1, 1.5, "2", True])
def test_a_cost_is_a_number_of_cycles(value):
    """At least 0, and whole."""
    with pytest.raises(InputError, match=r"decision cycles is .*, expected an integer >= 0"):
        DecisionCost(cycles=value)
    with pytest.raises(InputError, match=r"decision interval is .*, expected an integer >= 0"):
        DecisionCost(interval=value)


def test_a_policy_that_starts_nothing_is_still_found():
    """A round that is put off is put off once."""

    class Once:
        def dispatch(self, view):
            if view.now == 0:
                yield view.ready[0].job, view.ready[0].task, 0

    with pytest.raises(PolicyError, match="has not started 2 of 3 tasks and nothing happens after"):
        starts([independent(3)], 1, DecisionCost(2, 30), Once())
