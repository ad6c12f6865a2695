"""What policies see of durations."""

import re

import chance
import numpy as np
import pytest
import strategies
from hypothesis import given, settings

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, Workload, simulate
from stomp_flim.chance.durations import draw
from stomp_flim.chance.knowledge import planned, seen
from stomp_flim.errors import InputError, PolicyError
from stomp_flim.model.distributions import Exponential

KNOWS = ("exact", "mean", "nothing")
PLATFORM = Platform({"cpu": 1, "gpu": 1})
GRAPH = TaskGraph.from_tasks(
    [
        Task("a", [Mode({"cpu": 1}, distribution=Exponential(50)), Mode({"gpu": 1}, 60)]),
        Task("b", [Mode({"gpu": 1}, distribution=Exponential(7))]),
    ],
    [(0, 1)],
)
JOBS = [Job(GRAPH, arrival, priority=arrival, deadline=99) for arrival in (0, 5, 5)]


class Spy:
    """A dispatcher that notes what it is told, and assigns in order of entry."""

    def __init__(self):
        self.latencies, self.modes, self.jobs = {}, set(), set()

    def dispatch(self, view):
        """Note and assign."""
        for job, task, _ in view.ready:
            modes = view.workload.jobs[job].graph.modes(task)
            self.modes.add(modes)
            self.jobs.add((job, view.workload.jobs[job].priority))
            for number in range(len(modes)):
                self.latencies[job, task, number] = view.latency(job, task, number)
            for number, mode in enumerate(modes):
                if all(units <= view.free[t] for t, units in mode.demand.items()):
                    yield job, task, number
                    break


@pytest.mark.parametrize("knows", KNOWS)
def test_a_dispatcher_is_told_what_the_run_says(knows):
    """Exact latencies, means or none; its graphs never show a distribution."""
    spy = Spy()
    schedule = simulate(JOBS, PLATFORM, spy, knows=knows, seed=3).schedule
    assert {(0, 0), (1, 5), (2, 5)} == spy.jobs
    cycles = {"exact": [50, 60, 7], "mean": [50, 60, 7], "nothing": [1, 1, 1]}[knows]
    assert {
        (Mode({"cpu": 1}, cycles[0]), Mode({"gpu": 1}, cycles[1])),
        (Mode({"gpu": 1}, cycles[2]),),
    } == spy.modes
    mean = {(0, 0): 50, (0, 1): 60, (1, 0): 7}
    for (job, task, mode), told in spy.latencies.items():
        exact = schedule.durations.latency[2 * job + task, mode]
        assert {"exact": exact, "mean": mean[task, mode], "nothing": None}[knows] == told


def test_a_latency_that_does_not_exist_is_refused():
    """A dispatcher that asks for it has broken its contract, and no other task answers."""

    class Wrong:
        def __init__(self, *question):
            self.question = question

        def dispatch(self, view):
            view.latency(*self.question)
            return ()

    for question in [(3, 0, 0), (-1, 0, 0), (0, 2, 0), (0, 1, 1), (0, 0, -1)]:
        job, task, mode = question
        with pytest.raises(PolicyError, match=f"no job {job}, task {task}, mode {mode}"):
            simulate(JOBS, PLATFORM, Wrong(*question))


@pytest.mark.parametrize("knows", KNOWS)
def test_a_ranker_sees_means_or_nothing(knows):
    """Its number for a task is for all jobs, so that it never sees a draw."""
    graphs = []

    def spy(graph, platform, jobs):
        graphs.append(graph)
        assert [(job.arrival, job.priority, job.deadline) for job in jobs] == [
            (job.arrival, job.priority, job.deadline) for job in JOBS
        ]
        assert all(job.graph is graph for job in jobs)
        return graph.bottom_level

    simulate(JOBS, PLATFORM, spy, knows=knows)
    assert 1 == len(graphs)
    assert not graphs[0].is_random
    assert ([2, 1] if knows == "nothing" else [57, 7]) == graphs[0].bottom_level.tolist()


@pytest.mark.parametrize("knows", KNOWS)
def test_a_planner_plans_what_it_may_know(knows):
    """With exact durations its plan is what happens; otherwise it is executed as it comes."""
    plans = []

    class Planner:
        def plan(self, workload, platform):
            plans.append(simulate(workload, platform).schedule)
            return plans[0]

    schedule = simulate(JOBS, PLATFORM, Planner(), knows=knows).schedule
    assert plans[0].durations is None
    assert not any(graph.is_random for graph in plans[0].workload.graphs)
    columns = [(s.start.tolist(), s.finish.tolist()) for s in (plans[0], schedule)]
    assert (knows == "exact") == (columns[0] == columns[1])
    assert schedule.workload.jobs == tuple(JOBS)


@settings(max_examples=40)
@given(strategies.workloads())
def test_without_chance_means_are_the_workload_itself(workload):
    """Nothing is copied, and a policy may compare by identity."""
    jobs = Workload(workload[0])
    assert seen(jobs, "mean") is jobs
    assert seen(jobs, "exact") is jobs
    assert planned(jobs, None, "exact") is jobs


@settings(max_examples=40)
@given(chance.workloads(), strategies.seeds)
def test_exact_graphs_hold_what_was_drawn(workload, seed):
    """Each job of a planner has its own times, on the same servers and edges."""
    jobs = Workload(workload[0])
    drawn = draw(jobs, seed)
    if drawn is None:
        return
    known = planned(jobs, drawn, "exact")
    assert known.first_task.tolist() == jobs.first_task.tolist()
    for job, exact, first in zip(jobs.jobs, known.jobs, jobs.first_task, strict=False):
        assert job.graph.edges.tolist() == exact.graph.edges.tolist()
        for task in range(len(job.graph)):
            modes = exact.graph.modes(task)
            assert [m.demand for m in job.graph.modes(task)] == [m.demand for m in modes]
            expected = drawn.latency[first + task][: len(modes)].tolist()
            assert expected == [mode.latency for mode in modes]


@settings(max_examples=40)
@given(chance.workloads(), strategies.rankers, strategies.seeds)
def test_what_a_policy_knows_does_not_change_the_world(workload, policy, seed):
    """Durations are the same, whatever is known of them."""
    jobs, platform = workload
    drawn = [
        simulate(jobs, platform, policy, seed=seed, knows=knows).schedule.durations
        for knows in KNOWS
    ]
    if drawn[0] is not None:
        assert all(np.array_equal(drawn[0].latency, other.latency) for other in drawn[1:])


def test_an_unknown_knowledge_is_refused():
    """The three that exist are told."""
    message = re.escape("knows is 'all', expected one of ('exact', 'mean', 'nothing')")
    with pytest.raises(InputError, match=message):
        simulate(JOBS, PLATFORM, knows="all")
