"""WfFormat of WfCommons (Coleman et al. 2022): workflows as they were executed on machines.

Read are versions 1.5 and 1.6, which are alike in what is read; written is 1.5.

A machine becomes a server type of its name with its cores as servers, and a task holds cores for
its runtime. What is not read: files and their transfer, memory, energy, and how fast machines are.

Seconds become cycles by a TICK, the seconds that a cycle stands for: the nearest whole number, and
at least 1. A file that was written here says its tick; else it is a millisecond unless given. Where
all runtimes are below half a tick the file is refused, since nothing would be left of their
differences, and a warning tells of single ones.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, get_args

from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.files import replacing
from stomp_flim.interchange.text.json_document import Document, line_of, read_document
from stomp_flim.interchange.text.single_mode import (
    place,
    require_available,
    require_fixed,
    require_unbuffered,
)
from stomp_flim.interchange.wfformat_schema import VERSIONS, ExecutedTask, Instance
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task

Placement = Literal["recorded", "any"]

CORE = "core"
_SPECIFIED = ("workflow", "specification", "tasks")
_EXECUTED = ("workflow", "execution", "tasks")
_MILLISECOND = 1e-3
_DESCRIPTION = "Not executed; 1 cycle is {clock_ns!r} ns."
_WRITTEN_HERE = re.compile(re.escape(_DESCRIPTION).replace(r"\{clock_ns!r\}", r"(\S+)"))
_NEVER = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class _Reader:
    """Makes the modes of tasks."""

    document: Document[Instance]
    tick_s: float
    placement: Placement
    cores: Mapping[str, int]

    def modes(self, index: int) -> tuple[Mode, ...]:
        """Return the modes of a task of the execution."""
        task = self.document.content.workflow.execution.tasks[index]
        latency = task.runtimeInSeconds / self.tick_s
        if latency >= 10**15:
            raise InputError(
                f"{self._place(index, 'runtimeInSeconds')}: {task.runtimeInSeconds} s are "
                f"{latency:.3g} cycles of {self.tick_s:g} s, expected fewer than 1e+15"
            )
        cycles, units = max(1, round(latency)), math.ceil(task.coreCount)
        if self.placement == "any" or not task.machines:
            modes = _anywhere(self.cores, units, cycles)
            if not modes:
                raise InputError(
                    f"{self._place(index, 'coreCount')}: {units} cores, expected at most the "
                    f"{max(self.cores.values())} of the largest machine"
                )
            return modes
        return (Mode(self._recorded(index, task, units), cycles),)

    def _recorded(self, index: int, task: ExecutedTask, units: int) -> dict[str, int]:
        """Cores on each machine that a task ran on."""
        each, rest = divmod(units, len(task.machines))
        if rest or len(set(task.machines)) < len(task.machines):
            raise InputError(
                f"{self._place(index, 'machines')}: {units} cores on {task.machines}, expected "
                "different machines and the same number of cores on each"
            )
        for number, machine in enumerate(task.machines):
            if machine not in self.cores:
                raise InputError(
                    f"{self._place(index, 'machines', number)}: machine {machine!r} is not among "
                    f"the machines of the execution; {near_names(machine, self.cores)}"
                )
            if each > self.cores[machine]:
                raise InputError(
                    f"{self._place(index, 'coreCount')}: {each} cores on {machine!r}, expected at "
                    f"most its {self.cores[machine]}"
                )
        return dict.fromkeys(task.machines, each)

    def _place(self, index: int, *steps: str | int) -> str:
        return self.document.place(*_EXECUTED, index, *steps)


def read_graph(
    path: Path | str, tick_s: float | None = None, placement: Placement = "recorded"
) -> tuple[TaskGraph, Platform]:
    """Read a workflow and the machines that it ran on.

    Parameters
    ----------
    path : path
        The JSON file.
    tick_s : float, optional
        Seconds that a cycle stands for; also the clock period of the platform. By default that of
        a file that `write_graph` wrote, or else a millisecond.
    placement : {"recorded", "any"}
        Where a task may run: on the machine on which it did (on every one of several, which share
        its cores equally), or on any machine with enough cores, in the recorded time. A task
        without a machine may run on any.

    Returns
    -------
    graph : TaskGraph
        Tasks in the order of the specification.
    platform : Platform
        The machines; one without a number of cores has 1. If the file lists no machine, it is one
        server type ``"core"`` with as many servers as all tasks together ask for, which limits
        nothing: simulate on a platform with fewer.

    Raises
    ------
    InputError
        If the file cannot be read or is not what it should be, parents and children contradict
        each other, the graph has a cycle, a task asks for a machine or cores that are not there, or
        all runtimes are below half a tick.

    Warns
    -----
    UserWarning
        If some runtimes are below half a tick, and become twice as long or more.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import wfformat
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> wfformat.write_graph(graph, "chain.json", sf.Platform({"core": 2}, clock_ns=1e6))
    >>> workflow, platform = wfformat.read_graph("chain.json", tick_s=0.001)
    >>> workflow.critical_path, dict(platform.servers)
    (4, {'core': 2})
    """
    if tick_s is not None and not 0 < tick_s < math.inf:
        raise InputError(f"a tick of {tick_s!r} s, expected a number above 0")
    if placement not in get_args(Placement):
        raise InputError(f"placement {placement!r}; {near_names(placement, get_args(Placement))}")
    document = read_document(Path(path), Instance, _require_version)
    clock_ns = _clock_ns(document.content, tick_s)
    execution = document.content.workflow.execution
    _warn_of_short_runtimes(document, clock_ns * 1e-9)
    cores = _cores(document)
    if not cores:
        cores = {CORE: sum(math.ceil(task.coreCount) for task in execution.tasks)}
        placement = "any"
    reader = _Reader(document, clock_ns * 1e-9, placement, cores)
    executed = _numbers(document, _EXECUTED, [task.id for task in execution.tasks])
    tasks = []
    for number, task in enumerate(document.content.workflow.specification.tasks):
        if task.id not in executed:
            raise InputError(
                f"{document.place(*_SPECIFIED, number, 'id')}: task {task.id!r} is not among the "
                "tasks of the execution, expected its runtime there"
            )
        tasks.append(Task(task.name, reader.modes(executed[task.id])))
    graph = TaskGraph.from_tasks(tasks, _edges(document), document.content.name)
    return graph, Platform(cores, clock_ns=clock_ns, name=document.path.stem)


def write_graph(graph: TaskGraph, path: Path | str, platform: Platform) -> None:
    """Write a workflow; the clock period of the platform is the tick.

    Nothing was executed, so makespan and time of execution are written as 0.

    Parameters
    ----------
    graph : TaskGraph
        Tasks that are not pipelined, each with one mode that demands the same number of units of
        all its server types, or one mode for each server type with enough servers, all alike.
    path : path
        The file to write.
    platform : Platform
        Its server types are the machines.

    Raises
    ------
    InputError
        If the format cannot express a task, or the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import wfformat
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> wfformat.write_graph(graph, "chain.json", sf.Platform({"core": 2}))
    """
    require_unbuffered(graph, "WfFormat")
    ids = [f"ID{task + 1:07d}" for task in range(len(graph))]
    parents: list[list[str]] = [[] for _ in ids]
    for source, target in graph.edges.tolist():
        parents[target].append(ids[source])
    tick_s = platform.clock_ns * 1e-9
    specified, executed = [], []
    for task, name in enumerate(graph.task_names):
        children = [ids[successor] for successor in graph.successors(task)]
        specified.append(
            {"name": name, "id": ids[task], "parents": parents[task], "children": children}
        )
        executed.append({"id": ids[task], **_execution(graph, task, platform, tick_s)})
    machines = [
        {"nodeName": name, "cpu": {"coreCount": count}} for name, count in platform.servers.items()
    ]
    execution = {
        "makespanInSeconds": 0,
        "executedAt": _NEVER,
        "tasks": executed,
        "machines": machines,
    }
    document = {
        "name": graph.name,
        "description": _DESCRIPTION.format(clock_ns=platform.clock_ns),
        "schemaVersion": "1.5",
        "workflow": {"specification": {"tasks": specified}, "execution": execution},
    }
    with replacing(path) as temporary:
        text = json.dumps(document, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def _require_version(path: Path, text: str, value: Any) -> None:
    """Name the version before the first of many differences that it makes."""
    version = value.get("schemaVersion") if isinstance(value, dict) else None
    if isinstance(version, str) and version not in VERSIONS:
        older = version in ("1.0", "1.1", "1.2", "1.3", "1.4")
        raise InputError(
            f"{path}, line {line_of(text, ('schemaVersion',))}: schemaVersion is {shown(version)}, "
            f"expected {' or '.join(map(repr, VERSIONS))}"
            + ("; WfFormat's tools/wfcommons-migrate-instance.py brings it up to date" * older)
        )


def _clock_ns(instance: Instance, tick_s: float | None) -> float:
    """Return the nanoseconds that a cycle stands for."""
    if tick_s is not None:
        return tick_s * 1e9
    if written := _WRITTEN_HERE.fullmatch(instance.description):
        with suppress(ValueError):
            clock_ns = float(written[1])
            if 0 < clock_ns < math.inf:
                return clock_ns
    return _MILLISECOND * 1e9


def _warn_of_short_runtimes(document: Document[Instance], tick_s: float) -> None:
    runtimes = [task.runtimeInSeconds for task in document.content.workflow.execution.tasks]
    taken = [runtime for runtime in runtimes if runtime > 0]
    short = [runtime for runtime in taken if runtime < tick_s / 2]
    if not short:
        return
    if len(short) == len(taken):
        raise InputError(
            f"{document.path}: all runtimes are below half a tick of {tick_s:g} s, the longest is "
            f"{max(short):g} s; expected a tick_s of at most {min(short):g}"
        )
    warnings.warn(
        f"{document.path}: {len(short)} of {len(runtimes)} runtimes are below half a tick of "
        f"{tick_s:g} s and become a whole one; a tick_s of {min(short):g} keeps them",
        stacklevel=3,
    )


def _anywhere(cores: Mapping[str, int], units: int, cycles: int) -> tuple[Mode, ...]:
    return tuple(Mode({name: units}, cycles) for name, count in cores.items() if count >= units)


def _cores(document: Document[Instance]) -> dict[str, int]:
    machines = document.content.workflow.execution.machines
    steps = ("workflow", "execution", "machines")
    _numbers(document, steps, [machine.nodeName for machine in machines], "nodeName")
    return {machine.nodeName: machine.cpu.coreCount for machine in machines}


def _numbers(
    document: Document[Instance], steps: tuple[str, ...], ids: Sequence[str], key: str = "id"
) -> dict[str, int]:
    """Position of each id, which must stand once."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(ids):
        if numbers.setdefault(name, number) != number:
            raise InputError(
                f"{document.place(*steps, number, key)}: {key} {name!r} stands twice, expected once"
            )
    return numbers


def _edges(document: Document[Instance]) -> list[tuple[int, int]]:
    tasks = document.content.workflow.specification.tasks
    numbers = _numbers(document, _SPECIFIED, [task.id for task in tasks])
    relatives: dict[str, set[tuple[str, str]]] = {"parents": set(), "children": set()}
    for key, edges in relatives.items():
        for number, task in enumerate(tasks):
            for position, other in enumerate(getattr(task, key)):
                if other not in numbers:
                    raise InputError(
                        f"{document.place(*_SPECIFIED, number, key, position)}: {other!r}, "
                        f"expected the id of a task; {near_names(other, numbers)}"
                    )
                edges.add((other, task.id) if key == "parents" else (task.id, other))
    for parent, child in sorted(relatives["parents"] ^ relatives["children"]):
        key, subject, lacks = "children", parent, child
        if (parent, child) in relatives["children"]:
            key, subject, lacks = "parents", child, parent
        raise InputError(
            f"{document.place(*_SPECIFIED, numbers[subject], key)}: {key} of {subject!r} lack "
            f"{lacks!r}, which says otherwise"
        )
    try:
        TopologicalSorter({task.id: task.parents for task in tasks}).prepare()
    except CycleError as error:
        cycle = error.args[1]
        raise InputError(
            f"{document.place(*_SPECIFIED, numbers[cycle[0]])}: the parents have a cycle: "
            f"{' -> '.join(cycle)}"
        ) from error
    return [(numbers[parent], numbers[child]) for parent, child in relatives["parents"]]


def _execution(graph: TaskGraph, task: int, platform: Platform, tick_s: float) -> dict[str, Any]:
    """Runtime, cores and machines of a task."""
    require_fixed(graph, task, "WfFormat")
    require_available(graph, task, platform)
    modes = graph.modes(task)
    units = set(modes[0].demand.values())
    latency, cores = modes[0].latency, min(units)
    recorded = {"runtimeInSeconds": latency * tick_s, "coreCount": cores}
    if len(modes) == 1 and len(units) == 1:
        machines = list(modes[0].demand)
        return {**recorded, "coreCount": cores * len(machines), "machines": machines}
    if modes == _anywhere(platform.servers, cores, latency):
        return recorded
    raise InputError(
        f"{place(graph, task)} has modes {[dict(mode.demand) for mode in modes]}, expected for "
        "WfFormat one mode with the same number of units of each server type, or one mode for each "
        "server type with enough servers"
    )
