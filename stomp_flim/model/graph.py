"""Task graphs: what is to be done, in which order, with which resources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from stomp_flim.arrays import Cycles, Indices, is_integer, read_only
from stomp_flim.errors import InputError, require_names
from stomp_flim.model.buffer import Buffer, Buffers, checked_buffers
from stomp_flim.model.operation import Interpreter, Operation, checked_operations
from stomp_flim.model.shown import Shown, counted, listed
from stomp_flim.model.task import Mode, Task

if TYPE_CHECKING:
    import networkx as nx

Latency = TypeVar("Latency", bound=NDArray[Any])


@dataclass(frozen=True, eq=False, repr=False)
class TaskGraph(Shown):
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
    lanes : int, or None
        How wide the rows are that its tasks compute on a vector unit, where they do; a platform
        with vector units of another width is refused.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> tasks = [sf.Task(name, [sf.Mode({"DSP": 1}, 2)]) for name in ("read", "add", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1), (1, 2)], name="chain")
    >>> len(graph), graph.critical_path, graph.bottom_level.tolist()
    (3, 6, [6, 4, 2])
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
    lanes: int | None = field(default=None, repr=False)
    _order: Indices = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.task_names:
            raise InputError(f"graph {self.name!r} has no task")
        for column in (self.mode_set, self.successor_offset, self.successor):
            read_only(column)
        object.__setattr__(self, "_order", self._sorted())

    def __len__(self) -> int:
        return len(self.task_names)

    def facts(self) -> dict[str, object]:
        """Return its name and counts."""
        return {
            "name": self.name,
            "tasks": f"{len(self):,}",
            "edges": f"{len(self.successor):,}",
            "server types": listed(self.server_types, len(self.server_types)),
        }

    def more_facts(self) -> dict[str, object]:
        """Return its critical path, and what its tasks have beside modes."""
        return {
            "critical path": counted(self.critical_path, "cycle"),
            "random durations": "yes" if self.is_random else "no",
            "operations": "no" if self.operations is None else "yes",
            "buffers": f"{sum(map(bool, self.buffers or ())):,}",
        }

    @classmethod
    def from_tasks(
        cls,
        tasks: Iterable[Task],
        edges: Iterable[tuple[int, int]],
        name: str = "graph",
        interpreter: Interpreter | None = None,
        lanes: int | None = None,
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
            lanes,
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
        return self._longest_paths[0]

    @cached_property
    def tail(self) -> Cycles:
        """int64[tasks]: longest path after each task, its own latency excluded, in cycles."""
        return self._longest_paths[1]

    @cached_property
    def _longest_paths(self) -> tuple[Cycles, Cycles]:
        head, tail = self.longest_paths(self.shortest_latency)
        return read_only(head), read_only(tail)

    def longest_paths(self, latency: Latency) -> tuple[Latency, Latency]:
        """Return the longest path to each task and after it, its own latency excluded.

        Parameters
        ----------
        latency : number[tasks] or number[rows, tasks]
            In cycles; every row is a world of its own.

        Returns
        -------
        head, tail : arrays like `latency`
            ``latency + tail`` is the upward rank and ``head`` the downward rank of Topcuoglu et al.
            2002, eq. 8 and 10, without communication.
        """
        offset, successor = self.successor_offset.tolist(), self.successor.data
        of_task: Any = latency.tolist()
        longer: Any = max
        if latency.ndim == 2:
            of_task, longer = np.ascontiguousarray(latency.T), np.maximum
        head, tail = [0 * of_task[0]] * len(self), [0 * of_task[0]] * len(self)
        for task in self._order.tolist():
            finish = head[task] + of_task[task]
            for follower in successor[offset[task] : offset[task + 1]]:
                head[follower] = longer(head[follower], finish)
        for task in self._order[::-1].tolist():
            for follower in successor[offset[task] : offset[task + 1]]:
                tail[task] = longer(tail[task], of_task[follower] + tail[follower])
        of_heads: Any = np.array(head, latency.dtype).T
        of_tails: Any = np.array(tail, latency.dtype).T
        return of_heads, of_tails

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
        tasks = np.bincount(self.mode_set, minlength=len(least)).tolist()
        return sum(cycles * count for cycles, count in zip(least, tasks, strict=True))

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
        return " -> ".join("..." if t is None else f"{t} ({self.task_names[t]!r})" for t in shown)


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
    keys = np.sort(edges[:, 0] * tasks + edges[:, 1])
    once = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=once[1:])
    source, successor = np.divmod(keys[once], max(tasks, 1))
    offset = np.zeros(tasks + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=tasks), out=offset[1:])
    return offset, successor.astype(np.int32)
