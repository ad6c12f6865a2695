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
    """

    rank: NDArray[np.float64]
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]


Priorities = NDArray[Any] | Sequence[float] | AffinePriority


class Ranker(Protocol):
    """A pure function from a graph to one number a task, higher first; runs in every engine."""

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Priorities:
        """Return the priorities of the tasks of `graph` in `jobs`, the jobs that execute it."""
        ...


class ReadyTask(NamedTuple):
    """A task that waits to be started, and the cycle since which it does."""

    job: int
    task: int
    ready: int


class Assignment(NamedTuple):
    """A dispatcher's decision: start this task now, in this mode (as declared in its graph)."""

    job: int
    task: int
    mode: int


class View(Protocol):
    """What a dispatcher sees; it stays true while assignments are yielded."""

    @property
    def now(self) -> int:
        """The current cycle."""
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
    """Decides at each instant what starts."""

    def dispatch(self, view: View) -> Iterable[Assignment]:
        """Yield the tasks to start now; each is started before the next is asked for."""
        ...


class Planner(Protocol):
    """Makes the whole schedule offline; it is checked like any other."""

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Return a schedule of every task."""
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
    """

    name: str
    kind: PolicyKind
    implementation: Any


def protocol(policy: object, name: str) -> PolicyKind:
    """Return the protocol that a policy, or its class, follows.

    Raises
    ------
    InputError
        If it follows none.
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
