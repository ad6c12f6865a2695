"""What tasks can be in formats that know no pipelines and no chance, and mostly one mode."""

from __future__ import annotations

from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode


def place(graph: TaskGraph, task: int) -> str:
    """Return the graph and the task, for messages."""
    return f"graph {graph.name!r}: task {task} ({graph.task_names[task]!r})"


def only_mode(graph: TaskGraph, task: int, format_name: str) -> Mode:
    """Return the mode of a task that a format without alternatives, pipelines and chance can hold.

    Raises
    ------
    InputError
        If the task has several modes, or its servers are pipelined or its latency is random.
    """
    modes = graph.modes(task)
    if len(modes) > 1:
        raise InputError(
            f"{place(graph, task)} has {len(modes)} modes, expected one for {format_name}"
        )
    require_fixed(graph, task, format_name)
    return modes[0]


def require_unbuffered(graph: TaskGraph, format_name: str) -> None:
    """Raise an `InputError` if a task writes into a memory, which no format here can hold."""
    for task, buffer in enumerate(graph.buffers or ()):
        if buffer is not None:
            raise InputError(
                f"{place(graph, task)} writes {buffer.bits:,} bits to {buffer.memory!r}, expected "
                f"no buffer for {format_name}"
            )


def require_fixed(graph: TaskGraph, task: int, format_name: str) -> None:
    """Raise an `InputError` if a mode of a task is pipelined or random."""
    for mode in graph.modes(task):
        if mode.distribution is not None:
            raise InputError(
                f"{place(graph, task)} has the random latency {mode.distribution!r}, expected for "
                f"{format_name} a number of cycles"
            )
        if mode.occupancy != mode.latency:
            raise InputError(
                f"{place(graph, task)} has latency {mode.latency} and occupancy {mode.occupancy}, "
                f"expected for {format_name} servers that are held for the latency"
            )


def require_available(graph: TaskGraph, task: int, platform: Platform) -> None:
    """Raise an `InputError` if a mode of a task demands more servers than a platform has."""
    for mode in graph.modes(task):
        for server_type, units in mode.demand.items():
            if server_type not in platform.servers:
                raise InputError(
                    f"{place(graph, task)} demands {server_type!r}, which platform "
                    f"{platform.name!r} lacks; {near_names(server_type, platform.servers)}"
                )
            if units > platform.servers[server_type]:
                raise InputError(
                    f"{place(graph, task)} demands {units} units of {server_type!r}, expected at "
                    f"most the {platform.servers[server_type]} of platform {platform.name!r}"
                )
