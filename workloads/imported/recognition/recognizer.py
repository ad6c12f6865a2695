"""A model's operators, one after the other, placed as layers of stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workloads.imported.execution import Execution
from workloads.imported.graph import Array, Node, Value
from workloads.imported.operators.table import OPERATORS
from workloads.imported.recognition.affine import NotAffineError
from workloads.imported.recognition.drafts import ACTIVATIONS, DenseDraft
from workloads.imported.recognition.loops import CellLoop, Dense, recognise
from workloads.imported.recognition.origins import Origin
from workloads.imported.recognition.placing import Placing
from workloads.imported.recognition.sources import reading
from workloads.imported.recurrent.parameters import GATES, operands, parameters

_ALONG = {"BatchNormalization", "Clip", "DequantizeLinear", "LayerNormalization", "LogSoftmax"}
_ALONG |= {"Add", "Div", "Mul", "Pow", "QuantizeLinear", "Sub"} | set(ACTIVATIONS)
_ALONG |= {"Elu", "Exp", "HardSwish", "LeakyRelu", "Log", "Neg", "PRelu", "Sqrt", "Abs", "Cast"}
"""Operators that leave every element where it is."""


class Recognizer:
    """Watches a run and places what it sees.

    Parameters
    ----------
    inputs : mapping of str to array
        Those of the run.
    execution : Execution
        Runs the step of a loop once more.

    Attributes
    ----------
    placing : Placing
        What it has found.
    """

    def __init__(self, inputs: Mapping[str, Array], execution: Execution) -> None:
        self.execution = execution
        self.placing = Placing(inputs)
        self.origins = self.placing.origins

    def __call__(
        self,
        node: Node,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        scope: Mapping[str, Value],
    ) -> None:
        """Place a node that was executed."""
        if node.kind in ("If", "Shape", "Size") or node.kind not in {*OPERATORS, "Scan", "Loop"}:
            return  # what is inside of a branch or a function was met before
        if node.kind in ("Scan", "Loop"):
            self._loop(node, inputs, outputs, scope)
            return
        origins = [self.origins.get(value) for value in inputs]
        if all(origin is None for origin in origins):
            return
        if self.origins.move(node, inputs, outputs):
            return
        if node.kind in GATES:
            self._node(node, inputs, outputs)
        elif not self._product(node, inputs, outputs) and not self._along(node, inputs, outputs):
            self._opaque(node, outputs, "is no part of a layer")

    # recurrent layers

    def _node(self, node: Node, inputs: Sequence[Any], outputs: Sequence[Value]) -> None:
        recurrent = parameters(node, inputs)
        x, lengths, hidden, cell = operands(inputs)
        origin = self.origins.get(x)
        if recurrent.batch_first:
            x, origin = x.swapaxes(0, 1), None if origin is None else origin.swapaxes(0, 1)
            hidden, cell = (
                None if state is None else self._swapped(state) for state in (hidden, cell)
            )
        if lengths is not None and (lengths != len(x)).any():
            self.placing.ignored.append(f"{node}: lengths of sequences")
        states = [hidden, cell] if node.kind == "LSTM" else [hidden]
        y = self.placing.layer(node, recurrent, x, origin, states)
        last = self.placing.last(recurrent, y)
        if recurrent.batch_first:
            y, last = y.transpose(2, 0, 1, 3), last.swapaxes(0, 1)
        found = [y, last, self.origins.fresh(*last.shape)]
        for value, numbers in zip(outputs, found, strict=False):
            self.origins.set(value, numbers)
        if node.kind == "LSTM":
            self.placing.cells(node, found[2])

    def _swapped(self, state: Array) -> Array:
        swapped = state.swapaxes(0, 1)
        origin = self.origins.get(state)
        if origin is not None:
            self.origins.set(swapped, origin.swapaxes(0, 1))
        return swapped

    # loops

    def _loop(
        self,
        node: Node,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        scope: Mapping[str, Value],
    ) -> None:
        def outside(value: Value) -> bool:
            return self.origins.get(value) is not None

        names = {name for inner in node.graph("body").nodes for name in inner.inputs}
        if not any(map(outside, [*inputs, *(scope.get(name) for name in names)])):
            return
        try:
            loop = recognise(node, inputs, outputs, scope, outside, self.execution.graph)
        except NotAffineError as error:
            self._opaque(node, outputs, f"is no layer: {error}")
            return
        self._cell_loop(node, loop, outputs)

    def _cell_loop(self, node: Node, loop: CellLoop, outputs: Sequence[Value]) -> None:
        units = loop.recurrent.units
        states = [self._state(state, units) for state in (loop.hidden, loop.cell)]
        batch = 1 if states[0] is None else states[0].shape[1]
        x, origin = self._sequence(loop, batch)
        y = self.placing.layer(
            node, loop.recurrent, x, origin, states, feedback=loop.feedback is not None
        )
        rows = y.transpose(0, 2, 1, 3).reshape(len(y), batch, units)
        ends = self.placing.last(loop.recurrent, y)[0]
        if any(turned for _, turned in loop.layouts):
            self.placing.ignored.append(
                f"{node}: its outputs stand from the last step to the first"
            )
        for value, what, layout in zip(outputs, loop.outputs, loop.layouts, strict=True):
            if isinstance(what, Dense):
                self._set(value, self._dense_of(node, what, rows), *layout)
            elif what == "steps":
                self._set(value, rows, *layout)
            elif what == "hidden":
                self._set(value, ends)
            elif what == "cell":
                numbers = self.origins.fresh(1, *ends.shape)
                self.placing.cells(node, numbers)
                self._set(value, numbers)
            else:
                if loop.feedback is None:
                    self.placing.misplace(node, "gives out what is no layer")
                self._unknown([value])

    def _state(self, state: Value, units: int) -> Array | None:
        """Return a state as directions x batch x units."""
        if not isinstance(state, np.ndarray):
            return None
        shaped = state.reshape(1, -1, units)
        origin = self.origins.get(state)
        if origin is not None:
            self.origins.set(shaped, origin.reshape(1, -1, units))
        return shaped

    def _sequence(self, loop: CellLoop, batch: int) -> tuple[Array, Origin | None]:
        if isinstance(loop.sequence, np.ndarray):
            shape = (loop.sequence.shape[loop.axis], -1, loop.recurrent.inputs)
            origin = self.origins.get(loop.sequence)
            return (
                np.moveaxis(loop.sequence, loop.axis, 0).reshape(shape),
                None if origin is None else np.moveaxis(origin, loop.axis, 0).reshape(shape),
            )
        return np.zeros((loop.steps, batch, loop.recurrent.inputs)), None

    def _set(self, value: Value, numbers: Origin, axis: int = 0, turned: bool = False) -> None:
        numbers = numbers[::-1] if turned else numbers
        if isinstance(value, tuple):
            origins = tuple(n.reshape(v.shape) for n, v in zip(numbers, value, strict=True))
            self.origins.set(value, origins)
        elif value is not None:
            shape = np.moveaxis(value, axis, 0).shape
            self.origins.set(value, np.moveaxis(numbers.reshape(shape), 0, axis))

    def _dense_of(self, node: Node, dense: Dense, rows: Origin) -> Origin:
        found = reading(rows, self.placing.sources)
        assert found is not None
        return self.placing.dense(node, found, DenseDraft(str(node), dense.kernel, dense.bias))

    # dense layers

    def _product(self, node: Node, inputs: Sequence[Any], outputs: Sequence[Value]) -> bool:
        """Place a product of a layer's output with a constant matrix."""
        if node.kind not in ("MatMul", "Gemm") or self.origins.get(inputs[1]) is not None:
            return False
        kernel, origin, bias = inputs[1], self.origins.get(inputs[0]), None
        if kernel.ndim != 2 or origin is None:
            return False
        if node.kind == "Gemm":
            if node.integer("transA", 0) or (
                len(inputs) > 2 and self.origins.get(inputs[2]) is not None
            ):
                return False
            kernel = kernel.T if node.integer("transB", 0) else kernel
            kernel = kernel * node.number("alpha", 1.0)
            if len(inputs) > 2 and inputs[2] is not None:
                bias = inputs[2] * node.number("beta", 1.0)
                if bias.size not in (1, kernel.shape[1]):
                    return False
                bias = np.broadcast_to(bias.reshape(-1), (kernel.shape[1],))
        self.placing.resolve_rows(origin)
        found = reading(origin, self.placing.sources)
        if found is None:
            return False
        numbers = self.placing.dense(node, found, DenseDraft(str(node), np.asarray(kernel), bias))
        every = numbers[found.step if len(numbers) > 1 else 0 * found.step, found.batch]
        self.origins.set(outputs[0], every)
        return True

    def _along(self, node: Node, inputs: Sequence[Any], outputs: Sequence[Value]) -> bool:
        """Follow what leaves every element in its place: a bias, an activation, or else."""
        given = [i for i, value in enumerate(inputs) if self.origins.get(value) is not None]
        value = outputs[0]
        if node.kind.split(":")[-1] not in _ALONG | {"Quant"} or len(given) != 1:
            return False
        origin = self.origins.get(inputs[given[0]])
        if not isinstance(value, np.ndarray) or origin.shape != value.shape:
            return False
        found = reading(origin, self.placing.sources)
        draft = self.placing.drafts.get(id(found.source)) if found else None
        if found is None or draft is None or found.source.read or found.source.replaced:
            self._pass(node, value, origin)
            return True
        bias = self._bias(node, inputs, given[0], draft)
        if bias is not None and draft.bias is None and draft.activation is None:
            draft.bias = bias
        elif node.kind in ACTIVATIONS and draft.activation is None:
            draft.activation = ACTIVATIONS[node.kind]
        elif _is_hard_tanh(node, inputs) and draft.activation is None:
            draft.activation = "hard-tanh"
        else:
            self._pass(node, value, origin)
            return True
        self.origins.set(value, self.placing.replaced(found.source, draft)[found.step, found.batch])
        return True

    def _pass(self, node: Node, value: Value, origin: Origin) -> None:
        self.placing.ignored.append(f"{node}: what it does to each element")
        self.origins.set(value, origin)

    def _bias(
        self, node: Node, inputs: Sequence[Any], given: int, draft: DenseDraft
    ) -> Array | None:
        if node.kind != "Add":
            return None
        other, units = inputs[1 - given], draft.kernel.shape[1]
        if other.size not in (1, units) or (other.size > 1 and other.shape[-1] != units):
            return None
        return np.broadcast_to(other.reshape(-1), (units,))

    # what finds no place

    def _opaque(self, node: Node, outputs: Sequence[Value], why: str) -> None:
        self.placing.misplace(node, why)
        self._unknown(outputs)

    def _unknown(self, values: Sequence[Value]) -> None:
        """Give numbers to elements of which only is known that they are no constants."""
        for value in values:
            if isinstance(value, np.ndarray):
                self.origins.set(value, self.origins.fresh(*value.shape))
            elif isinstance(value, tuple):
                self.origins.set(value, tuple(self.origins.fresh(*v.shape) for v in value))


def _is_hard_tanh(node: Node, inputs: Sequence[Any]) -> bool:
    if node.kind != "Clip" or node.version < 11 or len(inputs) != 3:
        return False
    return all(
        bound is not None and bound.size == 1 and bound.item() == expected
        for bound, expected in zip(inputs[1:], (-1, 1), strict=True)
    )
