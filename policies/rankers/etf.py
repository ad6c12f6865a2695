"""Earliest task first."""

from __future__ import annotations

from collections.abc import Sequence

from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.arrays import Cycles


def etf(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Cycles:
    """Earliest task first: what can start soonest starts, of equal ones the highest level.

    At each step the pair of a task and a server with the earliest start is taken (Hwang, Chow,
    Anger and Lee, SIAM Journal on Computing 18(2), 1989). Where results travel between servers for
    nothing, as here, every ready task that finds its servers free can start now, and nothing that
    starts later is taken before: only the tie-breaking is left, for which the paper allows any
    list and the level (as in HLFET) is customary. The schedules are those of ``hlfet``. A task
    with several modes takes the fastest of those that start soonest.
    """
    return graph.bottom_level
