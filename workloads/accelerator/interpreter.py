"""What the tasks of the accelerator's decomposition compute.

Integers are computed by the functions of `hwmodels.gru.reference`, a quantization point each, and
the lifetimes by single operations in double precision.

=======================  ==============  =========================================================
operation                parameters      result
=======================  ==============  =========================================================
move                                     the operand: a read or a write
element                  k               element k of a row
product                  two points      scalar of the first point times a row of weights, rounded
                                         to the fraction of the second
accumulate               a point         sum of terms and, last, a bias, in the range of the point
reset_term                               r times p, as a term of the candidate
quantize_state, ...                      what the function of that name returns
add, subtract, multiply                  exact on integers, rounded in double precision
divide                   a number        the quotient; where the divisor is small, the number
to_real                                  rows of outputs as one row of real numbers
element_to_real          k               element k of that
=======================  ==============  =========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.gru import reference
from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format
from hwmodels.gru.weights import Array
from stomp_flim.model.operation import Operation
from stomp_flim.replay import Memory
from workloads.accelerator.memory import Value, Values, initial_memory
from workloads.accelerator.postprocessing import LifetimeValues
from workloads.flim.lifetimes.lifetimes import SMALLEST_DENOMINATOR, Lifetimes


class Inference(NamedTuple):
    """What was computed for every pixel, in the form that `hwmodels.gru.kernel.infer` returns it.

    Attributes
    ----------
    h_encoder : int32[pixels, units], or None
        HIDDEN codes of the last encoder layer after the last step, if the graph has an encoder.
    y : int16[pixels, steps, outputs], or None
        OUTPUT codes, if it has a decoder; int32 if their format has more than 16 bits.
    lifetimes : Lifetimes, or None
        Lifetimes, if it has post-processing.
    h_every_layer : int32[pixels, layers, units], or None
        HIDDEN codes of every encoder layer: what a graph of the decoder alone takes for input.
    """

    h_encoder: NDArray[np.int32] | None
    y: NDArray[np.int16] | NDArray[np.int32] | None
    lifetimes: Lifetimes | None
    h_every_layer: NDArray[np.int32] | None


@dataclass(frozen=True)
class AcceleratorInterpreter:
    """The interpreter of one graph; see `stomp_flim.replay.Interpreter`.

    Parameters
    ----------
    specification : Specification
        Its network has the steps of the graph.
    stage : {"encoder", "decoder", "postprocess", "pipeline"}
        What the graph is of.
    states : tuple of str
        Names of the encoder's final states, layer by layer; empty without an encoder.
    outputs : tuple of tuple of str
        Names of the rows of outputs of each step; empty without a decoder.
    lifetimes : LifetimeValues, optional
        Names of what post-processing writes.
    """

    specification: Specification
    stage: str
    states: tuple[str, ...] = ()
    outputs: tuple[tuple[str, ...], ...] = ()
    lifetimes: LifetimeValues | None = None

    def prepare(self, weights: Mapping[str, Array], x: Any) -> Sequence[Values]:
        """Return the initial values of every pixel; see `workloads.accelerator.memory`."""
        return initial_memory(self.specification, self.stage, weights, x)

    def execute(self, operation: Operation, operands: Sequence[Value]) -> Value:
        """Return the result of an operation."""
        function = _OPERATIONS[operation.name]
        return function(self.specification.arithmetic, *operation.parameters, *operands)

    def collect(self, memories: Sequence[Memory]) -> Inference:
        """Return the outputs of every pixel, as far as the graph computes them."""
        states: NDArray[np.int32] | None = None
        y: NDArray[Any] | None = None
        found = None
        if self.states:
            states = np.array([[m[name] for name in self.states] for m in memories], np.int32)
        if self.outputs:
            rows = [
                [np.concatenate([m[n] for n in step]) for step in self.outputs] for m in memories
            ]
            wide = self.specification.arithmetic.output.bits > 16
            y = np.array(rows, np.int32 if wide else np.int16)
        if self.lifetimes:
            tau, fraction, mean = (np.array([m[name] for m in memories]) for name in self.lifetimes)
            found = Lifetimes(tau, fraction[:, 0], mean[:, 0])
        return Inference(None if states is None else states[:, -1], y, found, states)


def _product(a: Arithmetic, value: str, accumulator: str, scalar: Value, row: Value) -> Value:
    return reference.products(scalar, getattr(a, value), row, a.weight, getattr(a, accumulator))


def _accumulate(a: Arithmetic, accumulator: str, *terms_and_bias: Value) -> Value:
    *terms, bias = terms_and_bias
    target: Format = getattr(a, accumulator)
    return target.limit(sum(terms, reference.bias_term(bias, a, target)))


def _to_real(a: Arithmetic, *rows: Value) -> Value:
    return a.output.to_real(np.concatenate(rows))


def _divide(_: Arithmetic, otherwise: float, numerator: Value, denominator: Value) -> Value:
    small = denominator < SMALLEST_DENOMINATOR
    return np.where(small, otherwise, numerator / np.where(small, 1.0, denominator))


_OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "move": lambda _, value: value,
    "element": lambda _, k, row: row[k : k + 1],
    "product": _product,
    "accumulate": _accumulate,
    "quantize_blend_state": reference.quantize_blend_state,
    "quantize_state": reference.quantize_state,
    "quantize_stacked_input": reference.quantize_stacked_input,
    "hard_sigmoid": reference.hard_sigmoid,
    "sigmoid": reference.sigmoid,
    "reset_product": reference.reset_product,
    "quantize_recurrent": reference.quantize_recurrent,
    "reset_term": lambda a, r, p: reference.reset_term(a, reference.reset_recurrent(a, r, p)),
    "hard_tanh": reference.hard_tanh,
    "tanh": reference.tanh,
    "keep": reference.keep,
    "renew": reference.renew,
    "blend": reference.blend,
    "dense_output": reference.dense_output,
    "add": lambda _, left, right: left + right,
    "subtract": lambda _, left, right: left - right,
    "multiply": lambda _, left, right: left * right,
    "divide": _divide,
    "to_real": _to_real,
    "element_to_real": lambda a, k, *rows: _to_real(a, *rows)[k : k + 1],
}
"""Each takes the arithmetic, then the parameters, then the operands."""
