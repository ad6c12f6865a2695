"""Forward-backward improvement of the schedule of `phase`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from policies.planners.forward_backward.search import PassSearch
from policies.planners.forward_backward.tables import Tables
from policies.rankers.phase.policy import SEARCH, phase
from stomp_flim import InputError, Platform, Schedule, Workload, simulate
from stomp_flim.bounds import lower_bound

PASSES = 2**25
"""Tasks that passes may place: some seconds."""


@dataclass(frozen=True)
class ForwardBackward:
    """The schedule of `phase`, passed backward and forward until it gets no shorter, and shifted.

    A ranker starts whatever fits, and a task that could wait may take the server that one on the
    critical path needs a cycle later. Here all tasks are moved: in the order of their finishes,
    last first, each into the latest gap that it fits into before its successors; then in the order
    of their starts into the earliest one. No pass makes the schedule longer, and most first ones
    make it shorter (forward-backward improvement: Li and Willis, European Journal of Operational
    Research 56(3), 1992; justification: Valls, Ballestin and Quintanilla, ibid. 165(2), 2005).
    Gaps may stay empty on purpose, and do where a later task is better off.

    Where that ends, starts are shifted at random, the tasks placed in the order that results, and
    passed again; what is not longer is where the next shifts begin (iterated local search). It
    ends at the lower bound or with its budget, and gives the same schedule on every run.
    ``docs/background/phase.md`` says how close it comes.

    Limited memories are not seen by the passes: a plan that does not fit is made to fit
    (`policies.planners.within_memory`), and where the schedule of `phase` is shorter it stays.

    Parameters
    ----------
    search : int
        Tasks that passes may place, a few seconds by default. Where there are too many for one
        pass, and at 0, the schedule is that of `phase`.

    Raises
    ------
    InputError
        If `search` is negative, or the platform can run a task in none of its modes.
    """

    search: int = PASSES

    def __post_init__(self) -> None:
        if self.search < 0:
            raise InputError(
                f"forward-backward: search is {self.search}, expected a number of tasks >= 0"
            )

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Improve the schedule of `phase`."""
        ranker = partial(phase, search=min(self.search, SEARCH))
        seed = simulate(workload, platform, ranker).schedule
        bound = lower_bound(workload, platform)
        cells = len(platform.servers) * seed.makespan  # a pass writes down what is free in each
        passes = self.search // (workload.tasks + cells)
        if seed.makespan == bound or passes == 0:
            return seed
        tables = Tables(workload, platform)
        best = PassSearch(tables, bound, passes).improved(tables.timing(seed))
        return min(seed, tables.schedule(best), key=lambda schedule: schedule.makespan)
