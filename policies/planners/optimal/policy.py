"""The optimum, or how far a schedule can be from it: a constraint program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.planners.optimal.model import Model, require_solver
from policies.planners.placement import Placement, Slot
from stomp_flim import InputError, Platform, Schedule, Workload, simulate
from stomp_flim.bounds import lower_bound
from stomp_flim.chance.randomness import require_seed

WARM_STARTS = ("hlfet", "fifo", "lpt", "spt")
"""Rankers whose best schedule the search starts from."""


@dataclass(frozen=True)
class Optimal:
    """The least makespan, by constraint programming (CP-SAT of OR-Tools, extra ``optimal``).

    The search starts from the best of a few list schedules and ends when it has proven that there
    is none shorter, or when its time is up. Either way the bound that it has proven is among the
    bounds of the result, as ``result.bounds["CP-SAT"]``; the schedule is optimal where
    ``result.proven``. Where a list schedule already is as short as the other bounds, nothing is
    searched. Tens of tasks take seconds, thousands rarely end before the limit.

    Parameters
    ----------
    time_limit : float
        Most seconds of the search in CP-SAT's own count of work, about one second of a quiet core
        each. Unlike the clock it makes the schedule, with one worker, the same on every run.
    workers : int
        Threads that search side by side; with more than one, what is found in the time can differ.
    seed : int
        Of the search.
    """

    time_limit: float = 10.0
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.time_limit < float("inf"):
            raise InputError(f"optimal: time_limit is {self.time_limit}, expected seconds > 0")
        if self.workers < 1:
            raise InputError(f"optimal: workers is {self.workers}, expected an integer >= 1")
        require_seed(self.seed)

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Search for the shortest schedule.

        Raises
        ------
        InputError
            If OR-Tools is not installed, or the platform can run a task in none of its modes.
        """
        require_solver()
        bound = lower_bound(workload, platform)
        best = min(_list_schedules(workload, platform), key=lambda schedule: schedule.makespan)
        if best.makespan == bound:
            return best
        model = Model(workload, platform, bound, best)
        found = model.solve(self.time_limit, self.workers, self.seed)
        if found.makespan < best.makespan:
            best = _schedule(workload, platform, found.slots)
        return replace(best, bounds={"CP-SAT": max(bound, found.bound)})


def _list_schedules(workload: Workload, platform: Platform) -> Iterator[Schedule]:
    for policy in WARM_STARTS:
        yield simulate(workload, platform, policy).schedule


def _schedule(workload: Workload, platform: Platform, slots: list[Slot]) -> Schedule:
    """Make a schedule of slots by record number: number the servers that tasks hold."""
    placement = Placement(workload, platform)
    for record in sorted(range(len(slots)), key=lambda record: slots[record].start):
        placement.place(record, slots[record])
    return placement.schedule()
