"""What an engine simulates: a workload resolved against a platform."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from stomp_flim.arrays import Cycles
from stomp_flim.chance.durations import draw
from stomp_flim.chance.knowledge import Knows, seen
from stomp_flim.chance.representable import require_representable
from stomp_flim.errors import InputError
from stomp_flim.memory.limits import limited
from stomp_flim.model.buffer import Buffer
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import Shown
from stomp_flim.model.task import Mode
from stomp_flim.model.workload import Workload

T = TypeVar("T")


class Option(NamedTuple):
    """A mode that the platform can run.

    Attributes
    ----------
    mode : int
        Number of the mode as declared in its graph.
    demand : tuple of (int, int)
        Server type (its position in the platform) and units, ascending by type.
    units : tuple of int
        The server type of each unit demanded, ascending.
    latency, occupancy : int
        In cycles; means where they are random.
    """

    mode: int
    demand: tuple[tuple[int, int], ...]
    units: tuple[int, ...]
    latency: int
    occupancy: int


class Choice(NamedTuple):
    """The modes of a task in the order in which a round tries them.

    Attributes
    ----------
    demand_class : int
        Tasks of one class demand the same servers in the same order of modes, and the same bits
        of a memory: in a round, where one of them fits nowhere, no other of its class does.
    options : tuple of Option
        By latency (its mean), then as declared.
    memory, bits : int
        Which limited memory (its position in `Memories.names`) the task writes, and how much; -1
        and 0 where it writes none.
    """

    demand_class: int
    options: tuple[Option, ...]
    memory: int = -1
    bits: int = 0


class Instance(Shown):
    """A workload on a platform, resolved and validated once for any engine.

    Parameters
    ----------
    workload : Workload
        The jobs.
    platform : Platform
        The servers.
    seed : int
        For durations that are random.
    knows : {"exact", "mean", "nothing"}
        What policies know of durations.

    Raises
    ------
    InputError
        If the platform can run a task in none of its modes, a buffer is larger than its memory,
        the seed is negative, or a sum of times could leave int64.
    DeadlockError
        If the memories are too small for a graph in whatever order its tasks run.

    Attributes
    ----------
    choices : list of list of Choice
        For each graph of the workload, one choice a task.
    demand_classes : int
        Number of demand classes.
    durations : Durations or None
        What was drawn; None where nothing is random.
    memories : Memories or None
        Those that are limited and written; None where there is none.
    """

    def __init__(
        self, workload: Workload, platform: Platform, seed: int = 0, knows: Knows = "mean"
    ) -> None:
        for graph in workload.graphs:
            _require_width(graph, platform)
        self.workload = workload
        self.platform = platform
        self.knows = knows
        self.durations = draw(workload, seed)
        require_representable(workload, self.durations)
        self._type_number = {name: number for number, name in enumerate(platform.servers)}
        self.memories = limited(workload, platform)
        self._class_number: dict[Hashable, int] = {}
        self.choices = [self._choices(graph) for graph in workload.graphs]
        self.demand_classes = len(self._class_number)

    def facts(self) -> dict[str, object]:
        """Return what runs on which platform, and what policies know."""
        return {
            "jobs": f"{len(self.workload):,}",
            "tasks": f"{self.workload.tasks:,}",
            "platform": self.platform.name,
            "policies know": self.knows,
        }

    def per_record(self, of_graph: Sequence[Sequence[T]]) -> list[T]:
        """Lay out a column of each graph for every job: one entry a task, by record number."""
        layout: list[T] = []
        for number in self.workload.graph_number.tolist():
            layout += of_graph[number]
        return layout

    def duration(self, record: int, option: Option) -> tuple[int, int]:
        """Return latency and occupancy of a task in cycles: the one place engines ask."""
        if self.durations is None:
            return option.latency, option.occupancy
        return self._drawn[record][option.mode]

    @cached_property
    def _drawn(self) -> list[list[tuple[int, int]]]:
        """Latency and occupancy by record number and mode, as plain integers."""
        assert self.durations is not None
        columns = self.durations.latency.tolist(), self.durations.occupancy.tolist()
        return [list(zip(*row, strict=True)) for row in zip(*columns, strict=True)]

    @cached_property
    def longest_latency(self) -> int:
        """The longest latency that can occur, in cycles."""
        if self.durations is not None:
            return int(self.durations.latency.max())
        return max(
            option.latency
            for of_graph in self.choices
            for choice in set(of_graph)
            for option in choice.options
        )

    def duration_table(self) -> Cycles:
        """Return all durations at once, for compiled code.

        Returns
        -------
        int64[tasks, options, 2]
            Latency and occupancy by record number and position in `Choice.options`; int64[0, 0, 2]
            where nothing is random.
        """
        if self.durations is None:
            return np.zeros((0, 0, 2), np.int64)
        modes = self.durations.latency.shape[1]
        order = [
            [[option.mode for option in choice.options] for choice in of_graph]
            for of_graph in self.choices
        ]
        padded = np.array(
            [row + [0] * (modes - len(row)) for of_graph in order for row in of_graph], np.intp
        )
        first_node = np.cumsum([0, *map(len, order)])[self.workload.graph_number]
        sizes = np.diff(self.workload.first_task)
        node = np.arange(self.workload.tasks) + np.repeat(
            first_node - self.workload.first_task[:-1], sizes
        )
        column = padded[node]
        return np.stack(
            [
                np.take_along_axis(self.durations.latency, column, axis=1),
                np.take_along_axis(self.durations.occupancy, column, axis=1),
            ],
            axis=-1,
        )

    @cached_property
    def seen(self) -> Workload:
        """The workload as rankers and dispatchers see it; graphs and jobs in the same order."""
        return seen(self.workload, self.knows)

    def known_latency(self, record: int, mode: int) -> int | None:
        """Return what a dispatcher may know of a latency, in cycles."""
        if self.knows == "nothing":
            return None
        if self.knows == "exact" and self.durations is not None:
            return int(self.durations.latency[record, mode])
        job, task = self.workload.task_of(record)
        return self.workload.jobs[job].graph.modes(task)[mode].latency

    def _choices(self, graph: TaskGraph) -> list[Choice]:
        numbers = graph.mode_set.tolist()
        if self.memories is None or graph.buffers is None:
            of_set = [self._choice(modes, None) for modes in graph.mode_sets]
            of_task = [of_set[number] for number in numbers]
        else:
            kinds = list(zip(numbers, graph.buffers, strict=True))
            of_kind = {
                (number, buffer): self._choice(graph.mode_sets[number], buffer)
                for number, buffer in dict.fromkeys(kinds)
            }
            of_task = [of_kind[kind] for kind in kinds]
        for task, choice in enumerate(of_task):
            if not choice.options:
                demands = " or ".join(str(dict(mode.demand)) for mode in graph.modes(task))
                raise InputError(
                    f"graph {graph.name!r}: task {task} ({graph.task_names[task]!r}) demands "
                    f"{demands}, which platform {self.platform.name!r} with "
                    f"{dict(self.platform.servers)} cannot run"
                )
        return of_task

    def _choice(self, modes: Sequence[Mode], buffer: Buffer | None) -> Choice:
        options = sorted(
            (
                self._option(number, mode)
                for number, mode in enumerate(modes)
                if self.platform.copies(mode)
            ),
            key=lambda option: (option.latency, option.mode),
        )
        demands = tuple(option.demand for option in options)
        memory, bits = -1, 0
        limited_names = () if self.memories is None else self.memories.names
        if buffer is not None and buffer.memory in limited_names:
            memory, bits = limited_names.index(buffer.memory), buffer.bits
        number = self._class_number.setdefault((demands, memory, bits), len(self._class_number))
        return Choice(number, tuple(options), memory, bits)

    def _option(self, number: int, mode: Mode) -> Option:
        demand = tuple(sorted((self._type_number[t], units) for t, units in mode.demand.items()))
        units = tuple(server_type for server_type, count in demand for _ in range(count))
        return Option(number, demand, units, mode.latency, mode.occupancy)


def _require_width(graph: TaskGraph, platform: Platform) -> None:
    """Raise an `InputError` where vector units are not as wide as the rows of a graph."""
    if graph.lanes and platform.lanes and graph.lanes != platform.lanes:
        raise InputError(
            f"graph {graph.name!r} has rows of {graph.lanes} values, and platform "
            f"{platform.name!r} vector units of {platform.lanes} lanes, made for another network; "
            "expected the servers for this one"
        )
