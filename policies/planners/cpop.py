"""Critical path on a processor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from policies.planners.placement import Placement
from policies.ranks import Ranks, comparable, downward_rank, mean_latency, upward_rank
from stomp_flim import Platform, Schedule, TaskGraph, Workload
from stomp_flim.instance import Option

Place = frozenset[int]
"""The server types that a mode demands: what stands for a processor of the paper."""


@dataclass(frozen=True)
class CPOP:
    """Critical path on a processor: the longest path stays where it is executed fastest.

    Topcuoglu, Hariri and Wu, IEEE Transactions on Parallel and Distributed Systems 13(3), 2002. Of
    the tasks whose predecessors are placed, that on the longest path (upward plus downward rank, in
    mean latencies over the servers; communication is 0) goes first, inserted where it finishes
    first (`policies.planners.placement`); equal ones go by job, then by number.

    Each job has a critical path of its own. The paper binds it to the one processor on which it
    takes the fewest cycles. A task here may run only on some servers, so critical tasks that can
    run on the same alternative sets of server types are bound together to the set on which these
    tasks take the fewest cycles. Where every task runs on every type that is the paper's rule;
    where each task has one alternative it binds nothing.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place all tasks in the order of their priorities, as their predecessors are placed."""
        placement = Placement(workload, platform)
        priorities, options = [], []
        for number, graph in enumerate(workload.graphs):
            latency = mean_latency(graph, platform)
            upward = upward_rank(graph, latency)
            priorities.append(comparable(upward + downward_rank(graph, latency)))
            first = int(workload.first_task[:-1][workload.graph_number == number][0])
            path = critical_path(graph, comparable(upward))
            bound = _bound({task: placement.options[first + task] for task in path})
            options.append([bound.get(task) for task in range(len(graph))])
        of_job = workload.graph_number.tolist()
        key = (-np.concatenate([priorities[number] for number in of_job])).tolist()
        allowed = [choice for number in of_job for choice in options[number]]
        queue = [(key[record], record) for record in placement.sources]
        heapify(queue)
        while queue:
            _, record = heappop(queue)
            slot = placement.earliest_finish(record, allowed[record])
            for successor in placement.place(record, slot):
                heappush(queue, (key[successor], successor))
        return placement.schedule()


def critical_path(graph: TaskGraph, upward: Ranks) -> list[int]:
    """Return the tasks of a longest path from a source on; of equal ones the lowest-numbered.

    Parameters
    ----------
    graph : TaskGraph
        The tasks.
    upward : float64[tasks]
        Their upward ranks.
    """
    followers = np.flatnonzero(graph.in_degree == 0).astype(np.int32)
    path = []
    while len(followers):
        path.append(int(followers[np.argmax(upward[followers])]))
        followers = graph.successors(path[-1])
    return path


def _bound(path: Mapping[int, Sequence[Option]]) -> dict[int, Sequence[Option]]:
    """Return what the tasks of a critical path are bound to."""
    modes = {task: _by_place(options) for task, options in path.items()}
    total: dict[frozenset[Place], dict[Place, int]] = defaultdict(lambda: defaultdict(int))
    for of_task in modes.values():
        for place, options in of_task.items():
            total[frozenset(of_task)][place] += options[0].latency
    # Equal totals are decided by the order of the types, and so alike for all tasks of a set.
    chosen = {
        places: min(places, key=lambda place: (total[places][place], sorted(place)))
        for places in total
    }
    return {task: of_task[chosen[frozenset(of_task)]] for task, of_task in modes.items()}


def _by_place(options: Sequence[Option]) -> dict[Place, list[Option]]:
    """Modes of a task by the server types that they demand, the fastest one first."""
    places: dict[Place, list[Option]] = defaultdict(list)
    for option in options:
        places[frozenset(option.units)].append(option)
    return places
