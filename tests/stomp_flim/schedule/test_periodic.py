"""Tables that repeat: what breaks a rule in some repetition is found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stomp_flim as sf
from stomp_flim.schedule.modular import most_at_once, overlapping
from stomp_flim.schedule.periodic import Periodic

GRAPH = sf.TaskGraph.from_tasks(
    [
        sf.Task("read", [sf.Mode({"port": 1}, 3)], buffer=sf.Buffer("BRAM", 5)),
        sf.Task("add", [sf.Mode({"DSP": 1}, 4)]),
    ],
    [(0, 1)],
)
PLATFORM = sf.Platform({"port": 1, "DSP": 2}, memories={"BRAM": 15})
INTERVALS = st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 25), st.integers(1, 4)))


def table(cycles, start, server, platform=PLATFORM):
    """Return a table of rows of two tasks on a server each."""
    start = np.array(start, np.int64)
    return Periodic(
        GRAPH,
        platform,
        cycles,
        np.zeros_like(start, dtype=np.int32),
        start,
        np.arange(start.size + 1),
        np.array(server, np.int32),
        Fraction(3),
        "port",
    )


def test_a_table_that_keeps_to_all_rules():
    """Two rows, the second of which ends in the next period."""
    valid = table(6, [[0, 3], [3, 6]], [0, 1, 0, 2])
    valid.check()
    assert {"BRAM": 15} == valid.memory
    assert (3, 2) == (valid.cycles_per_job, valid.jobs)
    assert [7, 10, 13, 16] == [valid.makespan(jobs) for jobs in range(1, 5)]
    assert 3 == valid.in_flight
    assert (7, 7, 4) == (valid.start_up, valid.drain, valid.overhead)
    for jobs in range(1, 9):
        schedule = valid.schedule(jobs)
        schedule.check()
        assert valid.makespan(jobs) == schedule.makespan


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (table(6, [[0, 2], [3, 6]], [0, 1, 0, 2]), "starts at 2, before cycle 3"),
        (table(5, [[0, 3], [3, 6]], [0, 1, 0, 2]), "server 0 holds two tasks at once"),
        (table(6, [[0, 3], [3, 6]], [0, 1, 0, 1]), "server 1 holds two tasks at once"),
        (table(3, [[0, 4]], [0, 1]), "server 1 holds two tasks at once"),
    ],
)
def test_a_broken_table_is_found(broken, message):
    """An edge, a server within a period and across its end, and a task beside itself."""
    with pytest.raises(sf.ScheduleError, match=message):
        broken.check()


def test_a_full_memory_is_found():
    """What all repetitions hold together counts."""
    little = replace(PLATFORM, memories={"BRAM": 14})
    with pytest.raises(sf.ScheduleError, match=r"memory 'BRAM' holds 15 bits of 14"):
        table(6, [[0, 3], [3, 6]], [0, 1, 0, 2], little).check()


def test_other_jobs_are_refused():
    """A table is for its graph, and for jobs that are there when they are to start."""
    valid = table(6, [[0, 3], [3, 6]], [0, 1, 0, 2])
    other = sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({"DSP": 1}, 1)])], [])
    for jobs in ([sf.Job(other)], [sf.Job(GRAPH), sf.Job(GRAPH, 4)]):
        with pytest.raises(sf.InputError, match="for other jobs"):
            valid.expand(sf.Workload(jobs))
    valid.expand(sf.Workload([sf.Job(GRAPH), sf.Job(GRAPH, 3)])).check()
    with pytest.raises(sf.InputError, match="jobs is 0"):
        valid.makespan(0)


@given(INTERVALS, st.integers(1, 12))
def test_the_most_at_once_is_that_of_some_cycle(intervals, period):
    """Counted cycle by cycle over the circle."""
    held = np.zeros(period, np.int64)
    for begin, length, weight in intervals:
        for cycle in range(begin, begin + length):
            held[cycle % period] += weight
    begin, length, weight = np.array(intervals, np.int64).reshape(-1, 3).T
    assert held.max() == most_at_once(begin, begin + length, weight, period)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-9, 30), st.integers(1, 9))))
def test_intervals_overlap_where_some_cycle_has_two(intervals):
    """Some interval is named where a server has two in a cycle of the circle, and none else."""
    held = np.zeros((3, 11), np.int64)
    for server, begin, length in intervals:
        for cycle in range(begin, begin + length):
            held[server, cycle % 11] += 1
    server, begin, length = np.array(intervals, np.int64).reshape(-1, 3).T
    assert (held.max() > 1) == bool(len(overlapping(server, begin, length, 11)))
