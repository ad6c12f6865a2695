"""A model run operator by operator in float64, its branches, loops and own operators too."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from stomp_flim.errors import InputError, shown
from workloads.imported.control import Scope, branch, loop, scan
from workloads.imported.document import Document
from workloads.imported.graph import Array, Function, Graph, Node, Reference, Value
from workloads.imported.operators.sequences import OPERATORS as SEQUENCES
from workloads.imported.operators.shapes import MOST_ELEMENTS
from workloads.imported.operators.table import OPERATORS

MOST_NODES = 1_000_000
"""Operators that one run executes, those of loops once a step."""

CONTROL = {"If": branch, "Loop": loop, "Scan": scan}

ON_SEQUENCES = {*SEQUENCES, "Identity"}
"""Operators of which an operand may be a sequence of tensors."""

Watch = Callable[[Node, Sequence[Value], Sequence[Value], Mapping[str, Value]], None]
"""Sees each node with its operands, its results and the values that its graphs can see."""

_BROKEN = (
    ValueError,
    IndexError,
    TypeError,
    KeyError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)


class NodeError(InputError):
    """A node that cannot be computed; the message names it."""


class Execution:
    """One run of a model.

    Parameters
    ----------
    document : Document
    watch : callable, optional
        Called for every node that is not inside of a loop.
    replaced : mapping, optional
        Operators that stand in for those of the table.
    """

    def __init__(
        self,
        document: Document,
        watch: Watch | None = None,
        replaced: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.document = document
        self.operators = {**OPERATORS, **(replaced or {})}
        self.nodes = 0
        self._watch = watch
        self._depth = 0

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Value]:
        """Return the outputs for inputs that were checked."""
        graph = self.document.graph
        with np.errstate(all="ignore"):
            scope = self.graph(graph, inputs, {})
        return dict(zip((output.name for output in graph.outputs), scope, strict=True))

    def graph(
        self, graph: Graph, values: Mapping[str, Value], outer: Scope, *, repeated: bool = False
    ) -> list[Value]:
        """Run a graph inside of what it can see; `repeated` where it is the body of a loop."""
        scope: Scope = ChainMap({**graph.constants, **values}, outer)
        self._depth += repeated
        self._execute(graph.nodes, scope)
        self._depth -= repeated
        return [self._value(scope, output.name, "the graph's output") for output in graph.outputs]

    def _execute(self, nodes: Iterable[Node], scope: Scope) -> None:
        for node in nodes:
            self.nodes += 1
            try:
                if self.nodes > MOST_NODES:
                    raise InputError(f"more than {MOST_NODES:,} operators in one run")
                inputs = [self._value(scope, n, "operand") if n else None for n in node.inputs]
                outputs = self._apply(node, inputs, scope)
                if more := [name for name in node.outputs[len(outputs) :] if name]:
                    raise InputError(f"output {shown(more[0])} is not covered")
            except NodeError:
                raise
            except InputError as error:
                raise NodeError(f"{self.document.path}: {node}: {error}") from error
            except _BROKEN as error:
                shapes = [getattr(value, "shape", "left out") for value in inputs]
                reason = shown(" ".join(str(error).split()) or type(error).__name__, 200)
                raise NodeError(
                    f"{self.document.path}: {node} cannot be computed of shapes {shapes}: {reason}"
                ) from error
            if self._watch is not None and not self._depth:
                self._watch(node, inputs, outputs, scope)
            scope.update({name: v for name, v in zip(node.outputs, outputs, strict=False) if name})

    def _apply(self, node: Node, inputs: list[Value], scope: Scope) -> Sequence[Value]:
        if node.kind == "Constant":
            return [constant(node)]
        if node.kind in CONTROL:
            return CONTROL[node.kind](self, node, inputs, scope)
        if node.kind in self.operators:
            if node.kind not in ON_SEQUENCES and any(isinstance(v, tuple) for v in inputs):
                raise InputError("an operand is a sequence, expected tensors")
            found = self.operators[node.kind](node, *inputs)
        elif node.kind in self.document.functions:
            return self._call(self.document.functions[node.kind], node, inputs)
        else:
            raise InputError(f"operator {shown(node.kind)} is not covered")
        outputs = found if isinstance(found, list) else [found]
        outputs = [v if isinstance(v, tuple) else np.asarray(v) for v in outputs]
        for value in outputs:
            if not isinstance(value, tuple) and value.size > MOST_ELEMENTS:
                raise InputError(f"a tensor of shape {value.shape}, more than {MOST_ELEMENTS:,}")
        return outputs

    def _call(self, function: Function, node: Node, inputs: list[Value]) -> Sequence[Value]:
        scope: Scope = dict.fromkeys(function.inputs)
        scope.update(zip(function.inputs, inputs, strict=False))
        given = {**function.defaults, **node.attributes}
        self._execute((_bound(inner, given) for inner in function.nodes), scope)
        return [self._value(scope, name, "the function's output") for name in function.outputs]

    def _value(self, scope: Scope, name: str, what: str) -> Value:
        try:
            return scope[name]
        except KeyError:
            raise InputError(
                f"{self.document.path}: {what} {shown(name)} is computed by no node before"
            ) from None


def _bound(node: Node, given: Mapping[str, Any]) -> Node:
    """Return a node of a function with the attributes of its caller."""
    attributes = {
        name: given.get(value.name) if isinstance(value, Reference) else value
        for name, value in node.attributes.items()
    }
    found = {name: value for name, value in attributes.items() if value is not None}
    return Node(node.kind, node.name, node.inputs, node.outputs, found, node.version)


def constant(node: Node) -> Array:
    """Return what a node Constant holds.

    Raises
    ------
    InputError
        If it holds no numbers.
    """
    for name, value in node.attributes.items():
        match name:
            case "value" if isinstance(value, np.ndarray):
                return value
            case "value_float" | "value_floats":
                return np.array(value, np.float64)
            case "value_int" | "value_ints":
                return np.array(value, np.int64)
    raise InputError(f"holds {', '.join(node.attributes) or 'nothing'}, expected numbers")
