"""DOT, the language of Graphviz: to draw a task graph, and to read one.

Read are the nodes and edges of one directed graph and of its subgraphs. A node has the attributes

- ``label``: the name of the task; by default the node's id;
- ``modes``: how it runs, in JSON: a list of objects with ``demand`` (units by server type),
  ``latency`` and, where the servers are pipelined, ``occupancy``, in cycles;
- or, instead of ``modes``, ``latency`` and perhaps ``server_type``, for one server held so long;
- ``buffer``: what it writes, in JSON: an object with ``memory``, a name, and ``bits``.

The name of the graph is its ``label``, or else its id. Everything else says how to draw and is not
read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading, replacing
from stomp_flim.interchange.dot.language import parse
from stomp_flim.interchange.text.delimited import read_text
from stomp_flim.interchange.text.json_document import described, parsed
from stomp_flim.interchange.text.single_mode import place
from stomp_flim.model.buffer import MOST_BITS, Buffer
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task

_DURATIONS = {"modes", "latency", "server_type"}
_OF_NODES = {*_DURATIONS, "buffer"}
_READ = (*sorted(_OF_NODES), "label")

Cycles = Annotated[int, Field(ge=1, lt=10**15)]


class _Mode(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    demand: Annotated[dict[str, Annotated[int, Field(ge=1, le=10**6)]], Field(min_length=1)]
    latency: Cycles
    occupancy: Cycles | None = None


class _Buffer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    memory: Annotated[str, Field(min_length=1)]
    bits: Annotated[int, Field(ge=1, le=MOST_BITS)]


_BUFFER = TypeAdapter(_Buffer)
_MODES = TypeAdapter(Annotated[list[_Mode], Field(min_length=1)])


def read_graph(path: Path | str, server_type: str = "processor") -> TaskGraph:
    """Read a task graph.

    Parameters
    ----------
    path : path
        The file.
    server_type : str
        Where tasks run that have a ``latency`` but no ``server_type``.

    Returns
    -------
    TaskGraph
        Tasks in the order in which the file first names them.

    Raises
    ------
    InputError
        If the file cannot be read, is not DOT or not one directed graph, a node lacks a duration or
        has two, an attribute is not what it should be, or there is a cycle.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.interchange import dot
    >>> _ = Path("chain.dot").write_text("digraph { a [latency=5]; b [latency=3]; a -> b }")
    >>> dot.read_graph("chain.dot").critical_path
    8
    """
    path = Path(path)
    with reading(path):
        graph = parse(read_text(path), path, _READ)
    for name in sorted(_OF_NODES & graph.node_defaults.keys()):
        raise InputError(f"{path}: {name!r} as a default of all nodes, expected it at each node")
    tasks = [
        Task(
            _label(attributes.get("label", r"\N"), node),
            _modes(attributes, server_type, f"{path}: node {node!r}"),
            buffer=_buffer(attributes, f"{path}: node {node!r}"),
        )
        for node, attributes in graph.nodes.items()
    ]
    name = _label(graph.attributes.get("label", r"\N"), graph.name or path.stem)
    try:
        return TaskGraph.from_tasks(tasks, graph.edges, name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_graph(graph: TaskGraph, path: Path | str) -> None:
    """Write a task graph; task i is the node ``i``.

    Raises
    ------
    InputError
        If a latency is random, or the file cannot be written.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.interchange import dot
    >>> tasks = [sf.Task(name, [sf.Mode({"core": 1}, 2)]) for name in ("read", "write")]
    >>> graph = sf.TaskGraph.from_tasks(tasks, edges=[(0, 1)], name="chain")
    >>> dot.write_graph(graph, "chain.dot")
    >>> dot.read_graph("chain.dot").task_names
    ('read', 'write')
    """
    buffers = graph.buffers or [None] * len(graph)
    lines = ["digraph {", f"  label={_label_text(graph.name)};"]
    for task, name in enumerate(graph.task_names):
        written = f", buffer={_buffer_text(buffer)}" if (buffer := buffers[task]) else ""
        modes = _modes_text(graph, task)
        lines.append(f"  {task} [label={_label_text(name)}, modes={modes}{written}];")
    lines += [f"  {source} -> {target};" for source, target in graph.edges.tolist()]
    with replacing(path) as temporary:
        temporary.write_text("\n".join([*lines, "}"]) + "\n", encoding="utf-8", newline="\n")


def _modes(attributes: Mapping[str, str], server_type: str, where: str) -> list[Mode]:
    given = sorted(_DURATIONS & attributes.keys())
    if "modes" in given:
        if len(given) > 1:
            raise InputError(f"{where}: {' and '.join(given)}, expected 'modes' alone")
        try:
            modes = _MODES.validate_python(parsed(attributes["modes"], f"{where}: modes"))
        except ValidationError as error:
            raise InputError(f"{where}: modes: {described(error.errors()[0])}") from error
    else:
        latency = attributes.get("latency", "")
        if not re.fullmatch("0*[1-9][0-9]{0,14}", latency):
            raise InputError(
                f"{where}: latency is {shown(latency)}, expected a number of cycles from 1 to 15 "
                "digits or an attribute 'modes'"
            )
        demand = {attributes.get("server_type", server_type): 1}
        modes = [_Mode(demand=demand, latency=int(latency[-15:]))]
    try:
        return [Mode(mode.demand, mode.latency, mode.occupancy or 0) for mode in modes]
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _buffer(attributes: Mapping[str, str], where: str) -> Buffer | None:
    if "buffer" not in attributes:
        return None
    try:
        said = _BUFFER.validate_python(parsed(attributes["buffer"], f"{where}: buffer"))
    except ValidationError as error:
        raise InputError(f"{where}: buffer: {described(error.errors()[0])}") from error
    return Buffer(said.memory, said.bits)


def _modes_text(graph: TaskGraph, task: int) -> str:
    modes = []
    for mode in graph.modes(task):
        if mode.distribution is not None:
            raise InputError(
                f"{place(graph, task)} has the random latency {mode.distribution!r}, expected for "
                "DOT a number of cycles"
            )
        pipelined = {"occupancy": mode.occupancy} if mode.occupancy < mode.latency else {}
        modes.append({"demand": dict(mode.demand), "latency": mode.latency, **pipelined})
    return _json_text(modes)


def _buffer_text(buffer: Buffer) -> str:
    return _json_text({"memory": buffer.memory, "bits": buffer.bits})


def _json_text(value: object) -> str:
    # in DOT no backslash can stand before a quotation mark
    text = json.dumps(value, ensure_ascii=False)
    text = text.replace("\\\\", "\\u005c").replace('\\"', "\\u0022").replace('"', '\\"')
    return f'"{text}"'


def _label(text: str, default: str) -> str:
    r"""Undo the escapes of a label, in which ``\N`` is the default label: the id."""
    meaning = {"n": "\n", "l": "\n", "r": "\n", "N": default}
    return re.sub(r"\\(.)", lambda match: meaning.get(match[1], match[1]), text, flags=re.DOTALL)


def _label_text(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
