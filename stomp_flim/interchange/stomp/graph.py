"""STOMP's task graphs: edges in GraphML, tasks in a comma-separated ``.txt`` beside it.

The ``.txt`` has one row a task: its name, its sub-deadline ratio (not used here) and its duration
in cycles on each server type, or ``None`` where it cannot run. Row i is node ``i`` of the GraphML.

IBM's tables begin with a column ``type``. Their headers name no server types, and may have fewer
columns than the rows: durations stand in the order of the server types' ids, and are rounded to
cycles, at least 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.files import replacing
from stomp_flim.interchange.stomp.graphml import read_graphml
from stomp_flim.interchange.text.delimited import Row, read_rows, write_rows
from stomp_flim.interchange.text.single_mode import require_unbuffered
from stomp_flim.model.distributions import Normal
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task

if TYPE_CHECKING:
    import networkx as nx

_TASK_COLUMNS = ("Node name", "sub deadline ratio")


def read_graph(
    graphml: Path | str,
    table: Path | str,
    server_types: Sequence[str] | None = None,
    name: str | None = None,
) -> TaskGraph:
    """Read a task graph.

    A task gets one mode for each server type on which it has a duration: one unit of that type,
    held for the duration, declared in the order of the columns. Columns of the table are found by
    name; in a table of IBM's, whose header names none, they are those of `server_types` in order.
    A column that is not among `server_types` is left out, so that one table serves platforms that
    lack some of its server types.

    Parameters
    ----------
    graphml : path
        Nodes and edges; node ids are the row numbers of `table`, from 0.
    table : path
        The ``.txt`` with the tasks.
    server_types : sequence of str, optional
        Server types of the platform, in its order; all columns of the table by default.
    name : str, optional
        Name of the graph, by default that of the file `graphml` without its ending.

    Raises
    ------
    InputError
        If a file cannot be read or is not what it should be, the graph has a cycle, rows and nodes
        differ in number, a duration is neither an integer >= 1 nor ``None``, or a task can run on
        none of the server types.
    """
    graphml, table = Path(graphml), Path(table)
    edges, nodes = read_graphml(graphml)
    tasks = _read_tasks(table, server_types)
    if len(tasks) != nodes:
        raise InputError(
            f"{table}: {len(tasks)} rows of tasks, expected {nodes}, one for each node of {graphml}"
        )
    try:
        return TaskGraph.from_tasks(tasks, edges, name or graphml.stem)
    except InputError as error:
        raise InputError(f"{graphml}: {error}") from error


def write_graph(
    graph: TaskGraph,
    graphml: Path | str,
    table: Path | str,
    server_types: Sequence[str] | None = None,
) -> None:
    """Write a task graph as STOMP reads it.

    The sub-deadline ratio of every task is written as 1, the whole deadline of its job.

    Parameters
    ----------
    graph : TaskGraph
        Its modes must be what STOMP knows: one unit of one server type, not pipelined, at most
        one mode for a type.
    graphml, table : path
        The files to write.
    server_types : sequence of str, optional
        Columns of the table; by default the server types that the graph demands.

    Raises
    ------
    InputError
        If STOMP's format cannot express a task, or a file cannot be written.
    """
    import networkx as nx

    require_unbuffered(graph, "STOMP's files")
    columns = list(graph.server_types if server_types is None else server_types)
    rows = []
    for number, task_name in enumerate(graph.task_names):
        duration = _durations(graph, number, columns)
        rows.append([task_name, 1, *(duration.get(column, "None") for column in columns)])
    structure: nx.DiGraph[int] = nx.DiGraph()
    structure.add_nodes_from(range(len(graph)))
    structure.add_edges_from(graph.edges.tolist())
    with replacing(graphml) as temporary:  # both files or neither
        nx.write_graphml(structure, temporary)
        write_rows(table, [*_TASK_COLUMNS, *columns], rows)


def modes_of(
    durations: Mapping[str, int],
    server_types: Sequence[str],
    deviations: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Mode, ...]:
    """Return the modes of a STOMP task: one a server type on which it has a duration.

    They are declared in the order of `durations`, in which STOMP looks at equal ones.

    Parameters
    ----------
    durations : mapping of str to int
        Cycles on each server type on which the task can run.
    server_types : sequence of str
        The types of the platform; others are left out.
    deviations : mapping of str to float
        Standard deviation in cycles where the duration is normally distributed.
    """
    return tuple(
        Mode({t: 1}, durations[t], distribution=_normal(durations[t], deviations.get(t, 0)))
        for t in durations
        if t in server_types
    )


def _normal(mean: int, deviation: float) -> Normal | None:
    return Normal(mean, deviation) if deviation else None


def _read_tasks(path: Path, server_types: Sequence[str] | None) -> list[Task]:
    header_row, rows = read_rows(path, "a header and one row for each task")
    header = [field.strip() for field in header_row.fields]
    if server_types is not None and _names_no_type(header, server_types):
        return [_task_by_id(row, server_types) for row in rows]
    columns = _columns(header_row, header)
    wanted = list(columns if server_types is None else server_types)
    if not any(server_type in columns for server_type in wanted):
        raise InputError(
            f"{header_row.place}: no column is a server type of the platform: found "
            f"{_listed(columns)}, expected some of {_listed(wanted)}"
        )
    table: dict[tuple[str, ...], tuple[Mode, ...]] = {}  # most rows repeat the same durations
    tasks = []
    for number, row in enumerate(rows):
        row.require_fields(header)
        durations = row.fields[2:]
        if durations not in table:
            known = _row_durations(row, header)
            table[durations] = modes_of(known, wanted)
            if not table[durations]:
                raise InputError(
                    f"{row.place}: task {number} ({row.fields[0]!r}) can run on no server of the "
                    f"platform: {_missing(known, wanted)}"
                )
        tasks.append(Task(row.fields[0], table[durations]))
    return tasks


def _names_no_type(header: Sequence[str], server_types: Sequence[str]) -> bool:
    """Return whether a table is IBM's, whose columns have no names that mean something."""
    return header[0].casefold() == "type" and not set(header) & set(server_types)


def _task_by_id(row: Row, server_types: Sequence[str]) -> Task:
    names = ["type", "sub deadline ratio", *server_types]
    absent = [field.strip() for field in row.fields[len(names) :]]
    if len(row.fields) < len(names) or any(text != "None" for text in absent):
        raise InputError(
            f"{row.place}: {len(row.fields)} values, expected {len(names)} ({', '.join(names)}), "
            "and None in further ones"
        )
    durations = {
        server_type: _rounded(row, position, server_type)
        for position, server_type in enumerate(server_types, start=2)
        if row.fields[position].strip() != "None"
    }
    if not durations:
        raise InputError(f"{row.place}: {_missing({}, server_types)}")
    return Task(row.fields[0].strip(), modes_of(durations, server_types))


def _rounded(row: Row, position: int, server_type: str) -> int:
    """Return a duration in cycles: STOMP rounds halves to even, and nothing takes no time."""
    text = row.fields[position].strip()
    try:
        duration = float(text)
    except ValueError:
        duration = math.nan
    if not 0 <= duration < 10**15:
        raise InputError(
            f"{row.place}: {server_type} is {text!r}, expected a number >= 0 of at most 15 digits "
            "or None"
        )
    return max(1, round(duration))


def _columns(header_row: Row, header: Sequence[str]) -> dict[str, int]:
    """Position of each server type in the header."""
    columns = {name: position for position, name in enumerate(header) if position >= 2}
    if len(columns) < 1 or len(columns) < len(header) - 2 or not all(header):
        raise InputError(
            f"{header_row.place}: header {shown(','.join(header))}, expected a column for the name"
            ", one for the sub-deadline ratio and one for each server type, all different"
        )
    return columns


def _row_durations(row: Row, header: Sequence[str]) -> dict[str, int]:
    """Cycles on each server type on which the task of a row can run."""
    return {
        header[position]: row.integer(position, header[position], 1, " or None")
        for position in range(2, len(header))
        if row.fields[position].strip() != "None"
    }


def _missing(known: Mapping[str, int], wanted: Sequence[str]) -> str:
    if not known:
        return f"it has no duration, expected one on some of {_listed(wanted)}"
    hints = [f"{server_type!r} ({near_names(server_type, wanted)})" for server_type in known]
    return f"it has durations on {', '.join(hints)}"


def _listed(names: Sequence[str] | Mapping[str, int]) -> str:
    return ", ".join(repr(name) for name in names)


def _durations(graph: TaskGraph, task: int, columns: Sequence[str]) -> dict[str, int]:
    """Durations of a task on each server type, if STOMP's table can hold them."""
    durations: dict[str, int] = {}
    for mode in graph.modes(task):
        (server_type, units), *others = mode.demand.items()
        place = f"graph {graph.name!r}: task {task} ({graph.task_names[task]!r})"
        if mode.distribution is not None:
            raise InputError(
                f"{place} has the random latency {mode.distribution!r}, expected for STOMP's table "
                "a number of cycles"
            )
        if others or units != 1 or mode.occupancy != mode.latency or server_type in durations:
            raise InputError(
                f"{place} has mode {dict(mode.demand)} with latency {mode.latency} and occupancy "
                f"{mode.occupancy}, expected for STOMP one unit of one server type, held for the "
                "latency, and one mode for a type"
            )
        if server_type not in columns:
            raise InputError(f"{place} runs on {server_type!r}; {near_names(server_type, columns)}")
        durations[server_type] = mode.latency
    return durations
