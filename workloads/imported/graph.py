"""A model as plain data: nodes, constants and subgraphs, without the library that reads files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError, shown

Array = NDArray[Any]
Value = Array | tuple[Array, ...] | None
"""A tensor, a sequence of tensors, or an operand that is left out."""


@dataclass(frozen=True)
class Info:
    """What a file says of an input or an output of a graph.

    Attributes
    ----------
    name : str
    shape : tuple or None
        A size an axis, or its name where the size is left open; None where the file is silent.
    integer : bool
        Whether it holds whole numbers.
    """

    name: str
    shape: tuple[int | str, ...] | None
    integer: bool = False


@dataclass(frozen=True, eq=False)
class Node:
    """One operator at work.

    Attributes
    ----------
    kind : str
        Its operator, ``"GRU"``, behind its domain where that is not ONNX's:
        ``"qonnx.custom_op.general:Quant"``.
    name : str
        As the file calls the node, or after its first output.
    inputs, outputs : tuple of str
        Names of values; an empty one is left out.
    attributes : mapping
        Numbers, text, arrays and graphs.
    version : int
        Of the operator set that the node means.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 20

    def __str__(self) -> str:
        return f"node {shown(self.name)} ({self.kind})"

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an attribute that is a whole number."""
        return int(self._attribute(name, int, "an integer", default))

    def number(self, name: str, default: float | None = None) -> float:
        """Return an attribute that is a number."""
        return float(self._attribute(name, (int, float), "a number", default))

    def text(self, name: str, default: str | None = None) -> str:
        """Return an attribute that is text."""
        return str(self._attribute(name, str, "text", default))

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """Return an attribute that is a list of whole numbers."""
        return [int(value) for value in self._list(name, int, "integers", default)]

    def numbers(self, name: str, default: list[float] | None = None) -> list[float]:
        """Return an attribute that is a list of numbers."""
        return [float(value) for value in self._list(name, (int, float), "numbers", default)]

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        """Return an attribute that is a list of texts."""
        return [str(value) for value in self._list(name, str, "texts", default)]

    def graph(self, name: str) -> Graph:
        """Return an attribute that is a graph."""
        graph = self._attribute(name, Graph, "a graph", None)
        assert isinstance(graph, Graph)
        return graph

    def _list(self, name: str, kind: Any, what: str, default: Any) -> list[Any]:
        values = self._attribute(name, list, f"a list of {what}", default)
        if not all(isinstance(value, kind) for value in values):
            raise InputError(f"{name} is {shown(values)}, expected a list of {what}")
        return list(values)

    def _attribute(self, name: str, kind: Any, what: str, default: Any) -> Any:
        value = self.attributes.get(name, default)
        if value is None:
            raise InputError(f"attribute {name!r} is missing, expected {what}")
        if not isinstance(value, kind):
            raise InputError(f"{name} is {shown(value)}, expected {what}")
        return value


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which they can run, between inputs and outputs.

    Attributes
    ----------
    name : str
    inputs, outputs : tuple of Info
        Inputs that a constant stands for are none.
    nodes : tuple of Node
    constants : mapping of str to array
        Weights and other values of the file; floating-point ones in float64.
    """

    name: str
    inputs: tuple[Info, ...]
    outputs: tuple[Info, ...]
    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Function:
    """An operator that a file defines by others.

    Attributes
    ----------
    inputs, outputs : tuple of str
        Names inside of it.
    defaults : mapping
        Of attributes that a node may leave out.
    nodes : tuple of Node
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    defaults: Mapping[str, Any]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Reference:
    """An attribute inside a function that stands for one of the node that calls it."""

    name: str


def as_float64(array: Array) -> Array:
    """Return floating-point numbers of any width in float64, and other arrays as they are."""
    if array.dtype.kind in "biu":
        return array
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    name = array.dtype.name  # types of `ml_dtypes`, which NumPy does not know
    return array.astype(np.int8 if name.startswith(("int", "uint")) else np.float64)
