"""Slots: how many jobs are in flight, equal in both engines."""

from __future__ import annotations

from dataclasses import replace

import chance
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import NewestFirst, dense_workloads, rankers, workloads

import stomp_flim as sf
from stomp_flim.engines.compiled import engine as compiled
from stomp_flim.engines.compiled import state
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.compiled.jobs_in_flight import limited
from stomp_flim.policy import AffinePriority

COLUMNS = ("job", "task", "mode", "ready", "start", "released", "finish", "server_offset", "server")
ROUNDS = st.sampled_from(["instant", "event"])
SLOTS = st.integers(1, 7)


def staggered(graph, platform, jobs):
    """Stagger jobs in the order in which they arrive: keys never fall."""
    return AffinePriority(graph.bottom_level, np.full(len(graph), 0.3), 4.0 * np.arange(len(jobs)))


def backwards(graph, platform, jobs):
    """Put the last job first: keys fall, so that every source has an entry of its own."""
    return AffinePriority(graph.bottom_level, np.ones(len(graph)), -1.0 * np.arange(len(jobs)))


POLICIES = st.one_of(rankers, st.sampled_from([staggered, backwards]))


@settings(max_examples=300)
@given(st.one_of(workloads(), dense_workloads(), chance.workloads()), POLICIES, ROUNDS, SLOTS)
def test_schedules_equal_the_reference_engine(scene, policy, rounds, slots):
    """Arrivals, several graphs, ties, random durations, both rounds: the same with slots."""
    jobs, platform = scene
    expected, actual = (
        sf.simulate(jobs, platform, policy, engine, rounds=rounds, slots=slots).schedule
        for engine in ("simpy", "compiled")
    )
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(actual, column), getattr(expected, column), column)


@given(dense_workloads(), POLICIES, ROUNDS, SLOTS, st.integers(1, 9))
def test_a_run_without_a_record_is_the_same(scene, policy, rounds, slots, copies):
    """Counters that belong to slots count as those of the jobs do, however small the arrays."""
    jobs, platform = scene
    run = sf.Run(list(jobs) * copies, platform, policy, rounds=rounds, slots=slots)
    expected, actual = (CompiledEngine(run, record=record) for record in (True, False))
    expected.simulate()
    small = state.initial(actual.tables, np.zeros(0, np.uint8), 6, cells=1)
    graphs = run.workload.graphs
    actual.state = limited(actual.tables, small, slots, graphs, shared=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "BUDGET", 1)
        actual.simulate()
    np.testing.assert_array_equal(actual.tables.jobs["finish"], expected.tables.jobs["finish"])


@given(workloads(), rankers, SLOTS)
def test_no_more_jobs_than_slots_are_in_flight(scene, policy, slots):
    """From its first start to its last finish a job holds a slot; jobs enter as they arrive."""
    jobs, platform = scene
    result = sf.simulate(jobs, platform, policy, "simpy", slots=slots)
    result.schedule.check()
    table = result.metrics.jobs
    events = sorted(
        [(time, -1) for time in table["finish"]] + [(time, 1) for time in table["start"]]
    )
    assert np.cumsum([change for _, change in events]).max() <= slots


@given(workloads(max_jobs=1), st.sampled_from(["fifo", "hlfet"]), st.integers(1, 6))
def test_one_slot_runs_one_job_after_another(scene, policy, copies):
    """Equal jobs that all arrive at 0 take turns."""
    jobs, platform = scene
    job = replace(jobs[0], arrival=0)
    alone = sf.simulate([job], platform, policy).makespan
    assert copies * alone == sf.simulate([job] * copies, platform, policy, slots=1).makespan


@given(workloads(), rankers, ROUNDS)
def test_a_slot_for_every_job_is_no_limit(scene, policy, rounds):
    """The schedule is the one without slots."""
    jobs, platform = scene
    free, limited = (
        sf.simulate(jobs, platform, policy, rounds=rounds, slots=slots).schedule
        for slots in (None, len(jobs))
    )
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(limited, column), getattr(free, column), column)


def test_a_dispatcher_sees_only_jobs_that_have_entered():
    """What waits for a slot is not ready."""
    graph = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, 3)])], [])
    seen = []

    class Watcher(NewestFirst):
        def dispatch(self, view):
            seen.append(len(view.ready))
            yield from super().dispatch(view)

    result = sf.simulate([sf.Job(graph)] * 5, sf.Platform({"server": 5}), Watcher(), slots=2)
    assert 9 == result.makespan
    assert 2 == max(seen)


def test_memory_is_that_of_the_jobs_in_flight():
    """Ten thousand jobs of a thousand tasks take no byte a task."""
    chain = sf.TaskGraph.from_tasks(
        [sf.Task("", [sf.Mode({"server": 1}, 1)])] * 1000, [(i, i + 1) for i in range(999)]
    )
    run = sf.Run([sf.Job(chain)] * 10_000, sf.Platform({"server": 4}), slots=8)
    engine = CompiledEngine(run, record=False)
    assert engine.bytes_used < 1_000_000
    engine.simulate()
    assert 2_500_000 == engine.makespan


@pytest.mark.parametrize("slots", [0, -1, 2.5, True, "2"])
def test_a_wrong_number_of_slots_is_refused(slots):
    """It is a count."""
    graph = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, 1)])], [])
    platform = sf.Platform({"server": 1})
    for run in (sf.simulate, sf.summarize):
        with pytest.raises(sf.InputError, match=r"slots is .*, expected an integer >= 1"):
            run([sf.Job(graph)], platform, slots=slots)
    with pytest.raises(sf.InputError, match="is a planner, which plans all jobs by itself"):
        sf.simulate([sf.Job(graph)], platform, "manual", slots=2)
