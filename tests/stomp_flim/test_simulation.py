"""The front door: what holds of every run, whatever the policy."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import NewestFirst, RandomRanker, dense_workloads, policies, seeds, workloads

from stomp_flim import (
    InputError,
    Job,
    Mode,
    Platform,
    PolicyError,
    ScheduleError,
    Task,
    TaskGraph,
    Workload,
    simulate,
)

ROUNDS = ("instant", "event")


@pytest.mark.parametrize("rounds", ROUNDS)
@given(workloads() | dense_workloads(), policies)
def test_every_schedule_is_valid_and_not_below_its_bound(rounds, workload, policy):
    """Whatever the policy, the schedule breaks no rule and is no shorter than the lower bound."""
    result = simulate(*workload, policy, rounds=rounds)
    result.schedule.check()
    assert result.lower_bound <= result.makespan


@settings(max_examples=40)
@given(workloads(), policies, st.sampled_from(ROUNDS))
def test_the_same_twice(workload, policy, rounds):
    """A run is a function of its arguments."""
    first, second = (rows(simulate(*workload, policy, rounds=rounds).schedule) for _ in range(2))
    assert first == second


def rebuilt(jobs, *, name=str, mode=lambda mode: mode, edges=list, more=()):
    """Make the graphs of jobs anew, one for each job, with something changed."""
    return [
        dataclasses.replace(
            job,
            graph=TaskGraph.from_tasks(
                [
                    Task(name(title), [*map(mode, job.graph.modes(task)), *more])
                    for task, title in enumerate(job.graph.task_names)
                ],
                edges(job.graph.edges.tolist()),
                name(job.graph.name),
            ),
        )
        for job in jobs
    ]


def reordered(mode):
    """List the server types of a mode in another order."""
    return dataclasses.replace(mode, demand=dict(reversed(mode.demand.items())))


def slower(mode, factor):
    """Multiply all cycles of a mode."""
    return Mode(mode.demand, factor * mode.latency, factor * mode.occupancy)


deterministic = st.sampled_from(["fifo", "hlfet", NewestFirst(), "manual"])


@settings(max_examples=40)
@given(workloads(), deterministic, st.sampled_from(ROUNDS))
def test_what_does_not_matter(workload, policy, rounds):
    """Names, one graph or equal ones, edges given twice, the order of edges and of a demand.

    Nor does a mode that the platform lacks the servers for, nor a server type that nobody uses.
    """
    jobs, platform = workload
    expected = rows(simulate(jobs, platform, policy, rounds=rounds).schedule)
    variants = [
        rebuilt(jobs, name=lambda title: f"another {title}"),
        rebuilt(jobs, edges=lambda edges: edges[::-1] + edges),
        rebuilt(jobs, mode=reordered),
        rebuilt(jobs, more=[Mode({"GPU": 2}, 99)]),
    ]
    if isinstance(policy, NewestFirst):
        variants.pop()  # it asks the platform for every mode by itself
    larger = Platform({**platform.servers, "GPU": 1})
    for variant in variants:
        assert expected == rows(simulate(variant, larger, policy, rounds=rounds).schedule)


@settings(max_examples=40)
@given(workloads(), deterministic, st.sampled_from(ROUNDS), st.integers(2, 5), st.integers(0, 9))
def test_time_has_no_unit_and_no_origin(workload, policy, rounds, factor, delay):
    """All cycles multiplied and all jobs delayed give the same schedule, stretched and shifted."""
    jobs, platform = workload
    slow = rebuilt(jobs, mode=lambda mode: slower(mode, factor))
    slow = [dataclasses.replace(job, arrival=factor * job.arrival + delay) for job in slow]

    def stretched(row):
        times = {
            k: factor * getattr(row, k) + delay for k in ("ready", "start", "released", "finish")
        }
        return row._replace(**times)

    expected = list(map(stretched, rows(simulate(jobs, platform, policy, rounds=rounds).schedule)))
    assert expected == rows(simulate(slow, platform, policy, rounds=rounds).schedule)


@settings(max_examples=40)
@given(workloads(), seeds, st.sampled_from(ROUNDS))
def test_only_the_order_of_ranks_counts(workload, seed, rounds):
    """A growing function of the ranks gives the same schedule."""
    ranker = RandomRanker(seed)

    def transformed(graph, platform, jobs):
        return np.exp(ranker(graph, platform, jobs) / 2) - 7

    expected, actual = (
        rows(simulate(*workload, policy, rounds=rounds).schedule)
        for policy in (ranker, transformed)
    )
    assert expected == actual


PLATFORM = Platform({"DSP": 2, "memory": 1}, clock_ns=4.5, name="small")
GRAPH = TaskGraph.from_tasks(
    [Task("read", [Mode({"memory": 1}, 3)]), Task("multiply", [Mode({"DSP": 1}, 2)])],
    [(0, 1)],
    "pixel",
)


def test_a_result_compares_with_its_bound():
    """Three reads one after another and the last multiply: 11 cycles, as little as possible."""
    result = simulate([Job(GRAPH)] * 3, PLATFORM)
    assert 11 == result.makespan
    assert {
        "critical path": 5,
        "head-tail DSP": 6,
        "whole waves DSP": 7,
        "head-tail memory": 11,
        "whole waves memory": 11,
    } == result.bounds
    assert 11 == result.lower_bound
    assert 0 == result.gap
    assert ("fifo", "compiled") == (result.policy, result.engine)


def test_the_gap_is_a_fraction_of_the_bound():
    """First in first out starts the long task last: 9 cycles over a bound of 6."""
    tasks = [Task("short", [Mode({"DSP": 1}, 3)])] * 2 + [Task("long", [Mode({"DSP": 1}, 6)])]
    result = simulate([Job(TaskGraph.from_tasks(tasks, []))], PLATFORM, "fifo")
    assert (9, 6) == (result.makespan, result.lower_bound)
    assert 0.5 == result.gap
    assert 0 == simulate([Job(TaskGraph.from_tasks(tasks, []))], PLATFORM, "hlfet").gap


def test_a_result_prints_what_ran_and_how_well():
    """Tasks, jobs, platform, policy, engine, makespan in cycles and ns, bound, utilization."""
    assert (
        "6 tasks of 3 jobs on small, policy fifo, engine compiled\n"
        "makespan     11 cycles (49.5 ns)\n"
        "lower bound  11 cycles, gap 0.00%, proven optimal\n"
        "utilization  DSP 27.3%, memory 81.8%"
    ) == str(simulate([Job(GRAPH)] * 3, PLATFORM))


def test_jobs_may_be_any_iterable_or_a_workload():
    """The same jobs, given in three ways."""
    jobs = [Job(GRAPH), Job(GRAPH, arrival=1)]
    assert rows(simulate(jobs, PLATFORM).schedule) == rows(simulate(iter(jobs), PLATFORM).schedule)
    workload = Workload(jobs)
    assert workload is simulate(workload, PLATFORM).schedule.workload


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "simpi"}, r"unknown engine 'simpi'; did you mean 'simpy'\?"),
        ({"rounds": "instants"}, r"rounds is 'instants', expected one of \('instant', 'event'\)"),
        ({"policy": "fifi"}, r"unknown policy 'fifi'; did you mean 'fifo'\?"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    """The value and what was expected."""
    with pytest.raises(InputError, match=message):
        simulate([Job(GRAPH)], PLATFORM, **arguments)


def test_no_jobs_is_an_error():
    """Zero pixels cannot be simulated."""
    with pytest.raises(InputError, match="no job, expected at least one"):
        simulate([], PLATFORM)


class Planned:
    """A planner that returns what it is told."""

    def __init__(self, make):
        self.make = make

    def plan(self, workload, platform):
        """Return a schedule, or something else."""
        return self.make(workload, platform)


def test_a_plan_is_checked():
    """A planner cannot start a task before its predecessor."""

    def plan(workload, platform):
        schedule = simulate(workload, platform).schedule
        return dataclasses.replace(
            schedule, start=schedule.start * 0, released=schedule.finish - schedule.start,
            finish=schedule.finish - schedule.start,
        )  # fmt: skip

    with pytest.raises(ScheduleError, match=r"task 1 \('multiply'\) starts at 0, before its pred"):
        simulate([Job(GRAPH)], PLATFORM, Planned(plan))


@pytest.mark.parametrize(
    "plan",
    [
        lambda workload, platform: None,
        lambda workload, platform: simulate(workload.jobs[:1], platform).schedule,
        lambda workload, platform: simulate(workload, Platform({"DSP": 9, "memory": 9})).schedule,
    ],
    ids=["nothing", "other jobs", "another platform"],
)
def test_a_plan_must_be_of_what_was_asked(plan):
    """A schedule of fewer jobs or more servers is refused, valid as it may be by itself."""
    expected = "expected a Schedule of the workload and platform it was given"
    with pytest.raises(PolicyError, match=expected):
        simulate([Job(GRAPH)] * 2, PLATFORM, Planned(plan))


@pytest.mark.parametrize("claims", [{"mine": 10}, {"mine": 11}, {"mine": "ten"}])
def test_what_a_planner_claims_is_not_shown(claims):
    """A bound that nothing has confirmed, true or false, proves nothing."""

    def plan(workload, platform):
        schedule = simulate(workload, platform, "manual").schedule
        return dataclasses.replace(schedule, bounds=claims)

    result = simulate([Job(GRAPH)] * 2, PLATFORM, Planned(plan))
    without = simulate([Job(GRAPH)] * 2, PLATFORM, "manual")
    assert (without.bounds, False) == (result.bounds, result.proven)


def test_a_confirmed_bound_above_the_makespan_is_refused():
    """A planner that promises to have confirmed what it claims is held to it."""

    def plan(workload, platform):
        schedule = simulate(workload, platform, "manual").schedule
        return dataclasses.replace(schedule, bounds={"mine": 11})

    planner = Planned(plan)
    planner.confirms_bounds = True
    result = simulate([Job(GRAPH)] * 2, PLATFORM, planner)
    with pytest.raises(ScheduleError, match=r"makespan is 10 cycles and its lower bound 11 \(mine"):
        _ = result.lower_bound


def test_the_result_of_a_planner_says_so():
    """No engine ran."""
    result = simulate([Job(GRAPH)] * 2, PLATFORM, "manual")
    assert ("manual", "planner", 10) == (result.policy, result.engine, result.makespan)
