"""Plans made task by task, with insertion: a task may start in a gap that earlier ones left.

How the papers' processors become servers is the same for every planner. A task may run in each of
its modes; in a mode it starts as soon as all servers that the mode demands, of all types, are free
for its occupancy, and finishes after its latency. Servers of a type are equal and results travel
between them for nothing, so a plan counts them and numbers them at its end: in the order of the
starts each task takes the lowest-numbered servers that are free. On one server a type this is the
insertion of the papers. The papers know no memory, and tasks are placed as if it had room for all;
where it has not, the plan is followed as far as memory lets it (`policies.planners.within_memory`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.planners.timeline import Timeline
from policies.planners.within_memory import within_memory
from policies.ranks import comparable
from stomp_flim import Platform, Schedule, TaskGraph, Workload
from stomp_flim.instance import Instance, Option


class Slot(NamedTuple):
    """A mode of a task and the cycle in which it would start."""

    option: Option
    start: int

    @property
    def finish(self) -> int:
        """The cycle in which the result is there."""
        return self.start + self.option.latency

    @property
    def released(self) -> int:
        """The cycle in which the servers are free again."""
        return self.start + self.option.occupancy


class Placement:
    """A schedule in the making; tasks are known by their record numbers in the workload.

    Raises
    ------
    InputError
        If the platform can run a task in none of its modes.
    DeadlockError
        If the memories are too small for a graph in whatever order its tasks run.

    Attributes
    ----------
    options : list of tuple of Option
        The modes of each task that the platform can run, by latency, then as declared.
    """

    def __init__(self, workload: Workload, platform: Platform) -> None:
        instance = Instance(workload, platform)
        graphs = workload.graphs
        self._workload, self._platform = workload, platform
        self.options = instance.per_record(
            [[choice.options for choice in choices] for choices in instance.choices]
        )
        tasks_of_job = np.diff(workload.first_task)
        self._first = np.repeat(workload.first_task[:-1], tasks_of_job).tolist()
        self._arrival = np.repeat(workload.arrival, tasks_of_job).tolist()
        self._predecessors = instance.per_record([_predecessors(graph) for graph in graphs])
        self._successors = instance.per_record(
            [[g.successors(task).tolist() for task in range(len(g))] for g in graphs]
        )
        self._missing = instance.per_record([graph.in_degree.tolist() for graph in graphs])
        self._timelines = [Timeline(servers) for servers in platform.servers.values()]
        self._finish = [0] * workload.tasks
        self._placed: dict[int, Slot] = {}

    def ready(self, record: int) -> int:
        """Return when the predecessors that are placed have finished and the job is there."""
        first, finish = self._first[record], self._finish
        ready = self._arrival[record]
        for task in self._predecessors[record]:
            if finish[first + task] > ready:
                ready = finish[first + task]
        return int(ready)

    def successors(self, record: int) -> list[int]:
        """Return the successors of a task."""
        first = self._first[record]
        return [first + task for task in self._successors[record]]

    @property
    def sources(self) -> list[int]:
        """The tasks that have no predecessor."""
        return [record for record, before in enumerate(self._predecessors) if not before]

    def slots(self, record: int, options: Sequence[Option] | None = None) -> Iterator[Slot]:
        """Yield the first slot of each mode of a task, or only of some options."""
        ready = self.ready(record)
        for option in self.options[record] if options is None else options:
            yield Slot(option, self._earliest(option, ready))

    def earliest_finish(self, record: int, options: Sequence[Option] | None = None) -> Slot:
        """Return the slot in which a task finishes first, of equal ones the fastest mode's."""
        return min(self.slots(record, options), key=lambda slot: slot.finish)

    def free_for_good(self, demand: Sequence[tuple[int, int]]) -> int:
        """Return the cycle from which on servers are free of all that is placed."""
        return max(self._timelines[kind].free_for_good(units) for kind, units in demand)

    def place(self, record: int, slot: Slot) -> list[int]:
        """Place a task; return the successors whose predecessors now all are."""
        for kind, units in slot.option.demand:
            self._timelines[kind].hold(slot.start, slot.released, units)
        self._finish[record] = slot.finish
        self._placed[record] = slot
        enabled = []
        for successor in self.successors(record):
            self._missing[successor] -= 1
            if self._missing[successor] == 0:
                enabled.append(successor)
        return enabled

    def remove(self, record: int) -> None:
        """Undo `place`."""
        slot = self._placed.pop(record)
        for kind, units in slot.option.demand:
            self._timelines[kind].give_back(slot.start, slot.released, units)
        self._finish[record] = 0
        for successor in self.successors(record):
            self._missing[successor] += 1

    def schedule(self) -> Schedule:
        """Return the schedule with its servers numbered, once all tasks are placed.

        Where it does not fit into the memories it is the one that `within_memory` makes of it.
        """
        slots = [self._placed[record] for record in range(self._workload.tasks)]
        return numbered(self._workload, self._platform, slots, list(self._placed))

    def _earliest(self, option: Option, ready: int) -> int:
        """First cycle from which on servers of all types demanded are free together."""
        start, agreed = ready, 0
        while agreed < len(option.demand):
            agreed = 0
            for kind, units in option.demand:
                found = self._timelines[kind].earliest(start, option.occupancy, units)
                if found > start:
                    start, agreed = found, 0
                agreed += 1
        return start


def in_order_of(ranks: Sequence[NDArray[Any]], workload: Workload) -> list[int]:
    """Return the tasks of all jobs by rank, higher first, equal ones by job and number.

    Parameters
    ----------
    ranks : sequence of array[tasks]
        One for each graph of the workload.
    workload : Workload
        The jobs.
    """
    rank = np.concatenate([ranks[number] for number in workload.graph_number.tolist()])
    order: list[int] = np.argsort(-comparable(rank), kind="stable").tolist()
    return order


def numbered(
    workload: Workload,
    platform: Platform,
    slots: Sequence[Slot],
    records: Sequence[int] | None = None,
) -> Schedule:
    """Make a schedule of slots: number the servers that tasks hold.

    Where it does not fit into the memories it is the one that `within_memory` makes of it.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is scheduled where.
    slots : sequence of Slot
        Of each task, by record number.
    records : sequence of int, optional
        Record numbers in the order in which tasks of equal starts are dispatched.
    """
    dispatched = sorted(records or range(len(slots)), key=lambda record: slots[record].start)
    finish = np.array([slot.finish for slot in slots], np.int64)
    ready = np.repeat(workload.arrival, np.diff(workload.first_task))
    for job, first in zip(workload.jobs, workload.first_task.tolist(), strict=False):
        before, after = first + job.graph.edges.T
        np.maximum.at(ready, after, finish[before])
    plan = Schedule.from_records(
        workload,
        platform,
        dispatched,
        [slot.option.mode for slot in slots],
        ready.tolist(),
        [slot.start for slot in slots],
        [slot.released for slot in slots],
        finish.tolist(),
        _held(platform, dispatched, slots),
    )
    return within_memory(plan)


def _predecessors(graph: TaskGraph) -> list[list[int]]:
    before: list[list[int]] = [[] for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        before[target].append(source)
    return before


def _held(
    platform: Platform, dispatched: Sequence[int], slots: Sequence[Slot]
) -> list[Sequence[int]]:
    """Servers of each task: the lowest-numbered free ones, in the order of the starts."""
    free = [
        list(range(first, first + platform.servers[server_type]))
        for server_type, first in platform.first_server.items()
    ]
    for numbers in free:
        heapify(numbers)
    busy: list[tuple[int, int, int]] = []  # release, server type, server
    held: list[Sequence[int]] = [()] * len(slots)
    for record in dispatched:
        slot = slots[record]
        while busy and busy[0][0] <= slot.start:
            _, kind, server = heappop(busy)
            heappush(free[kind], server)
        held[record] = [heappop(free[kind]) for kind in slot.option.units]
        for kind, server in zip(slot.option.units, held[record], strict=True):
            heappush(busy, (slot.released, kind, server))
    return held
