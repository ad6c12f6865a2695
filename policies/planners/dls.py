"""Dynamic level scheduling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from policies.planners.placement import Placement, Slot
from policies.ranks import median_latency, upward_rank
from stomp_flim import Platform, Schedule, Workload
from stomp_flim.instance import Option

Demand = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DLS:
    """Dynamic level scheduling: the highest level that starts soonest, offline.

    Sih and Lee, IEEE Transactions on Parallel and Distributed Systems 4(2), 1993. The dynamic level
    of a task in a mode is its static level (longest path from it on, in median latencies over the
    servers, `policies.ranks`), less the cycle in which it could start, plus the median less the
    mode's latency. Of the tasks whose predecessors are placed, the pair of task and mode with the
    highest level is placed next, equal ones by job, number and latency. Nothing is inserted: a mode
    starts when its servers are free of all that is placed. The paper's further terms weigh
    communication, which is 0 here.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place the pair with the highest dynamic level until all tasks are placed."""
        placement = Placement(workload, platform)
        levels = []
        for graph in workload.graphs:
            median = median_latency(graph, platform)
            levels.append(upward_rank(graph, median) + median)
        level = np.concatenate([levels[number] for number in workload.graph_number.tolist()])
        pairs = _Pairs(placement, level.tolist())
        for record in placement.sources:
            pairs.add(record)
        for _ in range(workload.tasks):
            record, slot = pairs.pop()
            for successor in placement.place(record, slot):
                pairs.add(successor)
        return placement.schedule()


class _Pairs:
    """Pairs of task and mode that can be placed, in one queue for each demand."""

    def __init__(self, placement: Placement, level: Sequence[float]) -> None:
        self._placement = placement
        self._level = level
        self._queues: dict[Demand, _Queue] = {}
        self._placed: set[int] = set()

    def add(self, record: int) -> None:
        """Take a task whose predecessors are placed."""
        ready = self._placement.ready(record)
        for number, option in enumerate(self._placement.options[record]):
            queue = self._queues.setdefault(option.demand, _Queue())
            queue.add(self._level[record] - option.latency, ready, (record, number))

    def pop(self) -> tuple[int, Slot]:
        """Remove the task with the highest dynamic level and return it with its slot."""
        best = None
        for demand, queue in self._queues.items():
            free = self._placement.free_for_good(demand)
            head = queue.head(free, self._placed)
            if head is not None and (best is None or head < best[0]):
                best = head, free
        assert best is not None
        (_, (record, number)), free = best
        self._placed.add(record)
        option: Option = self._placement.options[record][number]
        return record, Slot(option, max(free, self._placement.ready(record)))


Pair = tuple[int, int]
"""Record number of a task and the position of a mode among its options."""


class _Queue:
    """Pairs with one demand, by level less the later of two cycles: ready, and servers free.

    The cycle in which servers are free for good only grows. A pair begins among those that are not
    ready by then, ordered by level less ready, and changes once to the others, ordered by level.
    """

    def __init__(self) -> None:
        self._by_ready: list[tuple[int, float, Pair]] = []
        self._future: list[tuple[float, Pair, int]] = []
        self._waiting: list[tuple[float, Pair]] = []

    def add(self, level: float, ready: int, pair: Pair) -> None:
        """Take a pair that is ready at a cycle."""
        heappush(self._by_ready, (ready, level, pair))
        heappush(self._future, (ready - level, pair, ready))

    def head(self, free: int, placed: set[int]) -> tuple[float, Pair] | None:
        """Return the pair with the highest dynamic level, and that level's negative."""
        while self._by_ready and self._by_ready[0][0] <= free:
            _, level, pair = heappop(self._by_ready)
            heappush(self._waiting, (-level, pair))
        while self._waiting and self._waiting[0][1][0] in placed:
            heappop(self._waiting)
        while self._future and (self._future[0][2] <= free or self._future[0][1][0] in placed):
            heappop(self._future)
        heads = [(negative + free, pair) for negative, pair in self._waiting[:1]]
        heads += [(negative, pair) for negative, pair, _ in self._future[:1]]
        return min(heads, default=None)
