"""The order of a graph's tasks that takes the least memory, by search over all orders.

A state is the set of tasks that have finished. States are visited by the most that was held on the
way to them, least first, so that the first complete one is reached with as little as possible
(Dijkstra's algorithm with the maximum in place of the sum). A ready task that fits and leaves no
more behind than it frees is never a mistake: it is finished at once, and nothing else is tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from stomp_flim.memory.footprint import Footprint

WORK = 2**16 * 16
"""States times tasks after which a search gives up, some seconds: no graph of 16 tasks has more."""


@dataclass(frozen=True)
class SearchResult:
    """What a search has found.

    Attributes
    ----------
    order : list of int or None
        An order of all tasks that fits.
    proved : bool
        Whether there is an order, or certainly none.
    done : int
        Where none exists: how many tasks finish in the state that comes nearest to the end.
    stuck, free : list of int
        The tasks that are ready in it, and the bits of each memory that are free.
    required : dict of int to int
        By memory: with so many bits, and the others as they are, there is an order.
    exhausted : bool
        Whether `required` is complete.
    """

    order: list[int] | None
    proved: bool
    done: int
    stuck: list[int]
    free: list[int]
    required: dict[int, int]
    exhausted: bool


def search(footprint: Footprint) -> SearchResult:
    """Look for an order that fits; where there is none, say what it would have taken."""
    searches = [_Search(footprint, 0)]
    first = searches[0]
    if first.order is not None and first.least <= footprint.capacity[0]:
        return SearchResult(first.order, True, 0, [], [], {}, True)
    if not first.proved:
        return SearchResult(None, False, 0, [], [], {}, False)
    searches += [_Search(footprint, memory) for memory in range(1, len(footprint.capacity))]
    done, held = first.furthest
    return SearchResult(
        order=None,
        proved=True,
        done=done.bit_count(),
        stuck=first.ready(done),
        free=[bits - used for bits, used in zip(footprint.capacity, held, strict=True)],
        required={s.memory: s.least for s in searches if s.order is not None},
        exhausted=all(s.exhausted for s in searches),
    )


class _Search:
    """The least that one memory needs while the others are as they are.

    Attributes
    ----------
    memory : int
        The one that may be of any size.
    order, least : list of int or None, int
        An order that takes the least of it, and how much, if one was reached.
    proved : bool
        Whether it is certain if the capacity is enough.
    exhausted : bool
        Whether the search came to its end.
    furthest : (int, tuple of int)
        The largest set of tasks that can be finished within the capacity, and what is then held.
    """

    def __init__(self, footprint: Footprint, memory: int) -> None:
        self.memory = memory
        self._footprint = footprint
        self._before = [sum(1 << p for p in before) for before in footprint.predecessors]
        self._after = [sum(1 << s for s in after) for after in footprint.successors]
        self._limit = [float(bits) for bits in footprint.capacity]
        self._limit[memory] = float("inf")
        self.order: list[int] | None = None
        self.least = 0
        self.proved = self.exhausted = False
        self.furthest = 0, (0,) * len(footprint.capacity)
        self._search()

    def _search(self) -> None:
        footprint, memory = self._footprint, self.memory
        everything = (1 << len(self._before)) - 1
        none = (0,) * len(footprint.capacity)
        entry = count()
        # most held on the way, tasks to go, entry, tasks finished, what is held, the way
        states: list[tuple[int, int, int, int, tuple[int, ...], list[int]]] = []
        heappush(states, (0, len(self._before), next(entry), 0, none, []))
        seen: set[int] = set()
        while len(seen) * len(self._before) <= WORK:
            if not states:
                self.proved = self.exhausted = True
                return
            most, _, _, done, held, way = heappop(states)
            if most > footprint.capacity[memory]:
                self.proved = True
            if done in seen:
                continue
            seen.add(done)
            popped = done
            done, held, way = self._finish_harmless(done, held, way, most)
            if done != popped:
                if done in seen:
                    continue
                seen.add(done)
            if not self.proved and done.bit_count() > self.furthest[0].bit_count():
                self.furthest = done, held
            if done == everything:
                self.proved = self.exhausted = True
                self.order, self.least = way, most
                return
            for task in self.ready(done):
                during, after = self._finish(task, done, held)
                if all(d <= limit for d, limit in zip(during, self._limit, strict=True)):
                    following = done | 1 << task
                    if following not in seen:
                        togo = len(self._before) - following.bit_count()
                        reached = max(most, during[memory])
                        step = (reached, togo, next(entry), following, after, [*way, task])
                        heappush(states, step)

    def ready(self, done: int) -> list[int]:
        """Return the tasks that are not in a set and whose predecessors are."""
        return [
            task
            for task, before in enumerate(self._before)
            if not done >> task & 1 and before & done == before
        ]

    def _finish_harmless(
        self, done: int, held: tuple[int, ...], way: list[int], most: int
    ) -> tuple[int, tuple[int, ...], list[int]]:
        """Finish, one by one, what fits and leaves nothing behind that was not there before."""
        limit = self._limit.copy()
        limit[self.memory] = most
        found = True
        while found:
            found = False
            for task in self.ready(done):
                during, after = self._finish(task, done, held)
                fits = all(d <= bits for d, bits in zip(during, limit, strict=True))
                if fits and all(a <= h for a, h in zip(after, held, strict=True)):
                    done, held, way, found = done | 1 << task, after, [*way, task], True
        return done, held, way

    def _finish(
        self, task: int, done: int, held: tuple[int, ...]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return what is held while a task runs and after it has finished."""
        footprint = self._footprint
        during = list(held)
        if footprint.memory[task] >= 0:
            during[footprint.memory[task]] += footprint.bits[task]
        after, following = during.copy(), done | 1 << task
        for writer in (task, *footprint.predecessors[task]):
            if footprint.memory[writer] >= 0 and self._after[writer] & ~following == 0:
                after[footprint.memory[writer]] -= footprint.bits[writer]
        return tuple(during), tuple(after)
