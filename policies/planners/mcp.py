"""Modified critical path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from policies.planners.placement import Placement, in_order_of
from stomp_flim import Platform, Schedule, TaskGraph, Workload
from stomp_flim.arrays import Cycles, Indices


@dataclass(frozen=True)
class MCP:
    """Modified critical path: by latest possible starts, those of all descendants included.

    Wu and Gajski, IEEE Transactions on Parallel and Distributed Systems 1(3), 1990. Every task has
    a list of the latest possible start (without limits on servers, in cycles of the fastest modes)
    of itself and of each of its descendants, ascending. Tasks are placed in the lexicographic order
    of these lists, inserted where they finish first (`policies.planners.placement`), which on the
    paper's equal processors is where they start first. The jobs are one graph: the latest possible
    start of a task is the longest critical path of all jobs less the task's bottom level, whenever
    its job arrives. Communication is 0. Equal lists go by job, then by number.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place all tasks in the order of their lists."""
        placement = Placement(workload, platform)
        for record in in_order_of(latest_start_ranks(workload.graphs), workload):
            placement.place(record, placement.earliest_finish(record))
        return placement.schedule()


def latest_start_ranks(graphs: Sequence[TaskGraph]) -> list[Cycles]:
    """Return a rank of each task of each graph: higher where its list of latest starts is smaller.

    Descendants are sets of bits, made from the last tasks to the first and dropped when the last
    predecessor has taken them over; lists are made only to compare tasks that could start equally
    late.
    """
    level = np.concatenate([graph.bottom_level for graph in graphs])
    first = np.cumsum([0, *map(len, graphs)])
    edges = np.concatenate([graph.edges + first[number] for number, graph in enumerate(graphs)])
    successors: list[list[int]] = [[] for _ in level]
    waiting = np.bincount(edges[:, 1], minlength=len(level)).tolist()
    for source, target in edges.tolist():
        successors[source].append(target)

    ascending = np.argsort(level, kind="stable")
    place = np.argsort(ascending).tolist()
    latest = (level.max() - level[ascending]).astype(">i8")  # as bytes they compare as numbers
    descendants: dict[int, int] = {}
    rank = np.empty(len(level), np.int64)
    better = 0
    for _, group in groupby(ascending.tolist(), key=level.__getitem__):
        tasks = list(group)
        lists = dict.fromkeys(tasks, b"")
        for task in tasks:
            below = 0
            for successor in successors[task]:
                below |= descendants[successor] | 1 << place[successor]
                waiting[successor] -= 1
                if waiting[successor] == 0:
                    del descendants[successor]
            if waiting[task]:
                descendants[task] = below
            if len(tasks) > 1:
                lists[task] = latest[_members(below)].tobytes()
        tasks.sort(key=lists.__getitem__, reverse=True)
        for _, equal in groupby(tasks, key=lists.__getitem__):
            rank[list(equal)] = better
            better += 1
    return np.split(rank, first[1:-1])


def _members(bits: int) -> Indices:
    """Return the numbers of the bits that are set, descending."""
    packed = np.frombuffer(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(packed, bitorder="little"))[::-1].astype(np.int32)
