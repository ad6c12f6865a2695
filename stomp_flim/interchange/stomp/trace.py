"""STOMP's arrival traces: jobs that execute task graphs, and single tasks of IBM's STOMP.

The header tells the two apart. A job trace has the columns Time, Pixel #, Graph #, Timestep #,
Priorities and Deadline; IBM's job traces have no header and the values time, number, graph,
priority and deadline. A task trace has server types as header and rows of time, task type and one
service time for each of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.interchange.text.delimited import Row, read_rows, write_rows

_JOB_COLUMNS = {
    "time": "Time",
    "pixel": "Pixel #",
    "graph": "Graph #",
    "timestep": "Timestep #",
    "priority": "Priorities",
    "deadline": "Deadline",
}
_OPTIONAL = ("priority", "deadline")
_IBM_FIELDS = ("time", "number of the job", "graph", "priority", "deadline")


class JobEntry(NamedTuple):
    """A job that arrives.

    Attributes
    ----------
    time : int
        Arrival in cycles.
    pixel, graph : int
        Which pixel is processed by which graph: the stage.
    timestep : int, optional
        The number of steps; None for a graph of IBM's, which has none.
    priority : int
        Higher is more important.
    deadline : int, optional
        In cycles from the arrival.
    """

    time: int
    pixel: int
    graph: int
    timestep: int | None
    priority: int = 0
    deadline: int | None = None

    @property
    def files(self) -> tuple[str, str]:
        """Names of the files of the graph: its edges and its table of tasks."""
        if self.timestep is None:
            return f"dag{self.graph}.graphml", f"dag_{self.graph}.txt"
        name = f"dag_{self.graph}_{self.timestep}"
        return f"{name}.graphml", f"{name}.txt"

    @property
    def graph_text(self) -> str:
        """The graph in words."""
        steps = "" if self.timestep is None else f" with {self.timestep} steps"
        return f"graph {self.graph}{steps}"


class TaskEntry(NamedTuple):
    """A task that arrives.

    Attributes
    ----------
    time : int
        Arrival in cycles.
    type : str
        Its type, which is in the configuration.
    service_times : tuple of (float or None)
        For each server type of the trace; STOMP's simulation takes the configuration's instead.
    """

    time: int
    type: str
    service_times: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class JobTrace:
    """Arrivals of jobs; `lines` are their lines in the file, for messages.

    `ibm` tells whether it is one of IBM's, without a header.
    """

    path: Path
    entries: tuple[JobEntry, ...]
    lines: tuple[int, ...]
    ibm: bool = False

    @property
    def pixels(self) -> list[int]:
        """The pixel of each job."""
        return [entry.pixel for entry in self.entries]


@dataclass(frozen=True)
class TaskTrace:
    """Arrivals of single tasks; `lines` are their lines in the file, for messages."""

    path: Path
    server_types: tuple[str, ...]
    entries: tuple[TaskEntry, ...]
    lines: tuple[int, ...]


def read_trace(path: Path | str, server_types: Sequence[str]) -> JobTrace | TaskTrace:
    """Read a trace of either kind.

    Parameters
    ----------
    path : path
        The file.
    server_types : sequence of str
        Server types of the platform, some of which are the header of a task trace.

    Raises
    ------
    InputError
        If the file cannot be read, its header is that of neither kind, it has no row after the
        header, or a row lacks values or has wrong ones.
    """
    path = Path(path)
    header_row, rows = read_rows(path, "a header and one row for each job or task")
    if _is_number(header_row.fields[0]):
        return _headless(path, [header_row, *rows])
    header = tuple(field.strip() for field in header_row.fields)
    columns = {_job_column(name): position for position, name in enumerate(header)}
    if "time" in columns:
        _require_job_columns(header_row, header, columns)
        kind = "job"
    elif any(name in server_types for name in header):
        kind = "task"
    else:
        raise InputError(
            f"{header_row.place}: header {shown(','.join(header))}, expected that of a job trace "
            f"({', '.join(_JOB_COLUMNS.values())}) or server types of the platform "
            f"({', '.join(server_types)})"
        )
    if not rows:
        raise InputError(f"{path}: no row after the header, expected at least one {kind}")
    lines = tuple(row.line for row in rows)
    if kind == "job":
        for row in rows:
            row.require_fields(header)
        return JobTrace(path, tuple(_job_entry(row, columns) for row in rows), lines)
    fields = ("time", "type", *header)
    for row in rows:
        row.require_fields(fields)
    return TaskTrace(path, header, tuple(_task_entry(row, fields) for row in rows), lines)


def write_job_trace(entries: Sequence[JobEntry], path: Path | str) -> None:
    """Write a job trace.

    Raises
    ------
    InputError
        If an entry has no number of steps, or the file cannot be written.
    """
    for number, entry in enumerate(entries):
        if entry.timestep is None:
            raise InputError(f"job {number} has no number of steps, expected an integer >= 1")
    write_rows(
        path,
        list(_JOB_COLUMNS.values()),
        (["None" if value is None else value for value in entry] for entry in entries),
    )


def write_task_trace(
    entries: Sequence[TaskEntry], server_types: Sequence[str], path: Path | str
) -> None:
    """Write a task trace.

    Raises
    ------
    InputError
        If an entry has not one service time for each server type, or the file cannot be written.
    """
    for number, entry in enumerate(entries):
        if len(entry.service_times) != len(server_types):
            raise InputError(
                f"task {number} has {len(entry.service_times)} service times, expected "
                f"{len(server_types)} ({', '.join(server_types)})"
            )
    write_rows(
        path,
        list(server_types),
        (
            [
                entry.time,
                entry.type,
                *("None" if t is None else f"{t:.15g}" for t in entry.service_times),
            ]
            for entry in entries
        ),
    )


def _is_number(text: str) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit()


def _headless(path: Path, rows: Sequence[Row]) -> JobTrace:
    entries = []
    for row in rows:
        row.require_fields(_IBM_FIELDS)
        time, number, graph = (row.integer(i, _IBM_FIELDS[i], 0) for i in range(3))
        priority = row.integer(3, "priority", -(10**15))
        entries.append(JobEntry(time, number, graph, None, priority, row.integer(4, "deadline", 1)))
    return JobTrace(path, tuple(entries), tuple(row.line for row in rows), ibm=True)


def _job_column(name: str) -> str:
    """Return a column's key, whatever its case, with or without ``#``, singular or plural."""
    name = name.casefold().replace("#", "").strip().replace("priorities", "priority")
    return name.removesuffix("s")


def _require_job_columns(header_row: Row, header: Sequence[str], columns: dict[str, int]) -> None:
    for name in header:
        if _job_column(name) not in _JOB_COLUMNS:
            raise InputError(
                f"{header_row.place}: unknown column {shown(name)}; "
                f"{near_names(name, _JOB_COLUMNS.values())}"
            )
    missing = [
        title for key, title in _JOB_COLUMNS.items() if key not in columns and key not in _OPTIONAL
    ]
    if missing or len(columns) < len(header):
        raise InputError(
            f"{header_row.place}: header {shown(','.join(header))}, expected each of "
            f"{', '.join(_JOB_COLUMNS.values())} once"
        )


def _job_entry(row: Row, columns: dict[str, int]) -> JobEntry:
    def integer(key: str, minimum: int) -> int:
        return row.integer(columns[key], _JOB_COLUMNS[key], minimum)

    priority = integer("priority", -(10**15)) if "priority" in columns else 0
    deadline = None
    if "deadline" in columns and row.fields[columns["deadline"]].strip() not in ("", "None"):
        deadline = row.integer(columns["deadline"], "Deadline", 1, " or None")
    return JobEntry(
        integer("time", 0),
        integer("pixel", 0),
        integer("graph", 0),
        integer("timestep", 1),
        priority,
        deadline,
    )


def _task_entry(row: Row, header: Sequence[str]) -> TaskEntry:
    times = tuple(
        _service_time(row, position, header[position]) for position in range(2, len(header))
    )
    return TaskEntry(row.integer(0, "time", 0), row.fields[1].strip(), times)


def _service_time(row: Row, position: int, server_type: str) -> float | None:
    text = row.fields[position].strip()
    if text == "None":
        return None
    try:
        time = float(text)
    except ValueError:
        time = math.nan
    if not 0 < time < math.inf:
        raise InputError(
            f"{row.place}: service time on {server_type} is {text!r}, expected a number > 0 or None"
        )
    return time
