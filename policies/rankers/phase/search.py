"""The search for the constants of the policy `phase`, with the compiled engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from policies.rankers.phase.keys import DERIVED, FIFO, HLFET, Constants, saturating, stagger
from stomp_flim import AffinePriority, Job, Platform, TaskGraph, Workload, summarize
from stomp_flim.bounds import lower_bound
from stomp_flim.engines.compiled import LONGEST_LATENCY

INTERVALS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.5)
DRAINS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""What the search may choose from, ascending."""
STARTS = tuple(
    Constants(source, inner, drain)
    for drain, (source, inner) in product(
        (1.0, 0.5, 2.0),
        ((0.2, 0.2), (0.4, 0.3), (0.6, 0.1), (0.2, 0.0), (1.0, 0.1), (0.6, 0.0), (1.0, 0.6)),
    )
)
MOST_RUNS = 200
CLOSE = 0.001
"""Gap to the lower bound at which the search stops."""


def search_constants(
    graph: TaskGraph, platform: Platform, jobs: Sequence[Job], budget: int
) -> Constants:
    """Return the best constants found within a budget of simulated task executions.

    HLFET, FIFO and the derived constants come first, then a few starting points, then random steps
    from the best so far, always the same ones. Of many jobs only the first to arrive are searched
    with; the best found, HLFET and FIFO are then compared on all of them. A stage that has no
    budget for three runs is left out, and so is the search where latencies are longer than the
    compiled engine takes.
    """
    if max(mode.latency for modes in graph.mode_sets for mode in modes) > LONGEST_LATENCY:
        return DERIVED
    jobs = sorted(jobs, key=lambda job: job.arrival)
    number = _sample_size(graph, platform, len(jobs), budget)
    if number == len(jobs):
        return _Search(graph, platform, jobs, budget).explore()
    found = _Search(graph, platform, jobs[:number], budget // 2).explore()
    return _Search(graph, platform, jobs, budget // 2).compare([found, HLFET, FIFO, DERIVED])


def _sample_size(graph: TaskGraph, platform: Platform, jobs: int, budget: int) -> int:
    """Return with how many jobs to search: all, or enough for a steady state."""
    enough = max(4 * saturating(graph, platform), budget // (80 * len(graph)))
    return jobs if jobs <= 2 * enough else enough


def _cost(graph: TaskGraph, jobs: int) -> int:
    """Return the cost of a run in task executions, what takes as long as setting it up included."""
    return (len(graph) + 16) * (jobs + 32) + 2**14


class _Search:
    """Runs of the same jobs under different constants.

    Parameters
    ----------
    graph, platform, jobs : TaskGraph, Platform, sequence of Job
        What is simulated.
    budget : int
        Task executions that all runs together may simulate.
    """

    def __init__(
        self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job], budget: int
    ) -> None:
        self._platform = platform
        self._workload = Workload(jobs)
        self._runs = min(MOST_RUNS, budget // _cost(graph, len(jobs)))
        self._bound = lower_bound(self._workload, platform)
        self._makespan: dict[Constants, int] = {}

    def explore(self) -> Constants:
        """Return the best of a few starting points and of random steps from there."""
        best = self.compare([DERIVED, HLFET, FIFO, *STARTS])
        random = np.random.default_rng(0)
        for _ in range(4 * self._runs):  # some steps lead to where the search has been
            if self._is_over():
                break
            best = self.compare([best, _step(best, random)])
        return best

    def compare(self, candidates: Sequence[Constants]) -> Constants:
        """Run candidates as long as the budget lasts, and return the best, of equal ones the last.

        Without a budget for three runs the first one is returned.
        """
        for constants in candidates:
            if constants not in self._makespan and not self._is_over():
                self._makespan[constants] = self._run(constants)
        known = [constants for constants in candidates if constants in self._makespan]
        return min(reversed(known), key=self._makespan.__getitem__, default=candidates[0])

    def _run(self, constants: Constants) -> int:
        def order(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> AffinePriority:
            return stagger(graph, platform, jobs, constants)

        return summarize(self._workload, self._platform, order).makespan

    def _is_over(self) -> bool:
        if self._runs < 3 or len(self._makespan) == self._runs:
            return True
        # HLFET and FIFO are among the first three, and are to be matched exactly
        close = self._bound * (1 + CLOSE) if len(self._makespan) >= 3 else self._bound
        return min(self._makespan.values(), default=self._bound + 1) <= close


def _step(constants: Constants, random: np.random.Generator) -> Constants:
    """Return constants of which one to three have been moved by up to two places."""
    ladders = (INTERVALS, INTERVALS, DRAINS)
    moved = [ladder.index(value) for ladder, value in zip(ladders, constants, strict=False)]
    for _ in range(random.integers(1, 4)):
        which = random.integers(len(ladders))
        place = moved[which] + random.choice([-2, -1, 1, 2])
        moved[which] = int(np.clip(place, 0, len(ladders[which]) - 1))
    return Constants(*(ladder[place] for ladder, place in zip(ladders, moved, strict=True)))
