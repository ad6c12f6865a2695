"""AVSched with dynamic ranks."""

from __future__ import annotations

from policies.dispatchers.avsched import AVSched
from policies.ranks import Ranks, upward_rank
from stomp_flim import Job, TaskGraph


class AVSchedDynamic(AVSched):
    """AVSched's MS dynamic: criticality over slack, with shares of the time that is really left.

    Amarnath et al. 2021 (`policies.dispatchers.avsched`). The sub-deadline is ``ready + L * w /
    R``: L what is left of the deadline of the job when the task becomes ready, R the longest path
    from the task on. What its predecessors gained or lost is so passed on to all that follows.
    """

    def longest_path(self, graph: TaskGraph, latency: Ranks) -> Ranks:
        """Return the longest path from each task on."""
        return upward_rank(graph, latency)

    def sub_deadline(self, job: Job, ready: int, share: float) -> float:
        """Return the ready cycle and a share of what is left of the deadline."""
        assert job.deadline is not None
        return ready + (job.arrival + job.deadline - ready) * share
