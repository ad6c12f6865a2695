"""The compiled engine: the same simulator as the reference engine, task for task."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace

import chance
import numpy as np
import published
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registered import POLICIES
from strategies import (
    NewestFirst,
    RandomAffineRanker,
    RandomRanker,
    dense_workloads,
    rankers,
    seeds,
    workloads,
)

import stomp_flim as sf
from stomp_flim.engines.compiled import engine as compiled
from stomp_flim.engines.compiled import state, tables
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.policy import AffinePriority
from stomp_flim.policy.loading import parse

COLUMNS = (
    "job",
    "task",
    "mode",
    "ready",
    "start",
    "released",
    "finish",
    "server_offset",
    "server",
)
ROUNDS = ("instant", "event")


def staggered(graph, platform, jobs):
    """Stagger jobs in the order in which they arrive: keys never fall."""
    tasks = len(graph)
    return AffinePriority(graph.bottom_level, np.full(tasks, 0.3), 4.0 * np.arange(len(jobs)))


def backwards(graph, platform, jobs):
    """Put the last job first: keys fall, so that no source may wait for that of another job."""
    return AffinePriority(graph.bottom_level, np.ones(len(graph)), -1.0 * np.arange(len(jobs)))


def assert_equal_schedules(jobs, platform, policy, rounds="instant", seed=0):
    """Every column is equal, in the same order of dispatch."""
    run = sf.Run(jobs, platform, policy, rounds=rounds, seed=seed)
    expected, actual = SimPyEngine(run).run(), CompiledEngine(run).run()
    for column in COLUMNS:
        wanted, found = getattr(expected, column), getattr(actual, column)
        assert wanted.dtype == found.dtype, column
        np.testing.assert_array_equal(found, wanted, column)


@settings(max_examples=300)
@given(
    st.one_of(workloads(), dense_workloads()),
    st.one_of(rankers, st.sampled_from([staggered, backwards])),
    st.sampled_from(ROUNDS),
)
def test_schedules_equal_the_reference_engine(scene, policy, rounds):
    """Modes, units, types, pipelining, arrivals, ties, several graphs; rankers; both rounds."""
    jobs, platform = scene
    assert_equal_schedules(jobs, platform, policy, rounds)


@settings(max_examples=100)
@given(chance.workloads(), rankers, st.sampled_from(ROUNDS), seeds)
def test_schedules_with_random_durations_equal_the_reference_engine(scene, policy, rounds, seed):
    """Both engines meet the same world."""
    jobs, platform = scene
    assert_equal_schedules(jobs, platform, policy, rounds, seed)


@settings(max_examples=30)
@given(
    dense_workloads(),
    st.builds(RandomAffineRanker, seeds),
    st.integers(1, 40),
)
def test_equal_jobs_equal_the_reference_engine(scene, policy, copies):
    """Many jobs of one graph at once, whose sources are not stored one by one."""
    jobs, platform = scene
    many = [replace(jobs[0], arrival=0)] * copies
    assert_equal_schedules(many, platform, policy)


@pytest.mark.parametrize("pixels", [1, 8, 64])
@pytest.mark.parametrize("model", ["seq2seq", "seq2seqlite"])
def test_generated_workloads_equal_the_reference_engine(model, pixels):
    """The encoder at published size under every ranker that is registered, and affine ones."""
    jobs = [sf.Job(sf.workload_graph(model, stage="encoder", steps=1))] * pixels
    names = [name for name in POLICIES if parse(name).kind == "ranker"]
    others = [staggered, RandomRanker(1), RandomAffineRanker(1)] if pixels < 64 else [staggered]
    for policy in [*names, *others]:
        assert_equal_schedules(jobs, sf.device("published"), policy)


@pytest.mark.parametrize("pixels", [1, 8, 64])
@pytest.mark.parametrize(
    ("model", "stage"),
    [("seq2seq", "encoder"), ("seq2seq", "decoder"), ("seq2seqlite", "encoder")],
)
def test_published_graphs_equal_the_reference_engine(model, stage, pixels):
    """The published graphs under FIFO and HLFET, in both rounds where that is quick."""
    jobs, platform = [sf.Job(published.graph(model, stage))] * pixels, published.PLATFORM
    for policy in ("fifo", "hlfet"):
        assert_equal_schedules(jobs, platform, policy)
        if pixels < 64:
            assert_equal_schedules(jobs, platform, policy, "event")


@given(dense_workloads(), rankers, st.sampled_from(ROUNDS))
def test_arrays_that_are_too_small_grow(scene, policy, rounds):
    """One cell at first, no room in the heaps, and a return to Python after each task."""
    jobs, platform = scene
    run = sf.Run(jobs, platform, policy, rounds=rounds)
    engine = CompiledEngine(run)
    engine.state = state.initial(engine.tables, engine.state.missing, 6, cells=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "BUDGET", 1)
        actual = engine.run()
    expected = SimPyEngine(run).run()
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(actual, column), getattr(expected, column))


@pytest.mark.parametrize("predecessors", [255, 256, 70_000])
def test_counters_hold_every_in_degree(predecessors):
    """A counter of too few bits would wrap and start the join early, or never."""
    mode = sf.Mode({"server": 1}, 1)
    graph = sf.TaskGraph.from_tasks(
        [sf.Task("", [mode])] * (predecessors + 1), [(i, predecessors) for i in range(predecessors)]
    )
    engine = CompiledEngine(sf.Run([sf.Job(graph)] * 2, sf.Platform({"server": 1000})))
    engine.run().check()
    assert -(-2 * predecessors // 1000) <= engine.makespan


@pytest.mark.parametrize("latency", [64, 5000, 2**20])
def test_long_latencies_equal_the_reference_engine(latency):
    """The calendar goes round, with buckets far apart."""
    tasks = [sf.Task("", [sf.Mode({"server": 1}, n, min(n, 3))]) for n in (1, 3, 63, latency)]
    graph = sf.TaskGraph.from_tasks(tasks, [(3, 0), (0, 1)])
    jobs = [sf.Job(graph, arrival) for arrival in (0, 1, latency, 10 * latency)]
    assert_equal_schedules(jobs, sf.Platform({"server": 2}), "hlfet")


def test_late_arrivals_are_counted_in_63_bits():
    """A job may arrive at 2^62; later ones are refused, which no sum of latencies can pass."""
    graph = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, 7)])], [])
    platform = sf.Platform({"server": 1})
    assert_equal_schedules([sf.Job(graph), sf.Job(graph, 2**62)], platform, "fifo")
    later = sf.Run([sf.Job(graph), sf.Job(graph, 2**62 + 1)], platform)
    with pytest.raises(sf.InputError, match=f"job 1 arrives at {2**62 + 1}, expected at most"):
        CompiledEngine(later)


def test_what_it_cannot_run_is_refused(monkeypatch):
    """Too many tasks for a run or a record, too long a latency, a policy that is no ranker."""
    platform = sf.Platform({"server": 1})
    long, longest = (
        [sf.Job(sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, n)])], []))] * 3
        for n in (2**20 + 1, 2**20)
    )
    slow, quick = sf.Run(long, platform), sf.Run(longest, platform)
    with pytest.raises(sf.InputError, match="longest latency is 1,048,577 cycles, expected at"):
        CompiledEngine(slow)
    with pytest.raises(sf.InputError, match="is a dispatcher, which the compiled engine cannot"):
        CompiledEngine(sf.Run(longest, platform, NewestFirst()))
    monkeypatch.setattr(tables, "MOST_TASKS", 2)
    with pytest.raises(sf.InputError, match="has 3 tasks, expected at most 2 in one run"):
        CompiledEngine(quick)
    monkeypatch.setattr(compiled, "MOST_RECORDED", 2)
    with pytest.raises(sf.InputError, match=r"at most 2 for a full record; use stomp_flim\.summ"):
        CompiledEngine(quick)


def test_an_interrupt_ends_a_run_within_a_second():
    """A run of minutes goes on where Python looks for signals often."""
    chain = sf.TaskGraph.from_tasks(
        [sf.Task("", [sf.Mode({"server": 1}, 1)])] * 1000, [(i, i + 1) for i in range(999)]
    )
    workload = sf.Workload([sf.Job(chain)] * 200_000)
    platform = sf.Platform({"server": 1})
    engine = CompiledEngine(sf.Run(workload, platform), record=False)
    CompiledEngine(sf.Run([sf.Job(chain)], platform)).run()  # compiled before the clock runs
    sent = []

    def interrupt():
        sent.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        engine.simulate()
    assert time.monotonic() - sent[0] < 1
