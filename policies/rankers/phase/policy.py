"""Pixels out of phase: due dates at even intervals, less what remains to be done."""

from __future__ import annotations

from collections.abc import Sequence

from policies.rankers.phase.keys import DERIVED, stagger
from policies.rankers.phase.search import search_constants
from stomp_flim import AffinePriority, InputError, Job, Platform, TaskGraph

SEARCH = 2**24
"""Task executions that the search may simulate: about a second."""


def phase(
    graph: TaskGraph, platform: Platform, jobs: Sequence[Job], *, search: int = SEARCH
) -> AffinePriority:
    """Pixels out of phase: due dates at even intervals, less what remains to be done.

    Pixels that progress in lock-step ask for the same units at the same time, and the units starve
    in turn. Here pixels fall due at even intervals of the period, the cycles that the busiest
    server type needs for one, and a task goes by the due date of its pixel less the longest path
    from it to the end; the last ones fall due together (``docs/background/phase.md`` has the
    argument).

    How wide the intervals are and how many pixels share the last due date is searched with the
    compiled engine, HLFET and FIFO being among what is tried. Where half the budget is enough for
    three runs of these jobs, and no other jobs share the platform, the makespan is not above the
    better of theirs. What is simulated are durations as the run lets a policy know them.

    Parameters
    ----------
    graph, platform, jobs : TaskGraph, Platform, sequence of Job
        What is executed, on what, and how often.
    search : int
        Task executions that the search may simulate, 0 for none: the constants are then derived
        from the graph and the platform.

    Raises
    ------
    InputError
        If `search` is negative.
    """
    if search < 0:
        raise InputError(f"phase: search is {search}, expected a number of tasks >= 0")
    constants = search_constants(graph, platform, jobs, search) if search else DERIVED
    return stagger(graph, platform, jobs, constants)
