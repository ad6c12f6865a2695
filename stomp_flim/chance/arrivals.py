"""Arrivals: jobs that come at random times, in a rhythm, or as recorded.

Times are real numbers until they are an arrival, which is rounded to the nearest cycle (ties to
even). The times between arrivals are summed before they are rounded, so that rounding does not
change the rate. Arrivals are drawn from streams of their own: the seed of a simulation may be used
for its arrivals too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from stomp_flim.arrays import is_integer
from stomp_flim.chance.randomness import generator
from stomp_flim.errors import InputError
from stomp_flim.model.distributions import Distribution, Exponential
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.workload import Job

Graphs = TaskGraph | Sequence[TaskGraph]
"""The graph of all jobs, or several of which each job takes one, all equally likely."""


def poisson(
    graph: Graphs,
    mean: float,
    jobs: int,
    seed: int = 0,
    *,
    priority: int = 0,
    deadline: int | None = None,
) -> list[Job]:
    """Return jobs that arrive in a Poisson process.

    Parameters
    ----------
    graph : TaskGraph or sequence of TaskGraph
        What the jobs execute; of several graphs each job draws one.
    mean : float
        Mean cycles between two arrivals, and to the first.
    jobs : int
        How many.
    seed : int
        At least 0.
    priority, deadline : int, optional
        Of every job.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> [job.arrival for job in sf.arrivals.poisson(graph, mean=50, jobs=3, seed=1)]
    [85, 175, 226]
    """
    return renewal(graph, Exponential(mean), jobs, seed, priority=priority, deadline=deadline)


def renewal(
    graph: Graphs,
    between: Distribution,
    jobs: int,
    seed: int = 0,
    *,
    priority: int = 0,
    deadline: int | None = None,
) -> list[Job]:
    """Return jobs with independent times between two arrivals, and to the first.

    Parameters
    ----------
    between : Distribution
        Of the times between arrivals, in cycles; samples below 0 count as 0.
    graph, jobs, seed, priority, deadline
        As for `poisson`.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> [job.arrival for job in sf.arrivals.renewal(graph, sf.Normal(50, 5), jobs=3, seed=1)]
    [62, 118, 162]
    """
    _require_jobs(jobs)
    steps = np.maximum(between.sample(generator(seed, "arrivals"), jobs), 0)
    return _jobs(graph, np.cumsum(steps), seed, priority, deadline)


def periodic(
    graph: Graphs,
    period: float,
    jobs: int,
    seed: int = 0,
    *,
    jitter: float = 0,
    priority: int = 0,
    deadline: int | None = None,
) -> list[Job]:
    """Return jobs that arrive in a fixed rhythm, each one late by a random time.

    Parameters
    ----------
    period : float
        Cycles between two nominal arrivals, at least 0; the first is nominally at 0.
    jitter : float
        Cycles by which an arrival is late at most, uniform from 0; beyond the period, jobs overtake
        each other.
    graph, jobs, seed, priority, deadline
        As for `poisson`.

    Raises
    ------
    InputError
        If an argument is out of its range.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> [job.arrival for job in sf.arrivals.periodic(graph, period=10, jobs=3)]
    [0, 10, 20]
    """
    _require_jobs(jobs)
    for name, value in (("period", period), ("jitter", jitter)):
        if not 0 <= value < 2**53:
            raise InputError(f"arrivals have {name} {value!r}, expected a number >= 0")
    late = jitter * generator(seed, "arrivals").random(jobs)
    return _jobs(graph, period * np.arange(jobs) + late, seed, priority, deadline)


def from_trace(
    graph: Graphs,
    times: Iterable[float],
    seed: int = 0,
    *,
    priority: int = 0,
    deadline: int | None = None,
) -> list[Job]:
    """Return jobs that arrive at recorded times.

    Parameters
    ----------
    times : iterable of float
        Arrivals in cycles, at least 0, in any order; the jobs keep it.
    graph, seed, priority, deadline
        As for `poisson`; the seed draws the graphs of the jobs.

    Raises
    ------
    InputError
        If a time is negative or not finite, or there is none.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> [job.arrival for job in sf.arrivals.from_trace(graph, [3, 1.4, 8])]
    [3, 1, 8]
    """
    recorded = list(times)
    for number, time in enumerate(recorded):
        if not 0 <= time < 2**53:
            raise InputError(f"arrival {number} is at {time!r}, expected a number >= 0")
    _require_jobs(len(recorded))
    return _jobs(graph, np.array(recorded, np.float64), seed, priority, deadline)


def _jobs(
    graph: Graphs, times: NDArray[np.float64], seed: int, priority: int, deadline: int | None
) -> list[Job]:
    graphs = [graph] if isinstance(graph, TaskGraph) else list(graph)
    if not graphs:
        raise InputError("arrivals have no graph, expected at least one")
    if not (times < 2**62).all():  # which no time that is none fulfils
        raise InputError(f"the last job arrives at {times.max():g}, expected before 2^62 cycles")
    kinds = generator(seed, "kinds").integers(len(graphs), size=len(times)).tolist()
    arrivals = np.rint(times).astype(np.int64).tolist()
    return [
        Job(graphs[kind], arrival, priority, deadline)
        for kind, arrival in zip(kinds, arrivals, strict=True)
    ]


def _require_jobs(jobs: int) -> None:
    if not is_integer(jobs) or jobs < 1:
        raise InputError(f"arrivals of {jobs!r} jobs, expected an integer >= 1")
