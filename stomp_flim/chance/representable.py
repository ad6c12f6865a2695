"""Times whose sums fit into 63 bits: proven before anything is summed up."""

from __future__ import annotations

import numpy as np

from stomp_flim.chance.durations import Durations
from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.workload import Workload

MOST_CYCLES = 2**63 - 1


def require_representable(workload: Workload, durations: Durations | None) -> None:
    """Refuse times whose sums could wrap: no time and no work of a run is beyond this one.

    Raises
    ------
    InputError
        If the last arrival and the server-cycles of all tasks, each in its longest mode, add up to
        2^63 or more.
    """
    last = max(job.arrival for job in workload.jobs)
    work = sum(
        _declared(graph) * int((workload.graph_number == number).sum())
        for number, graph in enumerate(workload.graphs)
    )
    if durations is not None:
        work = max(work, _drawn(workload, durations))
    if last + work > MOST_CYCLES:
        raise InputError(
            f"the last arrival and the work of all tasks add up to {last + work:,} cycles, "
            "expected at most 2^63 - 1; use a coarser clock or fewer jobs"
        )


def _declared(graph: TaskGraph) -> int:
    """Server-cycles of a graph in Python's integers, each task in its longest mode."""
    counts = np.bincount(graph.mode_set, minlength=len(graph.mode_sets)).tolist()
    longest = (
        max(mode.latency * max(1, sum(mode.demand.values())) for mode in modes)
        for modes in graph.mode_sets
    )
    return sum(count * cycles for count, cycles in zip(counts, longest, strict=True))


def _drawn(workload: Workload, durations: Durations) -> int:
    """Server-cycles of all tasks as drawn, rounded up by far more than a float's sum can be off."""
    work = 0.0
    for number, graph in enumerate(workload.graphs):
        modes = durations.latency.shape[1]
        units = np.zeros((len(graph.mode_sets), modes))
        for row, mode_set in zip(units, graph.mode_sets, strict=True):
            row[: len(mode_set)] = [sum(mode.demand.values()) for mode in mode_set]
        first = workload.first_task[:-1][workload.graph_number == number]
        records = first[:, None] + np.arange(len(graph))
        work += float((durations.latency[records] * units[graph.mode_set]).max(axis=2).sum())
    return int(work * (1 + 1e-9))
