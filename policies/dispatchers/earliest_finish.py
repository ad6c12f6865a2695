"""Each task where it is expected to finish first, even if it has to wait for that.

STOMP's policies 3 to 5, its policies with EFT (earliest finish time) in their names and AVSched's
differ in the order in which they look at the ready tasks, in how many that must wait they look
past, and in whether a task that waits keeps what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from policies.dispatchers.expected_releases import (
    ExpectedReleases,
    ExpectedServers,
    RunnableMode,
    RunnableModes,
    runnable_modes,
)
from stomp_flim import Assignment, InputError
from stomp_flim.policy import ReadyTask, View


class EarliestFinish:
    """A dispatcher that looks at the ready tasks one by one; a subclass says in which order.

    Of the modes of a task the one is chosen in which it is expected to finish first, on the servers
    that suffice first (`policies.dispatchers.expected_releases`): ``start + latency``, where the
    start is now if they are free, otherwise when they are expected to be. Of equal finishes that
    with the lowest server number is taken, as if all servers were looked through in order. If its
    servers are free the task starts; otherwise it waits and is looked at anew in the next round,
    however slow a mode could start now. Tasks that memory does not let start are looked past, not
    counted, and keep no place.

    Parameters
    ----------
    window : int, optional
        A round ends with so many tasks that must wait; by default it looks at all.
    keeps_place : bool
        Count a task that waits as if it held what it waits for, so that those after it only see
        what it leaves.

    Raises
    ------
    InputError
        If the window is below 1.
    """

    def __init__(self, window: int | None = None, *, keeps_place: bool = False) -> None:
        if window is not None and window < 1:
            raise InputError(f"window is {window}, expected an integer >= 1")
        self.window = window
        self._keeps_place = keeps_place
        self._releases = ExpectedReleases()
        self._modes: dict[tuple[int, int], RunnableModes] = {}  # by job and task

    def order(self, view: View) -> Sequence[ReadyTask]:
        """Return the ready tasks in the order in which they are looked at.

        By default it is that in which they became ready.
        """
        return view.ready

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks that need not wait."""
        yield from self.starts(view, self.order(view))

    def starts(self, view: View, tasks: Iterable[ReadyTask]) -> Iterator[Assignment]:
        """Yield those of some tasks that need not wait, looked at in this order."""
        if view.free == view.platform.servers:  # a run begins so, and no state is left to it
            self._modes.clear()
        servers = self._releases.servers(view)
        must_wait: set[RunnableModes] = set()  # tasks with these modes, as the servers are now
        waiting = 0
        limited = bool(view.platform.memories)
        for task in tasks:
            if limited and not view.may_start(task.job, task.task):
                continue
            modes = self._modes_of(view, task)
            if modes not in must_wait:
                best = min(modes, key=lambda mode: _preference(mode, servers))
                if not any(server.busy for server in best.chosen(servers)):
                    self._releases.start(best, view)
                    best.hold(servers)
                    must_wait.clear()
                    yield Assignment(task.job, task.task, best.number)
                    continue
                if self._keeps_place:
                    best.hold(servers)
                else:
                    must_wait.add(modes)
            waiting += 1
            if waiting == self.window:
                return

    def _modes_of(self, view: View, task: ReadyTask) -> RunnableModes:
        modes = self._modes.get(task[:2])
        if modes is None:
            modes = self._modes[task[:2]] = runnable_modes(view, task)
        return modes


def _preference(mode: RunnableMode, servers: ExpectedServers) -> tuple[int, int]:
    """Return when a mode is expected to finish, and the lowest number of its servers."""
    first = min(server.number for server in mode.chosen(servers))
    return mode.start(servers) + mode.latency, first
