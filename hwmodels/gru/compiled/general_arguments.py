"""What the general loops are given: weights as terms to be added, constants of every point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.compiled.general import Cast, Casts, Scales
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.reference import bias_term
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, GATES, Array, array_name


def arguments(
    specification: Specification, weights: Mapping[str, Array], stage: str
) -> tuple[Any, ...]:
    """Return what `hwmodels.gru.compiled.general.advance` takes after blocks and steps."""
    arithmetic = specification.arithmetic
    carrier = np.dtype(np.int32 if max(specification.carriers.values()) <= 32 else np.int64)
    return (
        *_stage_weights(specification, weights, stage, carrier),
        *_dense_weights(arithmetic, weights, carrier),
        _casts(specification, carrier),
        _scales(specification, carrier),
        _nodes(arithmetic.sigmoid, carrier),
        _nodes(arithmetic.tanh, carrier),
    )


def _stage_weights(
    specification: Specification, weights: Mapping[str, Array], stage: str, carrier: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return kernel, recurrent kernel and bias of every layer and gate as terms to be added."""
    network, a = specification.network, specification.arithmetic
    layers, units = network.layers, network.hidden_units
    width = max(network.inputs, units)
    kernel = np.zeros((layers, len(GATES), units, width), carrier)
    recurrent = np.zeros((layers, len(GATES), units, units), carrier)
    bias = np.zeros((layers, len(GATES) + 1, units), carrier)
    after = network.cell == "gru-reset-after"
    for layer in range(layers):
        for index, gate in enumerate(GATES):
            state, accumulator = (
                (a.reset_product, a.candidate_accumulator)
                if gate == "h"
                else (a.state, a.gate_accumulator)
            )
            if after:
                state = a.state
            inputs = weights[array_name(stage, layer, "kernel", gate)]
            kernel[layer, index, :, : len(inputs)] = _shifted(
                inputs.T, a.stacked_input if layer else a.input, a.weight, accumulator
            )
            recurrent[layer, index] = _shifted(
                weights[array_name(stage, layer, "recurrent_kernel", gate)].T,
                state, a.weight, accumulator,
            )  # fmt: skip
            bias[layer, index] = bias_term(
                weights[array_name(stage, layer, "bias", gate)], a, accumulator
            )
        if after:
            second = weights[array_name(stage, layer, "recurrent_bias", "h")]
            bias[layer, len(GATES)] = bias_term(second, a, a.candidate_accumulator)
    return kernel, recurrent, bias


def _dense_weights(
    a: Arithmetic, weights: Mapping[str, Array], carrier: np.dtype[Any]
) -> tuple[Array, Array]:
    kernel = _shifted(weights[DENSE_KERNEL].T, a.hidden, a.weight, a.dense_accumulator)
    bias = bias_term(weights[DENSE_BIAS], a, a.dense_accumulator)
    return np.ascontiguousarray(kernel, carrier), bias.astype(carrier)


def _shifted(codes: Array, value: Format, weight: Format, accumulator: Format) -> Array:
    """Do the left shift of `hwmodels.gru.reference.products` on the weights, once.

    What leaves the carrier here, a WRAP accumulator would drop anyway.
    """
    left = accumulator.fraction - value.fraction - weight.fraction
    return np.left_shift(codes.astype(np.int64), max(left, 0))


def _casts(specification: Specification, carrier: np.dtype[Any]) -> Array:
    """Return the constants of every quantization point, a row for each field of `Casts`."""
    a = specification.arithmetic

    def cast(fraction: int, target: Format) -> Cast:
        return _constants(fraction, target, 8 * carrier.itemsize)

    def term(value: Format, accumulator: Format) -> Cast:
        return cast(value.fraction + a.weight.fraction, accumulator)

    def activated(point: str, fraction: int) -> int:
        """Return the fractional bits of an activation, those of the hard one being given."""
        if point not in a.curves():
            return fraction
        curve, total = a.curves()[point]
        return curve.fraction + curve.drop(total.fraction)

    gate_sum, candidate_sum, dense_sum = (
        a.gate_accumulator,
        a.candidate_accumulator,
        a.dense_accumulator,
    )
    unused = cast(candidate_sum.fraction, candidate_sum)
    # What the reset gate multiplies, and what the recurrent products of the candidate are of.
    reset, candidate_state, recurrent, reset_term = a.state, a.reset_product, unused, unused
    if specification.network.cell == "gru-reset-after" and a.recurrent is not None:
        reset, candidate_state = a.recurrent, a.state
        recurrent = cast(candidate_sum.fraction, a.recurrent)
        reset_term = cast(a.reset_product.fraction, candidate_sum)
    casts = Casts(
        stacked_input=cast(a.hidden.fraction, a.stacked_input),
        state=cast((a.blend_state or a.hidden).fraction, a.state),
        gate_input_term=term(a.input, gate_sum),
        gate_stacked_term=term(a.stacked_input, gate_sum),
        gate_recurrent_term=term(a.state, gate_sum),
        gate_accumulator=cast(gate_sum.fraction, gate_sum),
        gate=cast(activated("gate", gate_sum.fraction + 1), a.gate),
        reset_product=cast(a.gate.fraction + reset.fraction, a.reset_product),
        candidate_input_term=term(a.input, candidate_sum),
        candidate_stacked_term=term(a.stacked_input, candidate_sum),
        candidate_recurrent_term=term(candidate_state, candidate_sum),
        candidate_accumulator=cast(candidate_sum.fraction, candidate_sum),
        candidate=cast(activated("candidate", candidate_sum.fraction), a.candidate),
        hidden=cast(a.blend_fraction, a.hidden),
        dense_term=term(a.hidden, dense_sum),
        dense_accumulator=cast(dense_sum.fraction, dense_sum),
        output=cast(dense_sum.fraction, a.output),
        recurrent=recurrent,
        reset_term=reset_term,
        blend_state=cast(a.hidden.fraction, a.stored_state),
    )
    return np.array(casts, carrier)


def _scales(specification: Specification, carrier: np.dtype[Any]) -> Scales:
    a = specification.arithmetic
    blend = a.blend_fraction - a.gate.fraction
    (sigmoid_end, sigmoid_drop), (tanh_end, tanh_drop) = (
        (curve.end(total.fraction), curve.drop(total.fraction)) if curve else (0, 0)
        for curve, total in ((a.sigmoid, a.gate_accumulator), (a.tanh, a.candidate_accumulator))
    )
    scales = Scales(
        one_gate=1 << a.gate.fraction,
        one_gate_accumulator=1 << a.gate_accumulator.fraction,
        one_candidate_accumulator=1 << a.candidate_accumulator.fraction,
        keep=blend - a.stored_state.fraction,
        renew=blend - a.candidate.fraction,
        reset_after=specification.network.cell == "gru-reset-after",
        sigmoid_end=sigmoid_end,
        sigmoid_drop=sigmoid_drop,
        tanh_end=tanh_end,
        tanh_drop=tanh_drop,
        blend_state=a.blend_state is not None,
    )
    return Scales(*(carrier.type(scale) for scale in scales))


def _nodes(curve: Curve | None, carrier: np.dtype[Any]) -> Array:
    """Return the values at the nodes, the last one twice: beyond it the line is flat."""
    nodes = curve.nodes if curve else np.empty(0, np.int64)
    return np.concatenate([nodes, nodes[-1:]]).astype(carrier)


def _constants(fraction: int, target: Format, carrier_bits: int) -> Cast:
    """Constants that the general loops need to bring a value into a format.

    Rounding is ``floor((v + addend) / 2**right)``. With ``2**right = 2*n`` the addend is 0 for
    floor, ``n`` for half up, ``n - 1`` and 1 more where the floor is odd for half even, and
    ``2*n - 1`` below 0 for to zero.
    """
    right = max(fraction - target.fraction, 0)
    rounding = target.rounding if right else Rounding.FLOOR
    n = 1 << right >> 1
    half = {Rounding.HALF_UP: n, Rounding.HALF_EVEN: n - 1}
    return Cast(
        left=max(target.fraction - fraction, 0),
        right=right,
        dropped=(1 << right) - 1,
        half=half.get(rounding, 0),
        even=int(rounding is Rounding.HALF_EVEN),
        negative=2 * n - 1 if rounding is Rounding.TO_ZERO else 0,
        unused=carrier_bits - target.bits if target.overflow is Overflow.WRAP else 0,
        minimum=target.minimum,
        maximum=target.maximum,
    )
