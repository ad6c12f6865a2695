"""Batch mode: at each instant all waiting tasks are mapped anew, and what can start does.

Maheswaran, Ali, Siegel, Hensgen and Freund, Journal of Parallel and Distributed Computing 59(2),
1999, map independent tasks to unlike machines. Their meta-task, the tasks that have come and not
begun, are the ready tasks here, and every instant is a mapping event. A task may have to wait for a
fast server that is expected to be free soon, while slow ones are: it is mapped, and not started.
A task of several units takes the servers that are expected to be free first, of all the types that
its mode demands.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from policies.dispatchers.expected_releases import Option, Options, options_of
from stomp_flim import Assignment
from stomp_flim.policy import ReadyTask, View

FreeTimes = dict[str, list[int]]
"""When each server of each type is expected to be free, ascending."""


@dataclass(eq=False)
class Kind:
    """Ready tasks that are alike in all that a mapping looks at.

    Attributes
    ----------
    options : tuple of Option
        By latency, then as declared.
    waiting : deque of (int, ReadyTask)
        Not mapped yet, in the order in which they became ready, with their places in it.
    postponed : list of (int, ReadyTask)
        Mapped to servers that are not free yet.
    """

    options: Options
    waiting: deque[tuple[int, ReadyTask]] = field(default_factory=deque)
    postponed: list[tuple[int, ReadyTask]] = field(default_factory=list)

    def forget_mapping(self) -> None:
        """Let what was mapped and not started wait for the next mapping."""
        self.waiting.extendleft(reversed(self.postponed))
        self.postponed.clear()


class Candidate(NamedTuple):
    """The first waiting task of a kind, where it is expected to be completed first.

    Attributes
    ----------
    completion : int
        Expected, in cycles.
    sufferage : float
        How much later it would be with the next best servers; infinite if there are none.
    place : int
        In the order in which tasks became ready.
    kind, option, start : Kind, Option, int
        What would start when.
    """

    completion: int
    sufferage: float
    place: int
    kind: Kind
    option: Option
    start: int


class BatchMode(ABC):
    """A dispatcher that maps all ready tasks; a subclass says in which order.

    A view does not tell when busy servers will be free, so the policy remembers what it started.
    Where no server is busy it forgets everything: a run begins so, and no state is left to it.
    """

    def __init__(self) -> None:
        self._releases: FreeTimes = {}  # expected ones of busy servers
        self._kinds: dict[Options, Kind] = {}
        self._place: dict[tuple[int, int], int] = {}  # by job and task, of all that became ready

    @abstractmethod
    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates to map next, which must not compete for a server type.

        Parameters
        ----------
        candidates : sequence of Candidate
            One for each kind of task, at least one.
        """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Map the ready tasks and yield those that are mapped to servers that are free now."""
        if view.free == view.platform.servers:
            self._releases = {server_type: [] for server_type in view.platform.servers}
            self._kinds.clear()
            self._place.clear()
        times = self._free_times(view)
        self._enter(view)
        kinds = list(self._kinds.values())
        try:
            while kinds := _concerned(kinds, times, view.now):
                for chosen in self.select([_candidate(kind, times) for kind in kinds]):
                    entry = chosen.kind.waiting.popleft()
                    released = chosen.start + chosen.option.occupancy
                    for server_type, units in chosen.option.demand:
                        _hold(times[server_type], units, released)
                    if chosen.start > view.now:
                        chosen.kind.postponed.append(entry)
                        continue
                    for server_type, units in chosen.option.demand:
                        for _ in range(units):
                            insort(self._releases[server_type], released)
                    _, task = entry
                    yield Assignment(task.job, task.task, chosen.option.mode)
        finally:  # also where no more is asked for
            for kind in self._kinds.values():
                kind.forget_mapping()

    def _free_times(self, view: View) -> FreeTimes:
        """Return when servers are expected to be free.

        A view tells how many were released: those that were expected first. What should have been
        released and was not is expected in the next cycle.
        """
        free, times = view.free, {}
        for server_type, servers in view.platform.servers.items():
            known = self._releases[server_type]
            del known[: len(known) - (servers - free[server_type])]
            busy = [max(time, view.now + 1) for time in known]
            times[server_type] = [view.now] * free[server_type] + busy
        return times

    def _enter(self, view: View) -> None:
        """Take the tasks that became ready since the last mapping; they come last in the view."""
        entering: list[ReadyTask] = []
        for task in reversed(view.ready):
            if task[:2] in self._place:
                break
            entering.append(task)
        for task in reversed(entering):
            place = self._place[task[:2]] = len(self._place)
            options = options_of(view, task)
            kind = self._kinds.setdefault(options, Kind(options))
            kind.waiting.append((place, task))


def _concerned(kinds: Sequence[Kind], times: FreeTimes, now: int) -> list[Kind]:
    """Return the kinds that a start now depends on.

    These are the kinds that fit on the servers that are free now, those that compete with them for
    a server type, those that compete with these, and so on. No other mapping comes to anything
    before the next instant, which maps anew.
    """
    left = [kind for kind in kinds if kind.waiting]
    concerned = [kind for kind in left if any(_start(o, times) == now for o in kind.options)]
    for kind in concerned:  # grows while it is read
        types = _types(kind)
        concerned += [k for k in left if k not in concerned and not types.isdisjoint(_types(k))]
    return concerned


def _candidate(kind: Kind, times: FreeTimes) -> Candidate:
    starts = [_start(option, times) for option in kind.options]
    completions = [
        start + option.latency for start, option in zip(starts, kind.options, strict=True)
    ]
    completion = min(completions)
    best = completions.index(completion)
    others: list[float] = [*completions[:best], *completions[best + 1 :]]
    others += [_next_start(option, times) + option.latency for option in kind.options]
    return Candidate(
        completion,
        min(others) - completion,
        kind.waiting[0][0],
        kind,
        kind.options[best],
        starts[best],
    )


def _start(option: Option, times: FreeTimes) -> int:
    """When the servers that are free first suffice."""
    return max(times[t][units - 1] for t, units in option.demand)


def _next_start(option: Option, times: FreeTimes) -> float:
    """When they would with one server other than these."""
    start = _start(option, times)
    following = [times[t][units] for t, units in option.demand if units < len(times[t])]
    return max(start, min(following, default=inf))


def _hold(times: list[int], units: int, released: int) -> None:
    """Hold the servers that are free first."""
    del times[:units]
    for _ in range(units):
        insort(times, released)


def _types(kind: Kind) -> set[str]:
    return {server_type for option in kind.options for server_type, _ in option.demand}
