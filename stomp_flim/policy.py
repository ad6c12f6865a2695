"""Policies: the three protocols, smallest first, and how one is named on a command line."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, get_type_hints

import numpy as np
from numpy.typing import NDArray

from stomp_flim import plugins
from stomp_flim.blame import line_in, raised, written_at
from stomp_flim.errors import InputError, PolicyError, near_names
from stomp_flim.graph import TaskGraph
from stomp_flim.platform import Platform
from stomp_flim.workload import Job, Workload

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

        Its buffer fits, and all jobs can still be finished; see ``docs/memory.md``.

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


def parse(policy: str | Policy | Ranker | Dispatcher | Planner) -> Policy:
    """Make a policy of its name, its file or the object itself.

    Parameters
    ----------
    policy : str or object
        ``"hlfet"``, ``"manual-lanes:lanes=8"``, ``"my_policy.py:shortest_first"``,
        ``"my_policy.py:shortest_first:weight=2"``, ``"stomp:simple_policy_ver2.py"`` (a file
        written for STOMP), or an object that follows a protocol.

    Raises
    ------
    InputError
        If there is no such policy, or a parameter is unknown or has a wrong value.
    """
    if isinstance(policy, Policy):
        return policy
    if not isinstance(policy, str):
        name = getattr(policy, "__name__", type(policy).__name__)
        return Policy(name, protocol(policy, name), policy)
    if policy.startswith("stomp:"):
        from stomp_flim.interchange.stomp_policy import StompPolicy

        return Policy(policy, "dispatcher", StompPolicy(policy.removeprefix("stomp:")))
    if policy.partition(":")[0].endswith(".py"):
        path, _, rest = policy.partition(":")
        attribute, _, arguments = rest.partition(":")
        factory = load_file(Path(path), attribute)
    else:
        name, _, arguments = policy.partition(":")
        factory = plugins.load("policies", name)
    protocol(factory, policy)
    keywords = _arguments(policy, factory, arguments)
    if inspect.isclass(factory):
        implementation = _made(policy, factory, keywords)
    else:
        implementation = partial(factory, **keywords) if keywords else factory
    return Policy(policy, protocol(implementation, policy), implementation)


def parameters(factory: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters that a policy takes: those of its class, or keyword-only ones."""
    if not callable(factory):
        return {}
    of_class = inspect.isclass(factory)
    return {
        name: parameter
        for name, parameter in inspect.signature(factory).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
        or (of_class and parameter.kind is parameter.POSITIONAL_OR_KEYWORD)
    }


def priorities(
    policy: Policy, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]
) -> AffinePriority:
    """Ask a ranker for its priorities and check their shapes.

    Raises
    ------
    PolicyError
        If the ranker raises, or there is not one finite number a task (and, for offsets, a job).
    """
    try:
        answer = policy.implementation(graph, platform, jobs)
    except (Exception, SystemExit) as error:
        raise raised(policy, error, f"for graph {graph.name!r}, before cycle 0") from error
    tasks = len(graph)
    whose = f"{written_at(policy)}policy {policy.name!r}"
    if not isinstance(answer, AffinePriority):
        answer = AffinePriority(answer, np.zeros(tasks), np.zeros(len(jobs)))
    columns = []
    for name, length in (("rank", tasks), ("slope", tasks), ("offset", len(jobs))):
        try:
            column = np.asarray(getattr(answer, name), np.float64)
        except (TypeError, ValueError) as error:
            raise PolicyError(f"{whose}: {name} is not numeric: {error}") from error
        if column.shape != (length,):
            raise PolicyError(
                f"{whose}: {name} has shape {column.shape} for graph {graph.name!r}, expected "
                f"({length},): a number for each {'job' if name == 'offset' else 'task'}"
            )
        for place in np.flatnonzero(~np.isfinite(column))[:1]:
            of = f"job {place}" if name == "offset" else _task(graph, place)
            raise PolicyError(
                f"{whose}: {name} of {of} is {column[place]} for graph {graph.name!r}, expected a "
                "finite number"
            )
        columns.append(column)
    rank, slope, offset = columns
    largest = [float(np.abs(column).max()) for column in columns]
    if not np.isfinite(largest[0] + largest[1] * largest[2]):
        raise PolicyError(
            f"{whose}: rank - slope * offset leaves the finite numbers for graph {graph.name!r}, "
            f"with a rank of {largest[0]:g}, a slope of {largest[1]:g} and an offset of "
            f"{largest[2]:g}"
        )
    return AffinePriority(rank, slope, offset)


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


def _task(graph: TaskGraph, task: int) -> str:
    return f"task {task} ({graph.task_names[task]!r})"


def _made(policy: str, factory: Any, keywords: Mapping[str, Any]) -> Any:
    """Make an object of a policy's class; what is wrong with its parameters it says itself."""
    try:
        return factory(**keywords)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        try:
            file = Path(inspect.getfile(factory))
        except (OSError, TypeError):  # a class without a file
            file = Path()
        line = line_in(file, error)
        place = f"{file.name}: " if line is None else f"{file.name}, line {line}: "
        raise InputError(
            f"{place}policy {policy!r} cannot be made, {type(error).__name__}: {error}"
        ) from error


def _arguments(policy: str, factory: Any, text: str) -> dict[str, Any]:
    """Parse ``key=value,key=value`` after the types of the policy's parameters."""
    known = parameters(factory)
    keywords = {}
    for item in filter(None, text.split(",")):
        key, equals, value = item.partition("=")
        if key not in known:
            raise InputError(
                f"policy {policy!r}: unknown parameter {key!r}; {near_names(key, known)}"
            )
        if not equals:
            raise InputError(f"policy {policy!r}: {key} has no value, expected {key}=...")
        target = factory.__init__ if inspect.isclass(factory) else factory
        keywords[key] = _value(policy, key, value, get_type_hints(target).get(key, str))
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in keywords:
            raise InputError(f"policy {policy!r}: parameter {key!r} is missing, expected {key}=...")
    return keywords


def _value(policy: str, key: str, text: str, annotation: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(annotation).validate_python(text)
    except ValidationError as error:
        raise InputError(
            f"policy {policy!r}: {key} is {text!r}: {error.errors()[0]['msg'].lower()}"
        ) from error


def load_file(path: Path, attribute: str) -> Any:
    """Import a one-file plug-in and return one of its attributes.

    Raises
    ------
    InputError
        If there is no such file or attribute, or the file cannot be imported; the message names
        the line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such policy file")
    name = str(path.resolve())
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # a data class looks its module up; the path hides no other module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        line = line_in(path, error)
        place = path if line is None else f"{path}, line {line}"
        what = error.msg if isinstance(error, SyntaxError) else error
        raise InputError(f"{place}: cannot be imported, {type(error).__name__}: {what}") from error
    if not hasattr(module, attribute):
        own = [key for key, value in vars(module).items() if _is_from(module.__name__, value)]
        raise InputError(f"{path}: has no policy {attribute!r}; {near_names(attribute, own)}")
    return getattr(module, attribute)


def _is_from(module: str, value: object) -> bool:
    """Return whether a policy, or what looks like one, is made in a module and not imported."""
    follows = callable(value) or hasattr(value, "dispatch") or hasattr(value, "plan")
    return follows and getattr(value, "__module__", None) == module
