"""What a policy may know of durations: the only view of them that policies get.

===============  ==========================  =====================  =======================
``knows``        a ranker's graph            a dispatcher's view    a planner's workload
===============  ==========================  =====================  =======================
``"exact"``      means                       graphs with means,     each job has a graph of
                                             ``latency()`` exact    its own, drawn latencies
``"mean"``       means                       means                  means
``"nothing"``    every latency is 1          every latency is 1,    every latency is 1
                                             ``latency()`` None
===============  ==========================  =====================  =======================

A ranker gives one number to a task of a graph, for all jobs of the graph, and so cannot follow the
luck of a single job: the means are the most that it can use. The modes stand in the same order in
every view, and a view shows no distribution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast, get_args

import numpy as np

from stomp_flim.chance.durations import Durations
from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode
from stomp_flim.model.workload import Job, Workload

Knows = Literal["exact", "mean", "nothing"]


def require_knows(knows: str) -> Knows:
    """Return `knows`, or raise an InputError unless it is one of the three."""
    if knows not in get_args(Knows):
        raise InputError(f"knows is {knows!r}, expected one of {get_args(Knows)}")
    return cast(Knows, knows)


def seen(workload: Workload, knows: Knows) -> Workload:
    """Return a workload as rankers and dispatchers see it; one graph stays one for all its jobs."""
    if knows == "nothing":
        return _with_graphs(workload, {g: g.with_modes(_unit) for g in workload.graphs})
    if any(graph.is_random for graph in workload.graphs):
        return _with_graphs(workload, {g: g.with_modes(_mean) for g in workload.graphs})
    return workload


def planned(workload: Workload, durations: Durations | None, knows: Knows) -> Workload:
    """Return a workload as planners see it."""
    if knows != "exact" or durations is None:
        return seen(workload, knows)
    jobs = []
    for job, first in zip(workload.jobs, workload.first_task.tolist(), strict=False):
        end = first + len(job.graph)
        latency, occupancy = durations.latency[first:end], durations.occupancy[first:end]
        jobs.append(replace(job, graph=_drawn(job.graph, latency.tolist(), occupancy.tolist())))
    return Workload(jobs)


def _drawn(graph: TaskGraph, latency: list[list[int]], occupancy: list[list[int]]) -> TaskGraph:
    """Return a graph whose modes take the times of one job."""
    return replace(
        graph,
        mode_sets=tuple(
            tuple(
                Mode(mode.demand, latency[task][number], occupancy[task][number])
                for number, mode in enumerate(graph.modes(task))
            )
            for task in range(len(graph))
        ),
        mode_set=np.arange(len(graph), dtype=np.int32),
    )


def _with_graphs(workload: Workload, graphs: dict[TaskGraph, TaskGraph]) -> Workload:
    # dataclasses.replace costs several times as much as making the job
    return Workload(Job(**{**vars(job), "graph": graphs[job.graph]}) for job in workload.jobs)


def _mean(mode: Mode) -> Mode:
    return replace(mode, distribution=None)


def _unit(mode: Mode) -> Mode:
    return Mode(mode.demand, 1)
