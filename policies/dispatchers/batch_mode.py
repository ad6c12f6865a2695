"""Batch mode: at each instant all waiting tasks are mapped anew, and what can start does.

Maheswaran, Ali, Siegel, Hensgen and Freund, Journal of Parallel and Distributed Computing 59(2),
1999, map independent tasks to unlike machines. Their meta-task, the tasks that have come and not
begun, are the ready tasks here, and every instant is a mapping event. A task may have to wait for a
fast server that is expected to be free soon, while slow ones are: it is mapped, and not started.
A task of several units takes the servers that are expected to be free first, of all the types that
its mode demands. A task that memory holds back is not mapped, and so holds no server.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from policies.dispatchers.expected_releases import RunnableMode, RunnableModes, runnable_modes
from stomp_flim import Assignment
from stomp_flim.policy import ReadyTask, View

FreeTimes = dict[str, list[int]]
"""When each server of each type is expected to be free, ascending."""


@dataclass(eq=False)
class TaskGroup:
    """Ready tasks that are alike in all that a mapping looks at.

    Attributes
    ----------
    modes : tuple of RunnableMode
        By latency, then as declared.
    waiting : deque of (int, ReadyTask)
        Not mapped yet, in the order in which they became ready, with their places in it.
    postponed : list of (int, ReadyTask)
        Mapped to servers that are not free yet, or not mapped in this instant for want of memory.
    """

    modes: RunnableModes
    waiting: deque[tuple[int, ReadyTask]] = field(default_factory=deque)
    postponed: list[tuple[int, ReadyTask]] = field(default_factory=list)

    def pass_held_back(self, view: View) -> None:
        """Put the first tasks that wait off as long as memory does not let them start."""
        while self.waiting and _held_back(self.waiting[0], view):
            self.postponed.append(self.waiting.popleft())

    def forget_mapping(self) -> None:
        """Let what was mapped and not started wait for the next mapping."""
        self.waiting.extendleft(reversed(self.postponed))
        self.postponed.clear()


class Candidate(NamedTuple):
    """The first waiting task of a group, where it is expected to be completed first.

    Attributes
    ----------
    completion : int
        Expected, in cycles.
    sufferage : float
        How much later it would be with the next best servers; infinite if there are none.
    place : int
        In the order in which tasks became ready.
    group, mode, start : TaskGroup, RunnableMode, int
        What would start when.
    """

    completion: int
    sufferage: float
    place: int
    group: TaskGroup
    mode: RunnableMode
    start: int


class BatchMode(ABC):
    """A dispatcher that maps all ready tasks; a subclass says in which order.

    A view does not tell when busy servers will be free, so the policy remembers what it started.
    Where no server is busy it forgets everything: a run begins so, and no state is left to it.
    """

    def __init__(self) -> None:
        self._releases: FreeTimes = {}  # expected ones of busy servers
        self._groups: dict[RunnableModes, TaskGroup] = {}
        self._place: dict[tuple[int, int], int] = {}  # by job and task, of all that became ready

    @abstractmethod
    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates to map next, which must not compete for a server type.

        Parameters
        ----------
        candidates : sequence of Candidate
            One for each group of tasks, at least one.
        """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Map the ready tasks and yield those that are mapped to servers that are free now."""
        if view.free == view.platform.servers:
            self._releases = {server_type: [] for server_type in view.platform.servers}
            self._groups.clear()
            self._place.clear()
        times = self._free_times(view)
        self._enter(view)
        groups = list(self._groups.values())
        try:
            while groups := _concerned(groups, times, view):
                for chosen in self.select([_candidate(group, times) for group in groups]):
                    entry = chosen.group.waiting.popleft()
                    if _held_back(entry, view):  # since a start of the same turn
                        chosen.group.postponed.append(entry)
                        continue
                    released = chosen.start + chosen.mode.occupancy
                    for server_type, units in chosen.mode.demand:
                        _hold(times[server_type], units, released)
                    if chosen.start > view.now:
                        chosen.group.postponed.append(entry)
                        continue
                    for server_type, units in chosen.mode.demand:
                        for _ in range(units):
                            insort(self._releases[server_type], released)
                    _, task = entry
                    yield Assignment(task.job, task.task, chosen.mode.number)
        finally:  # also where no more is asked for
            for group in self._groups.values():
                group.forget_mapping()

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
            modes = runnable_modes(view, task)
            group = self._groups.setdefault(modes, TaskGroup(modes))
            group.waiting.append((place, task))


class MinMin(BatchMode):
    """Min-min: of the earliest completions of all ready tasks, the earliest is mapped first.

    Maheswaran et al. 1999. Equal ones in the order in which they became ready; of equal completions
    of a task its fastest mode.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidate that is completed first."""
        return [min(candidates, key=lambda c: (c.completion, c.place))]


class MaxMin(BatchMode):
    """Max-min: of the earliest completions of all ready tasks, the latest is mapped first.

    Maheswaran et al. 1999. Equal ones in the order in which they became ready; of equal completions
    of a task its fastest mode.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidate that is completed last."""
        return [min(candidates, key=lambda c: (-c.completion, c.place))]


class Sufferage(BatchMode):
    """Sufferage: who would lose most by its second choice gets its first.

    Maheswaran et al. 1999. The sufferage of a task is its earliest completion on other servers less
    its earliest of all. In each turn every task bids for its best servers, and of those that bid
    for the same the one with the largest sufferage is mapped, equal ones in the order in which they
    became ready. Its second choice may be another mode, or the same one with one server exchanged
    for that which is free next; a task without a second choice goes first.
    """

    def select(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates that are mapped in one turn."""
        chosen: list[Candidate] = []
        taken: set[str] = set()
        for candidate in sorted(candidates, key=lambda c: (-c.sufferage, c.place)):
            types = {server_type for server_type, _ in candidate.mode.demand}
            if taken.isdisjoint(types):
                chosen.append(candidate)
                taken |= types
        return chosen


def _held_back(entry: tuple[int, ReadyTask], view: View) -> bool:
    """Whether memory does not let a task start now."""
    job, task, _ = entry[1]
    return bool(view.platform.memories) and not view.may_start(job, task)


def _concerned(groups: Sequence[TaskGroup], times: FreeTimes, view: View) -> list[TaskGroup]:
    """Return the groups that a start now depends on.

    These are the groups that fit on the servers that are free now, those that compete with them for
    a server type, those that compete with these, and so on. No other mapping comes to anything
    before the next instant, which maps anew.
    """
    for group in groups:
        group.pass_held_back(view)
    left = [group for group in groups if group.waiting]
    concerned = [group for group in left if any(_start(m, times) == view.now for m in group.modes)]
    for group in concerned:  # grows while it is read
        types = _types(group)
        concerned += [k for k in left if k not in concerned and not types.isdisjoint(_types(k))]
    return concerned


def _candidate(group: TaskGroup, times: FreeTimes) -> Candidate:
    starts = [_start(mode, times) for mode in group.modes]
    completions = [start + mode.latency for start, mode in zip(starts, group.modes, strict=True)]
    completion = min(completions)
    best = completions.index(completion)
    others: list[float] = [*completions[:best], *completions[best + 1 :]]
    others += [_next_start(mode, times) + mode.latency for mode in group.modes]
    return Candidate(
        completion,
        min(others) - completion,
        group.waiting[0][0],
        group,
        group.modes[best],
        starts[best],
    )


def _start(mode: RunnableMode, times: FreeTimes) -> int:
    """When the servers that are free first suffice."""
    return max(times[t][units - 1] for t, units in mode.demand)


def _next_start(mode: RunnableMode, times: FreeTimes) -> float:
    """When they would with one server other than these."""
    start = _start(mode, times)
    following = [times[t][units] for t, units in mode.demand if units < len(times[t])]
    return max(start, min(following, default=inf))


def _hold(times: list[int], units: int, released: int) -> None:
    """Hold the servers that are free first."""
    del times[:units]
    for _ in range(units):
        insort(times, released)


def _types(group: TaskGroup) -> set[str]:
    return {server_type for mode in group.modes for server_type, _ in mode.demand}
