"""PSPLIB's ``.sm`` files (Kolisch and Sprecher 1997): projects on renewable resources.

A resource ``R k`` becomes the server type ``Rk`` with as many servers as are available, a job a
task that holds what it requests of all resources at once for its duration; one unit of time is one
cycle. Only single-mode jobs and renewable resources are read. Horizon, release date, due date and
tardiness cost are not read.

Supersource, supersink and other jobs that take no time are left out; see
`stomp_flim.interchange.text.milestones`. A job that requests nothing holds a server of the type
``"no resource"``, of which there is one for each such job, so that it never waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from stomp_flim.interchange.text.delimited import Row, read_lines
from stomp_flim.interchange.text.milestones import without_milestones
from stomp_flim.interchange.text.single_mode import (
    only_mode,
    place,
    require_available,
    require_unbuffered,
)
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task

NO_RESOURCE = "no resource"

_SECTIONS = ("PRECEDENCE RELATIONS", "REQUESTS/DURATIONS", "RESOURCEAVAILABILITIES")
_TITLES = re.compile(r"[*-]+|(jobnr\.|R\b).*")
_RULE = "*" * 72


@dataclass(frozen=True)
class _File:
    """The lines that matter: what stands before the sections, by key, and the sections' data."""

    path: Path
    header: dict[str, list[Row]]
    sections: dict[str, list[Row]]

    def number(self, key: str) -> int:
        return self._row(key).integer(1, key, 0)

    def require(self, key: str, expected: int, reason: str) -> None:
        if self.number(key) != expected:
            row = self._row(key)
            found = f"{key} is {row.fields[1]}"
            raise InputError(f"{row.place}: {found}, expected {expected}: {reason}")

    def rows(self, section: str, count: int, columns: str) -> list[Row]:
        """Return the data of a section, which must be one line a job."""
        if section not in self.sections:
            raise InputError(f"{self.path}: no section {section!r}, expected one")
        title, *rows = self.sections[section]
        for number, row in enumerate(rows, start=1):
            if len(row.fields) < 3:
                raise InputError(f"{row.place}: {len(row.fields)} values, expected {columns}")
            if row.integer(0, "the job's number", 1) != number:
                raise InputError(f"{row.place}: job {row.fields[0]}, expected job {number}")
            if number > count:
                raise InputError(f"{row.place}: one job too many, expected {count} in {section}")
        if len(rows) < count:
            last = rows[-1] if rows else title
            raise InputError(f"{last.place}: {section} ends after {len(rows)} jobs of {count}")
        return rows

    def _row(self, key: str) -> Row:
        if key not in self.header:
            raise InputError(f"{self.path}: no line '{key} : ...' before {_SECTIONS[0]}")
        row, *others = self.header[key]
        if others:
            raise InputError(f"{others[0].place}: {key} stands twice, expected once")
        return row


def read_graph(path: Path | str) -> tuple[TaskGraph, Platform]:
    """Read a project: its jobs, named by their numbers, and its resources.

    Parameters
    ----------
    path : path
        The ``.sm`` file.

    Raises
    ------
    InputError
        If the file cannot be read or is not what it should be, a job has several modes, resources
        are not renewable, the precedences have a cycle, or a job requests more than there is.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import psplib
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> psplib.write_graph(graph, "chain.sm", sf.Platform({"core": 2}))
    >>> project, platform = psplib.read_graph("chain.sm")
    >>> project.critical_path, dict(platform.servers)
    (4, {'R1': 2})
    """
    file = _read(Path(path))
    file.require("projects", 1, "a file is read as one project")
    file.require("nonrenewable", 0, "only renewable resources are supported")
    file.require("doubly constrained", 0, "only renewable resources are supported")
    count = file.number("jobs")
    precedences = file.rows(_SECTIONS[0], count, "job, modes, number of successors, successors")
    predecessors = _predecessors(precedences)
    available = _availabilities(file, file.number("renewable"))
    requests = file.rows(_SECTIONS[1], count, "job, mode, duration, requests")
    modes = [_mode(row, available) for row in requests]
    kept, edges = without_milestones(
        precedences, [0 if mode is None else mode.latency for mode in modes], predecessors
    )
    tasks = [Task(str(job + 1), (mode,)) for job in kept if (mode := modes[job]) is not None]
    if not tasks:
        raise InputError(f"{requests[-1].place}: no job takes any time, expected at least one")
    servers = {server_type: units for server_type, units in available.items() if units}
    free = sum(NO_RESOURCE in task.modes[0].demand for task in tasks)
    if free:
        servers[NO_RESOURCE] = free
    graph = TaskGraph.from_tasks(tasks, edges, file.path.stem)
    return graph, Platform(servers, name=file.path.stem)


def write_graph(graph: TaskGraph, path: Path | str, platform: Platform) -> None:
    """Write a project; task i is job i + 2, resource k the k-th server type, names are not kept.

    Parameters
    ----------
    graph : TaskGraph
        Each task has one mode, not pipelined.
    path : path
        The file to write.
    platform : Platform
        The resources; servers of the type ``"no resource"`` are not written.

    Raises
    ------
    InputError
        If the format cannot express a task, a task demands what the platform lacks, or the file
        cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import psplib
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> psplib.write_graph(graph, "chain.sm", sf.Platform({"core": 2}))
    """
    require_unbuffered(graph, "PSPLIB")
    modes = [only_mode(graph, task, "PSPLIB") for task in range(len(graph))]
    resources = [server_type for server_type in platform.servers if server_type != NO_RESOURCE]
    requests = [[0] * len(resources)]
    for task, mode in enumerate(modes):
        require_available(graph, task, platform)
        if NO_RESOURCE in mode.demand and mode.demand != {NO_RESOURCE: 1}:
            raise InputError(
                f"{place(graph, task)} demands {dict(mode.demand)}, expected one unit of "
                f"{NO_RESOURCE!r} and nothing else"
            )
        requests.append([mode.demand.get(resource, 0) for resource in resources])
    requests.append([0] * len(resources))
    durations = [0, *(mode.latency for mode in modes), 0]
    with replacing(path) as temporary:
        text = "\n".join(_lines(graph, durations, requests, platform, resources))
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def _read(path: Path) -> _File:
    file = _File(path, {}, {})
    section: list[Row] | None = None
    for line, text in enumerate(read_lines(path), start=1):
        words = tuple(text.split())
        title = text.strip().rstrip(":").strip()
        if title in file.sections:
            raise InputError(f"{path}, line {line}: {title} stands twice, expected once")
        if title in _SECTIONS:
            section = file.sections[title] = [Row(path, line, words)]
        elif section is not None:
            if words and not _TITLES.fullmatch(text.strip()):
                section.append(Row(path, line, words))
        elif ":" in text:
            key, _, value = text.partition(":")
            key = key.partition("(")[0].strip(" -\t")
            row = Row(path, line, (key, *(value.split() or [""])))
            file.header.setdefault(key, []).append(row)
    return file


def _predecessors(rows: Sequence[Row]) -> list[set[int]]:
    """Positions of the predecessors of each job."""
    predecessors: list[set[int]] = [set() for _ in rows]
    for job, row in enumerate(rows):
        if row.integer(1, "the number of modes", 1) != 1:
            raise InputError(
                f"{row.place}: job {job + 1} has {row.fields[1]} modes, expected 1: only "
                "single-mode projects are supported"
            )
        count = row.integer(2, "the number of successors", 0)
        if len(row.fields) - 3 != count:
            raise InputError(
                f"{row.place}: {len(row.fields) - 3} successors, expected {count} as announced"
            )
        for position in range(3, len(row.fields)):
            successor = row.integer(position, "a successor", 1)
            if successor > len(rows):
                raise InputError(
                    f"{row.place}: successor {successor}, expected a job from 1 to {len(rows)}"
                )
            predecessors[successor - 1].add(job)
    return predecessors


def _availabilities(file: _File, count: int) -> dict[str, int]:
    """Units available of each resource."""
    if _SECTIONS[2] not in file.sections:
        raise InputError(f"{file.path}: no section {_SECTIONS[2]!r}, expected one")
    title, *rows = file.sections[_SECTIONS[2]]
    values = rows[0].fields if rows else ()
    if len(rows) > 1 or len(values) != count:
        raise InputError(
            f"{rows[-1].place if rows else title.place}: {len(values)} availabilities in "
            f"{len(rows)} lines, expected {count} in one"
        )
    return {f"R{k + 1}": rows[0].integer(k, f"R {k + 1}", 0) for k in range(count)}


def _mode(row: Row, available: dict[str, int]) -> Mode | None:
    """Return how a job runs, or None if it takes no time."""
    if len(row.fields) != 3 + len(available):
        raise InputError(
            f"{row.place}: {len(row.fields)} values, expected job, mode, duration and "
            f"{len(available)} requests"
        )
    if row.integer(1, "the mode", 1) != 1:
        raise InputError(
            f"{row.place}: mode {row.fields[1]}, expected 1: only single-mode projects are "
            "supported"
        )
    duration = row.integer(2, "the duration", 0)
    demand = {}
    for position, (resource, units) in enumerate(available.items(), start=3):
        request = row.integer(position, f"the request of {resource}", 0)
        if request > units:
            raise InputError(
                f"{row.place}: job {row.fields[0]} requests {request} of {resource}, expected at "
                f"most the {units} available"
            )
        if request:
            demand[resource] = request
    return Mode(demand or {NO_RESOURCE: 1}, duration) if duration else None


def _lines(
    graph: TaskGraph,
    durations: Sequence[int],
    requests: Iterable[Sequence[int]],
    platform: Platform,
    resources: Sequence[str],
) -> Iterator[str]:
    jobs, horizon = len(durations), sum(durations)
    names = [f"R {k + 1}" for k in range(len(resources))]
    yield from (_RULE, "projects                      :  1")
    yield f"jobs (incl. supersource/sink ):  {jobs}"
    yield f"horizon                       :  {horizon}"
    yield "RESOURCES"
    yield f"  - renewable                 :  {len(resources)}   R"
    yield "  - nonrenewable              :  0   N"
    yield "  - doubly constrained        :  0   D"
    yield from (_RULE, "PROJECT INFORMATION:")
    yield "pronr.  #jobs rel.date duedate tardcost  MPM-Time"
    yield _columns([1, jobs - 2, 0, horizon, 0, graph.critical_path])
    yield from (_RULE, "PRECEDENCE RELATIONS:", "jobnr.    #modes  #successors   successors")
    sources = [task + 2 for task in range(len(graph)) if not graph.in_degree[task]]
    yield _columns([1, 1, len(sources), *sources])
    for task in range(len(graph)):
        followers = [int(task) + 2 for task in graph.successors(task)] or [jobs]
        yield _columns([task + 2, 1, len(followers), *followers])
    yield _columns([jobs, 1, 0])
    yield from (_RULE, "REQUESTS/DURATIONS:", _columns(["jobnr. mode duration", *names]), "-" * 72)
    for job, (duration, request) in enumerate(zip(durations, requests, strict=True), start=1):
        yield _columns([job, 1, duration, *request])
    yield from (_RULE, "RESOURCEAVAILABILITIES:", _columns(names))
    yield _columns([platform.servers[resource] for resource in resources])
    yield _RULE


def _columns(values: Iterable[object]) -> str:
    return "".join(f" {value!s:>5}" for value in values)
