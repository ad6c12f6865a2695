"""Schedules as traces for the viewer Perfetto (ui.perfetto.dev), in its JSON trace format.

One cycle is written as one microsecond, the unit of the format. A server type is a process, a
server one of its threads, and a task one slice on each server that it holds, for as long as it
holds it. Each server type has two counters over time: the servers that are busy, and the demands
that wait (see `stomp_flim.schedule.metrics.Metrics.queue_length`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stomp_flim.files import replacing
from stomp_flim.schedule import Schedule
from stomp_flim.schedule.metrics import Metrics

if TYPE_CHECKING:
    import pandas as pd

UNIT = "1 us = 1 cycle"


def write_trace(schedule: Schedule, path: Path | str) -> None:
    """Write a schedule as a trace.

    Parameters
    ----------
    schedule : Schedule
        What ran when and where. Every slice carries job, graph, task, mode and the cycles in which
        the task was ready and finished.
    path : path
        The JSON file to write.

    Raises
    ------
    InputError
        If the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> from stomp_flim.interchange.perfetto import write_trace
    >>> write_trace(result.schedule, "trace.json")  # open it at ui.perfetto.dev
    """
    platform = schedule.platform
    about = {
        "time": UNIT,
        "clock period in ns": platform.clock_ns,
        "platform": platform.name,
        "makespan in cycles": schedule.makespan,
    }
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"displayTimeUnit": "ns",\n"otherData": {_json(about)},\n"traceEvents": [\n')
        separator = ""
        for event in _events(schedule):
            file.write(separator + event)
            separator = ",\n"
        file.write("\n]}\n")


def _events(schedule: Schedule) -> Iterator[str]:
    yield from map(_json, _names(schedule))
    yield from _slices(schedule)
    metrics = Metrics(schedule)
    yield from _counters(schedule, metrics.occupancy, "busy", "servers")
    yield from _counters(schedule, metrics.queue_length, "waiting", "demands")
    yield from _memories(schedule, metrics)


def _names(schedule: Schedule) -> Iterator[dict[str, Any]]:
    """Names of processes and threads, and their places in the viewer."""
    servers = schedule.platform.servers
    for process, (server_type, count) in enumerate(servers.items(), start=1):
        first = schedule.platform.first_server[server_type]
        yield _metadata("process_name", process, name=f"{server_type} ({UNIT})")
        yield _metadata("process_labels", process, labels=UNIT)
        yield _metadata("process_sort_index", process, sort_index=process)
        for number in range(first, first + count):
            thread = _thread(schedule, number)
            name = f"{server_type} {number - first}"
            yield _metadata("thread_name", process, thread, name=name)
            yield _metadata("thread_sort_index", process, thread, sort_index=number)


def _metadata(kind: str, process: int, thread: int = 0, **arguments: Any) -> dict[str, Any]:
    event = {"ph": "M", "name": kind, "pid": process, "args": arguments}
    return {**event, "tid": thread} if thread else event


def _thread(schedule: Schedule, server: int) -> int:
    # after the processes: a thread with the number of its process would be its main thread
    return len(schedule.platform.servers) + 1 + server


def _slices(schedule: Schedule) -> Iterator[str]:
    """One slice a held server, by start."""
    workload, holder = schedule.workload, schedule.holder
    # the names of a graph are many times in a trace, and quoting them is what takes time
    names = [
        [_json(name or f"task {task}") for task, name in enumerate(graph.task_names)]
        for graph in workload.graphs
    ]
    graphs = [_json(graph.name) for graph in workload.graphs]
    order = np.argsort(schedule.start[holder], kind="stable")
    execution = holder[order]
    columns = (
        schedule.server_type_number[order] + 1,
        _thread(schedule, 0) + schedule.server[order],
        workload.graph_number[schedule.job[execution]],
        schedule.job[execution],
        schedule.task[execution],
        schedule.mode[execution],
        schedule.ready[execution],
        schedule.start[execution],
        (schedule.released - schedule.start)[execution],
        schedule.finish[execution],
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for process, thread, graph, job, task, mode, ready, start, duration, finish in rows:
        yield (
            f'{{"ph": "X", "pid": {process}, "tid": {thread}, "ts": {start}, "dur": {duration}, '
            f'"cat": {graphs[graph]}, "name": {names[graph][task]}, '
            f'"args": {{"job": {job}, "task": {task}, "mode": {mode}, "ready": {ready}, '
            f'"finish": {finish}}}}}'
        )


def _counters(schedule: Schedule, steps: pd.DataFrame, column: str, unit: str) -> Iterator[str]:
    """Values of a counter of each server type."""
    for process, server_type in enumerate(schedule.platform.servers, start=1):
        of_type = steps[steps["server_type"] == server_type]
        yield from _counter(process, f"{server_type}: {column}", unit, of_type, column)


def _memories(schedule: Schedule, metrics: Metrics) -> Iterator[str]:
    """Bits held in each memory over time, in a process of their own."""
    process = _thread(schedule, sum(schedule.platform.servers.values()))
    if metrics.peak_memory:
        yield _json(_metadata("process_name", process, name=f"memories ({UNIT})"))
        yield _json(_metadata("process_sort_index", process, sort_index=process))
    for memory in metrics.peak_memory:
        held = metrics.memory[metrics.memory["memory"] == memory]
        yield from _counter(process, f"{memory}: held", "bits", held, "bits")


def _counter(process: int, name: str, unit: str, steps: pd.DataFrame, column: str) -> Iterator[str]:
    """Values of one counter over time, from 0 at time 0."""
    times, values = steps["time"].tolist(), steps[column].tolist()
    if not times or times[0] > 0:
        times, values = [0, *times], [0, *values]
    for time, value in zip(times, values, strict=True):
        event = {"ph": "C", "pid": process, "ts": time, "name": name, "args": {unit: value}}
        yield _json(event)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
