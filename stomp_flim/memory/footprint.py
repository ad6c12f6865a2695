"""What the tasks of a graph hold in limited memories, whatever the servers do.

Servers free themselves, memory does not: a buffer stays until its consumers have run, and they may
need buffers of their own. Whether all can be done is a question about the ORDER of the tasks alone,
one task after another: tasks that overlap hold more, never less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stomp_flim.model.graph import TaskGraph


class Footprint:
    """The buffers of a graph in those memories that a platform limits.

    Parameters
    ----------
    graph : TaskGraph
        Whose tasks write.
    capacity : mapping of str to int
        Bits of each limited memory.

    Attributes
    ----------
    memory : list of int
        Position in `capacity` of the memory that each task writes, or -1.
    bits : list of int
        What each task writes there, or 0.
    capacity : list of int
        Bits of each limited memory.
    successors, predecessors : list of list of int
        Of each task.
    """

    def __init__(self, graph: TaskGraph, capacity: Mapping[str, int]) -> None:
        number = {memory: place for place, memory in enumerate(capacity)}
        buffers = graph.buffers or (None,) * len(graph)
        limited = [b if b is not None and b.memory in capacity else None for b in buffers]
        self.graph = graph
        self.capacity = list(capacity.values())
        self.memory = [number[b.memory] if b else -1 for b in limited]
        self.bits = [b.bits if b else 0 for b in limited]
        self.successors = [graph.successors(task).tolist() for task in range(len(graph))]
        self.predecessors: list[list[int]] = [[] for _ in range(len(graph))]
        for source, target in graph.edges.tolist():
            self.predecessors[target].append(source)

    @cached_property
    def size(self) -> list[float]:
        """Bits of each task's buffer as a part of all that the graph writes into its memory.

        It makes several memories comparable, and does not depend on their capacities.
        """
        total = [0] * len(self.capacity)
        for memory, bits in zip(self.memory, self.bits, strict=True):
            total[memory] += bits if memory >= 0 else 0
        return [
            bits / total[memory] if memory >= 0 else 0.0
            for memory, bits in zip(self.memory, self.bits, strict=True)
        ]

    def requirement(self, order: Sequence[int]) -> NDArray[np.int64]:
        """Return what is held at most from each place of an order to its end.

        Returns
        -------
        int64[tasks + 1, memories]
            The first row is what the whole order takes, the last one is 0.
        """
        most = np.zeros((len(order) + 1, len(self.capacity)), np.int64)
        for place, (during, _) in enumerate(self._run(order)):
            most[place] = during
        return np.maximum.accumulate(most[::-1])[::-1]

    def fits(self, order: Sequence[int]) -> bool:
        """Whether the memories have room for an order."""
        return bool((self.requirement(order)[0] <= self.capacity).all())

    def _run(self, order: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
        """Yield what is held while each task of an order runs, and after it."""
        held = [0] * len(self.capacity)
        consumers = list(map(len, self.successors))
        for task in order:
            memory = self.memory[task]
            if memory >= 0:
                held[memory] += self.bits[task]
            during = held.copy()
            for freed in self.freed_by(task, consumers):
                held[self.memory[freed]] -= self.bits[freed]
            yield during, held

    def freed_by(self, task: int, consumers: list[int]) -> list[int]:
        """Return whose buffers the finish of a task frees, and count it for its predecessors."""
        freed = [task] if self.memory[task] >= 0 and not self.successors[task] else []
        for predecessor in self.predecessors[task]:
            consumers[predecessor] -= 1
            if consumers[predecessor] == 0 and self.memory[predecessor] >= 0:
                freed.append(predecessor)
        return freed
