"""Random small worlds, each made of one integer: jobs on a platform, and the rules of some runs.

They are drawn with Python's generator: single numbers cost a tenth of NumPy's, and a seed gives the
same world whichever version of a library there is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from stomp_flim import Buffer, Job, Mode, Platform, Task, TaskGraph
from stomp_flim.model.distributions import Distribution, Empirical, Exponential, Normal
from tests.fuzz.worlds.memory import peaks
from tests.fuzz.worlds.rankers import BREAKS, Broken, ranker

TYPES = ("DSP", "port", "LUT", "Shared mem")
MEMORIES = ("BRAM", "URAM", "host")
"""The last one is never limited."""
WRONG = (
    "mode", "buffer", "ranker", "ranker", "slots", "rounds", "knows", "seed", "overflow",
    "long", "late",
)  # fmt: skip
"""What is wrong in a world that is to be refused; `long` and `late` only the compiled one refuses:
a latency above 2^20, an arrival after 2^62."""


class Rules(NamedTuple):
    """How the jobs of a scene are run: the arguments of `stomp_flim.Run`."""

    policy: Any
    rounds: Any = "instant"
    slots: Any = None
    seed: Any = 0
    knows: Any = "mean"


@dataclass(frozen=True)
class Scene:
    """Jobs on a platform and several rules; with each of them they are a world of its own.

    Attributes
    ----------
    jobs : list of Job
        What arrives.
    platform : Platform
        Servers and memories.
    rules : tuple of Rules
        No two of them are equal, and none differ only in what this scene does not heed: seeds
        where nothing is random, and what a policy knows of durations where it asks for none.
    wrong : str or None
        One of `WRONG`, or None.
    """

    jobs: list[Job]
    platform: Platform
    rules: tuple[Rules, ...]
    wrong: str | None = None


def scene(seed: int) -> Scene:
    """Make a scene; 3 of 100 are to be refused, and a few have too little memory."""
    draw = random.Random(f"world {seed}")
    if draw.random() < 0.03:
        return _refused(draw, draw.choice(WRONG))
    crowded = draw.random() < 0.1  # so that memory is what is short, and many tasks wait for it
    servers = _servers(draw, 9 if crowded else draw.choice((1, 2, 4, 9)))
    chance = draw.choice((0, 0, 0.6))
    writes = 0.9 if crowded else draw.choice((0, 0, 0, 0.4, 0.6, 0.9))
    most = 20 if crowded else draw.choice((2, 4, 8, 8, 12))
    graphs = _graphs(draw, servers, most, chance, writes)
    jobs = _jobs(draw, graphs)
    memories = {}
    if writes:
        hardly = not crowded and draw.random() < 0.15
        memories = _memories(draw, graphs, len(jobs), hardly)
    is_random = any(graph.is_random for graph in graphs)
    return Scene(jobs, Platform(servers, memories=memories), _rules(draw, len(jobs), is_random))


def _servers(draw: random.Random, most: int) -> dict[str, int]:
    return {name: draw.randrange(1, most + 1) for name in TYPES[: draw.choice((1, 2, 2, 3, 4))]}


def _graphs(
    draw: random.Random, servers: Mapping[str, int], most: int, chance: float, writes: float
) -> list[TaskGraph]:
    """Return graphs whose tasks share a few sets of modes, so that they compete."""
    longest = draw.choice((1, 2, 3, 6, 6, 6, 20, 63, 64, 200))
    pool = [_mode(draw, servers, longest, chance) for _ in range(draw.randrange(1, 7))]
    sets = [
        [draw.choice(pool) for _ in range(draw.choice((1, 1, 2, 3)))]
        for _ in range(draw.randrange(1, 5))
    ]
    for modes in sets:
        if draw.random() < 0.1:  # one that the platform lacks the servers for, beside others
            lacking = draw.choice(({"none": 1}, {TYPES[0]: servers[TYPES[0]] + 1}))
            modes.insert(draw.randrange(len(modes) + 1), Mode(lacking, draw.randrange(1, 4)))
    return [_graph(draw, sets, most, writes) for _ in range(draw.choice((1, 1, 2, 3)))]


def _mode(draw: random.Random, servers: Mapping[str, int], longest: int, chance: float) -> Mode:
    names = draw.sample(list(servers), min(len(servers), draw.choice((1, 1, 1, 2, 3))))
    demand = {name: draw.randrange(1, servers[name] + 1) for name in names}
    latency = draw.randrange(1, longest + 1)
    pipelined = draw.random() < 0.4
    if draw.random() >= chance:
        return Mode(demand, latency, draw.randrange(1, latency + 1) if pipelined else 0)
    mode = Mode(demand, distribution=_distribution(draw, latency))
    if not pipelined:
        return mode
    return Mode(demand, 0, draw.randrange(1, mode.latency + 1), mode.distribution)


def _distribution(draw: random.Random, mean: int) -> Distribution:
    kind = draw.randrange(4)
    if kind == 0:
        return Normal(mean, draw.random() * 4)
    if kind == 1:
        return Exponential(mean)
    samples = [draw.choice((0.3, 1, mean, mean + 0.5, 2 * mean)) for _ in range(3)]
    return Empirical(samples, [0.5, 0.25, 0.25] if kind == 2 else None)


def _graph(draw: random.Random, sets: list[list[Mode]], most: int, writes: float) -> TaskGraph:
    """Return a graph in any numbering, isolated tasks among them."""
    size = draw.randrange(1, most + 1)
    names = MEMORIES[draw.choice((0, 0, 1, 2)) :]
    largest = draw.choice((2, 9, 9, 40))
    tasks = [
        Task(
            f"t{number}",
            draw.choice(sets),
            buffer=Buffer(draw.choice(names), draw.randrange(1, largest))
            if draw.random() < writes
            else None,
        )
        for number in range(size)
    ]
    order = list(range(size))
    if draw.random() < 0.5:
        draw.shuffle(order)
    edges = {(order[one], order[other]) for one, other in _edges(draw, size)}
    return TaskGraph.from_tasks(tasks, sorted(edges), f"graph of {size}")


def _edges(draw: random.Random, size: int) -> Iterator[tuple[int, int]]:
    """Yield ascending pairs: any, or of a forest in which all fork, join, or neither: chains."""
    kind = draw.randrange(5)
    if kind < 2:
        for _ in range(draw.randrange(2 * size)):
            one, other = draw.randrange(size), draw.randrange(size)
            if one != other:
                yield min(one, other), max(one, other)
        return
    apart = draw.randrange(1, 4)
    for task in range(1, size):
        if kind == 2:
            yield draw.randrange(max(0, task - 4), task), task
        elif kind == 3:
            yield task - 1, draw.randrange(task, min(size, task + 4))
        elif task >= apart:
            yield task - apart, task


def _jobs(draw: random.Random, graphs: list[TaskGraph]) -> list[Job]:
    """Return jobs whose arrivals come in ties, in waves, in a row, or all at once."""
    last, wave = draw.choice(((0, 1), (0, 1), (6, 1), (12, 4), (30, 1), (200, 50), (5000, 1)))
    urgent = draw.random() < 0.5
    jobs = [
        Job(
            draw.choice(graphs),
            wave * draw.randrange(last // wave + 1),
            draw.randrange(-2, 3) if urgent else 0,
            draw.choice((None, draw.randrange(1, 40))) if urgent else None,
        )
        for _ in range(draw.choice((1, 2, 3, 4, 6, 9)))
    ]
    return sorted(jobs, key=lambda job: job.arrival) if draw.random() < 0.5 else jobs


def _memories(
    draw: random.Random, graphs: list[TaskGraph], jobs: int, hardly: bool
) -> dict[str, int]:
    """Return capacities that are enough for one order of each graph, for more, or hardly enough.

    Jobs meet in a memory where it is enough for more than one of them and not for all.
    """
    need = dict.fromkeys(MEMORIES[:2], 1)
    for graph in graphs:
        for memory, bits in peaks(graph, graph.topological_order.tolist()).items():
            need[memory] = max(need.get(memory, 1), bits)
    largest = dict.fromkeys(MEMORIES, 1)
    for buffer in (buffer for graph in graphs for buffer in graph.buffers or () if buffer):
        largest[buffer.memory] = max(largest[buffer.memory], buffer.bits)
    limited = MEMORIES[: draw.choice((1, 2, 2))]
    if hardly:
        return {memory: draw.randrange(largest[memory], need[memory] + 1) for memory in limited}
    more = draw.choice((0, 0, 0.2, 0.5, draw.random() * (jobs - 1)))
    return {memory: need[memory] + int(more * need[memory]) for memory in limited}


def _rules(draw: random.Random, jobs: int, is_random: bool) -> tuple[Rules, ...]:
    seed = draw.randrange(1000) if is_random else 0
    knows = draw.choice(("mean", "nothing", "exact")) if is_random else "mean"
    drawn = [
        Rules(
            ranker(draw),
            draw.choice(("instant", "event")),
            draw.choice((None, None, draw.randrange(1, jobs + 1))),
            seed,
            knows,
        )
        for _ in range(draw.randrange(2, 9))
    ]
    return tuple(dict.fromkeys(drawn))


def _refused(draw: random.Random, wrong: str) -> Scene:
    servers = _servers(draw, 4)
    graphs = _graphs(draw, servers, 8, 0, 0)
    rules = Rules(ranker(draw), draw.choice(("instant", "event")))
    memories = {}
    late = draw.randrange(5)
    if wrong == "mode":
        impossible = [Mode({"none": 1}, 1), Mode({TYPES[0]: servers[TYPES[0]] + 1}, 2)]
        graphs.append(_with(graphs[0], Task("impossible", impossible[: draw.randrange(1, 3)])))
    elif wrong == "buffer":
        memories = {"BRAM": draw.randrange(1, 50)}
        stored = Buffer("BRAM", memories["BRAM"] + draw.randrange(1, 5))
        graphs.append(_with(graphs[0], Task("large", [Mode({TYPES[0]: 1}, 1)], buffer=stored)))
    elif wrong == "overflow":
        mode = Mode({TYPES[0]: 1}, 2**62)
        graphs.append(_with(graphs[0], Task("endless", [mode] * draw.randrange(1, 3))))
        late = 2**62
    elif wrong == "long":
        graphs.append(_with(graphs[0], Task("long", [Mode({TYPES[0]: 1}, 2**20 + 1 + late)])))
    elif wrong == "late":
        late = 2**62 + 1 + draw.randrange(1000)
    elif wrong == "ranker":
        rules = rules._replace(policy=Broken(draw.choice(BREAKS)))
    else:
        values: dict[str, tuple[Any, ...]] = {
            "slots": (0, -1, 1.5, True, "2"),
            "rounds": ("", "Instant", None, 1),
            "knows": ("everything", None, 0),
            "seed": (-1, 0.5, None, "1"),
        }
        rules = rules._replace(**{wrong: draw.choice(values[wrong])})
    jobs = [Job(graph, draw.randrange(5)) for graph in graphs]
    jobs.insert(draw.randrange(len(jobs) + 1), Job(graphs[-1], late))
    return Scene(jobs, Platform(servers, memories=memories), (rules,), wrong)


def _with(graph: TaskGraph, task: Task) -> TaskGraph:
    """Return a graph with one task more, in its place among the others."""
    tasks = [Task(name, graph.modes(number)) for number, name in enumerate(graph.task_names)]
    return TaskGraph.from_tasks([*tasks, task], graph.edges.tolist(), graph.name)
