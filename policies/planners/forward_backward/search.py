"""Passes and shifts of a schedule, within a budget."""

from __future__ import annotations

import numpy as np

from policies.planners.forward_backward.shifts import shifted
from policies.planners.forward_backward.tables import Tables, Timing


class PassSearch:
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
