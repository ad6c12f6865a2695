"""The optimum, or how far a schedule can be from it: a constraint program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from policies.planners.optimal.confirmation import is_excluded
from policies.planners.optimal.model import Model, Solution
from policies.planners.optimal.solver import Budget, BudgetError, require_solver
from policies.planners.placement import numbered
from stomp_flim import InputError, Platform, Schedule, Workload, simulate
from stomp_flim.bounds import lower_bound
from stomp_flim.chance.randomness import require_seed

WARM_STARTS = ("hlfet", "fifo", "lpt", "spt")
"""Rankers whose best schedule the search starts from."""

SEARCHES = 3
"""Searches from other seeds, while what they claim is not confirmed and time remains."""


@dataclass(frozen=True)
class Optimal:
    """The least makespan, by constraint programming (CP-SAT of OR-Tools, extra ``optimal``).

    The search starts from the best of a few list schedules and ends when it claims that there is
    none shorter, or when two thirds of its time are up. What it claims is then asked of a program
    of another kind (`policies.planners.optimal.confirmation`). Where both agree, the bound is among
    those of the result, as ``result.bounds["CP-SAT"]``, and the schedule is optimal where
    ``result.proven``. Where they do not, a search from another seed follows; in the end the
    schedule is the best one found, and no more is said of it than the other bounds say. Where a
    list schedule already is as short as those, nothing is searched. Tens of tasks take seconds,
    thousands rarely end before the limit.

    Parameters
    ----------
    time_limit : float
        Most seconds of all this. A search that ends well before, with one worker, finds the same
        schedule on every run; what is found by the limit depends on the machine.
    work_limit : float
        Most of each search in CP-SAT's own count of work, of which a unit takes some 2 to 10
        seconds of a core. Unlike seconds, it makes also what is cut off the same on every run.
    workers : int
        Threads that search side by side; with more than one, what is found can differ. The
        confirmation has one.
    seed : int
        Of the first search.
    """

    confirms_bounds: ClassVar[bool] = True

    time_limit: float = 10.0
    work_limit: float = float("inf")
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.time_limit < float("inf"):
            raise InputError(f"optimal: time_limit is {self.time_limit}, expected seconds > 0")
        if not self.work_limit > 0:
            raise InputError(f"optimal: work_limit is {self.work_limit}, expected a number > 0")
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
        budget = Budget.of(self.time_limit, self.work_limit)
        require_solver()
        bound = lower_bound(workload, platform)
        best = _best_list_schedule(workload, platform, budget)
        for seed in range(self.seed, self.seed + SEARCHES):
            if best.makespan == bound or not budget.left:
                break
            try:
                found = self._search(workload, platform, bound, best, budget.part(2 / 3), seed)
            except BudgetError:
                break
            if found.makespan < best.makespan:
                best = numbered(workload, platform, found.slots)
            if found.bound <= bound:
                break
            if is_excluded(workload, platform, found.bound - 1, budget):
                return replace(best, bounds={"CP-SAT": found.bound})
        return best

    def _search(
        self,
        workload: Workload,
        platform: Platform,
        bound: int,
        best: Schedule,
        budget: Budget,
        seed: int,
    ) -> Solution:
        model = Model(workload, platform, bound, best.makespan, budget)
        return model.search(best, budget, self.workers, seed)


def _best_list_schedule(workload: Workload, platform: Platform, budget: Budget) -> Schedule:
    """Return the best list schedule, of those for which there is time, but of one at least."""
    best = simulate(workload, platform, WARM_STARTS[0]).schedule
    for policy in WARM_STARTS[1:]:
        if budget.left:
            other = simulate(workload, platform, policy).schedule
            best = min(best, other, key=lambda schedule: schedule.makespan)
    return best
