"""GraphML as far as STOMP uses it: one directed graph whose nodes are numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading
from stomp_flim.interchange.text.delimited import read_text

_NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"


def read_graphml(path: Path) -> tuple[list[tuple[int, int]], int]:
    """Read edges between row numbers, and the number of nodes.

    Data, ports and everything that says how to draw is not read.

    Raises
    ------
    InputError
        If the file cannot be read or is not GraphML, holds no graph or several, also inside of each
        other, a hyperedge or an edge without a direction, or the nodes are not numbered from 0.
    """
    text = read_text(path)
    with reading(path):
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            raise InputError(f"{path}: not XML: {error}") from error
    if _name(root) != "graphml":
        raise InputError(f"{path}: not GraphML: the root is {shown(root.tag)}, expected graphml")
    graphs = [element for element in root.iter() if _name(element) == "graph"]
    if len(graphs) != 1 or graphs[0] not in list(root):
        raise InputError(
            f"{path}: holds {len(graphs)} graphs, expected one, and none inside of a node or edge"
        )
    (graph,) = graphs
    for name in ("node", "edge", "hyperedge"):
        stray = sum(_name(element) == name for element in root.iter())
        if (name == "hyperedge" and stray) or stray > sum(1 for _ in _children(graph, name)):
            raise InputError(
                f"{path}: has a {name} that is none of the graph's own nodes and edges"
            )
    directions = {graph.get("edgedefault")}
    directions |= {
        {"true": "directed", "false": "undirected"}.get(edge.get("directed", ""))
        for edge in _children(graph, "edge")
        if edge.get("directed") is not None
    }
    if directions != {"directed"}:
        raise InputError(f"{path}: an undirected graph or edge, expected edgedefault='directed'")
    return _numbered(path, graph)


def _numbered(path: Path, graph: Any) -> tuple[list[tuple[int, int]], int]:
    nodes = [node.get("id", "") for node in _children(graph, "node")]
    edges = [(edge.get("source", ""), edge.get("target", "")) for edge in _children(graph, "edge")]
    ends = [end for edge in edges for end in edge]
    number: dict[str, int] = {}
    for node in dict.fromkeys(nodes + ends):
        text = node.strip()
        # longer ids cannot be row numbers, and very long ones are no int at all
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(nodes)):
            raise InputError(
                f"{path}: node id {shown(node)} (of a node or an end of an edge), expected the "
                f"numbers of the table's rows, 0 to {len(nodes) - 1}"
            )
        number[node] = int(text)
    if len({number[node] for node in nodes}) < len(nodes):
        raise InputError(f"{path}: two node ids are the same number, expected each number once")
    if not nodes:
        raise InputError(f"{path}: has no node, expected one for each task")
    return [(number[u], number[v]) for u, v in edges], len(nodes)


def _children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _name(child) == name)


def _name(element: Any) -> str:
    """Return the name of an element; GraphML is written with its namespace or without any."""
    return str(element.tag).removeprefix(_NAMESPACE)
