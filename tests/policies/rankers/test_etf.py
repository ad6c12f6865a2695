"""Earliest task first."""

import numpy as np
from hypothesis import given, settings
from strategies import SERVER_TYPES, seeds

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def earliest_task_first(graph, platform):
    """Return starts as the paper makes them: of all pairs of a task and a mode the earliest.

    Of equally early ones the highest level, then the fastest mode.
    """
    before = {v: [u for u, w in graph.edges.tolist() if w == v] for v in range(len(graph))}
    start, finish, held = {}, {}, []

    def busy(server_type, now):
        return sum(
            mode.demand.get(server_type, 0)
            for mode, begin in held
            if begin <= now < begin + mode.occupancy
        )

    def earliest(mode, ready):
        times = sorted({ready, *(begin + m.occupancy for m, begin in held)})
        return next(
            time
            for time in times
            if time >= ready
            and all(busy(t, time) + n <= platform.servers[t] for t, n in mode.demand.items())
        )

    while len(start) < len(graph):
        pairs = []
        for task in set(range(len(graph))) - start.keys():
            if start.keys() >= set(before[task]):
                ready = max((finish[u] for u in before[task]), default=0)
                for mode in graph.modes(task):
                    rank = (earliest(mode, ready), -graph.bottom_level[task], mode.latency)
                    pairs.append((rank, task, mode))
        (begin, _, _), task, mode = min(pairs, key=lambda pair: pair[0])
        start[task], finish[task] = begin, begin + mode.latency
        held.append((mode, begin))
    return [start[task] for task in range(len(graph))]


@settings(max_examples=60)
@given(seeds)
def test_it_is_that_of_the_paper(seed):
    """Without communication; latencies are such that no two levels are equal."""
    random = np.random.default_rng(seed)
    platform = Platform({name: int(random.integers(1, 4)) for name in SERVER_TYPES[:2]})

    def mode():
        types = random.permutation(SERVER_TYPES[:2])[: random.integers(1, 3)].tolist()
        latency = int(random.integers(1, 10**6))
        demand = {t: int(random.integers(1, platform.servers[t] + 1)) for t in types}
        return Mode(demand, latency, int(random.integers(1, latency + 1)))

    tasks = [Task("t", [mode() for _ in range(random.integers(1, 3))]) for _ in range(12)]
    edges = [(u, v) for v in range(12) for u in range(v) if random.random() < 0.15]
    graph = TaskGraph.from_tasks(tasks, edges)
    schedule = simulate([Job(graph)], platform, "etf").schedule
    assert earliest_task_first(graph, platform) == schedule.by_record(schedule.start).tolist()
