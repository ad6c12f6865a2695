"""Forward-backward improvement of the schedule of `phase`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from policies.planners.forward_backward.shifts import shifted
from policies.planners.forward_backward.tables import Tables, Timing
from policies.planners.placement import Slot, numbered
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
        best = _Search(tables, bound, passes).improved(tables.timing(seed))
        return min(seed, _schedule(tables, best), key=lambda schedule: schedule.makespan)


class _Search:
    """Shifts and passes, as long as there are any left.

    Parameters
    ----------
    tables : Tables
        What is scheduled where.
    bound : int
        Makespan at which it ends, in cycles.
    passes : int
        How many there may be.
    """

    def __init__(self, tables: Tables, bound: int, passes: int) -> None:
        self._tables, self._bound, self._left = tables, bound, passes

    def improved(self, seed: Timing) -> Timing:
        """Return the shortest schedule found, of equally short ones the last."""
        best = self._passed(seed)
        random = np.random.default_rng(0)
        while not self._is_over(best):
            self._left -= 1
            order = shifted(self._tables, best, random)
            other = self._tables.forward(order, best.makespan * 21 // 20)
            if other is not None:
                best = min(self._passed(other), best, key=lambda timing: timing.makespan)
        return best

    def _passed(self, timing: Timing) -> Timing:
        """Pass a schedule backward and forward as long as it gets shorter."""
        while not self._is_over(timing):
            self._left -= 2
            end = timing.makespan
            late = self._tables.backward(np.argsort(-timing.finish, kind="stable"), end)
            if late is None:  # with another mode of a task the others no longer fit
                break
            early = self._tables.forward(np.argsort(late.start, kind="stable"), end)
            if early is None:
                break
            timing = early
            if timing.makespan == end:
                break
        return timing

    def _is_over(self, timing: Timing) -> bool:
        return self._left <= 0 or timing.makespan <= self._bound


def _schedule(tables: Tables, timing: Timing) -> Schedule:
    slots = [
        Slot(tables.options[option], start)
        for option, start in zip(timing.option.tolist(), timing.start.tolist(), strict=True)
    ]
    return numbered(tables.workload, tables.platform, slots)
