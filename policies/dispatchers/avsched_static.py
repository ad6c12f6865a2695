"""AVSched with static ranks."""

from __future__ import annotations

from policies.dispatchers.avsched import AVSched
from policies.ranks import Ranks, downward_rank, upward_rank
from stomp_flim import Job, TaskGraph


class AVSchedStatic(AVSched):
    """AVSched's MS static: criticality over slack, with shares of the deadline fixed beforehand.

    Amarnath et al. 2021 (`policies.dispatchers.avsched`). The sub-deadline is ``ready + D * w /
    P``: D the deadline of the job from its arrival, P the longest path through the task.
    """

    def longest_path(self, graph: TaskGraph, latency: Ranks) -> Ranks:
        """Return the longest path through each task."""
        return downward_rank(graph, latency) + upward_rank(graph, latency)

    def sub_deadline(self, job: Job, ready: int, share: float) -> float:
        """Return the ready cycle and a share of the whole deadline."""
        assert job.deadline is not None
        return ready + job.deadline * share
