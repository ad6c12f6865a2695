"""Graphs of other shapes than the published ones, on servers that are short early, late or nowhere.

They were written down before any result on them was looked at; nothing of a policy was chosen by
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from experiments.phase.points import PhasePoint
from stomp_flim import Mode, Platform, Task, TaskGraph

PIXELS = (1, 4, 16, 64, 256, 1024)
SATURATING = 8
"""Jobs under way that keep balanced servers busy, by their numbers."""
PARTS = ("first", "middle", "last")
"""Server types of the tasks that can begin in each third of the critical path."""
SHORT = {"balanced": None, "early": "first", "late": "last"}
"""The type of which there are half as many servers as it takes, where one is the bottleneck."""

Edges = list[tuple[int, int]]


def lstm(units: int = 12, steps: int = 2) -> tuple[list[int], Edges]:
    """Return latencies and edges of a long short-term memory: four gates of serial sums."""
    latency: list[int] = []
    edges: Edges = []

    def add(cycles: int, *before: int) -> int:
        latency.append(cycles)
        edges.extend((task, len(latency) - 1) for task in before)
        return len(latency) - 1

    state = [add(3) for _ in range(units)]
    cell = add(3)
    for _ in range(steps):
        gates = []
        for _ in range(4):
            total = add(3)
            for value in state:
                total = add(2, total, add(2, value, add(5)))
            gates.append(add(14, total))
        kept, new = add(2, gates[0], cell), add(2, gates[1], gates[2])
        cell = add(2, kept, new)
        output = add(2, gates[3], add(14, cell))
        state = [add(3, output) for _ in range(units)]
    return latency, edges


def fft(points: int = 32) -> tuple[list[int], Edges]:
    """Return latencies and edges of a fast Fourier transform: reads, butterflies, writes."""
    stages = points.bit_length() - 1
    latency = [3] * points + [6] * (stages * points // 2) + [3] * points
    edges: Edges = []
    made = list(range(points))
    task = points
    for stage in range(stages):
        for one in range(points):
            other = one ^ 1 << stage
            if one < other:
                edges += [(made[one], task), (made[other], task)]
                made[one] = made[other] = task
                task += 1
    return latency, edges + [(before, task + place) for place, before in enumerate(made)]


def cholesky(tiles: int = 7) -> tuple[list[int], Edges]:
    """Return latencies and edges of a tiled Cholesky factorization, by the kernels' operations."""
    latency: list[int] = []
    edges: Edges = []
    written: dict[tuple[int, int], int] = {}

    def update(cycles: int, tile: tuple[int, int], *read: tuple[int, int]) -> None:
        latency.append(cycles)
        before = {written[each] for each in (tile, *read) if each in written}
        edges.extend((task, len(latency) - 1) for task in sorted(before))
        written[tile] = len(latency) - 1

    for k in range(tiles):
        update(2, (k, k))
        for i in range(k + 1, tiles):
            update(6, (i, k), (k, k))
        for i in range(k + 1, tiles):
            update(6, (i, i), (i, k))
            for j in range(k + 1, i):
                update(12, (i, j), (i, k), (j, k))
    return latency, edges


def layered(seed: int, layers: int = 12, width: int = 12) -> tuple[list[int], Edges]:
    """Return latencies and edges of layers of tasks that each wait for one to three before."""
    random = np.random.default_rng(seed)
    latency = random.integers(1, 15, layers * width).tolist()
    edges = [
        (int(before), task)
        for task in range(width, layers * width)
        for before in (
            (task // width - 1) * width
            + random.choice(width, int(random.integers(1, 4)), replace=False)
        )
    ]
    return latency, edges


SHAPES: dict[str, Callable[[], tuple[list[int], Edges]]] = {
    "LSTM": lstm,
    "FFT": fft,
    "Cholesky": cholesky,
    "layered random 0": lambda: layered(0),
    "layered random 1": lambda: layered(1),
}


@cache
def shape(name: str) -> TaskGraph:
    """Return a graph of which each third of the critical path has a server type of its own."""
    latency, edges = SHAPES[name]()
    plain = _graph(name, latency, edges, ["any"] * len(latency))
    third = np.minimum(3 * plain.head // plain.critical_path, 2).tolist()
    return _graph(name, latency, edges, [PARTS[number] for number in third])


def servers(graph: TaskGraph, short: str | None) -> Platform:
    """Return servers in proportion to the work on them, but of one type half as many."""
    period = graph.critical_path / SATURATING
    return Platform(
        {
            part: max(1, round(graph.work(part) / period / (1 + (part == short))))
            for part in PARTS
            if graph.work(part)
        }
    )


def points() -> Iterator[PhasePoint]:
    """Yield all shapes on all servers."""
    for name in SHAPES:
        graph = shape(name)
        for bottleneck, short in SHORT.items():
            platform = servers(graph, short)
            for count in PIXELS:
                yield PhasePoint(f"{name}, {bottleneck}", graph, platform, count)


def _graph(name: str, latency: list[int], edges: Edges, kinds: list[str]) -> TaskGraph:
    tasks = [
        Task(str(number), [Mode({kind: 1}, cycles)])
        for number, (kind, cycles) in enumerate(zip(kinds, latency, strict=True))
    ]
    return TaskGraph.from_tasks(tasks, edges, name)
