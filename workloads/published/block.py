"""Blocks of tasks: the pieces of a decomposition, and how they are put together to a graph.

A cell or a layer is described once, by the names of its tasks. It is then placed as often as the
sequence has steps, and placed blocks are joined at their ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Task
from workloads.published.operations import Modes

TaskNumbers = NDArray[np.int64]
NOTHING: TaskNumbers = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Block:
    """Tasks numbered from 0, the edges between them and the ports at which they are joined.

    Attributes
    ----------
    names : tuple of str
        One a task.
    modes : tuple of modes
        One tuple of modes a task.
    edges : int64[edges, 2]
        Predecessor and successor.
    ports : mapping of str to int64[tasks of the port]
        Tasks that wait for something outside, or that something outside waits for.
    """

    names: tuple[str, ...]
    modes: tuple[Modes, ...]
    edges: NDArray[np.int64]
    ports: Mapping[str, TaskNumbers]


class BlockBuilder:
    """A block in the making: tasks are known by name, in any order, and can still be changed."""

    def __init__(self) -> None:
        self.modes: dict[str, Modes] = {}
        self.predecessors: dict[str, list[str]] = {}
        self.ports: dict[str, list[str]] = {}
        self.numbering: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self.modes

    def add(self, name: str, modes: Modes, *predecessors: str) -> str:
        """Add a task, return its name; predecessors may be added later than it."""
        if name in self.modes:
            raise ValueError(f"task {name!r} is added twice")
        self.modes[name] = modes
        self.predecessors[name] = list(predecessors)
        return name

    def remove(self, name: str) -> None:
        """Remove a task with its edges."""
        del self.modes[name], self.predecessors[name]
        for predecessors in self.predecessors.values():
            if name in predecessors:
                predecessors.remove(name)
        for tasks in self.ports.values():
            if name in tasks:
                tasks.remove(name)

    def merge(self, name: str, into: str) -> None:
        """Make two tasks one that has the predecessors and the successors of both."""
        self.predecessors[into] += self.predecessors[name]
        for task, predecessors in self.predecessors.items():
            if name in predecessors and into not in predecessors:
                self.connect(into, task)
        self.remove(name)

    def connect(self, predecessor: str, successor: str) -> None:
        """Let a task wait for another."""
        self.predecessors[successor].append(predecessor)

    def disconnect(self, predecessor: str, successor: str) -> None:
        """Let a task no longer wait for another."""
        self.predecessors[successor].remove(predecessor)

    def number(self, name: str, after: str) -> None:
        """Give a task the number after another's."""
        self.numbering.insert(self.numbering.index(after) + 1, name)

    def build(self, *first: str) -> Block:
        """Return the block, tasks numbered `first` and then as `numbering` first mentions them.

        What `numbering` mentions and the block does not have is passed over.
        """
        order = dict.fromkeys(name for name in (*first, *self.numbering) if name in self)
        if missing := self.modes.keys() - order.keys():
            raise ValueError(f"tasks without a number: {sorted(missing)}")
        number = {name: index for index, name in enumerate(order)}
        edges = [(number[p], number[name]) for name in order for p in self.predecessors[name]]
        return Block(
            names=tuple(order),
            modes=tuple(self.modes[name] for name in order),
            edges=np.array(edges, np.int64).reshape(-1, 2),
            ports={
                port: np.array([number[name] for name in names], np.int64)
                for port, names in self.ports.items()
            },
        )


class Assembly:
    """A graph in the making: blocks placed one after another and joined at their ports."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._modes: list[Modes] = []
        self._edges: list[NDArray[np.int64]] = []

    def place(self, block: Block, prefix: str) -> dict[str, TaskNumbers]:
        """Append the tasks of a block; return its ports as tasks of the graph."""
        offset = len(self._names)
        self._names += [prefix + name for name in block.names]
        self._modes += block.modes
        self._edges.append(block.edges + offset)
        return {port: tasks + offset for port, tasks in block.ports.items()}

    def connect(self, predecessors: TaskNumbers, successors: TaskNumbers) -> None:
        """Let all `successors` wait for all `predecessors`."""
        sources = np.repeat(predecessors, len(successors))
        self._edges.append(np.column_stack([sources, np.tile(successors, len(predecessors))]))

    def connect_each(self, predecessors: TaskNumbers, successors: TaskNumbers) -> None:
        """Let each of `successors` wait for the one of `predecessors` in the same place."""
        self._edges.append(np.column_stack([predecessors, successors]))

    def graph(self, name: str, lanes: int | None = None) -> TaskGraph:
        """Return the graph of all that was placed, in rows of so many values."""
        tasks = (Task(name, modes) for name, modes in zip(self._names, self._modes, strict=True))
        return TaskGraph.from_tasks(tasks, np.concatenate(self._edges).tolist(), name, lanes=lanes)
