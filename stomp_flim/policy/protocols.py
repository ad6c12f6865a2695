"""Policies: the three protocols, smallest first, and how one is named on a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job, Workload

if TYPE_CHECKING:
    from stomp_flim.schedule import Schedule
    from stomp_flim.schedule.periodic import Periodic

PolicyKind = Literal["ranker", "dispatcher", "planner"]


@dataclass(frozen=True)
class AffinePriority:
    """Priorities ``rank[task] - slope[task] * offset[job]``, for policies that stagger jobs.

    Attributes
    ----------
    rank, slope : float64[tasks]
        One a task of the graph.
    offset : float64[jobs]
        One a job of the graph.

    Examples
    --------
    >>> import numpy as np
    >>> import stomp_flim as sf
    >>> def staggered(graph, platform, jobs):
    ...     rank = graph.bottom_level.astype(float)
    ...     return sf.AffinePriority(rank, np.ones(len(graph)), 4.0 * np.arange(len(jobs)))
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> sf.simulate([sf.Job(graph)] * 16, sf.device("published"), staggered).makespan
    52
    """

    rank: NDArray[np.float64]
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]


Priorities = NDArray[Any] | Sequence[float] | AffinePriority


class Ranker(Protocol):
    """A pure function from a graph to one number a task, higher first; runs in every engine.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> def shortest_first(graph, platform, jobs):
    ...     return [-graph.modes(task)[0].latency for task in range(len(graph))]
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> sf.simulate([sf.Job(graph)] * 16, sf.device("published"), shortest_first).makespan
    52
    """

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Priorities:
        """Return the priorities of the tasks of `graph` in `jobs`, the jobs that execute it."""
        ...


class ReadyTask(NamedTuple):
    """A task that waits to be started, and the cycle since which it does.

    Examples
    --------
    >>> from stomp_flim.policy import ReadyTask
    >>> job, task, ready = ReadyTask(job=0, task=3, ready=12)
    >>> task, ready
    (3, 12)
    """

    job: int
    task: int
    ready: int


class Assignment(NamedTuple):
    """A dispatcher's decision: start this task now, in this mode (as declared in its graph).

    Examples
    --------
    >>> from stomp_flim import Assignment
    >>> Assignment(job=0, task=3, mode=0)
    Assignment(job=0, task=3, mode=0)
    """

    job: int
    task: int
    mode: int


class View(Protocol):
    """What a dispatcher sees; it stays true while assignments are yielded.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> class NewestFirst:
    ...     def dispatch(self, view):
    ...         for job, task, _ in reversed(view.ready):
    ...             demand = view.workload.jobs[job].graph.modes(task)[0].demand
    ...             if all(units <= view.free[kind] for kind, units in demand.items()):
    ...                 yield sf.Assignment(job, task, 0)
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> sf.simulate([sf.Job(graph)] * 16, sf.device("published"), NewestFirst()).makespan
    52
    """

    @property
    def now(self) -> int:
        """The current cycle."""
        ...

    @property
    def limit(self) -> int | None:
        """How many tasks this round may start: 1 with event rounds, else None for any number."""
        ...

    @property
    def ready(self) -> Sequence[ReadyTask]:
        """Tasks that wait, in the order in which they became ready."""
        ...

    @property
    def free(self) -> Mapping[str, int]:
        """Free servers of each type."""
        ...

    @property
    def free_servers(self) -> Mapping[str, Sequence[int]]:
        """Numbers of the free servers of each type, ascending; a start takes the lowest."""
        ...

    @property
    def workload(self) -> Workload:
        """The jobs, with their graphs, priorities and deadlines.

        Latencies in it are means, or 1 where durations are not known.
        """
        ...

    @property
    def platform(self) -> Platform:
        """The servers and the capacities of memories."""
        ...

    @property
    def free_memory(self) -> Mapping[str, int]:
        """Free bits of each memory that the platform limits."""
        ...

    def may_start(self, job: int, task: int) -> bool:
        """Whether memory lets a ready task start now; one that is assigned and may not, waits.

        Its buffer fits, and all jobs can still be finished; see ``docs/background/memory.md``.

        Raises
        ------
        PolicyError
            If the task is not ready.
        """
        ...

    def latency(self, job: int, task: int, mode: int) -> int | None:
        """Return the latency of a task in a mode in cycles: exact, the mean, or None.

        Raises
        ------
        PolicyError
            If there is no such job, task or mode.
        """
        ...


class Dispatcher(Protocol):
    """Decides at each instant what starts.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> class OneAtATime:
    ...     def dispatch(self, view):
    ...         if view.free == view.platform.servers:
    ...             job, task, _ = view.ready[0]
    ...             yield sf.Assignment(job, task, mode=0)
    >>> task = sf.Task("t", [sf.Mode({"DSP": 1}, latency=3)])
    >>> job = sf.Job(sf.TaskGraph.from_tasks([task], []))
    >>> sf.simulate([job] * 4, sf.Platform({"DSP": 2}), OneAtATime()).makespan
    12
    """

    def dispatch(self, view: View) -> Iterable[Assignment]:
        """Yield the tasks to start now; each is started before the next is asked for."""
        ...


class Planner(Protocol):
    """Makes the whole schedule offline; it is checked like any other.

    Lower bounds that its schedule claims (``Schedule.bounds``) cannot be checked, and are dropped
    unless the planner has an attribute ``confirms_bounds`` that is true. That is a promise: what it
    claims was confirmed by something independent of the search that found it.

    Examples
    --------
    >>> from policies.planners.heft import HEFT
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> HEFT().plan(sf.Workload([sf.Job(graph)]), platform).makespan
    52
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Return a schedule of every task."""
        ...


class PeriodicPlanner(Planner, Protocol):
    """A planner that makes a table for any number of equal jobs, which repeats.

    Frames take it (`stomp_flim.frame.free_running`); the table is checked there.

    Examples
    --------
    >>> from policies.planners.modulo.policy import Modulo
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> table = Modulo().period(graph, sf.device("published"), slots=16)
    >>> table.in_flight, table.makespan(1000)
    (16, 3298)
    """

    def period(self, graph: TaskGraph, platform: Platform, slots: int | None = None) -> Periodic:
        """Return a table of jobs of a graph, with at most so many of them in flight."""
        ...


@dataclass(frozen=True)
class Policy:
    """A policy ready to run.

    Attributes
    ----------
    name : str
        As the user gave it.
    kind : {"ranker", "dispatcher", "planner"}
        Which protocol it follows.
    implementation : Ranker, Dispatcher or Planner
        With its parameters bound.

    Examples
    --------
    >>> from stomp_flim.policy.loading import parse
    >>> policy = parse("manual-lanes:lanes=8")
    >>> policy.name, policy.kind
    ('manual-lanes:lanes=8', 'planner')
    """

    name: str
    kind: PolicyKind
    implementation: Any

    @property
    def plans_tables(self) -> bool:
        """Whether it plans tables that repeat (`PeriodicPlanner`)."""
        return hasattr(self.implementation, "period")


def protocol(policy: object, name: str) -> PolicyKind:
    """Return the protocol that a policy, or its class, follows.

    Raises
    ------
    InputError
        If it follows none.

    Examples
    --------
    >>> from stomp_flim.policy import protocol
    >>> protocol(lambda graph, platform, jobs: graph.bottom_level, "mine")
    'ranker'
    """
    if hasattr(policy, "plan"):
        return "planner"
    if hasattr(policy, "dispatch"):
        return "dispatcher"
    if callable(policy):
        return "ranker"
    raise InputError(
        f"policy {name!r} is {type(policy).__name__}, expected a function (ranker) or an object "
        "with a method 'dispatch' or 'plan'"
    )
