"""The compiled loops of the integer GRU: the innermost one runs over pixels, in SIMD lanes.

Arrays are laid out with the pixels of a block last. They hold values in int32; accumulators and all
intermediate results are in the carrier, int32 or int64, which is the type of the constants and the
weights. Every rounding and overflow mode is one branch-free sequence of integer operations with
other constants, so nothing is compiled twice for another shape or format.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange
from numba.extending import overload

from stomp_flim.machine_code import kept


class Cast(NamedTuple):
    """Constants that bring an exact integer into a format: shift left, round off, wrap, clip."""

    left: Any
    right: Any
    dropped: Any  # mask of the bits that `right` drops
    half: Any  # what rounding adds to them: always,
    even: Any  # where the result is odd,
    negative: Any  # where the value is negative
    unused: Any  # bits of the carrier above the format; 0 where it saturates
    minimum: Any
    maximum: Any


class Casts(NamedTuple):
    """Constants of every quantization point and of the terms of every accumulator: one row each."""

    stacked_input: Any
    state: Any
    gate_input_term: Any
    gate_stacked_term: Any
    gate_recurrent_term: Any
    gate_accumulator: Any
    gate: Any
    reset_product: Any
    candidate_input_term: Any
    candidate_stacked_term: Any
    candidate_recurrent_term: Any
    candidate_accumulator: Any
    candidate: Any
    hidden: Any
    dense_term: Any
    dense_accumulator: Any
    output: Any
    recurrent: Any  # this and the next only where the reset comes after the product
    reset_term: Any
    blend_state: Any  # only where the blend reads another state than products do


class Scales(NamedTuple):
    """What is no cast: the code of 1 in three formats, left shifts of the terms of the blend."""

    one_gate: Any
    one_gate_accumulator: Any
    one_candidate_accumulator: Any
    keep: Any
    renew: Any
    reset_after: Any  # 1 where the reset comes after the product, else 0
    sigmoid_end: Any  # the code of a curve's last node, and the bits between two nodes
    sigmoid_drop: Any
    tanh_end: Any
    tanh_drop: Any
    blend_state: Any  # 1 where the blend reads another state than products do, else 0


def _narrow(value, like):
    """Take an integer back to the carrier: numba computes every sum of int32 in int64."""


@overload(_narrow)
def _narrow_overload(value, like):
    if like.bitwidth == 32:
        return lambda value, like: np.int32(value)
    return lambda value, like: np.int64(value)


def _amount(shift):
    """Tell the compiler that a shift is shorter than its carrier, so that it stays in 32 bits."""


@overload(_amount)
def _amount_overload(shift):
    if shift.bitwidth == 32:
        return lambda shift: shift & 31
    return lambda shift: shift & 63


@kept(error_model="numpy")
def _round(value, cast):
    """``floor((value + addend) / 2**right)`` without the sum that could overflow."""
    right = _amount(cast.right)
    below = _narrow(value >> right, cast.right)
    addend = cast.half + (below & cast.even) + (cast.negative if value < 0 else 0)
    rest = _narrow((value & cast.dropped) + addend, cast.right)
    return _narrow(below + (rest >> right), cast.right)


@kept(error_model="numpy")
def _limit(value, cast):
    unused = _amount(cast.unused)
    code = _narrow(_narrow(value << unused, cast.right) >> unused, cast.right)
    return _narrow(min(max(code, cast.minimum), cast.maximum), cast.right)


@kept(error_model="numpy")
def _cast(value, cast):
    shifted = _narrow(_narrow(value, cast.left) << _amount(cast.left), cast.left)
    return _limit(_round(shifted, cast), cast)


@kept(error_model="numpy")
def _accumulate(total, values, weights, term):
    """Add ``sum_k term(values[k, p] * weights[k])`` to ``total[p]``; left shifts are in `weights`.

    Four products an addition keep the multipliers busy, not the load and store of the total.
    """
    count, lanes = values.shape
    right = _amount(term.right)
    k = 0
    if term.right == 0:
        while k + 4 <= count:
            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            for p in range(lanes):
                total[p] += (
                    _narrow(values[k, p] * w0, w0)
                    + _narrow(values[k + 1, p] * w1, w0)
                    + _narrow(values[k + 2, p] * w2, w0)
                    + _narrow(values[k + 3, p] * w3, w0)
                )
            k += 4
    elif term.half == 0 and term.even == 0 and term.negative == 0:
        while k + 4 <= count:
            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            for p in range(lanes):
                total[p] += (
                    (_narrow(values[k, p] * w0, w0) >> right)
                    + (_narrow(values[k + 1, p] * w1, w0) >> right)
                    + (_narrow(values[k + 2, p] * w2, w0) >> right)
                    + (_narrow(values[k + 3, p] * w3, w0) >> right)
                )
            k += 4
    while k < count:
        w0 = weights[k]
        for p in range(lanes):
            total[p] += _round(_narrow(values[k, p] * w0, w0), term)
        k += 1


@kept(error_model="numpy")
def _hard_sigmoid(codes, total, accumulator, one, gate):
    for p in range(len(total)):
        line = min(max(_limit(total[p], accumulator), -one), one) + one
        codes[p] = _cast(line, gate)


@kept(error_model="numpy")
def _gate(codes, total, casts, one, nodes, scales):
    if len(nodes) == 0:
        _hard_sigmoid(codes, total, casts.gate_accumulator, one, casts.gate)
    else:
        _curve(
            codes, total, casts.gate_accumulator, nodes,
            scales.sigmoid_end, scales.sigmoid_drop, casts.gate,
        )  # fmt: skip


@kept(error_model="numpy")
def _hard_tanh(codes, total, accumulator, one, candidate):
    for p in range(len(total)):
        line = min(max(_limit(total[p], accumulator), -one), one)
        codes[p] = _cast(line, candidate)


@kept(error_model="numpy")
def _curve(codes, total, accumulator, nodes, end, bits, target):
    """Follow a broken line, in `total`; the loops without a look-up run in SIMD lanes."""
    drop = _amount(bits)
    for p in range(len(total)):
        total[p] = min(max(_limit(total[p], accumulator), -end), end) + end
    for p in range(len(total)):
        left = total[p] >> drop
        node = np.uintp(left)  # an index that cannot be negative is looked up without a branch
        below, above = nodes[node], nodes[node + np.uintp(1)]
        rise = _narrow((above - below) * _narrow(total[p] - (left << drop), end), end)
        total[p] = _narrow(below << drop, end) + rise
    for p in range(len(total)):
        codes[p] = _cast(total[p], target)


@kept(error_model="numpy")
def _reset(codes, total, casts):
    """Multiply the reset gate in `codes` with the recurrent sum, in place."""
    for p in range(len(total)):
        recurrent = _cast(_limit(total[p], casts.candidate_accumulator), casts.recurrent)
        codes[p] = _cast(codes[p] * recurrent, casts.reset_product)


@kept(error_model="numpy")
def _add_term(total, codes, term):
    for p in range(len(total)):
        shifted = _narrow(_narrow(codes[p], term.left) << _amount(term.left), term.left)
        total[p] += _round(shifted, term)


@kept(error_model="numpy")
def _unpack(rows):
    """Turn rows into scalars: from an array they would be read again for every pixel."""
    return Casts(
        _row(rows[0]), _row(rows[1]), _row(rows[2]), _row(rows[3]), _row(rows[4]), _row(rows[5]),
        _row(rows[6]), _row(rows[7]), _row(rows[8]), _row(rows[9]), _row(rows[10]), _row(rows[11]),
        _row(rows[12]), _row(rows[13]), _row(rows[14]), _row(rows[15]), _row(rows[16]),
        _row(rows[17]), _row(rows[18]), _row(rows[19]),
    )  # fmt: skip


@kept(error_model="numpy")
def _row(row):
    return Cast(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])


@kept(error_model="numpy")
def _advance_block(
    x, hidden, y, begin, end, kernel, recurrent, bias, dense_kernel, dense_bias, rows, scales,
    sigmoid, tanh,
):  # fmt: skip
    """Advance one block of pixels from step `begin` to `end`: `hidden` and `y` in place."""
    casts = _unpack(rows)
    one_gate, one_a, one_c, keep, renew, reset_after = scales[:6]
    keep, renew = _amount(keep), _amount(renew)
    layers, units, lanes = hidden.shape
    outputs = y.shape[1]
    q = np.empty((units, lanes), np.int32)
    m = q if scales.blend_state == 0 else np.empty((units, lanes), np.int32)
    z = np.empty((units, lanes), np.int32)
    s = np.empty((units, lanes), np.int32)
    stacked = np.empty((units, lanes), np.int32)
    c = np.empty(lanes, np.int32)
    total = np.empty(lanes, bias.dtype)
    for t in range(begin, end):
        values = x[t]
        for layer in range(layers):
            h = hidden[layer]
            gate_term, candidate_term = casts.gate_input_term, casts.candidate_input_term
            if layer > 0:
                gate_term, candidate_term = casts.gate_stacked_term, casts.candidate_stacked_term
            read = h
            if scales.blend_state != 0:
                read = m
                for u in range(units):
                    for p in range(lanes):
                        m[u, p] = _cast(h[u, p], casts.blend_state)
            for u in range(units):
                for p in range(lanes):
                    q[u, p] = _cast(read[u, p], casts.state)
            for u in range(units):
                total[:] = bias[layer, 0, u]
                _accumulate(total, values, kernel[layer, 0, u], gate_term)
                _accumulate(total, q, recurrent[layer, 0, u], casts.gate_recurrent_term)
                _gate(z[u], total, casts, one_a, sigmoid, scales)
                total[:] = bias[layer, 1, u]
                _accumulate(total, values, kernel[layer, 1, u], gate_term)
                _accumulate(total, q, recurrent[layer, 1, u], casts.gate_recurrent_term)
                _gate(s[u], total, casts, one_a, sigmoid, scales)
                if reset_after == 0:
                    for p in range(lanes):
                        s[u, p] = _cast(s[u, p] * q[u, p], casts.reset_product)
                else:
                    total[:] = bias[layer, 3, u]
                    _accumulate(total, q, recurrent[layer, 2, u], casts.candidate_recurrent_term)
                    _reset(s[u], total, casts)
            for u in range(units):
                total[:] = bias[layer, 2, u]
                _accumulate(total, values, kernel[layer, 2, u], candidate_term)
                if reset_after == 0:
                    _accumulate(total, s, recurrent[layer, 2, u], casts.candidate_recurrent_term)
                else:
                    _add_term(total, s[u], casts.reset_term)
                if len(tanh) == 0:
                    _hard_tanh(c, total, casts.candidate_accumulator, one_c, casts.candidate)
                else:
                    _curve(
                        c, total, casts.candidate_accumulator, tanh,
                        scales.tanh_end, scales.tanh_drop, casts.candidate,
                    )  # fmt: skip
                for p in range(lanes):
                    kept = _narrow(z[u, p] * m[u, p], one_gate) << keep
                    renewed = _narrow((one_gate - z[u, p]) * c[p], one_gate) << renew
                    h[u, p] = _cast(kept + renewed, casts.hidden)
            if layer + 1 < layers:
                for u in range(units):
                    for p in range(lanes):
                        stacked[u, p] = _cast(h[u, p], casts.stacked_input)
                values = stacked
        for o in range(outputs):
            total[:] = dense_bias[o]
            _accumulate(total, hidden[layers - 1], dense_kernel[o], casts.dense_term)
            for p in range(lanes):
                y[t, o, p] = _cast(_limit(total[p], casts.dense_accumulator), casts.output)


@kept(error_model="numpy", nogil=True)
def advance(
    x, hidden, y, begin, end, kernel, recurrent, bias, dense_kernel, dense_bias, rows, scales,
    sigmoid, tanh,
):  # fmt: skip
    """Advance one stage, encoder or decoder, on blocks of pixels, one after another.

    Parameters
    ----------
    x : int32 array, blocks x steps x inputs x pixels
        INPUT codes; 0 inputs for a decoder.
    hidden : int32 array, blocks x layers x units x pixels
        HIDDEN codes, advanced in place.
    y : int32 array, blocks x steps x outputs x pixels
        OUTPUT codes, written for the steps that are run; 0 outputs for an encoder.
    begin, end : int
        First step to run, and the step after the last.
    kernel, recurrent, bias : carrier array, layers x 3 x units (x inputs or units)
        Terms of the gates z, r, h; left shifts to the accumulator's fraction already done. A fourth
        bias is that of the recurrent sum of h, where the reset comes after it.
    dense_kernel, dense_bias : carrier array, outputs (x units)
    rows : carrier array, fields of `Casts` x fields of `Cast`
        An array, since numba cannot share out nested tuples to threads.
    scales : Scales
    sigmoid, tanh : carrier array
        Values at the nodes of the curves, the last one twice; none where the activation is hard.
    """
    for block in range(len(x)):
        _advance_block(
            x[block], hidden[block], y[block], begin, end,
            kernel, recurrent, bias, dense_kernel, dense_bias, rows, scales, sigmoid, tanh,
        )  # fmt: skip


@kept(error_model="numpy", nogil=True, parallel=True)
def advance_parallel(
    x, hidden, y, begin, end, kernel, recurrent, bias, dense_kernel, dense_bias, rows, scales,
    sigmoid, tanh,
):  # fmt: skip
    """Do the same as `advance`, with the blocks shared out to numba's threads."""
    for block in prange(len(x)):
        _advance_block(
            x[block], hidden[block], y[block], begin, end,
            kernel, recurrent, bias, dense_kernel, dense_bias, rows, scales, sigmoid, tanh,
        )  # fmt: skip
