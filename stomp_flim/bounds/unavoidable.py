"""What no choice of modes avoids: the longest paths of tasks and the work of server types."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stomp_flim.arrays import Cycles
from stomp_flim.bounds.head_tail import Work
from stomp_flim.chance.durations import Durations
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.workload import Workload


class Group(NamedTuple):
    """Jobs of one graph; those that are equal in all that counts here are one row.

    Attributes
    ----------
    graph : TaskGraph
        What they execute.
    jobs : int64[rows]
        Number of jobs.
    head, tail : int64[rows, tasks]
        Longest paths, the arrival included.
    finish : int64[rows]
        Arrival and critical path.
    latency, occupancy : int64[rows or 1, tasks, modes]
        In cycles.
    """

    graph: TaskGraph
    jobs: Cycles
    head: Cycles
    tail: Cycles
    finish: Cycles
    latency: Cycles
    occupancy: Cycles


def group_of(workload: Workload, number: int, durations: Durations | None) -> Group:
    """Return the jobs of one graph of a workload, given by its position in ``graphs``."""
    graph = workload.graphs[number]
    members = workload.graph_number == number
    arrival = workload.arrival[members]
    if durations is None:
        arrival, jobs = np.unique(arrival, return_counts=True)
        head, tail = graph.head[None], graph.tail[None]
        shortest = graph.shortest_latency[None]
        latency, occupancy = _declared(graph)
    else:
        jobs = np.ones(len(arrival), np.int64)
        records = workload.first_task[:-1][members][:, None] + np.arange(len(graph))
        latency, occupancy = durations.latency[records], durations.occupancy[records]
        shortest = np.min(latency, axis=2, where=latency > 0, initial=np.iinfo(np.int64).max)
        head, tail = graph.longest_paths(shortest)
    finish = arrival + (head + shortest).max(axis=1)
    shape = (len(arrival), len(graph))
    head = arrival[:, None] + head
    return Group(graph, jobs, head, np.broadcast_to(tail, shape), finish, latency, occupancy)


def unavoidable(group: Group, server_type: str) -> Work:
    """Return the work of the tasks that hold servers of a type in each of their modes."""
    graph = group.graph
    modes = group.latency.shape[2]
    demand = np.zeros((len(graph.mode_sets), modes), np.int64)
    exists = np.zeros((len(graph.mode_sets), modes), bool)
    for number, mode_set in enumerate(graph.mode_sets):
        demand[number, : len(mode_set)] = [mode.demand.get(server_type, 0) for mode in mode_set]
        exists[number, : len(mode_set)] = True
    cannot_avoid = (demand > 0) | ~exists
    tasks = np.flatnonzero(cannot_avoid[graph.mode_set].all(axis=1))
    demand, exists = demand[graph.mode_set[tasks]], exists[graph.mode_set[tasks]]
    latency, occupancy = group.latency[:, tasks], group.occupancy[:, tasks]
    most = np.iinfo(np.int64).max
    work = np.min(demand * occupancy, axis=2, where=exists, initial=most)
    drain = np.min(latency - occupancy, axis=2, where=exists, initial=most)
    unit = np.gcd.reduce(occupancy, axis=2)  # 0 where there is no mode divides nothing off
    head = group.head[:, tasks]
    return Work(
        head.ravel(),
        (group.tail[:, tasks] + drain).ravel(),
        (group.jobs[:, None] * work).ravel(),
        np.broadcast_to(unit, head.shape).ravel(),
    )


def _declared(graph: TaskGraph) -> tuple[Cycles, Cycles]:
    """Latency and occupancy int64[1, tasks, modes] as the modes say, 0 where there is no mode."""
    table = np.zeros((2, len(graph.mode_sets), max(map(len, graph.mode_sets))), np.int64)
    for number, modes in enumerate(graph.mode_sets):
        for mode_number, mode in enumerate(modes):
            table[:, number, mode_number] = mode.latency, mode.occupancy
    latency, occupancy = table[:, None, graph.mode_set]
    return latency, occupancy
