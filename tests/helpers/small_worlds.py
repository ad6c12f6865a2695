"""Workloads small enough for exhaustive search, in which all that a workload can have meets."""

from __future__ import annotations

import numpy as np

from stomp_flim import Job, Mode, Platform, Task, TaskGraph
from stomp_flim.model.buffer import Buffer

KINDS = ("DSP", "port", "LUT")


def small_world(
    seed: int, most_tasks: int = 12, most_latency: int = 6
) -> tuple[list[Job], Platform]:
    """Make jobs of one to three graphs with a platform that can run them.

    With alternative modes of several units and types, occupancies below the latency, arrivals, and
    a limited memory in every third world: some order of the tasks of any one job fits into it.

    Parameters
    ----------
    seed : int
        The same gives the same world.
    most_tasks : int
        Of all jobs together.
    most_latency : int
        In cycles.
    """
    random = np.random.default_rng(seed)
    kinds = KINDS[: random.integers(1, 4)]
    servers = {kind: int(random.integers(1, 4)) for kind in kinds}
    share_of_buffers = random.choice([0, 0, 0.7])

    def mode() -> Mode:
        demanded = random.permutation(kinds)[: random.choice([1, 1, 2])].tolist()
        demand = {kind: int(random.integers(1, servers[kind] + 1)) for kind in demanded}
        latency = int(random.integers(1, most_latency + 1))
        occupancy = int(random.integers(1, latency + 1)) if random.random() < 0.4 else latency
        return Mode(demand, latency, occupancy)

    def task() -> Task:
        modes = [mode() for _ in range(random.choice([1, 1, 2, 3]))]
        stored = random.random() < share_of_buffers
        return Task(
            "", modes, buffer=Buffer("BRAM", int(random.integers(1, 6))) if stored else None
        )

    def graph(size: int) -> TaskGraph:
        pairs = random.integers(0, size, (int(random.integers(0, 2 * size)), 2)).tolist()
        edges = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
        return TaskGraph.from_tasks([task() for _ in range(size)], sorted(edges))

    tasks = int(random.integers(most_tasks // 3, most_tasks + 1))
    sizes: list[int] = []
    graphs: list[TaskGraph] = []
    while (left := tasks - sum(sizes)) and len(sizes) < 5:
        if graphs and len(graphs[-1]) <= left and random.random() < 0.6:
            graphs.append(graphs[-1])
        else:
            graphs.append(graph(int(random.integers(1, left + 1))))
        sizes.append(len(graphs[-1]))
    late = random.random() < 0.5
    jobs = [Job(graph, int(random.integers(0, 9)) if late else 0) for graph in graphs]
    memories = {"BRAM": _capacity(graphs, random)} if share_of_buffers else {}
    return jobs, Platform(servers, memories=memories)


def _capacity(graphs: list[TaskGraph], random: np.random.Generator) -> int:
    """Return bits enough for the tasks of a graph one after another, and often for little more."""
    most = 1
    for graph in graphs:
        for task in range(len(graph)):  # edges ascend, so that numbers are an order
            stored = [
                graph.buffer(writer)
                for writer in range(task + 1)
                if writer == task or max(graph.successors(writer).tolist(), default=-1) >= task
            ]
            most = max(most, sum(buffer.bits for buffer in stored if buffer))
    return most + int(random.choice([0, 0, 2, 5]))
