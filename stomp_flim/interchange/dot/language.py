"""The language DOT: the nodes and edges of a directed graph, whatever they mean.

The whole grammar of Graphviz is read: identifiers as names, numerals, quoted strings (also joined
by ``+``) and HTML; lists of attributes, ports, chains of edges, and groups, of which one that has a
name is the same wherever its parent names it again. Time and memory grow with the file and with the
edges that it comes to.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError, shown
from stomp_flim.interchange.dot.tokens import KEYWORDS, Source
from stomp_flim.interchange.text.limits import MOST_EDGES, MOST_LEVELS


@dataclass
class _Group:
    """A graph or subgraph: its nodes, in the order of their first mention, and named subgraphs."""

    parent: _Group | None = None
    members: dict[int, None] = field(default_factory=dict)
    named: dict[str, _Group] = field(default_factory=dict)

    def add(self, node: int) -> None:
        group: _Group | None = self
        while group is not None:
            group.members[node] = None
            group = group.parent


@dataclass
class Digraph:
    """What a file says.

    Attributes
    ----------
    name : str
        The identifier of the graph, or nothing.
    attributes, node_defaults : dict of str to str
        Attributes of the whole graph, and those that any ``node [...]`` gives to nodes.
    nodes : dict of str to dict of str to str
        Attributes by identifier, in the order of their first mention. Quotation marks, and the
        backslashes before such marks and line ends in them, are gone; HTML keeps its brackets.
    edges : int32[edges, 2]
        Numbers of nodes, as often as the file has them.
    """

    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    node_defaults: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), np.int32))


def parse(text: str, path: Path, once: Collection[str] = ()) -> Digraph:
    """Read a text.

    Parameters
    ----------
    text : str
        The text.
    path : Path
        Where it stands, for messages.
    once : collection of str
        Attributes that may not have two values at one node.

    Raises
    ------
    InputError
        If it is not one directed graph, a node has two values where it should have one, groups are
        nested too deeply, or there are too many edges.
    """
    return _Parser(text, path, once).graph()


class _Parser:
    """Recursive descent, with one token of lookahead."""

    def __init__(self, text: str, path: Path, once: Collection[str]) -> None:
        self._source, self._path, self._once = Source(text, path), path, once
        self._tokens = self._source.tokens()
        self._next = next(self._tokens)
        self._found = Digraph()
        self._numbers: dict[str, int] = {}
        self._sources, self._targets = array("i"), array("i")

    def graph(self) -> Digraph:
        self._keyword("strict")
        if self._keyword("graph"):
            raise InputError(f"{self._path}: holds graph, expected one digraph")
        if not self._keyword("digraph"):
            self._refuse("'digraph'")
        if not self._next.is_mark("{"):
            self._found.name = self._identifier("a name or '{'")
        self._statements(_Group(), 0)
        if self._next.is_keyword("strict", "graph", "digraph"):
            raise InputError(f"{self._path}: holds several graphs, expected one digraph")
        if self._next.kind != "end":
            self._refuse("the end of the text")
        ends = [np.frombuffer(column, np.int32) for column in (self._sources, self._targets)]
        self._found.edges = np.column_stack(ends)
        return self._found

    def _statements(self, group: _Group, level: int) -> None:
        if level > MOST_LEVELS:
            place = self._source.place(self._next.position)
            raise InputError(f"{place}: groups nested more than {MOST_LEVELS} levels deep")
        self._mark("{")
        while not self._accept("}"):
            self._statement(group, level)
            self._accept(";")

    def _statement(self, group: _Group, level: int) -> None:
        for word in ("graph", "node", "edge"):
            if self._keyword(word):
                attributes = self._attributes()
                if word == "node":
                    self._found.node_defaults.update(attributes)
                elif word == "graph" and group.parent is None:
                    self._found.attributes.update(attributes)
                return
        is_group = self._next.is_mark("{") or self._next.is_keyword("subgraph")
        if is_group:
            ends = self._subgraph(group, level)
        else:
            position, name = self._next.position, self._identifier("a statement or '}'")
            if self._accept("="):
                value = self._identifier("a value")
                if group.parent is None:
                    self._found.attributes[name] = value
                return
            ends = self._node(name, group)
        chain = [ends]
        while self._accept("->"):
            chain.append(self._end(group, level))
        # a group holds what any end of the chain puts into it
        for sources, targets in pairwise(chain):
            self._join(sources, targets)
        if self._next.is_mark("["):
            attributes = self._attributes()
            if not is_group and len(chain) == 1:
                self._describe(name, attributes, position)

    def _end(self, group: _Group, level: int) -> Collection[int]:
        if self._next.is_mark("{") or self._next.is_keyword("subgraph"):
            return self._subgraph(group, level)
        return self._node(self._identifier("a node or a group"), group)

    def _node(self, name: str, group: _Group) -> Collection[int]:
        """Meet a node, perhaps with a port and its side, which say only where an edge is drawn."""
        for _ in range(2):
            if self._accept(":"):
                self._identifier("a port")
        number = self._numbers.setdefault(name, len(self._numbers))
        self._found.nodes.setdefault(name, {})
        group.add(number)
        return [number]

    def _subgraph(self, parent: _Group, level: int) -> Collection[int]:
        name = ""
        if self._keyword("subgraph") and not self._next.is_mark("{"):
            name = self._identifier("a name or '{'")
        group = parent.named.setdefault(name, _Group(parent)) if name else _Group(parent)
        self._statements(group, level + 1)
        return group.members

    def _join(self, sources: Collection[int], targets: Collection[int]) -> None:
        if len(self._sources) + len(sources) * len(targets) > MOST_EDGES:
            place = self._source.place(self._next.position)
            raise InputError(f"{place}: more than {MOST_EDGES:,} edges, expected fewer")
        for source in sources:
            self._sources.extend([source] * len(targets))
            self._targets.extend(targets)

    def _attributes(self) -> dict[str, str]:
        """Read lists of ``key = value``, between which commas and semicolons may stand."""
        if not self._next.is_mark("["):
            self._refuse("'['")
        found: dict[str, str] = {}
        while self._accept("["):
            while not self._accept("]"):
                position, key = self._next.position, self._identifier("an attribute or ']'")
                self._mark("=")
                value = self._identifier("a value")
                if key in self._once and found.get(key, value) != value:
                    self._refuse_twice(position, key, found[key], value)
                found[key] = value
                self._accept(",") or self._accept(";")
        return found

    def _describe(self, name: str, attributes: dict[str, str], position: int) -> None:
        known = self._found.nodes[name]
        for key, value in attributes.items():
            if key in self._once and known.get(key, value) != value:
                self._refuse_twice(position, key, known[key], value)
        known.update(attributes)

    def _refuse_twice(self, position: int, key: str, first: str, second: str) -> NoReturn:
        place = self._source.place(position)
        raise InputError(f"{place}: {key} is {shown(first)} and {shown(second)}, expected once")

    def _identifier(self, expected: str) -> str:
        kind, text, _ = self._next
        if kind not in ("name", "number", "quoted", "html") or self._next.is_keyword(*KEYWORDS):
            self._refuse(expected)
        self._advance()
        while kind == "quoted" and self._accept("+"):
            if self._next.kind != "quoted":
                self._refuse("a string in quotation marks")
            text += self._next.text
            self._advance()
        return text

    def _keyword(self, word: str) -> bool:
        found = self._next.is_keyword(word)
        if found:
            self._advance()
        return found

    def _accept(self, mark: str) -> bool:
        found = self._next.is_mark(mark)
        if found:
            self._advance()
        return found

    def _mark(self, mark: str) -> None:
        if not self._accept(mark):
            self._refuse(repr(mark))

    def _advance(self) -> None:
        self._next = next(self._tokens)

    def _refuse(self, expected: str) -> NoReturn:
        self._source.refuse(self._next.position, f"expected {expected}")
