"""Hypothesis strategies shared by the tests: random platforms, task graphs, workloads, policies.

They are small on purpose: a counterexample of a scheduling law rarely needs more than a dozen
tasks, and small ones are found and shrunk faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from stomp_flim.memory.footprint import Footprint
from stomp_flim.model.buffer import Buffer
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task
from stomp_flim.model.workload import Job
from stomp_flim.policy import AffinePriority, Assignment, Priorities, View

SERVER_TYPES = ("DSP", "Shared mem", 'data, "wide"', "Übertrag")
"""Names that a format has to quote or encode are among them."""

names = st.text(st.characters(exclude_categories=("C",)), max_size=8)
"""Task names: any printable text."""


@st.composite
def platforms(draw: st.DrawFn, max_count: int = 4) -> Platform:
    """Platforms of one to four server types with 1 to `max_count` servers each."""
    types = draw(st.lists(st.sampled_from(SERVER_TYPES), min_size=1, unique=True))
    return Platform({name: draw(st.integers(1, max_count)) for name in types})


@st.composite
def modes(draw: st.DrawFn, platform: Platform, max_latency: int = 6) -> Mode:
    """Modes that `platform` can run: several units of several types, perhaps pipelined."""
    types = draw(st.lists(st.sampled_from(list(platform.servers)), min_size=1, unique=True))
    demand = {name: draw(st.integers(1, platform.servers[name])) for name in types}
    latency = draw(st.integers(1, max_latency))
    return Mode(demand, latency, draw(st.integers(1, latency)))


@st.composite
def stomp_modes(draw: st.DrawFn, platform: Platform, max_latency: int = 6) -> tuple[Mode, ...]:
    """Alternatives as STOMP knows them: one unit, not pipelined, one a type, in platform order."""
    durations = st.one_of(st.none(), st.integers(1, max_latency))
    drawn = {name: draw(durations) for name in platform.servers}
    if not any(drawn.values()):
        drawn[draw(st.sampled_from(list(drawn)))] = draw(st.integers(1, max_latency))
    return tuple(Mode({name: 1}, latency) for name, latency in drawn.items() if latency)


@st.composite
def task_graphs(
    draw: st.DrawFn, platform: Platform, max_tasks: int = 10, stomp: bool = False
) -> TaskGraph:
    """Acyclic graphs that `platform` can run, in any numbering; isolated tasks are among them.

    With `stomp`, the tasks are those that STOMP's files can hold. Tasks share a few sets of modes,
    as they do in real graphs, so that they compete.
    """
    alternatives = (
        stomp_modes(platform)
        if stomp
        else st.lists(modes(platform), min_size=1, max_size=3).map(tuple)
    )
    kinds = st.sampled_from(draw(st.lists(alternatives, min_size=1, max_size=4)))
    tasks = draw(st.lists(st.builds(Task, names, kinds), min_size=1, max_size=max_tasks))
    size = len(tasks)
    order = draw(st.permutations(range(size)))
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    edges = [
        (order[min(pair)], order[max(pair)])
        for pair in draw(st.lists(pairs, max_size=2 * size))
        if pair[0] != pair[1]
    ]
    return TaskGraph.from_tasks(tasks, edges, "random")


@st.composite
def jobs(draw: st.DrawFn, platform: Platform, max_jobs: int = 5, max_tasks: int = 8) -> list[Job]:
    """Jobs of one or two graphs that `platform` can run, with arrivals, priorities, deadlines."""
    graphs = draw(st.lists(task_graphs(platform, max_tasks), min_size=1, max_size=2))
    job = st.builds(
        Job,
        graph=st.sampled_from(graphs),
        arrival=st.integers(0, 20),
        priority=st.integers(-2, 2),
        deadline=st.one_of(st.none(), st.integers(1, 40)),
    )
    return draw(st.lists(job, min_size=1, max_size=max_jobs))


@st.composite
def workloads(draw: st.DrawFn, max_jobs: int = 5, max_tasks: int = 8) -> tuple[list[Job], Platform]:
    """Return jobs with a platform that can run them."""
    platform = draw(platforms())
    return draw(jobs(platform, max_jobs, max_tasks)), platform


@st.composite
def stomp_workloads(draw: st.DrawFn, single: bool = False) -> tuple[list[Job], Platform]:
    """Jobs with tasks as STOMP knows them, close together; with `single`, one task a job."""
    platform = draw(platforms(max_count=3))
    if single:
        sets = draw(st.lists(stomp_modes(platform), min_size=1, max_size=3))
        graphs = [TaskGraph.from_tasks([Task(f"type {i}", s)], []) for i, s in enumerate(sets)]
    else:
        graphs = draw(st.lists(task_graphs(platform, 8, stomp=True), min_size=1, max_size=2))
    job = st.builds(
        Job,
        graph=st.sampled_from(graphs),
        arrival=st.integers(0, 12),
        priority=st.integers(0, 3),
        deadline=st.one_of(st.none(), st.integers(1, 40)),
    )
    return draw(st.lists(job, min_size=1, max_size=20 if single else 5)), platform


seeds = st.integers(0, 2**32 - 1)


@st.composite
def dense_workloads(draw: st.DrawFn) -> tuple[list[Job], Platform]:
    """Return jobs that contend for servers at every instant, with a platform that can run them.

    Hypothesis draws only a seed: examples are larger than what it would build, but do not shrink.
    """
    random = np.random.default_rng(draw(seeds))
    platform = Platform({name: int(random.integers(1, 6)) for name in SERVER_TYPES[:3]})

    def mode() -> Mode:
        types = random.permutation(SERVER_TYPES[:3])[: random.choice([1, 1, 2])].tolist()
        latency = int(random.integers(1, 7))
        demand = {name: int(random.integers(1, platform.servers[name] + 1)) for name in types}
        return Mode(demand, latency, int(random.integers(1, latency + 1)))

    def graph() -> TaskGraph:
        size = int(random.integers(5, 20))
        sets = [[mode() for _ in range(random.integers(1, 4))] for _ in range(4)]
        tasks = [Task(f"task {i}", sets[random.integers(4)]) for i in range(size)]
        pairs = random.permuted(np.tile(np.arange(size), (size, 1)), axis=1)[:, :2]
        return TaskGraph.from_tasks(tasks, np.sort(pairs, axis=1).tolist(), "dense")

    graphs = [graph() for _ in range(random.integers(1, 3))]
    arrivals = random.integers(0, 30, random.integers(1, 7)).tolist()
    return [Job(graphs[random.integers(len(graphs))], arrival) for arrival in arrivals], platform


MEMORIES = ("BRAM", "URAM", "host")
"""The last one is never limited."""


@st.composite
def buffered(
    draw: st.DrawFn, scenes: st.SearchStrategy[tuple[list[Job], Platform]]
) -> tuple[list[Job], Platform]:
    """Return jobs whose tasks write buffers, with a platform whose memories some order fits into.

    Memory is short: there is room for little more than one job at a time, in most examples for
    less than all jobs at once.
    """
    drawn, platform = draw(scenes)
    random = np.random.default_rng(draw(seeds))
    names = MEMORIES[random.integers(2) :]
    writes = random.random() / 2 + 0.4
    graphs = {
        job.graph: replace(job.graph, buffers=_buffers(random, names, writes, len(job.graph)))
        for job in drawn
    }
    capacity = dict.fromkeys(names[:-1], 1)
    for graph in graphs.values():
        footprint = Footprint(graph, capacity)
        need = footprint.requirement(graph.topological_order.tolist())[0].tolist()
        for name, bits in zip(capacity, need, strict=True):
            capacity[name] = max(capacity[name], bits)
    more = 0 if random.random() < 0.5 else random.random() * len(drawn)
    capacity = {name: bits + int(more * bits) for name, bits in capacity.items()}
    limited = Platform(platform.servers, platform.clock_ns, platform.name, capacity)
    return [replace(job, graph=graphs[job.graph]) for job in drawn], limited


def _buffers(
    random: np.random.Generator, names: Sequence[str], writes: float, tasks: int
) -> tuple[Buffer | None, ...]:
    return tuple(
        Buffer(names[random.integers(len(names))], int(random.integers(1, 9)))
        if random.random() < writes
        else None
        for _ in range(tasks)
    )


@dataclass(frozen=True)
class RandomRanker:
    """A ranker with ranks drawn from few values, so that ties occur."""

    seed: int

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Priorities:
        """Return one of five ranks a task."""
        return np.random.default_rng(self.seed).integers(-2, 3, len(graph))


@dataclass(frozen=True)
class RandomAffineRanker:
    """A ranker that staggers jobs by random offsets."""

    seed: int

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Priorities:
        """Return random ranks and slopes a task, and random offsets a job."""
        random = np.random.default_rng(self.seed)
        tasks = len(graph)
        return AffinePriority(
            random.integers(-2, 3, tasks),
            random.integers(0, 3, tasks) / 2,
            random.integers(0, 4, len(jobs)),
        )


class NewestFirst:
    """A dispatcher that starts what became ready last, in the last declared mode that fits."""

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield what fits, newest first."""
        for job, task, _ in reversed(view.ready):
            modes = view.workload.jobs[job].graph.modes(task)
            for mode in reversed(range(len(modes))):
                if all(n <= view.free.get(t, 0) for t, n in modes[mode].demand.items()):
                    yield Assignment(job, task, mode)
                    break


rankers = st.one_of(
    st.sampled_from(["fifo", "hlfet"]),
    st.builds(RandomRanker, seeds),
    st.builds(RandomAffineRanker, seeds),
)
"""Policies that rank; their rounds leave no server idle that a ready task could use."""

policies = st.one_of(rankers, st.sampled_from([NewestFirst(), "manual", "manual-lanes:lanes=1"]))
"""Policies that run wherever the jobs can run."""
