"""DOT, the language of Graphviz: to draw a task graph, and to read one.

Read are the nodes and edges of one directed graph and of its subgraphs. A node has the attributes

- ``label``: the name of the task; by default the node's id;
- ``modes``: how it runs, in JSON: a list of objects with ``demand`` (units by server type),
  ``latency`` and, where the servers are pipelined, ``occupancy``, in cycles;
- or, instead of ``modes``, ``latency`` and perhaps ``server_type``, for one server held so long.

The name of the graph is its ``label``, or else its id. Everything else says how to draw and is not
read.

Reading takes pydot, the extra ``dot``: the language has quoting, HTML strings, ports and subgraphs,
which deserve a parser with many users.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from stomp_flim.interchange.text.delimited import read_text
from stomp_flim.interchange.text.json_document import described
from stomp_flim.interchange.text.single_mode import place, require_unbuffered
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task

if TYPE_CHECKING:
    import pydot

_DEFAULTS = ("node", "edge", "graph")
_DURATIONS = {"modes", "latency", "server_type"}
_ID = re.compile(r'("(?:[^"\\]|\\.)*"|<.*>|[^:]*)(:.*)?', re.DOTALL)

Cycles = Annotated[int, Field(ge=1, lt=10**15)]


class _Mode(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    demand: Annotated[dict[str, Annotated[int, Field(ge=1, le=10**6)]], Field(min_length=1)]
    latency: Cycles
    occupancy: Cycles | None = None


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
        Tasks in the order in which the file first names them, those of subgraphs after the others.

    Raises
    ------
    InputError
        If the file cannot be read, is not DOT or not one directed graph, a node lacks a duration or
        an attribute is not what it should be, there is a cycle, or pydot is not installed.
    """
    path = Path(path)
    graph = _parse(path)
    nodes: dict[str, dict[str, str]] = {}
    edges: list[tuple[str, str]] = []
    _collect(graph, nodes, edges, path)
    number = {node: index for index, node in enumerate(nodes)}
    tasks = [
        Task(
            _label(attributes.get("label") or r"\N", node),
            _modes(attributes, server_type, f"{path}: node {node!r}"),
        )
        for node, attributes in nodes.items()
    ]
    name = _unquoted(graph.get_name() or "") or path.stem
    name = _label(graph.get_attributes().get("label") or r"\N", name)
    try:
        return TaskGraph.from_tasks(tasks, [(number[u], number[v]) for u, v in edges], name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_graph(graph: TaskGraph, path: Path | str) -> None:
    """Write a task graph; task i is the node ``i``.

    Raises
    ------
    InputError
        If a latency is random, a task writes a buffer, or the file cannot be written.
    """
    require_unbuffered(graph, "DOT")
    lines = ["digraph {", f"  label={_label_text(graph.name)};"]
    for task, name in enumerate(graph.task_names):
        lines.append(f"  {task} [label={_label_text(name)}, modes={_modes_text(graph, task)}];")
    lines += [f"  {source} -> {target};" for source, target in graph.edges.tolist()]
    with replacing(path) as temporary:
        temporary.write_text("\n".join([*lines, "}"]) + "\n", encoding="utf-8", newline="\n")


def _parse(path: Path) -> pydot.Dot:
    text = read_text(path)
    try:
        from pydot.dot_parser import GraphParser
        from pyparsing import ParseException
    except ImportError as error:
        raise InputError(
            f"{path}: DOT is read by pydot, which is not installed: pip install 'stomp-flim[dot]'"
        ) from error
    try:
        # pydot's own front door prints errors and ignores what follows the graph
        graphs: list[pydot.Dot] = list(GraphParser.parser.parse_string(text, parse_all=True))
    except ParseException as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.column}: not DOT: {error.msg}"
        ) from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply to be read") from error
    if len(graphs) != 1 or graphs[0].get_type() != "digraph":
        kinds = ", ".join(str(graph.get_type()) for graph in graphs)
        raise InputError(f"{path}: holds {kinds}, expected one digraph")
    return graphs[0]


def _collect(
    graph: Any,
    nodes: dict[str, dict[str, str]],
    edges: list[tuple[str, str]],
    path: Path,
) -> list[str]:
    """Add nodes and edges of a graph and of its subgraphs, and return the ids of its nodes."""
    import pydot

    members: dict[str, None] = {}

    def end(point: Any) -> list[str]:
        if isinstance(point, Mapping):  # {a b} -> c
            return _collect(pydot.Subgraph(obj_dict=dict(point)), nodes, edges, path)
        return [_node_id(point)]

    elements = [*graph.get_nodes(), *graph.get_edges()]
    for element in sorted(elements, key=lambda element: element.get_sequence()):
        if isinstance(element, pydot.Edge):
            sources, targets = end(element.get_source()), end(element.get_destination())
            for node in [*sources, *targets]:
                nodes.setdefault(node, {})
                members[node] = None
            edges.extend((u, v) for u in sources for v in targets)
        elif element.get_name() in _DEFAULTS:
            defaults = element.get_attributes() if element.get_name() == "node" else {}
            for name in sorted(_DURATIONS & defaults.keys()):
                raise InputError(
                    f"{path}: {name!r} as a default of all nodes, expected it at each node"
                )
        else:
            node = _node_id(element.get_name())
            nodes.setdefault(node, {}).update(element.get_attributes())
            members[node] = None
    for subgraph in graph.get_subgraphs():
        members.update(dict.fromkeys(_collect(subgraph, nodes, edges, path)))
    return list(members)


def _modes(attributes: Mapping[str, str], server_type: str, where: str) -> list[Mode]:
    if text := attributes.get("modes"):
        try:
            modes = _MODES.validate_json(_unquoted(text))
        except ValidationError as error:
            raise InputError(f"{where}: modes: {described(error.errors()[0])}") from error
    else:
        latency = _unquoted(attributes.get("latency") or "")
        if not re.fullmatch("0*[1-9][0-9]{0,14}", latency):
            raise InputError(
                f"{where}: latency is {latency!r}, expected a number of cycles from 1 to 15 digits "
                "or an attribute 'modes'"
            )
        demand = {_unquoted(attributes.get("server_type") or server_type): 1}
        modes = [_Mode(demand=demand, latency=int(latency))]
    try:
        return [Mode(mode.demand, mode.latency, mode.occupancy or 0) for mode in modes]
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


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
    # in DOT no backslash can stand before a quotation mark
    text = json.dumps(modes, ensure_ascii=False)
    text = text.replace("\\\\", "\\u005c").replace('\\"', "\\u0022").replace('"', '\\"')
    return f'"{text}"'


def _node_id(text: str) -> str:
    """Return the id of a node, without quotation marks and without a port."""
    return _unquoted(_ID.sub(r"\1", text, count=1))


def _unquoted(text: str) -> str:
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"')
    return text


def _label(text: str, default: str) -> str:
    r"""Undo the escapes of a label, in which ``\N`` is the default label: the id."""
    meaning = {"n": "\n", "l": "\n", "r": "\n", "N": default}
    text = text[1:-1] if text.startswith('"') else text
    return re.sub(r"\\(.)", lambda match: meaning.get(match[1], match[1]), text, flags=re.DOTALL)


def _label_text(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
