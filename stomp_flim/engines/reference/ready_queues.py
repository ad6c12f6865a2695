"""Which ready task starts next under a ranker: priority queues."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import Protocol

import numpy as np

from stomp_flim.engines.reference.ready_scan import Start
from stomp_flim.engines.reference.servers import FreeServers
from stomp_flim.instance import Instance
from stomp_flim.policy import Policy, priorities


class Selector(Protocol):
    """Holds the ready tasks of a run and starts them in rounds."""

    def enter(self, record: int, now: int) -> None:
        """Let a task enter that became ready; the order of calls is the entry sequence."""
        ...

    def round(self, now: int, free: FreeServers, limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        ...


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
        self._keys = ranked_keys(policy, instance)
        self._entry = count()
        self._queues = [Queue() for _ in range(instance.demand_classes)]

    def enter(self, record: int, now: int) -> None:
        """Let a task enter that became ready."""
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


def ranked_keys(policy: Policy, instance: Instance) -> list[float]:
    """Return the key of each task by record number, smallest first."""
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
