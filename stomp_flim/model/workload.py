"""Workloads: which graph arrives when, with which priority and deadline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stomp_flim.arrays import Cycles, Indices, is_integer, read_only
from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.shown import Shown, listed

MOST = 2**63 - 1
"""Of an arrival, a priority and a deadline."""


@dataclass(frozen=True, eq=False)
class Job:
    """One execution of a task graph, for example the inference of one pixel.

    Parameters
    ----------
    graph : TaskGraph
        What is executed. Equal jobs share one graph.
    arrival : int
        Cycle in which the job's sources become ready.
    priority : int
        For the policies that use it; higher is more important.
    deadline : int, optional
        Relative deadline: cycles from the arrival within which the job should finish.

    Raises
    ------
    InputError
        If the arrival is negative, the deadline is not positive or one is not an integer.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> jobs = [sf.Job(graph), sf.Job(graph, arrival=30, deadline=100)]
    >>> sf.simulate(jobs, sf.device("published"), "edf").makespan
    82
    """

    graph: TaskGraph
    arrival: int = 0
    priority: int = 0
    deadline: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.graph, TaskGraph):
            raise InputError(f"a job's graph is {self.graph!r}, expected a TaskGraph")
        for name, value, least in (
            ("arrival", self.arrival, 0),
            ("priority", self.priority, -MOST),
            ("deadline", 1 if self.deadline is None else self.deadline, 1),
        ):
            if not is_integer(value) or not least <= value <= MOST:
                wanted = "an integer" if least < 0 else f"an integer >= {least}"
                limit = " and below 2^63" if is_integer(value) and abs(value) > MOST else ""
                raise InputError(f"a job has {name} {value!r}, expected {wanted}{limit}")


MOST_PIXELS = 2**24
"""Jobs of one graph that are made at once, 4096 x 4096: in about 1 GB."""


class Workload(Shown):
    """The jobs of a simulation as columns.

    Jobs keep their input order. A task is known by its job and its number in the job's graph, or
    by its RECORD number ``first_task[job] + task`` among all tasks of the workload.

    Parameters
    ----------
    jobs : iterable of Job
        At least one.

    Raises
    ------
    InputError
        If there is no job.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> workload = sf.Workload([sf.Job(sf.workload_graph("seq2seqlite"))] * 64)
    >>> len(workload), workload.tasks, len(workload.graphs)
    (64, 60992, 1)
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = tuple(jobs)
        if not self.jobs:
            raise InputError("the workload has no job, expected at least one pixel or task")
        for job in self.jobs:
            if not isinstance(job, Job):
                raise InputError(f"the workload holds {job!r}, expected a Job")

    def __len__(self) -> int:
        return len(self.jobs)

    def facts(self) -> dict[str, object]:
        """Return counts of jobs, tasks and graphs, and the span of arrivals."""
        graphs = self.graphs
        return {
            "jobs": f"{len(self):,}",
            "tasks": f"{self.tasks:,}",
            "graphs": listed((graph.name for graph in graphs), len(graphs)),
            "arrivals": f"{self.arrival.min():,} to {self.arrival.max():,}",
        }

    @cached_property
    def graphs(self) -> tuple[TaskGraph, ...]:
        """The distinct graphs, in order of appearance."""
        return tuple(dict.fromkeys(job.graph for job in self.jobs))

    @cached_property
    def graph_number(self) -> Indices:
        """int32[jobs]: index of each job's graph in `graphs`."""
        number = {graph: index for index, graph in enumerate(self.graphs)}
        return read_only(np.array([number[job.graph] for job in self.jobs], np.int32))

    @cached_property
    def arrival(self) -> Cycles:
        """int64[jobs]: arrivals in cycles."""
        return read_only(np.array([job.arrival for job in self.jobs], np.int64))

    @cached_property
    def first_task(self) -> Cycles:
        """int64[jobs + 1]: record number of each job's first task; the last entry is the total."""
        sizes = np.array([0] + [len(job.graph) for job in self.jobs], np.int64)
        return read_only(np.cumsum(sizes))

    @property
    def tasks(self) -> int:
        """Number of tasks of all jobs."""
        return int(self.first_task[-1])

    def record(self, job: int, task: int) -> int | None:
        """Return the record number of a task, or None if there is no such task."""
        if not (0 <= job < len(self.jobs) and 0 <= task < len(self.jobs[job].graph)):
            return None
        return int(self.first_task[job]) + task

    def task_of(self, record: int) -> tuple[int, int]:
        """Return the job of a record number and the task's number in the job's graph."""
        job = int(np.searchsorted(self.first_task, record, side="right")) - 1
        return job, record - int(self.first_task[job])
