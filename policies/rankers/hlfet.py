"""Highest level first with estimated times."""

from __future__ import annotations

from collections.abc import Sequence

from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.arrays import Cycles


def hlfet(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Cycles:
    """Highest level first with estimated times: the longest remaining path goes first.

    The level of a task is the longest path from its start to the end of its graph, in cycles of
    the fastest modes (Adam, Chandy and Dickson, Communications of the ACM 17(12), 1974).
    """
    return graph.bottom_level
