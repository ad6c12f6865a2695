"""An integer GRU layer on a CPU: for which formats its compiled steps are, and their constants."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from workloads.flim.training.compiled.integer_steps import (
    Cast,
    Casts,
    Cell,
    advance,
    requantize,
    retreat,
)
from workloads.flim.training.compiled.integer_steps import dense as apply_dense
from workloads.flim.training.compiled.lanes import padded, room
from workloads.flim.training.compiled.layer import (
    Gradients,
    Run,
    Weights,
    by_pixels,
    gradients,
    of_pixels,
)
from workloads.flim.training.compiled.products import LANES

_SINGLE, _DOUBLE, _INTEGER = 24, 53, 31
"""Bits of the whole numbers that float32, float64 and int32 hold, whatever their sign."""


def covers(a: Arithmetic, inputs: Format, features: int, units: int) -> bool:
    """Whether the compiled steps compute a layer exactly.

    Parameters
    ----------
    a : Arithmetic
        One that can be trained in.
    inputs : Format
        Of the inputs.
    features, units : int
    """
    states = (a.stacked_input, a.stored_state, a.state, a.gate, a.candidate, a.hidden)
    weight = 2 ** (a.weight.bits - 1)
    fed = features * 2 ** (inputs.bits - 1) * weight
    unit = max(inputs.fraction + a.weight.fraction if features else 0, a.bias.fraction)
    fed = (fed << max(0, unit - inputs.fraction - a.weight.fraction)) + (
        2 ** (a.bias.bits - 1) << (unit - a.bias.fraction)
    )
    read = units * 2**a.state.fraction * weight
    return (
        all(target.fraction < _SINGLE for target in states)  # of values up to 1
        and max(fed, read) <= 2**_SINGLE
        and _products_fit(a.reset_product, a.weight, a.candidate_accumulator, units)
        and all(target.rounding is not Rounding.TO_ZERO for target in (*states, a.reset_product))
        and max(a.gate_accumulator.fraction, a.candidate_accumulator.fraction) + 8 < _DOUBLE
    )


def covers_dense(a: Arithmetic, units: int) -> bool:
    """Whether the compiled dense layer computes exactly."""
    return (
        a.hidden.fraction < _SINGLE
        and a.output.bits <= _SINGLE
        and _products_fit(a.hidden, a.weight, a.dense_accumulator, units)
        and a.output.rounding is not Rounding.TO_ZERO
        and a.dense_accumulator.fraction + 8 < _DOUBLE
    )


def integer_layer(inputs: Tensor, hidden: Tensor, weights: Weights, a: Arithmetic) -> Run:
    """Run a layer in an arithmetic that is covered, on exact values of codes."""
    run = Run.begin(inputs, hidden)
    advance(_cell(weights, a), run.inputs, run.hidden, run.states)  # type: ignore[no-untyped-call]
    return run


def integer_gradients(
    run: Run, weights: Weights, a: Arithmetic, gradient: Tensor, by_inputs_too: bool
) -> Gradients:
    """Return gradients; see `workloads.flim.training.compiled.layer.real_gradients`."""
    return gradients(retreat, _cell(weights, a), run, weights, gradient, by_inputs_too)


def integer_stacked(hidden: Tensor, a: Arithmetic) -> Tensor:
    """Return what a layer above reads of states, exact values in float32; they are covered."""
    values = by_pixels(hidden.float()).copy()
    requantize(values.reshape(-1), _cast(a.hidden.fraction, a.stacked_input))  # type: ignore[no-untyped-call]
    return of_pixels(values)


def integer_dense(hidden: Tensor, kernel: Tensor, bias: Tensor, a: Arithmetic) -> Tensor:
    """Apply a dense layer to the states of every step.

    Parameters
    ----------
    hidden : Tensor, steps x pixels x units
        Exact values.
    kernel, bias : Tensor, (units x) outputs
        Codes.
    a : Arithmetic
        One that is covered.

    Returns
    -------
    Tensor, steps x pixels x outputs
        Exact values in float32.
    """
    (steps, pixels, units), count = hidden.shape, kernel.shape[1]
    codes = np.zeros((padded(count), padded(units)), np.int32)
    codes[:count, :units] = kernel.numpy().T
    target = a.dense_accumulator
    outputs = np.empty((steps, count, pixels), np.float32)
    apply_dense(  # type: ignore[no-untyped-call]
        by_pixels(hidden.float()), codes, bias.numpy() * 2.0**-a.bias.fraction,
        _cast(target.fraction, a.output), 2.0**a.hidden.fraction,
        a.hidden.fraction + a.weight.fraction - target.fraction, 2.0**-target.fraction,
        outputs, room(sum(codes.shape), LANES).view(np.int32),
    )  # fmt: skip
    return of_pixels(outputs)


def _products_fit(value: Format, weight: Format, total: Format, units: int) -> bool:
    """Whether int32 holds products with a value up to 1, and the sum of what is left of them."""
    dropped = value.fraction + weight.fraction - total.fraction
    product = value.fraction + weight.bits - 1
    return dropped >= 0 and max(product, product - dropped + math.log2(units) + 1) <= _INTEGER - 1


def _cell(weights: Weights, a: Arithmetic) -> Cell:
    rows, total = padded(weights.units), a.candidate_accumulator
    stored = room(rows, LANES)
    codes = np.rint(weights.recurrent[2 * rows :] * 2.0**a.weight.fraction)
    return Cell(
        casts=_casts(a),
        two_states=a.blend_state is not None,
        kernel=weights.kernel,
        recurrent=weights.recurrent[: 2 * rows],
        codes=codes.astype(np.int32),
        shift=a.reset_product.fraction + a.weight.fraction - total.fraction,
        sum_step=2.0**-total.fraction,
        inputs=room(weights.kernel.shape[1], LANES),
        state=room(rows, LANES),
        stored=stored,
        read=stored if a.blend_state is None else room(rows, LANES),
        gates=room(2 * rows, LANES),
        candidate=room(rows, LANES),
        fed=room(3 * rows, LANES),
        product=room(rows, LANES).view(np.int32),
        total=room(rows, LANES).view(np.int32),
    )


def _casts(a: Arithmetic) -> Casts:
    gate = _cast(a.gate_accumulator.fraction + 1, a.gate, 0.0, 1.0)
    half = 0.5 * gate.scale  # the line 0.5 a + 0.5 of the hard sigmoid
    return Casts(
        stored_state=_cast(a.hidden.fraction, a.stored_state),
        state=_cast(a.stored_state.fraction, a.state),
        gate=gate._replace(scale=half, offset=half + gate.offset),
        reset_product=_cast(a.gate.fraction + a.state.fraction, a.reset_product),
        candidate=_cast(a.candidate_accumulator.fraction, a.candidate, -1.0, 1.0),
        hidden=_cast(a.blend_fraction, a.hidden),
    )


def _cast(fraction: int, target: Format, least: float = -math.inf, most: float = math.inf) -> Cast:
    """Return the constants for exact values of so many fractional bits, clipped before."""
    scale, dropped = 2.0**target.fraction, fraction - target.fraction
    offset = 0.0
    if dropped > 0 and target.rounding is not Rounding.HALF_EVEN:
        offset = 0.5 ** (dropped + 1) - (0.5 if target.rounding is Rounding.FLOOR else 0.0)
    if target.overflow is not Overflow.WRAP:
        least, most = max(least, target.minimum / scale), min(most, target.maximum / scale)
    return Cast(scale, offset, least * scale, most * scale, 1.0 / scale)
