"""Tests of the plot of busy servers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from strategies import workloads

from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.plots.occupancy import busy_servers, occupancy
from stomp_flim.schedule import Schedule


def _held_in_cycles(schedule: Schedule, server_type: str, cycles: int) -> list[int]:
    """Servers held in each cycle, counted one row of the record at a time."""
    frame = schedule.to_frame()
    held = [0] * cycles
    for row in frame[frame["server_type"] == server_type].itertuples():
        for cycle in range(row.start, row.released):
            held[cycle] += 1
    return held


@settings(max_examples=40, deadline=None)
@given(workloads(max_jobs=3, max_tasks=5), st.integers(1, 7))
def test_bins_hold_the_mean_of_the_cycles_in_them(
    drawn: tuple[list[Job], Platform], width: int
) -> None:
    """Whatever the schedule, a bin is the mean over its cycles of the servers held in each."""
    jobs, platform = drawn
    schedule = simulate(jobs, platform).schedule
    edges = np.arange(0, schedule.makespan + width, width)
    for server_type in platform.servers:
        cycles = _held_in_cycles(schedule, server_type, int(edges[-1]))
        expected = np.mean(np.reshape(cycles, (-1, width)), axis=1)
        actual = busy_servers(schedule, server_type, edges)
        np.testing.assert_allclose(expected, actual, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(workloads(max_jobs=3, max_tasks=5))
def test_the_drawn_area_is_the_busy_time(drawn: tuple[list[Job], Platform]) -> None:
    """The steps of the plot enclose the server-cycles that the schedule reports as busy."""
    jobs, platform = drawn
    schedule = simulate(jobs, platform).schedule
    for server_type, busy in schedule.busy.items():
        ax = occupancy(schedule, server_type, Figure().subplots(), fill=False)
        (line,) = ax.patches
        values, edges, _ = line.get_data()
        assert busy == pytest.approx(float(np.sum(values * np.diff(edges))))
        assert f"Busy {server_type} servers" == ax.get_ylabel()
        assert "Time (cycles)" == ax.get_xlabel()


def test_unknown_server_type_lists_near_names() -> None:
    """A wrong name is an error that helps."""
    graph = TaskGraph.from_tasks([Task("a", [Mode({"DSP": 1}, 2)])], [])
    schedule = simulate([Job(graph)], Platform({"DSP": 1})).schedule
    with pytest.raises(InputError, match="unknown server type 'DPS'; did you mean 'DSP'"):
        occupancy(schedule, "DPS")
