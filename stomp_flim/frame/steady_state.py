"""The rate of a long run, and how well it is known."""

from __future__ import annotations

import numpy as np

_STUDENT = {32: 2.744, 16: 2.947, 8: 3.499, 4: 5.841}
"""Where 99% of a Student distribution lie, by number of batches (its freedom plus one)."""
_MOST_BATCHES = max(_STUDENT)
_WARM_UP = 0.2
"""Part of a run that is left out of its rate."""
_GROWTH = 1.1

ROUNDS = 100
"""Jobs for each slot before the first estimate: rhythms of dozens of rounds have been seen."""
FEWEST_ROUNDS = 8
"""Jobs for each slot without which nothing can be said of a rate."""


class Progress:
    """Estimates cycles a job from a run that is observed each time a job finishes.

    Work is counted in tasks, not in jobs: which jobs are nearly done varies much, what was done for
    all of them together little. After a warm-up the run is cut into batches of equal work. The mean
    of their durations is the rate; their spread says how well it is known (method of batch means;
    Law, Simulation Modeling and Analysis, chapter 9). Batches that follow each other may be alike,
    which would make the spread too small: 32, 16, 8 and 4 batches are looked at, and the widest of
    the intervals counts.

    Parameters
    ----------
    tasks : int
        Tasks of a job.
    slots : int
        Jobs in flight.

    Attributes
    ----------
    cycles_per_job : float
        The rate, as of the last estimate.
    """

    def __init__(self, tasks: int, slots: int) -> None:
        self._tasks = tasks
        self._rows: list[tuple[int, int, int]] = []
        self._due = ROUNDS * slots
        self.cycles_per_job = 0.0
        self._half_width = 0.0
        self._scatter = 0.0

    def add(self, now: int, started: int, finished: int) -> None:
        """Observe cycle, tasks started and jobs finished."""
        self._rows.append((now, started, finished))

    def is_known(self, jobs: int, error: float) -> bool:
        """Whether the time for so many jobs is known to a part of it; asked now and then."""
        finished = self._rows[-1][2]
        if finished < self._due:
            return False
        self._due = int(_GROWTH * finished)
        self.estimate()
        return self.uncertainty(jobs) <= error * jobs * self.cycles_per_job

    def estimate(self) -> None:
        """Estimate the rate from all that was observed."""
        now, started, finished = np.array(self._rows, np.float64).T
        steady = finished >= _WARM_UP * finished[-1]
        now, started, finished = now[steady], started[steady], finished[steady]
        ends = np.linspace(started[0], started[-1], _MOST_BATCHES + 1)
        times = np.interp(ends, started, now)
        jobs = (started[-1] - started[0]) / self._tasks
        self.cycles_per_job = float((times[-1] - times[0]) / jobs)
        self._half_width = max(
            quantile
            * float(np.diff(times[:: _MOST_BATCHES // batches]).std(ddof=1))
            * batches**0.5
            / jobs
            for batches, quantile in _STUDENT.items()
        )
        self._scatter = float((now - self.cycles_per_job * finished).std())

    def uncertainty(self, jobs: int) -> float:
        """Return how far the time for further jobs may be off, in cycles, with 99% confidence.

        The rate counts for each job; where in its rhythm the run ends counts once, by three
        standard deviations of the times at which jobs finish from a straight line.
        """
        return float(jobs * self._half_width + 3 * self._scatter)
