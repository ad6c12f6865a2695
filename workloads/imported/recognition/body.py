"""The body of a Scan or Loop as expressions of its input and its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.execution import constant
from workloads.imported.graph import Array, Graph, Node, Value
from workloads.imported.operators.table import OPERATORS
from workloads.imported.recognition.affine import (
    Atom,
    Expression,
    NotAffineError,
    activation,
    atoms,
    linear,
)


@dataclass(frozen=True, eq=False)
class Step:
    """The number of the step, on its way to where the input of the step is gathered."""

    shape: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Collected:
    """A sequence to which each step appends."""

    last: Expression | None = None


@dataclass(eq=False)
class Body:
    """A step under examination.

    Parameters
    ----------
    graph : Graph
    units : int
        Of the state.
    scope : mapping
        Values outside of the loop.
    outside : callable
        Whether a value outside depends on the model's input.

    Attributes
    ----------
    gathered : tuple of array and int, or None
        The sequence of which a Loop gathers a slice in each step, and along which axis.
    x : Atom or None
        The input of a step.
    """

    graph: Graph
    units: int
    scope: Mapping[str, Value]
    outside: Any
    gathered: tuple[Array, int] | None = None
    x: Atom | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def run(self, inputs: Mapping[str, Any]) -> list[Any]:
        """Return the outputs for symbols of the inputs.

        Raises
        ------
        NotAffineError
            If an operator makes anything but sums, products of two, and activations.
        """
        self.values = {**self.graph.constants, **inputs}
        for node in self.graph.nodes:
            operands = [self._value(name) if name else None for name in node.inputs]
            try:
                outputs = self._apply(node, operands)
            except (InputError, ValueError, IndexError, TypeError, KeyError) as error:
                raise NotAffineError(f"{node}: {error}") from error
            self.values.update(zip(node.outputs, outputs, strict=False))
        return [self._value(output.name) for output in self.graph.outputs]

    def _value(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        value = self.scope.get(name)
        return _Outside(value) if self.outside(value) else value

    def _apply(self, node: Node, operands: list[Any]) -> Sequence[Any]:
        symbols = [v for v in operands if isinstance(v, _SYMBOLS)]
        if not symbols:
            if node.kind == "Constant":
                return [constant(node)]
            found = OPERATORS[node.kind](node, *operands)
            return found if isinstance(found, list) else [found]
        if isinstance(operands[0], _Outside) and node.kind == "Gather":
            return [self._gather(node, operands[0].value, operands[1])]
        if isinstance(operands[0], Collected) and node.kind == "SequenceInsert":
            return [_appended(*operands)]
        if isinstance(operands[0], Step):
            return [self._moved(node, operands)]
        expressions = [v for v in symbols if isinstance(v, Expression)]
        if len(expressions) < len(symbols):
            raise NotAffineError(f"{node} reads what is outside of the loop")
        if node.kind == "Shape":
            return [np.array(expressions[0].constant.shape, np.int64)]
        found_linear = linear(node, operands)
        if found_linear is not None:
            return found_linear
        curve = activation(node, operands)
        if curve is not None:
            return [atoms(str(node), self.units, (operands[0],), curve)]
        if node.kind == "Mul" and len(symbols) == 2:
            return [atoms(str(node), self.units, (operands[0], operands[1]), None)]
        raise NotAffineError(f"{node} is part of no cell that is known")

    def _moved(self, node: Node, operands: Sequence[Any]) -> Step:
        if node.kind not in ("Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"):
            raise NotAffineError(f"{node} computes with the number of the step")
        example = np.zeros(operands[0].shape, np.int64)
        return Step(np.shape(OPERATORS[node.kind](node, example, *operands[1:])))

    def _gather(self, node: Node, sequence: Any, index: Any) -> Expression:
        axis = node.integer("axis", 0)
        if not isinstance(index, Step) or not isinstance(sequence, np.ndarray):
            raise NotAffineError(f"{node} gathers what is not the input of the step")
        if self.gathered is not None and (self.gathered[0] is not sequence or self.x is None):
            raise NotAffineError(f"{node} gathers a second sequence")
        self.gathered = sequence, axis
        part = np.take(sequence, np.zeros(index.shape, np.int64), axis)
        size = part.shape[-1]
        self.x = self.x or Atom("x", size)
        return Expression.of(self.x, (*[1] * (part.ndim - 1), size))


def _appended(_: Collected, tensor: Any, position: Any = None) -> Collected:
    if position is not None or not isinstance(tensor, Expression):
        raise NotAffineError("what it collects is not put at the end")
    return Collected(tensor)


@dataclass(frozen=True, eq=False)
class _Outside:
    """A value outside of the loop that depends on the model's input."""

    value: Value


_SYMBOLS = (Expression, Step, Collected, _Outside)
