"""Task graphs: what is to be done, in which order, with which resources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stomp_flim.columns import read_only
from stomp_flim.errors import InputError, require_names
from stomp_flim.integers import is_integer
from stomp_flim.model.buffer import Buffer, Buffers, checked_buffers
from stomp_flim.model.distributions import Distribution
from stomp_flim.model.operation import Operation, checked_operations

if TYPE_CHECKING:
    import networkx as nx

    from stomp_flim.replay import Interpreter

Indices = NDArray[np.int32]
Cycles = NDArray[np.int64]


@dataclass(frozen=True)
class Mode:
    """One way to run a task.

    Parameters
    ----------
    demand : mapping of str to int
        Units held of each server type, all at once.
    latency : int
        Cycles from the start to the result, at least 1. Where it is random this is its mean,
        rounded to the nearest cycle, which need not be given.
    occupancy : int, optional
        Cycles for which the servers are held, 1 to the latency; below the latency the servers are
        pipelined and this is their initiation interval. Defaults to the latency.
    distribution : Distribution, optional
        Of a random latency, see `stomp_flim.model.distributions`;
        `stomp_flim.chance.durations.draw` says how samples become cycles.

    Raises
    ------
    InputError
        If a figure is not an integer in its range, nothing is demanded, or the latency is not the
        mean of the distribution.
    """

    demand: Mapping[str, int]
    latency: int = 0
    occupancy: int = 0
    distribution: Distribution | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.demand, Mapping):
            raise InputError(f"a mode demands {self.demand!r}, expected units by server type")
        if not self.demand:
            raise InputError("a mode demands no server type, expected at least one")
        require_names(self.demand, "a mode", "server type")
        for server_type, units in self.demand.items():
            if not is_integer(units) or units < 1:
                raise InputError(
                    f"a mode demands {units!r} units of {server_type!r}, expected an integer >= 1"
                )
        # Python's integers: NumPy's would wrap around in sums and are no JSON
        object.__setattr__(self, "demand", {name: int(n) for name, n in self.demand.items()})
        if self.distribution is not None:
            mean = max(1, round(self.distribution.mean))
            if self.latency not in (0, mean):
                raise InputError(
                    f"a mode has latency {self.latency!r} and distribution {self.distribution!r}, "
                    f"expected no latency or its mean {mean}"
                )
            object.__setattr__(self, "latency", mean)
        if not is_integer(self.latency) or self.latency < 1:
            raise InputError(f"a mode has latency {self.latency!r}, expected an integer >= 1")
        if self.occupancy == 0:
            object.__setattr__(self, "occupancy", self.latency)
        if not is_integer(self.occupancy) or not 1 <= self.occupancy <= self.latency:
            raise InputError(
                f"a mode has occupancy {self.occupancy!r}, expected an integer from 1 to its "
                f"latency {self.latency}"
            )
        object.__setattr__(self, "latency", int(self.latency))
        object.__setattr__(self, "occupancy", int(self.occupancy))

    def __hash__(self) -> int:
        return hash(
            (frozenset(self.demand.items()), self.latency, self.occupancy, self.distribution)
        )


@dataclass(frozen=True)
class Task:
    """A task, for building a graph; inside a `TaskGraph` tasks are columns.

    Parameters
    ----------
    name : str
        Shown in records and figures; need not be unique.
    modes : sequence of Mode
        Alternatives, at least one. Of equally fast ones the first that fits is taken.
    operation : Operation, optional
        What it computes; all tasks of a graph have one, or none has.
    buffer : Buffer, optional
        What it writes into a memory, for its successors to read.
    """

    name: str
    modes: Sequence[Mode]
    operation: Operation | None = None
    buffer: Buffer | None = None


@dataclass(frozen=True, eq=False)
class TaskGraph:
    """A directed acyclic graph of tasks: immutable columns and edges in CSR form.

    Tasks are numbered in input order. Use `from_tasks`, `from_networkx` or `from_stomp` to make
    one. N equal pixels are one graph and N jobs, so a graph is compared by identity.

    Attributes
    ----------
    name : str
        Name of the graph.
    task_names : tuple of str
        One a task.
    mode_sets : tuple of tuple of Mode
        The distinct sets of alternatives that occur.
    mode_set : int32[tasks]
        Which of `mode_sets` each task has.
    successor_offset, successor : int32[tasks + 1], int32[edges]
        Successors of task i, ascending: ``successor[successor_offset[i]:successor_offset[i + 1]]``.
    operations : tuple of Operation, or None
        One a task, if it is known what the tasks compute; see `stomp_flim.replay`.
    interpreter : Interpreter, or None
        Knows what the operations mean.
    buffers : tuple of Buffer or None, or None
        What each task writes into a memory; None where no task writes.
    """

    name: str
    task_names: tuple[str, ...]
    mode_sets: tuple[tuple[Mode, ...], ...]
    mode_set: Indices
    successor_offset: Indices
    successor: Indices
    operations: tuple[Operation, ...] | None = None
    interpreter: Interpreter | None = field(default=None, repr=False)
    buffers: Buffers | None = field(default=None, repr=False)
    _order: Indices = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.task_names:
            raise InputError(f"graph {self.name!r} has no task")
        for column in (self.mode_set, self.successor_offset, self.successor):
            read_only(column)
        object.__setattr__(self, "_order", self._sorted())

    def __len__(self) -> int:
        return len(self.task_names)

    @classmethod
    def from_tasks(
        cls,
        tasks: Iterable[Task],
        edges: Iterable[tuple[int, int]],
        name: str = "graph",
        interpreter: Interpreter | None = None,
    ) -> TaskGraph:
        """Make a graph of tasks, numbered in the order given, and edges between their numbers.

        Raises
        ------
        InputError
            If an edge names a task that does not exist or is no pair, a task has no mode, a name
            is no text, there is a cycle, two tasks write the same value, some tasks have an
            operation and others do not, or a buffer is none.
        """
        tasks = list(tasks)
        table: dict[tuple[Mode, ...], int] = {}
        mode_set = np.empty(len(tasks), np.int32)
        for index, task in enumerate(tasks):
            modes = tuple(task.modes)
            if not modes:
                raise InputError(f"graph {name!r}: task {index} ({task.name!r}) has no mode")
            mode_set[index] = table.setdefault(modes, len(table))
        names = tuple(task.name for task in tasks)
        require_names((name, *names), f"graph {name!r}", "graph or task")
        offset, successor = _csr(_pairs(edges, name), len(tasks), name)
        operations = checked_operations([task.operation for task in tasks], names, name)
        buffers = checked_buffers([task.buffer for task in tasks], names, name)
        return cls(
            name,
            names,
            tuple(table),
            mode_set,
            offset,
            successor,
            operations,
            interpreter,
            buffers,
        )

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph[Any], name: str | None = None) -> TaskGraph:
        """Make a graph of a networkx graph whose nodes carry ``modes`` and perhaps ``name``.

        Tasks are numbered in the node order of `graph`. Nodes may carry ``operation`` and
        ``buffer`` and the graph ``interpreter``. Parallel edges of a multigraph are one edge.

        Raises
        ------
        InputError
            If the edges have no direction, a node has no ``modes`` or the graph has a cycle.
        """
        number = {node: index for index, node in enumerate(graph)}
        title = name or str(graph.name or "graph")
        if not graph.is_directed():
            raise InputError(
                f"graph {title!r}: {type(graph).__name__}, expected one whose edges have a "
                "direction, such as a DiGraph"
            )
        tasks = []
        for node, attributes in graph.nodes(data=True):
            if "modes" not in attributes:
                raise InputError(f"graph {title!r}: node {node!r} has no attribute 'modes'")
            task_name = str(attributes.get("name", node))
            operation, buffer = attributes.get("operation"), attributes.get("buffer")
            tasks.append(Task(task_name, attributes["modes"], operation, buffer))
        edges = ((number[u], number[v]) for u, v in graph.edges())
        return cls.from_tasks(tasks, edges, title, graph.graph.get("interpreter"))

    @classmethod
    def from_stomp(
        cls,
        graphml: Path | str,
        table: Path | str,
        server_types: Sequence[str] | None = None,
        name: str | None = None,
    ) -> TaskGraph:
        """Read STOMP's GraphML and ``.txt`` files; see `stomp_flim.interchange.stomp.graph`."""
        from stomp_flim.interchange.stomp.graph import read_graph

        return read_graph(graphml, table, server_types, name)

    def to_networkx(self) -> nx.DiGraph[int]:
        """Return a networkx graph whose nodes are task numbers with ``name`` and ``modes``.

        Where the tasks have operations, nodes have ``operation`` and the graph ``interpreter``;
        tasks that write have a ``buffer``.
        """
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph(name=self.name)
        for index, name in enumerate(self.task_names):
            graph.add_node(index, name=name, modes=self.modes(index))
        if self.operations is not None:
            nx.set_node_attributes(graph, dict(enumerate(self.operations)), "operation")
            graph.graph["interpreter"] = self.interpreter
        written = {task: buffer for task, buffer in enumerate(self.buffers or ()) if buffer}
        nx.set_node_attributes(graph, written, "buffer")
        graph.add_edges_from(self.edges.tolist())
        return graph

    def modes(self, task: int) -> tuple[Mode, ...]:
        """Return the alternatives of a task, as declared."""
        return self.mode_sets[self.mode_set[task]]

    def buffer(self, task: int) -> Buffer | None:
        """Return what a task writes into a memory, if it does."""
        return None if self.buffers is None else self.buffers[task]

    def successors(self, task: int) -> Indices:
        """Return the successors of a task, ascending."""
        return self.successor[self.successor_offset[task] : self.successor_offset[task + 1]]

    @cached_property
    def edges(self) -> Indices:
        """int32[edges, 2]: predecessor and successor, sorted."""
        source = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.successor_offset))
        return read_only(np.column_stack([source, self.successor]))

    @cached_property
    def in_degree(self) -> Indices:
        """int32[tasks]: number of predecessors."""
        degree = np.bincount(self.successor, minlength=len(self))
        return read_only(degree.astype(np.int32))

    @cached_property
    def server_types(self) -> tuple[str, ...]:
        """The server types that some mode demands, in order of appearance."""
        return tuple(dict.fromkeys(t for modes in self.mode_sets for m in modes for t in m.demand))

    @cached_property
    def is_random(self) -> bool:
        """Whether some mode has a random latency."""
        return any(mode.distribution is not None for modes in self.mode_sets for mode in modes)

    @property
    def topological_order(self) -> Indices:
        """int32[tasks]: an order of the tasks in which predecessors come first."""
        return self._order

    def with_modes(self, change: Callable[[Mode], Mode]) -> TaskGraph:
        """Return the same graph with every mode replaced by what `change` makes of it."""
        table: dict[tuple[Mode, ...], int] = {}
        number = [
            table.setdefault(tuple(map(change, modes)), len(table)) for modes in self.mode_sets
        ]
        mode_set = np.array(number, np.int32)[self.mode_set]
        return replace(self, mode_sets=tuple(table), mode_set=mode_set)

    @cached_property
    def shortest_latency(self) -> Cycles:
        """int64[tasks]: latency of the fastest mode of each task (its mean), in cycles."""
        fastest = [min(mode.latency for mode in modes) for modes in self.mode_sets]
        return read_only(np.array(fastest, np.int64)[self.mode_set])

    @cached_property
    def head(self) -> Cycles:
        """int64[tasks]: longest path to each task, its own latency excluded, in cycles.

        The earliest start of the task on a platform without limits.
        """
        latency = self.shortest_latency.tolist()
        head = [0] * len(self)
        for task in self._order.tolist():
            finish = head[task] + latency[task]
            for successor in self.successors(task).tolist():
                if finish > head[successor]:
                    head[successor] = finish
        return read_only(np.array(head, np.int64))

    @cached_property
    def tail(self) -> Cycles:
        """int64[tasks]: longest path after each task, its own latency excluded, in cycles."""
        latency = self.shortest_latency.tolist()
        tail = [0] * len(self)
        for task in self._order[::-1].tolist():
            tail[task] = max(
                (latency[s] + tail[s] for s in self.successors(task).tolist()), default=0
            )
        return read_only(np.array(tail, np.int64))

    @property
    def bottom_level(self) -> Cycles:
        """int64[tasks]: longest path from the start of each task to the end of the graph.

        Called upward rank where tasks communicate (Topcuoglu et al. 2002, eq. 8).
        """
        return self.shortest_latency + self.tail

    @property
    def critical_path(self) -> int:
        """Length of the longest path, in cycles."""
        return int(self.bottom_level.max())

    def work(self, server_type: str) -> int:
        """Return the least unit-cycles of a server type that the whole graph occupies."""
        least = [
            min(mode.demand.get(server_type, 0) * mode.occupancy for mode in modes)
            for modes in self.mode_sets
        ]
        return int(np.array(least, np.int64)[self.mode_set].sum())

    def _sorted(self) -> Indices:
        """Topological order (Kahn 1962); names a cycle if there is one."""
        missing = self.in_degree.tolist()
        order = [task for task, degree in enumerate(missing) if degree == 0]
        # a view makes its integers one by one: a list of millions of them would take gigabytes
        offset, successor = self.successor_offset.tolist(), self.successor.data
        for task in order:  # grows while it is read
            for follower in successor[offset[task] : offset[task + 1]]:
                missing[follower] -= 1
                if missing[follower] == 0:
                    order.append(follower)
        if len(order) < len(self):
            raise InputError(f"graph {self.name!r} has a cycle: {self._cycle()}")
        return read_only(np.array(order, np.int32))

    def _cycle(self) -> str:
        import networkx as nx

        found = nx.find_cycle(nx.DiGraph(self.edges.tolist()))
        tasks = [edge[0] for edge in found] + [found[0][0]]
        shown = tasks if len(tasks) <= 12 else [*tasks[:11], None, tasks[-1]]
        return " -> ".join("..." if t is None else f"{t} ({self.task_names[t]})" for t in shown)


def _pairs(edges: Iterable[tuple[int, int]], name: str) -> NDArray[np.int64]:
    """Edges as int64[edges, 2]."""
    pairs: Any = edges
    if not (isinstance(pairs, np.ndarray) and pairs.dtype.kind == "i" and pairs.ndim == 2):
        pairs = list(edges)
        for edge in pairs:
            if not isinstance(edge, Collection) or len(edge) != 2 or not all(map(is_integer, edge)):
                raise InputError(f"graph {name!r}: edge {edge!r}, expected two task numbers")
            if not all(-(2**63) <= task < 2**63 for task in edge):
                raise InputError(f"graph {name!r}: edge {edge!r} names a task that does not exist")
        pairs = np.array(pairs, np.int64).reshape(-1, 2)
    if pairs.shape[1] != 2:
        raise InputError(
            f"graph {name!r}: edges are an array of shape {pairs.shape}, expected two columns"
        )
    return np.asarray(pairs, np.int64)


def _csr(edges: NDArray[np.int64], tasks: int, name: str) -> tuple[Indices, Indices]:
    """Offsets and successors of edges, each edge once, successors ascending."""
    for source, target in edges[((edges < 0) | (edges >= tasks)).any(axis=1)]:
        raise InputError(
            f"graph {name!r}: edge {source} -> {target} names a task that does not exist, "
            f"expected 0 to {tasks - 1}"
        )
    # a pair as one number sorts in a tenth of the time and memory
    source, successor = np.divmod(np.unique(edges[:, 0] * tasks + edges[:, 1]), max(tasks, 1))
    offset = np.zeros(tasks + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=tasks), out=offset[1:])
    return offset, successor.astype(np.int32)
