"""Tests of the plot of what a memory holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.figure import Figure
from strategies import buffered, workloads

from stomp_flim import Buffer, InputError, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.plots.memory import memory_occupancy


@settings(max_examples=20)
@given(buffered(workloads(max_jobs=3, max_tasks=5)))
def test_the_line_follows_what_is_held(scene: tuple[list[Job], Platform]) -> None:
    """In each cycle the line is at the bits that the frame says, and at most at the capacity."""
    metrics = simulate(*scene).metrics
    for memory in metrics.peak_memory:
        ax = memory_occupancy(metrics.schedule, memory, Figure().subplots(), fill=False)
        (line,) = ax.patches
        values, edges, _ = line.get_data()
        steps = metrics.memory[metrics.memory["memory"] == memory]
        for cycle in range(metrics.schedule.makespan):
            before = steps[steps["time"] <= cycle]["bits"].tolist()
            drawn = values[np.searchsorted(edges, cycle, side="right") - 1]
            assert (before or [0])[-1] == drawn
        assert f"Bits held in {memory}" == ax.get_ylabel()


def test_the_capacity_is_drawn_where_there_is_one() -> None:
    """A dashed line, within the axes; unlimited memories have none."""
    task = Task("load", [Mode({"DSP": 1}, 2)], buffer=Buffer("BRAM", 3000))
    graph = TaskGraph.from_tasks([task], [])
    for memories in ({"BRAM": 9000}, {}):
        schedule = simulate([Job(graph)], Platform({"DSP": 1}, memories=memories)).schedule
        ax = memory_occupancy(schedule, "BRAM", Figure().subplots())
        assert [[bits, bits] for bits in memories.values()] == [
            list(line.get_ydata()) for line in ax.lines
        ]
        assert max([3000, *memories.values()]) < ax.get_ylim()[1]
        assert "2k" in [ax.yaxis.get_major_formatter()(2000.0)]


def test_an_unknown_memory_lists_near_names() -> None:
    """A wrong name is an error that helps."""
    graph = TaskGraph.from_tasks([Task("load", [Mode({"DSP": 1}, 2)])], [])
    schedule = simulate([Job(graph)], Platform({"DSP": 1}, memories={"BRAM": 1})).schedule
    with pytest.raises(InputError, match="unknown memory 'BARM'; did you mean 'BRAM'"):
        memory_occupancy(schedule, "BARM")
