"""Longest processing time first."""

from __future__ import annotations

from collections.abc import Sequence

from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.arrays import Cycles


def lpt(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Cycles:
    """Longest processing time first: of the tasks that wait, the slowest one starts.

    Its processing time is the latency of its fastest mode. With independent tasks on m equal
    servers the makespan is at most 4/3 - 1/(3m) of the best one (Graham, SIAM Journal on Applied
    Mathematics 17(2), 1969).
    """
    return graph.shortest_latency
