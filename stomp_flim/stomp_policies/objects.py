"""What else a policy written for STOMP touches: its base class, and the sets of dropped jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from stomp_flim.stomp_policies.server import Server


class BaseSchedulingPolicy:
    """The class ``stomp.BaseSchedulingPolicy``; a policy adds ``assign_task_to_server``.

    Attributes
    ----------
    ta_time, to_time, ro_time : timedelta
        Counters of the policy's own: wall-clock time to assign tasks, to order them and to rank
        them. Nothing reads them here.
    """

    ta_time = to_time = ro_time = timedelta()

    def init(
        self, servers: Sequence[Server], stomp_stats: dict[str, Any], stomp_params: dict[str, Any]
    ) -> None:
        """Begin a run."""
        self.servers = servers
        self.stomp_stats = stomp_stats
        self.stomp_params = stomp_params

    def remove_task_from_server(self, sim_time: int, server: Server) -> None:
        """Learn that a server has finished its task."""

    def output_final_stats(self, sim_time: int) -> None:
        """End a run."""


class DroppedJobs(list[int]):
    """Jobs that are dropped, or that a policy would like to be: with the verbs of all STOMPs.

    Some versions hand a list to policies and some a set with verbs of its own. Nothing is dropped
    here: it holds what the policy puts in.
    """

    def contains(self, item: int) -> bool:
        """Whether a job is dropped."""
        return item in self

    def put(self, item: int) -> None:
        """Add a job."""
        self.append(item)

    def add(self, items: Iterable[int]) -> None:
        """Add jobs."""
        self.extend(items)
