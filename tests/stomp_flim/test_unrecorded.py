"""Summaries: the same figures as those of the full record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import dense_workloads, rankers, workloads

import stomp_flim as sf


@given(st.one_of(workloads(), dense_workloads()), rankers, st.sampled_from(["instant", "event"]))
def test_a_summary_agrees_with_the_record(scene, policy, rounds):
    """Makespan, bound, finish of each job, busy cycles, and what waited, integrated over time."""
    jobs, platform = scene
    result = sf.simulate(jobs, platform, policy, rounds=rounds)
    summary = sf.summarize(jobs, platform, policy, rounds=rounds)
    schedule = result.schedule
    assert (result.makespan, result.lower_bound) == (summary.makespan, summary.lower_bound)
    np.testing.assert_array_equal(summary.jobs["response"], result.metrics.jobs["response"])
    assert list(schedule.busy.values()) == summary.busy.sum(axis=1).tolist()
    assert (schedule.start - schedule.ready).sum() == summary.waiting.sum()
    whole = result.metrics.utilization
    np.testing.assert_allclose(summary.utilization["utilization"], whole["utilization"])


@given(st.one_of(workloads(), dense_workloads()), rankers)
def test_the_queue_over_time_is_that_of_the_record(scene, policy):
    """In each bin as many tasks wait on average as lie between ready and start in the record."""
    schedule = sf.simulate(*scene, policy).schedule
    queue = sf.summarize(*scene, policy).queue_length_over_time
    for (begin, end), waiting in queue.groupby(["begin", "end"])["waiting"].sum().items():
        inside = np.clip(schedule.start, begin, end) - np.clip(schedule.ready, begin, end)
        np.testing.assert_allclose(waiting * (end - begin), inside.sum(), rtol=1e-12)


def chain(tasks, latency):
    """Tasks one after another on one server of two."""
    graph = sf.TaskGraph.from_tasks(
        [sf.Task("", [sf.Mode({"server": 1}, latency)])] * tasks,
        [(i, i + 1) for i in range(tasks - 1)],
    )
    return sf.Workload([sf.Job(graph)]), sf.Platform({"server": 2})


@pytest.mark.parametrize(("tasks", "latency", "width"), [(3, 100, 1), (64, 16, 1), (65, 16, 2)])
def test_bins_double_when_they_run_out(tasks, latency, width):
    """1024 bins of a cycle hold 1024 cycles; one of two servers is busy from end to end."""
    summary = sf.summarize(*chain(tasks, latency))
    frame = summary.utilization_over_time
    assert (width, tasks * latency) == (summary.bin_cycles, summary.makespan)
    assert {0.5} == set(frame["utilization"])
    assert summary.makespan == frame["end"].max()


def test_what_waits_is_counted_by_demand():
    """Three jobs on one of each: two wait at once for the server, none for the other demand."""
    modes = [sf.Mode({"a": 1}, 4)], [sf.Mode({"a": 1, "b": 2}, 1), sf.Mode({"b": 1}, 2)]
    graph = sf.TaskGraph.from_tasks([sf.Task("", m) for m in modes], [(0, 1)])
    summary = sf.summarize([sf.Job(graph)] * 3, sf.Platform({"a": 1, "b": 2}))
    assert ("a", "a + 2 b | b") == summary.demands
    assert [2, 0] == summary.longest.tolist()
    frame = summary.queue_length_over_time
    assert 4 * 2 + 4 == frame.loc[frame["demand"] == "a", "waiting"].sum()  # from cycles 0 and 4
    assert {"makespan", "tasks", "jobs", "policy", "engine", "lower_bound", "gap", "busy",
            "utilization"} == set(summary.summary())  # fmt: skip
