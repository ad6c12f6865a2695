"""Which arithmetics take the loops of 16-bit products, and what these loops are given.

`hwmodels.gru.compiled.pairs` multiplies 16-bit integers and adds the products of a *pair* of
them in 32 bits, modulo ``2**32``. That gives every integer of the specification where

- accumulators have 32 bits and wrap: sums in any order, modulo ``2**32``, are theirs;
- a product whose fraction the accumulator holds is of a value of 16 bits and a weight that fits
  16 bits after its left shift;
- a product ``v U`` that drops ``r`` bits, rounded to the floor, is split by ``v = a 2**r + b``,
  ``0 <= b < 2**r``: ``floor(v U / 2**r) = a U + floor(b U / 2**r)``. The first term is a product of
  16 bits if `a` is. The second is the upper half of the product ``(b 2**(15 - r)) (2 U)`` of 16-bit
  integers, at most ``2**(B - 1)`` for a weight of `B` bits; those of every second unit are added in
  16 bits, which 512 units of 8-bit weights never overflow;
- other points neither wrap nor round but to the floor, or to the nearest with saturation.

No value is larger than its format, a reset product not larger than the state (a hard gate lies
between 0 and 1), and a hidden state, a mean of old state and candidate, lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.compiled.pairs import Points
from hwmodels.gru.compiled.vectors import ROWS
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.reference import bias_term
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, GATES, Array, array_name

Packed = NDArray[np.int32]


@dataclass(frozen=True)
class _Value:
    """Exact values on their way into a quantization point."""

    fraction: int
    least: int
    most: int

    def floored(self, point: Format) -> bool:
        """Whether they become the floor, and never leave the format."""
        drop = self.fraction - point.fraction
        exact = drop == 0 or (drop > 0 and point.rounding is Rounding.FLOOR)
        return exact and point.minimum <= self.least >> drop <= self.most >> drop <= point.maximum

    def in_point(self, point: Format) -> _Value:
        """Return what becomes of values that are `floored`."""
        drop = self.fraction - point.fraction
        return _Value(point.fraction, self.least >> drop, self.most >> drop)

    def split(self, weight: Format, accumulator: Format, count: int) -> bool:
        """Whether their products are two products of 16 bits each, and `count` sums of pairs."""
        drop = self.fraction + weight.fraction - accumulator.fraction
        return (
            1 <= drop <= 15
            and accumulator.rounding is Rounding.FLOOR
            and weight.bits <= 15
            and -(1 << 15) <= self.least >> drop <= self.most >> drop < 1 << 15
            and count << weight.bits - 1 <= 1 << 15
        )


def fit(specification: Specification) -> bool:
    """Whether the loops of 16-bit products give the integers of a specification."""
    network, a = specification.network, specification.arithmetic
    if network.cell != "gru" or a.curves() or max(specification.carriers.values()) > 32:
        return False
    gate, candidate, dense = a.gate_accumulator, a.candidate_accumulator, a.dense_accumulator
    stacked = [a.stacked_input] if network.layers > 1 else []
    pairs = padded(network.hidden_units) // 2
    line = _Value(gate.fraction + 1, 0, 2 << gate.fraction)
    reset, blend = _reset(a), _blend(a)
    return (
        all(t.bits == 32 and t.overflow is Overflow.WRAP for t in (gate, candidate, dense))
        and all(_exact(v, a.weight, gate) for v in (a.state, a.input, *stacked))
        and all(_exact(v, a.weight, candidate) for v in (a.input, *stacked))
        and all(_nearest(a.hidden.fraction, point) for point in (a.stored_state, *stacked))
        and (a.blend_state is None or _nearest(a.blend_state.fraction, a.state))
        and _nearest(candidate.fraction, a.candidate)
        and line.floored(a.gate)
        and reset.floored(a.reset_product)
        and reset.in_point(a.reset_product).split(a.weight, candidate, pairs)
        and blend.floored(a.hidden)
        and blend.in_point(a.hidden).split(a.weight, dense, pairs)
        and dense.fraction > a.output.fraction
        and a.output.rounding is not Rounding.TO_ZERO
        and a.output.overflow is not Overflow.WRAP
    )


def _exact(value: Format, weight: Format, accumulator: Format) -> bool:
    """Whether products of a value are exact, and of 16 bits each after the weight's left shift."""
    left = accumulator.fraction - value.fraction - weight.fraction
    return value.bits <= 16 and left >= 0 and weight.bits + left <= 16


def _nearest(fraction: int, point: Format) -> bool:
    """Whether a point rounds to the nearest and saturates, in sums that fit 32 bits."""
    drop = fraction - point.fraction
    return (
        drop >= 1
        and point.bits + drop <= 31
        and point.rounding is Rounding.HALF_EVEN
        and point.overflow is not Overflow.WRAP
    )


def _reset(a: Arithmetic) -> _Value:
    one = 1 << a.gate.fraction
    return _Value(a.gate.fraction + a.state.fraction, one * a.state.minimum, one * a.state.maximum)


def _blend(a: Arithmetic) -> _Value:
    terms = [_Value(p.fraction, p.minimum, p.maximum) for p in (a.stored_state, a.candidate)]
    ups = [a.blend_fraction - term.fraction for term in terms]
    least = min(term.least << up for term, up in zip(terms, ups, strict=True))
    most = max(term.most << up for term, up in zip(terms, ups, strict=True))
    return _Value(a.blend_fraction, least, most)


def arguments(
    specification: Specification, weights: Mapping[str, Array], stage: str
) -> tuple[Any, ...]:
    """Return what `hwmodels.gru.compiled.pairs.advance` takes after blocks and steps."""
    return (
        *_stage_arrays(specification, weights, stage),
        *_dense_arrays(specification, weights),
        _points(specification),
    )


def _points(specification: Specification) -> Points:
    """Return the constants of the quantization points of a specification that does `fit`."""
    a, layers = specification.arithmetic, specification.network.layers
    candidate_sum, dense_sum = a.candidate_accumulator.fraction, a.dense_accumulator.fraction
    output = dense_sum - a.output.fraction
    half = {Rounding.HALF_UP: 1 << output - 1, Rounding.HALF_EVEN: (1 << output - 1) - 1}
    stacked = a.stacked_input if layers > 1 else a.state
    constants = {
        "one_accumulator": 1 << a.gate_accumulator.fraction,
        "gate": a.gate_accumulator.fraction + 1 - a.gate.fraction,
        "one_gate": 1 << a.gate.fraction,
        "reset": a.gate.fraction + a.state.fraction - a.reset_product.fraction,
        "floor": a.reset_product.fraction + a.weight.fraction - candidate_sum,
        **_rounding("stored", a.hidden.fraction, a.stored_state, 1 << 31),
        "narrower": int(a.blend_state is not None),
        **_rounding("state", a.stored_state.fraction, a.state, 1 << 31),
        **_rounding("stacked", a.hidden.fraction, stacked, 1 << 31),
        **_rounding("candidate", candidate_sum, a.candidate, 1 << candidate_sum),
        "keep": a.blend_fraction - a.gate.fraction - a.stored_state.fraction,
        "renew": a.blend_fraction - a.gate.fraction - a.candidate.fraction,
        "hidden": a.blend_fraction - a.hidden.fraction,
        "dense_floor": a.hidden.fraction + a.weight.fraction - dense_sum,
        "output": output,
        "output_half": half.get(a.output.rounding, 0),
        "output_even": int(a.output.rounding is Rounding.HALF_EVEN),
        "output_least": a.output.minimum,
        "output_most": a.output.maximum,
    }
    return Points(**{name: np.int32(constant) for name, constant in constants.items()})


def _rounding(name: str, fraction: int, point: Format, most: int) -> dict[str, int]:
    """Shift of a point, and between which ends, not beyond `most`, its values stay in it."""
    drop = fraction - point.fraction
    ends = (max(point.minimum << drop, -most), min(point.maximum << drop, most))
    return {name: drop, f"{name}_least": ends[0], f"{name}_most": ends[1]}


def padded(count: int) -> int:
    """Return the next multiple of `ROWS`: zeros as weights and biases leave a unit's state 0."""
    return -(-count // ROWS) * ROWS


def _stage_arrays(
    specification: Specification, weights: Mapping[str, Array], stage: str
) -> tuple[Packed, Packed, Packed]:
    """Return weights, weights of what is floored, and biases of a stage.

    Returns
    -------
    weights : int32 array, layers x rows x pairs
        Rows are the units of the gates z, r, h; pairs those of states, then those of inputs; the
        other way round for h.
    floors : int32 array, layers x units x pairs
        Twice the recurrent weights of h.
    bias : int32 array, layers x rows
    """
    network, a = specification.network, specification.arithmetic
    units = padded(network.hidden_units)
    layers = []
    for layer in range(network.layers):
        value = a.stacked_input if layer else a.input
        entering = network.hidden_units if layer else network.inputs
        count = 0 if stage == "decoder" and layer == 0 else entering
        width = units if layer else count + count % 2

        def array(part: str, gate: str, layer: int = layer) -> Array:
            return weights[array_name(stage, layer, part, gate)]

        rows, biases = [], []
        for gate in GATES:
            total = a.candidate_accumulator if gate == "h" else a.gate_accumulator
            left = total.fraction - value.fraction - a.weight.fraction
            inputs = _matrix(array("kernel", gate)[:count], left, units, width)
            up = 0 if gate == "h" else total.fraction - a.state.fraction - a.weight.fraction
            states = _matrix(array("recurrent_kernel", gate), up, units, units)
            rows.append(np.concatenate([inputs, states] if gate == "h" else [states, inputs], 1))
            biases.append(np.zeros(units, np.int64))
            biases[-1][: network.hidden_units] = bias_term(array("bias", gate), a, total)
        twice = _matrix(array("recurrent_kernel", "h"), 1, units, units)
        layers.append((np.concatenate(rows), twice, np.concatenate(biases)))
    length = max(weight.shape[1] for weight, _, _ in layers)
    filled = [np.pad(weight, ((0, 0), (0, length - weight.shape[1]))) for weight, _, _ in layers]
    return (
        _packed(np.stack(filled)),
        _packed(np.stack([twice for _, twice, _ in layers])),
        np.stack([bias for _, _, bias in layers]).astype(np.int32),
    )


def _dense_arrays(
    specification: Specification, weights: Mapping[str, Array]
) -> tuple[Packed, Packed, Packed]:
    """Return weights, twice the weights, and biases of the dense layer, as of a stage's layer."""
    a, network = specification.arithmetic, specification.network
    rows, units = padded(network.outputs), padded(network.hidden_units)
    once, twice = (_matrix(weights[DENSE_KERNEL], left, rows, units) for left in (0, 1))
    bias = np.zeros(rows, np.int64)
    bias[: network.outputs] = bias_term(weights[DENSE_BIAS], a, a.dense_accumulator)
    return _packed(once), _packed(twice), bias.astype(np.int32)


def _matrix(kernel: Array, left: int, rows: int, width: int) -> NDArray[np.int16]:
    """Return a kernel, transposed, shifted left and filled up with zeros."""
    matrix = np.zeros((rows, width), np.int16)
    matrix[: kernel.shape[1], : len(kernel)] = kernel.T.astype(np.int64) << left
    return matrix


def _packed(matrix: NDArray[np.int16]) -> Packed:
    """Return pairs: the first number of each in the lower half."""
    low, high = matrix[..., ::2].astype(np.int32), matrix[..., 1::2].astype(np.int32)
    return np.ascontiguousarray(low & 0xFFFF | high << 16)
