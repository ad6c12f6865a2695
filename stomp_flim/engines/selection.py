"""Which ready task starts next: a ranker's priority queues, or a dispatcher's decisions."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Protocol

import numpy as np

from stomp_flim.engines.instance import Choice, Instance
from stomp_flim.errors import PolicyError
from stomp_flim.platform import Platform
from stomp_flim.policy import Assignment, Policy, ReadyTask, priorities
from stomp_flim.workload import Workload

Start = Callable[[int, Choice], bool]
"""Start the task with a record number in the first mode that fits; False if none does now."""


class Selector(Protocol):
    """Holds the ready tasks of a run and starts them in rounds."""

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready; the order of calls is the entry sequence."""
        ...

    def round(self, now: int, free: Mapping[str, int], limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        ...


def selector(instance: Instance, policy: Policy, start: Start) -> Selector:
    """Return the selector for a ranker or a dispatcher."""
    if policy.kind == "ranker":
        return RankedQueues(instance, policy, start)
    return DispatcherRounds(instance, policy, start)


class RankedQueues:
    """A round in key order, equal keys by entry sequence, in time that follows what starts.

    There is one priority queue for each demand class. Within a round servers only become busy, so
    where the head of a queue fits nowhere the rest of its queue does not either: a round merges the
    heads and drops a queue at the first failure, which equals a scan of all ready tasks.
    """

    def __init__(self, instance: Instance, policy: Policy, start: Start) -> None:
        self._start = start
        self._choices = instance.per_record(instance.choices)
        self._class = [choice.demand_class for choice in self._choices]
        self._keys = _keys(policy, instance)
        self._entry = count()
        self._queues = [Queue() for _ in range(instance.demand_classes)]

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready."""
        self._queues[self._class[record]].push((self._keys[record], next(self._entry), record))

    def round(self, now: int, free: Mapping[str, int], limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        queues, start, choices, class_of = self._queues, self._start, self._choices, self._class
        heappop, heapreplace = heapq.heappop, heapq.heapreplace
        heads = [queue.head() for queue in queues if queue.keys]
        heapq.heapify(heads)
        while heads and limit != 0:
            record = heads[0][2]
            if not start(record, choices[record]):
                heappop(heads)
                continue
            follower = queues[class_of[record]].pop()
            if follower is None:
                heappop(heads)
            else:
                heapreplace(heads, follower)
            if limit is not None:
                limit -= 1


Entry = tuple[float, int, int]
"""Key, entry sequence and record number of a ready task."""


class Queue:
    """A priority queue whose equal keys are already in order: a heap of keys, one line for each.

    Entry sequences only grow, so a line is first in, first out. Policies repeat keys often (FIFO
    has one key), which makes this several times as fast as a heap of entries.
    """

    __slots__ = ("_lines", "keys")

    def __init__(self) -> None:
        self.keys: list[float] = []
        self._lines: dict[float, deque[Entry]] = {}

    def push(self, entry: Entry) -> None:
        """Add an entry with a later sequence than all before."""
        line = self._lines.get(entry[0])
        if line is None:
            self._lines[entry[0]] = deque((entry,))
            heapq.heappush(self.keys, entry[0])
        else:
            line.append(entry)

    def head(self) -> Entry:
        """Return the smallest entry."""
        return self._lines[self.keys[0]][0]

    def pop(self) -> Entry | None:
        """Remove the smallest entry and return the one after it, if any."""
        line = self._lines[self.keys[0]]
        line.popleft()
        if not line:
            del self._lines[heapq.heappop(self.keys)]
            if not self.keys:
                return None
            line = self._lines[self.keys[0]]
        return line[0]


class DispatcherRounds:
    """A round asks the dispatcher, and checks each of its assignments before the next."""

    def __init__(self, instance: Instance, policy: Policy, start: Start) -> None:
        self._instance = instance
        self._policy = policy
        self._start = start
        self._ready: dict[int, ReadyTask] = {}

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready."""
        self._ready[record] = ReadyTask(*self._instance.workload.task_of(record), now)

    def round(self, now: int, free: Mapping[str, int], limit: int | None) -> None:
        """Start what the dispatcher assigns, at most `limit` tasks."""
        if not self._ready or limit == 0:
            return
        view = DispatcherView(now, self._ready, free, self._instance)
        assignments = self._policy.implementation.dispatch(view)
        if not isinstance(assignments, Iterable):
            raise PolicyError(
                f"policy {self._policy.name!r} at {now}: dispatch returned {assignments!r}, "
                "expected assignments"
            )
        for assignment in assignments:
            self._assign(now, assignment)
            if limit is not None:
                limit -= 1
                if limit == 0:
                    return

    def _assign(self, now: int, assignment: Assignment) -> None:
        if not isinstance(assignment, tuple) or len(assignment) != 3:
            raise PolicyError(
                f"policy {self._policy.name!r} at {now}: assigned {assignment!r}, expected "
                "(job, task, mode)"
            )
        job, task, mode = assignment
        record = self._instance.workload.record(job, task)
        if record not in self._ready:
            raise PolicyError(
                f"policy {self._policy.name!r} at {now}: job {job}, task {task} is not ready"
            )
        graph = int(self._instance.workload.graph_number[job])
        choice = self._instance.choices[graph][task]
        options = tuple(option for option in choice.options if option.mode == mode)
        if not options:
            raise PolicyError(
                f"policy {self._policy.name!r} at {now}: job {job}, task {task} has no mode {mode} "
                f"that the platform can run, expected one of "
                f"{[option.mode for option in choice.options]}"
            )
        if not self._start(record, choice._replace(options=options)):
            raise PolicyError(
                f"policy {self._policy.name!r} at {now}: job {job}, task {task} in mode {mode} "
                "does not fit on the free servers"
            )
        del self._ready[record]


class DispatcherView:
    """What a dispatcher sees of a run; see `stomp_flim.policy.View`."""

    def __init__(
        self,
        now: int,
        ready: Mapping[int, ReadyTask],
        free: Mapping[str, int],
        instance: Instance,
    ) -> None:
        self.now = now
        self._ready = ready
        self._free = free
        self._instance = instance
        self.workload: Workload = instance.seen
        self.platform: Platform = instance.platform

    @property
    def ready(self) -> Sequence[ReadyTask]:
        """Tasks that wait, in entry sequence."""
        return tuple(self._ready.values())

    @property
    def free(self) -> Mapping[str, int]:
        """Free servers of each type."""
        return dict(self._free)

    def latency(self, job: int, task: int, mode: int) -> int | None:
        """Latency of a task in a mode, in cycles: exact, the mean, or None if not known."""
        record = self.workload.record(job, task)
        if record is None or not 0 <= mode < len(self.workload.jobs[job].graph.modes(task)):
            raise PolicyError(f"view.latency: there is no job {job}, task {task}, mode {mode}")
        return self._instance.known_latency(record, mode)


def _keys(policy: Policy, instance: Instance) -> list[float]:
    """Key of each task by record number, smallest first."""
    workload = instance.seen
    keys = np.empty(workload.tasks)
    for number, graph in enumerate(workload.graphs):
        members = np.flatnonzero(workload.graph_number == number)
        jobs = [workload.jobs[job] for job in members]
        answer = priorities(policy, graph, instance.platform, jobs)
        for job, offset in zip(members, answer.offset, strict=True):
            first = workload.first_task[job]
            keys[first : first + len(graph)] = answer.slope * offset - answer.rank
    return keys.tolist()
