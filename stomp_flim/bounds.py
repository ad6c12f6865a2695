"""Lower bounds: what no schedule can beat."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from stomp_flim.durations import Durations
from stomp_flim.graph import Cycles, TaskGraph
from stomp_flim.platform import Platform
from stomp_flim.workload import Workload

MOST_SETS = 2**25
"""Sets of tasks that the head-tail bound looks at, about a tenth of a second."""


def lower_bounds(
    workload: Workload, platform: Platform, durations: Durations | None = None
) -> dict[str, int]:
    """Return every bound on the makespan by name, in cycles.

    Two kinds of argument are used, both valid for any policy:

    - critical path: no job finishes before its arrival and its longest path;
    - head-tail: a set S of tasks that occupy servers of type k (m of them) lies between the least
      head and the least tail of S, so
      ``min head + ceil(work of S on k / m) + min tail <= makespan``. The largest value over the
      sets {head >= a, tail >= b} is taken (the strong form; Carlier 1982, extended to m servers).

    A head is the arrival plus the longest path to a task; a tail the longest path after the moment
    when its servers are free again. Of alternative modes each figure takes the smallest, so the
    bounds hold whichever modes are chosen.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is to be scheduled, on what.
    durations : Durations, optional
        Where durations are random, those that were drawn: the bounds are then bounds of this world,
        which no policy can beat in it, also one that knows it. By default the latencies of the
        modes, which are means where they are random.
    """
    groups = [_group(workload, number, durations) for number in range(len(workload.graphs))]
    bounds = {"critical path": max(int(g.finish.max()) for g in groups)}
    for server_type, servers in platform.servers.items():
        parts = [_work(group, server_type) for group in groups]
        head, tail, work = (np.concatenate(column) for column in zip(*parts, strict=True))
        if len(head):
            bounds[f"head-tail {server_type}"] = _head_tail(head, tail, work, servers)
    return bounds


def lower_bound(workload: Workload, platform: Platform, durations: Durations | None = None) -> int:
    """Return the largest of `lower_bounds`, in cycles."""
    return max(lower_bounds(workload, platform, durations).values())


class Bounded(Protocol):
    """A makespan beside its lower bounds."""

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finishes."""
        ...

    @property
    def bounds(self) -> dict[str, int]:
        """Every lower bound on the makespan by name, in cycles, for the durations as drawn."""
        ...

    @property
    def lower_bound(self) -> int:
        """The largest lower bound on the makespan, in cycles."""
        return max(self.bounds.values())

    @property
    def gap(self) -> float:
        """How far the makespan is above its lower bound, as a fraction of the bound."""
        return self.makespan / self.lower_bound - 1


class _Group(NamedTuple):
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


def _group(workload: Workload, number: int, durations: Durations | None) -> _Group:
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
        head, tail = _longest_paths(graph, shortest)
    finish = arrival + (head + shortest + tail).max(axis=1)
    shape = (len(arrival), len(graph))
    head = arrival[:, None] + head
    return _Group(graph, jobs, head, np.broadcast_to(tail, shape), finish, latency, occupancy)


def _declared(graph: TaskGraph) -> tuple[Cycles, Cycles]:
    """Latency and occupancy int64[1, tasks, modes] as the modes say, 0 where there is no mode."""
    table = np.zeros((2, len(graph.mode_sets), max(map(len, graph.mode_sets))), np.int64)
    for number, modes in enumerate(graph.mode_sets):
        for mode_number, mode in enumerate(modes):
            table[:, number, mode_number] = mode.latency, mode.occupancy
    latency, occupancy = table[:, None, graph.mode_set]
    return latency, occupancy


def _longest_paths(graph: TaskGraph, latency: Cycles) -> tuple[Cycles, Cycles]:
    """Head and tail int64[rows, tasks], as in `TaskGraph` for all rows of latencies at once."""
    by_task = np.ascontiguousarray(latency.T)
    head, tail = np.zeros_like(by_task), np.zeros_like(by_task)
    order = graph.topological_order.tolist()
    for task in order:
        finish = head[task] + by_task[task]
        for successor in graph.successors(task).tolist():
            np.maximum(head[successor], finish, out=head[successor])
    for task in reversed(order):
        for successor in graph.successors(task).tolist():
            np.maximum(tail[task], by_task[successor] + tail[successor], out=tail[task])
    return head.T, tail.T


def _work(group: _Group, server_type: str) -> tuple[Cycles, Cycles, Cycles]:
    """Head, tail and work of the tasks that cannot avoid a server type."""
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
    return (
        group.head[:, tasks].ravel(),
        (group.tail[:, tasks] + drain).ravel(),
        (group.jobs[:, None] * work).ravel(),
    )


def _head_tail(head: Cycles, tail: Cycles, work: Cycles, servers: int) -> int:
    """Largest ``a + ceil(work of {head >= a, tail >= b} / servers) + b``."""
    heads, head_rank = np.unique(head, return_inverse=True)
    tails, tail_rank = np.unique(tail, return_inverse=True)
    while len(heads) * len(tails) > MOST_SETS:
        # Too many to look at each: a later head or a longer tail than the true one is never taken.
        if len(heads) >= len(tails):
            heads, head_rank = _coarser(heads, head_rank)
        else:
            tails, tail_rank = _coarser(tails, tail_rank)
    order = np.argsort(head_rank, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(head_rank[order])) + 1)
    of_tail = np.zeros(len(tails), np.int64)
    best = 0
    for a, group in zip(heads[::-1].tolist(), groups[::-1], strict=True):
        np.add.at(of_tail, tail_rank[group], work[group])
        remaining = np.cumsum(of_tail[::-1])[::-1]
        waves = -(-remaining // servers)
        best = max(best, a + int(np.max(np.where(remaining > 0, waves + tails, 0))))
    return best


def _coarser(values: Cycles, rank: Cycles) -> tuple[Cycles, Cycles]:
    """Every second of ascending values, and the rank of what each was lowered to."""
    return values[::2], rank // 2
