"""Small worlds in which nearly every feature of the simulator occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stomp_flim.model.distributions import Exponential, Normal
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task
from stomp_flim.model.workload import Job


@dataclass(frozen=True)
class World:
    """Jobs on a platform.

    Attributes
    ----------
    name : str
        What is special about it.
    jobs : tuple of Job
        What arrives.
    platform : Platform
        The servers.
    options : mapping
        Further arguments of `stomp_flim.simulate`.

    Examples
    --------
    >>> from stomp_flim.testing import check_policy, reference_worlds
    >>> small = [world for world in reference_worlds() if len(world.jobs) < 4]
    >>> check_policy("fifo", worlds=small).ok
    True
    """

    name: str
    jobs: tuple[Job, ...]
    platform: Platform
    options: Mapping[str, Any] = field(default_factory=dict)


def reference_worlds() -> tuple[World, ...]:
    """Return the worlds in which every policy is checked, made anew.

    Alternative modes (one that the platform lacks the servers for among them), several units and
    several server types at once, pipelined servers, forks, joins, tasks without edges, one graph
    and several, arrivals at once and in waves, priorities, deadlines, random durations, and a
    limited number of jobs in flight.

    Examples
    --------
    >>> from stomp_flim.testing import reference_worlds
    >>> len(reference_worlds())
    12
    """
    return tuple(_worlds())


def changed_futures() -> tuple[World, World]:
    """Return two worlds that are the same until cycle 12, and not after it.

    Other jobs arrive from then on: of other graphs, with other deadlines, and more of them.
    """
    graph, other = everything(), tangle(5)
    past = [Job(graph, 5 * (job // 2), job % 3, 90 - 20 * job) for job in range(4)]
    soon = [Job(graph, 12, 0, 200), Job(graph, 30, 0, 200)]
    later = [Job(other, 40, 5, 9), Job(other, 40, 5, 9), Job(graph, 41, 9, 1)]
    platform = Platform({"DSP": 2, "memory": 2})
    one, another = (World("changed futures", (*past, *jobs), platform) for jobs in (soon, later))
    return one, another


def everything(*, random: bool = False) -> TaskGraph:
    """Return six tasks with nearly every kind of mode.

    ::

        0 load ------+---> 2 multiply ---> 3 accumulate
        1 weights ---'          `--------> 5 activate
        0 load ----------> 4 store
    """
    memory = {"memory": 1}
    load, multiply = Mode(memory, 3), Mode({"DSP": 1}, 4)
    if random:
        load, multiply = (
            Mode(memory, distribution=Exponential(6)),
            Mode({"DSP": 1}, distribution=Normal(9, 3), occupancy=4),
        )
    return TaskGraph.from_tasks(
        [
            Task("load", [load]),
            Task("weights", [Mode(memory, 3, occupancy=1)]),  # pipelined
            Task("multiply", [multiply, Mode({"DSP": 2}, 2)]),  # declared slow first
            Task("accumulate", [Mode({"DSP": 1, "memory": 1}, 2)]),  # two types at once
            Task("store", [Mode(memory, 2), Mode({"DSP": 1}, 2)]),  # equally fast
            Task("activate", [Mode({"GPU": 1}, 1), Mode({"DSP": 1}, 5, occupancy=2)]),
        ],
        [(0, 2), (1, 2), (2, 3), (0, 4), (2, 5)],
        "everything",
    )


def tangle(seed: int, tasks: int = 14) -> TaskGraph:
    """Return a graph that looks random: a task depends on up to three of the tasks before it."""
    numbers = _numbers(seed)
    kinds = [
        [Mode({"DSP": 1}, 3)],
        [Mode({"memory": 1}, 5, occupancy=2), Mode({"DSP": 1, "memory": 1}, 4)],
        [Mode({"DSP": 2}, 2), Mode({"DSP": 1}, 6)],
        [Mode({"memory": 2}, 1)],
    ]
    made = [Task(f"task {task}", kinds[next(numbers) % len(kinds)]) for task in range(tasks)]
    edges = [
        (next(numbers) % task, task) for task in range(1, tasks) for _ in range(next(numbers) % 4)
    ]
    return TaskGraph.from_tasks(made, edges, f"tangle {seed}")


def _stomp() -> TaskGraph:
    """Return tasks of one unit of one server type, in modes of which each has another type."""
    read = [Mode({"memory": 1}, 4)]
    either = [Mode({"DSP": 1}, 2), Mode({"memory": 1}, 5)]
    add = [Mode({"DSP": 1}, 3)]
    tasks = [Task("read", read), Task("read", read), Task("either", either), Task("add", add)]
    return TaskGraph.from_tasks([*tasks, *tasks], [(0, 2), (1, 2), (2, 3), (3, 4), (5, 6)], "STOMP")


def _worlds() -> Iterator[World]:
    small = Platform({"DSP": 2, "memory": 1}, name="small")
    medium = Platform({"DSP": 3, "memory": 2, "unused": 1}, name="medium")
    large = Platform({"DSP": 18, "memory": 9}, name="large")
    graph, other = everything(), tangle(1)
    latencies = (7, 1, 4, 4, 9, 2, 4, 1, 6, 3)
    reads = [Task("read", [Mode({"memory": 1}, latency)]) for latency in latencies]
    independent = TaskGraph.from_tasks(reads, [], "independent")
    narrow = TaskGraph.from_tasks(
        [Task("read", [Mode({"memory": 1}, 3, 1)]), Task("add", [Mode({"DSP": 1}, 4)])] * 3,
        [(0, 1), (1, 2), (2, 3), (0, 5), (4, 5)],
        "narrow",
    )
    random = everything(random=True)

    yield World("one task", (Job(TaskGraph.from_tasks(reads[:1], [], "one")),), small)
    yield World("independent tasks", (Job(independent),), medium)
    yield World("two jobs", (Job(graph), Job(graph, arrival=4)), small)
    yield World("equal pixels", (Job(graph),) * 24, large)
    yield World(
        "two graphs",
        tuple(Job((graph, other)[job % 2], arrival=(job * 5) % 13) for job in range(6)),
        medium,
    )
    yield World(
        "waves, with priorities and deadlines",
        tuple(
            Job(narrow, 7 * (job // 12), job % 3, None if job % 5 == 0 else 20 + 3 * (job % 7))
            for job in range(36)
        ),
        large,
    )
    yield World(
        "tasks as STOMP has them",
        tuple(Job(_stomp(), 3 * job, job % 3, 30 + job) for job in range(5)),
        medium,
    )
    yield World("a tangle", (Job(tangle(2, 30)), Job(other, arrival=3)), medium)
    yield World("jobs in slots", (Job(graph),) * 6, medium, {"slots": 2})
    for knows in ("exact", "mean", "nothing"):
        jobs = tuple(Job(random, arrival=3 * job) for job in range(6))
        yield World(
            f"random durations, of which it knows {knows}",
            jobs,
            medium,
            {"knows": knows, "seed": 1},
        )


def _numbers(seed: int) -> Iterator[int]:
    """Yield pseudo-random numbers that no library's next version changes (Lehmer's generator)."""
    state = 48271 * (seed + 1) % (2**31 - 1)
    while True:
        state = 48271 * state % (2**31 - 1)
        yield state >> 8
