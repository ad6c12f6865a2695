"""The Standard Task Graph Set (Tobita and Kasahara 2002): tasks for identical processors.

The first line has the number n of tasks. One line a task follows, from 0 to n + 1: its number, its
processing time, how many predecessors it has, and their numbers. Task 0 is the entry and task n + 1
the exit; both take no time. ``#`` starts a comment.

One unit of processing time is one cycle. The number of processors is not part of a file.
"""

from __future__ import annotations

from pathlib import Path

from stomp_flim.errors import InputError, shown
from stomp_flim.files import replacing
from stomp_flim.interchange.text.delimited import Row, read_lines
from stomp_flim.interchange.text.milestones import without_milestones
from stomp_flim.interchange.text.single_mode import only_mode, place, require_unbuffered
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task


def read_graph(path: Path | str, server_type: str = "processor") -> TaskGraph:
    """Read a task graph.

    A task becomes a task that holds one server for its processing time and has its number in the
    file as its name. Tasks that take no time, such as entry and exit, are left out; see
    `stomp_flim.interchange.text.milestones`.

    Parameters
    ----------
    path : path
        The ``.stg`` file.
    server_type : str
        What the processors are called.

    Raises
    ------
    InputError
        If the file cannot be read or is not what it should be, or the graph has a cycle.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.interchange import stg
    >>> lines = ("2", "0 0 0", "1 5 1 0", "2 3 1 1", "3 0 1 2")
    >>> with Path("chain.stg").open("w") as file:
    ...     print(*lines, sep=chr(10), file=file)
    >>> stg.read_graph("chain.stg").critical_path
    8
    """
    path = Path(path)
    lines = enumerate(read_lines(path), start=1)
    rows = [Row(path, line, tuple(text.partition("#")[0].split())) for line, text in lines]
    rows = [row for row in rows if row.fields]
    if not rows:
        raise InputError(f"{path}: empty, expected the number of tasks and one line a task")
    tasks = _task_rows(rows)
    predecessors = [_predecessors(row, number, len(tasks)) for number, row in enumerate(tasks)]
    times = [row.integer(1, "the processing time", 0) for row in tasks]
    kept, edges = without_milestones(tasks, times, predecessors)
    if not kept:
        raise InputError(f"{tasks[-1].place}: no task takes any time, expected at least one")
    mode = {time: Mode({server_type: 1}, time) for time in set(times) if time}
    return TaskGraph.from_tasks(
        [Task(str(number), (mode[times[number]],)) for number in kept], edges, path.stem
    )


def write_graph(graph: TaskGraph, path: Path | str) -> None:
    """Write a task graph; task i gets the number i + 1, names are not kept.

    Parameters
    ----------
    graph : TaskGraph
        Each task has one mode: one server, of the same type for all, held for the latency.
    path : path
        The file to write.

    Raises
    ------
    InputError
        If the format cannot express a task, or the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import stg
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> stg.write_graph(graph, "chain.stg")
    >>> stg.read_graph("chain.stg", server_type="core").critical_path
    4
    """
    require_unbuffered(graph, "STG")
    if len(graph.server_types) > 1:
        raise InputError(
            f"graph {graph.name!r} demands {', '.join(map(repr, graph.server_types))}, expected "
            "one server type for STG"
        )
    before: list[list[int]] = [[] for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        before[target].append(source + 1)
    lines = [f"{len(graph)}", "0 0 0"]
    for task, predecessors in enumerate(before):
        mode = only_mode(graph, task, "STG")
        (units,) = mode.demand.values()
        if units > 1:
            raise InputError(f"{place(graph, task)} demands {units} servers, expected 1 for STG")
        lines.append(_line(task + 1, mode.latency, predecessors or [0]))
    sinks = [task + 1 for task in range(len(graph)) if not len(graph.successors(task))]
    lines.append(_line(len(graph) + 1, 0, sinks))
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _line(number: int, time: int, predecessors: list[int]) -> str:
    return " ".join(map(str, [number, time, len(predecessors), *predecessors]))


def _task_rows(rows: list[Row]) -> list[Row]:
    """Return the lines of the tasks, as many as the first line says and numbered from 0."""
    header, *tasks = rows
    count = header.integer(0, "the number of tasks", 1)
    if len(header.fields) > 1:
        older = ": this is the older form, with the number of processors and without entry and exit"
        raise InputError(
            f"{header.place}: {shown(' '.join(header.fields))}, expected the number of tasks alone"
            f"{older if len(header.fields) == 2 and len(tasks) < count + 2 else ''}"
        )
    expected = f"{count + 2}: {count}, an entry and an exit"
    if len(tasks) > count + 2:
        raise InputError(f"{tasks[count + 2].place}: one task too many, expected {expected}")
    if len(tasks) < count + 2:
        raise InputError(f"{rows[-1].place}: ends after {len(tasks)} tasks, expected {expected}")
    return tasks


def _predecessors(row: Row, number: int, tasks: int) -> set[int]:
    if len(row.fields) < 3:
        raise InputError(
            f"{row.place}: {len(row.fields)} values, expected the task's number, its processing "
            "time, its number of predecessors and their numbers"
        )
    if row.integer(0, "the task's number", 0) != number:
        raise InputError(f"{row.place}: task {row.fields[0]}, expected task {number}")
    count = row.integer(2, "the number of predecessors", 0)
    if len(row.fields) - 3 != count:
        raise InputError(
            f"{row.place}: {len(row.fields) - 3} predecessors, expected {count} as announced"
        )
    predecessors = [row.integer(i, "a predecessor", 0) for i in range(3, len(row.fields))]
    for predecessor in predecessors:
        if predecessor >= tasks:
            raise InputError(
                f"{row.place}: predecessor {predecessor}, expected a task from 0 to {tasks - 1}"
            )
    return set(predecessors)
