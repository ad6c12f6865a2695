"""What the tests of task-graph formats share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from strategies import platforms, task_graphs

from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task


def content(graph: TaskGraph, named: bool = True) -> list[Any]:
    """Return what makes two graphs the same, with or without the names of their tasks."""
    modes = [graph.modes(task) for task in range(len(graph))]
    return [graph.task_names if named else (), modes, graph.edges.tolist()]


def with_first_modes(graph: TaskGraph) -> TaskGraph:
    """Return the graph with the first mode of each task alone, its servers held for the latency."""
    first = [graph.modes(task)[0] for task in range(len(graph))]
    tasks = [
        Task(name, [Mode(mode.demand, mode.latency)])
        for name, mode in zip(graph.task_names, first, strict=True)
    ]
    return TaskGraph.from_tasks(tasks, graph.edges.tolist(), graph.name)


@st.composite
def single_mode_instances(draw: st.DrawFn) -> tuple[TaskGraph, Platform]:
    """Return a graph whose tasks have one mode, not pipelined, and a platform that can run it."""
    platform = draw(platforms())
    return with_first_modes(draw(task_graphs(platform))), platform
