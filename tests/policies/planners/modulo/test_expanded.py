"""Tables that repeat, expanded and looked at in every cycle by code that shares none with them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import buffered, dense_workloads, workloads

import stomp_flim as sf
from policies.planners.modulo.policy import Modulo, in_order
from stomp_flim.frame import frame_bound
from tests.policies.planners.modulo import cycle_by_cycle

PUBLISHED = sf.device("published")
SCENES = workloads(max_jobs=3, max_tasks=8) | dense_workloads()


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_three_periods_in_full_flight(steps):
    """Every edge, every server and every cycle of three periods, and of what is around them."""
    graph = sf.workload_graph("seq2seqlite", steps=steps)
    table = Modulo().period(graph, PUBLISHED)
    table.check()
    jobs = 3 * table.jobs + 2 * table.in_flight
    schedule = table.schedule(jobs)
    schedule.check()
    cycle_by_cycle.require_valid(schedule.to_frame(), graph, PUBLISHED, jobs)
    assert table.makespan(jobs) == schedule.makespan


def test_a_period_of_135_steps_around_the_circle():
    """Each cycle of each server modulo T holds one task, so that all repetitions fit together."""
    graph = sf.workload_graph("seq2seqlite", steps=135)
    table = Modulo().period(graph, PUBLISHED)
    schedule = table.schedule(3 * table.jobs)
    schedule.check()
    period = table.cycles
    assert (
        schedule.by_record(schedule.start).reshape(3, -1)[1:]
        == (schedule.by_record(schedule.start).reshape(3, -1)[:-1] + period)
    ).all()
    first = schedule.job < table.jobs
    held = Counter()
    for cycle in range(14):
        still = first & (schedule.released - schedule.start > cycle)
        cycles = (schedule.start[still] + cycle) % period
        held.update((schedule.server[still].astype("int64") * period + cycles).tolist())
    assert {1} == set(held.values())
    work = sum(graph.work(kind) for kind in PUBLISHED.servers)
    assert table.jobs * work == len(held)


@settings(max_examples=60)
@given(scene=SCENES | buffered(SCENES), slots=st.none() | st.integers(1, 9))
def test_any_graph(scene, slots):
    """Several units, types and modes, pipelined or not, with and without memories and slots."""
    jobs, platform = scene
    graph = jobs[0].graph
    table = Modulo().period(graph, platform, slots)
    table.check()
    assert slots is None or table.in_flight <= slots
    assert table.cycles_per_job >= table.bound
    number = 2 * table.jobs + table.in_flight
    assume(number * len(graph) < 5000)
    schedule = table.schedule(number)
    schedule.check()
    cycle_by_cycle.require_valid(schedule.to_frame(), graph, platform, number)
    bound = frame_bound(graph, platform, pixels=number, slots=slots or number)
    assert bound <= table.makespan(number) == schedule.makespan
    assert table.makespan(number) <= number * table.cycles_per_job + table.overhead
    assert table.guarantee(number) >= 1
    listed = sf.simulate([sf.Job(graph)] * number, platform, "fifo", slots=slots).makespan
    assert listed >= number * table.bound


@given(scene=SCENES, slots=st.none() | st.integers(1, 9))
def test_what_is_said_to_be_in_flight_is(scene, slots):
    """Jobs that have started and not finished, counted over the expanded schedule."""
    jobs, platform = scene
    table = Modulo().period(jobs[0].graph, platform, slots)
    number = 2 * table.jobs + 2 * table.in_flight
    assume(number * len(jobs[0].graph) < 5000)
    runs = table.schedule(number).to_frame().groupby("job").agg({"start": "min", "finish": "max"})
    most = max(
        ((runs["start"] <= cycle) & (cycle < runs["finish"])).sum() for cycle in runs["start"]
    )
    assert table.in_flight == most


@given(scene=buffered(SCENES))
def test_what_memories_are_said_to_hold_they_hold(scene):
    """The peak over enough periods, as a schedule counts it."""
    jobs, platform = scene
    table = Modulo().period(jobs[0].graph, platform)
    number = 2 * table.jobs + 2 * table.in_flight
    assume(number * len(jobs[0].graph) < 5000)
    peaks = sf.Result(table.schedule(number), "modulo", "planner").metrics.peak_memory
    assert {m: b for m, b in peaks.items() if b} == table.memory


def test_twenty_numbers_of_jobs():
    """The formula is the makespan of the schedule, for a few jobs and for many."""
    table = Modulo().period(sf.workload_graph("seq2seqlite", stage="decoder", steps=2), PUBLISHED)
    assert table.jobs > 1
    for jobs in (*range(1, 17), 40, 99, 640, 1001):
        assert table.schedule(jobs).makespan == table.makespan(jobs)


@pytest.mark.parametrize("steps", [1, 3])
def test_both_engines_execute_the_order(steps):
    """The order of a table gives the same schedule in both, which keeps to all rules."""
    graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=steps)
    table = Modulo().period(graph, PUBLISHED)
    workload = sf.Workload([sf.Job(graph)] * 40)
    one, other = (in_order(table, workload, engine) for engine in ("compiled", "simpy"))
    one.check()
    assert one.to_frame().equals(other.to_frame())
