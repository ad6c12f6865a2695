"""What orders of a graph's tasks hold in memories, by trying all of them where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from stomp_flim import TaskGraph


def peaks(graph: TaskGraph, order: Iterable[int]) -> dict[str, int]:
    """Return the most bits of each memory that are held while tasks run one after another."""
    most: dict[str, int] = {}
    finished: frozenset[int] = frozenset()
    for task in order:
        for memory, bits in _held(graph, finished | {task}, finished).items():
            most[memory] = max(most.get(memory, 0), bits)
        finished |= {task}
    return most


def fits(graph: TaskGraph, capacity: Mapping[str, int]) -> bool:
    """Whether some order of all tasks fits: every set of finished tasks is looked at once."""
    before: list[set[int]] = [set() for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        before[target].add(source)

    @cache
    def can_finish(finished: frozenset[int]) -> bool:
        left = set(range(len(graph))) - finished
        return not left or any(
            before[task] <= finished
            and _within(_held(graph, finished | {task}, finished), capacity)
            and can_finish(finished | {task})
            for task in left
        )

    return can_finish(frozenset())


def _within(held: Mapping[str, int], capacity: Mapping[str, int]) -> bool:
    return all(held.get(memory, 0) <= bits for memory, bits in capacity.items())


def _held(graph: TaskGraph, started: frozenset[int], finished: frozenset[int]) -> dict[str, int]:
    """Return what is held by memory: a buffer from its writer's start to its last reader's end."""
    held: dict[str, int] = {}
    for task in started:
        buffer = graph.buffer(task)
        readers = graph.successors(task).tolist() or [task]
        if buffer is not None and not finished.issuperset(readers):
            held[buffer.memory] = held.get(buffer.memory, 0) + buffer.bits
    return held
