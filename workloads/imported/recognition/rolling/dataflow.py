"""A run as one list of nodes: branches taken, functions called, constants computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from workloads.imported.document import Document
from workloads.imported.execution import Execution
from workloads.imported.graph import Array, Graph, Info, Node, Value


@dataclass(eq=False)
class Dataflow:
    """What depends on the inputs of a run.

    Attributes
    ----------
    nodes : list of Node
        In an order in which they can run, all names once.
    constants : dict of str to array
    values : dict of str to array
        What each name stood for in the run.
    """

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)

    def fixed(self, name: str) -> bool:
        """Return whether a name is a constant, and no state that begins as zeros."""
        return name in self.constants and bool(self.constants[name].any())


def dataflow(document: Document, inputs: Mapping[str, Array]) -> Dataflow | None:
    """Return what depends on the inputs, or None where loops or sequences are part of it.

    States that begin as zeros count as inputs: what the first step computes of them is then there
    as in every other step.
    """
    recorder = _Recorder(inputs)
    outputs = Execution(document, recorder).run(inputs)
    if recorder.refused:
        return None
    for name, value in outputs.items():
        if not isinstance(value, np.ndarray):
            return None
        recorder.flow.nodes.append(
            Node("Identity", f"{name} as an output", (recorder.name(value),), (name,))
        )
        recorder.flow.values[name] = value
    return recorder.flow


class _Recorder:
    def __init__(self, inputs: Mapping[str, Array]) -> None:
        self.flow = Dataflow()
        self.refused = False
        self._names: dict[int, str] = {}
        self._constants: dict[tuple[object, ...], str] = {}
        self._kept: list[Value] = []  # lest another value gets the identity of one
        for name, value in inputs.items():
            self._call(value, name)
        self._data = set(self._names)

    def _call(self, value: Array, name: str) -> None:
        self._names[id(value)] = name
        self._kept.append(value)
        self.flow.values[name] = value

    def name(self, value: Array) -> str:
        """Return the name of a value; one that was never met is a constant, equal ones the same."""
        if id(value) not in self._names:
            content = (value.dtype.str, value.shape, value.tobytes())
            name = self._constants.setdefault(content, f"constant {len(self._constants)}")
            self._call(value, name)
            self.flow.constants[name] = value
        return self._names[id(value)]

    def __call__(
        self,
        node: Node,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        scope: Mapping[str, Value],
    ) -> None:
        if node.kind == "If" or all(id(v) in self._data for v in outputs):
            return  # what a branch computed was met before, and so was what passes through
        for value in inputs:
            if _may_be_a_state(value):
                self._data.add(id(value))
        if node.kind in ("Constant", "Shape", "Size") or not any(
            id(v) in self._data for v in inputs
        ):
            self.refused = self.refused or node.kind in ("Scan", "Loop")
            return
        values = [*inputs, *outputs]
        if node.kind in ("Scan", "Loop") or any(isinstance(v, tuple) for v in values):
            self.refused = True
            return
        names = tuple(self.name(v) if isinstance(v, np.ndarray) else "" for v in inputs)
        made = tuple(f"value {len(self.flow.values) + i}" for i in range(len(outputs)))
        for value, name in zip(outputs, made, strict=True):
            if isinstance(value, np.ndarray):
                self._call(value, name)
                self._data.add(id(value))
        self.flow.nodes.append(replace(node, inputs=names, outputs=made))


def _may_be_a_state(value: Value) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and value.ndim >= 2
        and value.shape[-1] > 1
        and not value.any()
    )


def document_of(document: Document, flow: Dataflow) -> Document:
    """Return a model with these nodes, and the inputs and outputs of another."""
    graph = document.graph
    outputs = tuple(Info(info.name, info.shape) for info in graph.outputs)
    nodes = tuple(flow.nodes)
    made = Graph(graph.name, graph.inputs, outputs, nodes, flow.constants)
    return replace(document, graph=made, functions={})
