"""Shortest processing time first."""

from __future__ import annotations

from collections.abc import Sequence

from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.arrays import Cycles


def spt(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Cycles:
    """Shortest processing time first: of the tasks that wait, the quickest one starts.

    Its processing time is the latency of its fastest mode. On one server, with tasks that are all
    there from the start, this order minimizes the sum of the completion times (Smith, Naval
    Research Logistics Quarterly 3(1-2), 1956).
    """
    return -graph.shortest_latency
