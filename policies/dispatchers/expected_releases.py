"""When each server is expected to be free, for dispatchers that look ahead.

A view tells which servers are free and not when the others will be, so that a policy remembers
what it started. The times are those that the run lets it know.
"""

from __future__ import annotations

from bisect import insort
from typing import NamedTuple

from stomp_flim.policy import ReadyTask, View


class ExpectedServer(NamedTuple):
    """A server, ordered by when it is expected to be free, equal ones by number.

    Attributes
    ----------
    time : int
        When it is expected to be free; now if it is.
    number : int
        Counted through all types.
    busy : bool
        Whether it is not free; one that should be free by now may be busy.
    """

    time: int
    number: int
    busy: bool


ExpectedServers = dict[str, list[ExpectedServer]]
"""The servers of each type, ascending."""


class RunnableMode(NamedTuple):
    """A mode that the platform can run.

    Attributes
    ----------
    number : int
        Of the mode as declared in its graph.
    demand : tuple of (str, int)
        Server type and units.
    latency, occupancy : int
        As far as they are known, in cycles.
    """

    number: int
    demand: tuple[tuple[str, int], ...]
    latency: int
    occupancy: int

    def chosen(self, servers: ExpectedServers) -> list[ExpectedServer]:
        """Return the servers that suffice first."""
        return [s for server_type, units in self.demand for s in servers[server_type][:units]]

    def start(self, servers: ExpectedServers) -> int:
        """Return when the servers that suffice first are expected to be free."""
        return max(servers[server_type][units - 1].time for server_type, units in self.demand)

    def hold(self, servers: ExpectedServers) -> None:
        """Hold the servers that suffice first, from the start of the task on."""
        released = self.start(servers) + self.occupancy
        for server_type, units in self.demand:
            held = servers[server_type][:units]
            del servers[server_type][:units]
            for server in held:
                insort(servers[server_type], ExpectedServer(released, server.number, True))


RunnableModes = tuple[RunnableMode, ...]
"""The modes of a task that the platform can run, by latency, then as declared."""


def runnable_modes(view: View, task: ReadyTask) -> RunnableModes:
    """Return the modes of a task with what is known of their times: latency 1 where nothing is."""
    runnable = []
    modes = view.workload.jobs[task.job].graph.modes(task.task)
    for number, mode in enumerate(modes):
        if view.platform.copies(mode):
            latency = view.latency(task.job, task.task, number) or 1
            pipelined = mode.occupancy < mode.latency
            occupancy = min(latency, mode.occupancy) if pipelined else latency
            runnable.append(RunnableMode(number, tuple(mode.demand.items()), latency, occupancy))
    return tuple(sorted(runnable, key=lambda mode: mode.latency))


class ExpectedReleases:
    """Remembers when the servers of what was started are expected to be free again."""

    def __init__(self) -> None:
        self._release: dict[int, int] = {}  # by server; what is said of free ones is of the past

    def servers(self, view: View) -> ExpectedServers:
        """Return all servers; one that should be free and is not is expected to be so now."""
        servers = {}
        for server_type, first in view.platform.first_server.items():
            free = set(view.free_servers[server_type])
            numbers = range(first, first + view.platform.servers[server_type])
            servers[server_type] = sorted(
                ExpectedServer(view.now, number, False)
                if number in free
                else ExpectedServer(max(view.now, self._release[number]), number, True)
                for number in numbers
            )
        return servers

    def start(self, mode: RunnableMode, view: View) -> None:
        """Remember a task that starts now; it gets the lowest-numbered free servers."""
        free = view.free_servers
        for server_type, units in mode.demand:
            for number in free[server_type][:units]:
                self._release[number] = view.now + mode.occupancy
