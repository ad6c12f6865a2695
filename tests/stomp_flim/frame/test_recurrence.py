"""Recurrence: what is found to repeat does repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import RandomRanker, dense_workloads, seeds

import stomp_flim as sf
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.frame.recurrence import Period, Recurrence

POLICIES = st.one_of(st.sampled_from(["fifo", "hlfet"]), st.builds(RandomRanker, seeds))
ROUNDS = st.sampled_from(["instant", "event"])


def find(engine: CompiledEngine) -> Period | None:
    """Look after each job."""
    recurrence = Recurrence(engine)
    while not engine.advance(1):
        period = recurrence.look()
        if period is not None:
            return period
    return None


@given(dense_workloads(), POLICIES, ROUNDS, st.integers(1, 7))
def test_jobs_finish_a_period_later(scene, policy, rounds, slots):
    """In a run that nobody looks at, every job but the last finishes as the period foretells."""
    jobs, platform = scene
    workload = sf.Workload([replace(jobs[0], arrival=0)] * 400)
    run = sf.Run(workload, platform, policy, rounds=rounds, slots=slots)
    period = find(CompiledEngine(run, record=False))
    whole = sf.simulate(workload, platform, policy, "simpy", rounds=rounds, slots=slots)
    finish = np.sort(whole.metrics.jobs["finish"])[:-slots]  # as long as jobs wait
    if period is not None and period.begin + period.jobs <= len(finish):
        first = period.begin
        expected = finish[first : len(finish) - period.jobs] + period.cycles
        np.testing.assert_array_equal(finish[first + period.jobs :], expected)


def test_a_single_server_repeats_after_each_job():
    """One task of 3 cycles, one server: the state is the same whenever a job is done."""
    graph = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, 3)])], [])
    run = sf.Run([sf.Job(graph)] * 100, sf.Platform({"server": 1}), slots=1)
    engine = CompiledEngine(run, record=False)
    assert Period(begin=1, jobs=1, cycles=3) == find(engine)


def test_equal_counters_are_not_enough():
    """Two servers half a job apart: what runs has different times left, so no state is equal."""
    long, short = (sf.Task("", [sf.Mode({"server": 1}, n)]) for n in (5, 2))
    graph = sf.TaskGraph.from_tasks([short, long], [(0, 1)])
    run = sf.Run([sf.Job(graph)] * 200, sf.Platform({"server": 3}), slots=2)
    period = find(CompiledEngine(run, record=False))
    assert period is not None
    assert 7 * period.jobs == 2 * period.cycles
