"""The order of the linear program of the bound, as a schedule."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from policies.planners.forward_backward.policy import PASSES, ForwardBackward
from policies.planners.forward_backward.search import PassSearch
from policies.planners.forward_backward.tables import Tables
from stomp_flim import InputError, Platform, Schedule, Workload
from stomp_flim.arrays import Cycles
from stomp_flim.bounds import lower_bound, start_count_bound
from stomp_flim.bounds.start_count_model import StartCounts
from stomp_flim.bounds.start_counts import approximate_counts
from stomp_flim.instance import Instance


@dataclass(frozen=True)
class StartCountsOrder:
    """A bound and a schedule of one linear program (PDLP of OR-Tools, extra ``optimal``).

    It begins with the schedule of `forward-backward`. Where that is above the quick bounds, the
    program over counts of starts (`stomp_flim.bounds.start_count_bound`) says what no schedule can
    beat, and a solution of it for that makespan how far all jobs together should be at each cycle:
    the first job starts a task where its count passes half a job, the next where it passes one and
    a half. (These are the alpha points of Phillips, Stein and Wein, Math. Programming 82, 1998, at
    1/2.) Tasks are placed in that order, passed backward and forward and shifted; the
    shortest schedule stays, and the bound is shown beside it.

    Parameters
    ----------
    time_limit : float
        Seconds for the linear programs, half of them for the bound; what is found by then depends
        on the machine.
    search : int
        Tasks that the passes of `forward-backward` may place, and a quarter of it for each order.
    counts : int
        Tasks of all graphs times cycles, beyond which a program is not built.

    Raises
    ------
    InputError
        If the limit is not positive and finite, `search` or `counts` is negative, or OR-Tools is
        not installed.
    """

    confirms_bounds: ClassVar[bool] = True

    time_limit: float = 60.0
    search: int = PASSES
    counts: int = 2_000_000

    def __post_init__(self) -> None:
        if not 0 < self.time_limit < float("inf"):
            raise InputError(f"start-counts: time_limit is {self.time_limit}, expected seconds > 0")
        for name, of in (("search", "tasks"), ("counts", "counts")):
            value = getattr(self, name)
            if value < 0:
                raise InputError(f"start-counts: {name} is {value}, expected a number of {of} >= 0")

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Bound the makespan, and come as close to the bound as an order of the program does."""
        best = ForwardBackward(self.search).plan(workload, platform)
        known = lower_bound(workload, platform)
        counts = sum(map(len, workload.graphs)) * best.makespan
        if best.makespan == known or counts > self.counts:
            return best
        deadline = time.monotonic() + self.time_limit
        bound = start_count_bound(
            workload, platform, time_limit=self.time_limit / 2, known=known, enough=best.makespan
        )
        tables = Tables(workload, platform)
        seed = tables.timing(best)
        ascending = np.argsort(seed.start, kind="stable")
        passes = self.search // 4 // (workload.tasks + len(platform.servers) * best.makespan)
        for model, shares in approximate_counts(Instance(workload, platform), bound, deadline):
            if best.makespan == bound:
                break
            key = counted_starts(workload, model, shares)
            tables.lift(ascending, key)
            placed = tables.forward(np.argsort(key, kind="stable"), 2 * best.makespan)
            if placed is not None:
                found = PassSearch(tables, bound, passes).improved(placed)
                if found.makespan < best.makespan:
                    best = min(best, tables.schedule(found), key=lambda schedule: schedule.makespan)
        return replace(best, bounds={"start counts": bound})


def counted_starts(
    workload: Workload, model: StartCounts, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return when counts say that each task of each job starts, the jobs of a graph by arrival.

    Parameters
    ----------
    workload : Workload
        The jobs.
    model : StartCounts
        The curves of their tasks.
    shares : float64[variables]
        Counts as shares of the jobs of each graph.

    Returns
    -------
    float64[records]
        In cycles.
    """
    key = np.empty(workload.tasks)
    by_arrival = np.argsort(workload.arrival, kind="stable")
    for number, graph in enumerate(model.curves):
        jobs = by_arrival[workload.graph_number[by_arrival] == number]
        first: Cycles = workload.first_task[jobs]
        middle = (np.arange(len(jobs)) + 0.5) / len(jobs)
        grid = np.arange(max(int(curve.time[-1]) for task in graph for curve in task) + 1)
        for task, curves in enumerate(graph):
            total = np.zeros(len(grid))
            for curve in curves:
                points, is_there = curve.at_least(grid)
                total += np.where(is_there, shares[points], 0.0)
            total = np.maximum.accumulate(total)
            key[first + task] = np.searchsorted(total, middle * total[-1])
    return key
