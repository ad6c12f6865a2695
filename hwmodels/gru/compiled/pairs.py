"""The compiled loops of the integer GRU where its matrix products are of 16-bit integers.

`hwmodels.gru.compiled.pair_arguments` says where they are, and why every integer is then that of
the general loops. As there, the pixels of a block come last. Values of the units ``2 i`` and
``2 i + 1`` share an int32 as a pair (`hwmodels.gru.compiled.vectors`).
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import prange

from hwmodels.gru.compiled.vectors import (
    ROWS,
    WIDTH,
    add,
    add_dots,
    add_floors,
    both,
    down,
    either,
    greater,
    lesser,
    mul,
    sub,
    up,
)
from stomp_flim.machine_code import kept

_SOURCES = (Path(__file__).parent / "vectors.py").read_bytes()


class Points(NamedTuple):
    """Constants of the quantization points, int32: codes of 1, right shifts, ends of clips."""

    one_accumulator: Any
    gate: Any
    one_gate: Any
    reset: Any
    floor: Any  # bits of a reset product that its product with a weight drops
    stored: Any
    stored_least: Any
    stored_most: Any
    narrower: Any  # 1 where products read fewer bits of the state than are stored, else 0
    state: Any
    state_least: Any  # ends of what is rounded, for the ends of the format
    state_most: Any
    stacked: Any
    stacked_least: Any
    stacked_most: Any
    candidate: Any
    candidate_least: Any
    candidate_most: Any
    keep: Any
    renew: Any
    hidden: Any
    dense_floor: Any
    output: Any
    output_half: Any
    output_even: Any
    output_least: Any
    output_most: Any


_njit: Any = numba.njit  # which takes more options than it declares
_inlined = _njit(
    error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@_inlined
def _dots(totals, row, values, first, weights, bias, at, length, count):
    """Make `ROWS` sums: biases and dot products of weights from place `at` with pairs."""
    lanes = totals.shape[1]
    for i in range(ROWS):
        alone = bias[at + i]
        for p in range(lanes):
            totals[row + i, p] = alone
    for p in range(0, lanes, WIDTH):
        add_dots(
            totals, row * lanes + p, values, first * lanes + p,
            weights, at * length, length, count, lanes,
        )  # fmt: skip


@_inlined
def _floors(totals, row, values, weights, at, count):
    lanes = totals.shape[1]
    for p in range(0, lanes, WIDTH):
        add_floors(totals, row * lanes + p, values, p, weights, at * count, count, count, lanes)


@_inlined
def _clip(value, least, most):
    return lesser(greater(value, least), most)


@_inlined
def _nearest(value, shift, least, most):
    """Clip, then round half to even, which gives the same in the other order."""
    within = _clip(value, least, most)
    half = sub(up(1, sub(shift, 1)), 1)
    odd = both(down(within, shift), 1)
    return down(add(within, add(half, odd)), shift)


@_inlined
def _pair(low, high):
    return either(both(low, 0xFFFF), up(high, 16))


@_inlined
def _low(pair):
    return down(up(pair, 16), 16)


@_inlined
def _high(pair):
    return down(pair, 16)


@_inlined
def _gate(total, points):
    one = points.one_accumulator
    return down(add(_clip(total, sub(0, one), one), one), points.gate)


@_inlined
def _pack_nearest(work, first, hidden, shift, least, most):
    """Bring the hidden states of a layer into the format of what its products read."""
    lanes = work.shape[1]
    for i in range(len(hidden) // 2):
        for p in range(lanes):
            low = _nearest(hidden[2 * i, p], shift, least, most)
            work[first + i, p] = _pair(low, _nearest(hidden[2 * i + 1, p], shift, least, most))


@_inlined
def _store(stored, hidden, points):
    """Store the states of a layer as its blend reads them."""
    lanes = stored.shape[1]
    shift, least, most = points.stored, points.stored_least, points.stored_most
    for u in range(len(hidden)):
        for p in range(lanes):
            stored[u, p] = _nearest(hidden[u, p], shift, least, most)


@_inlined
def _pack(work, first, values):
    """Pack values of 16 bits; an odd last one with itself, whose weight is 0."""
    lanes = work.shape[1]
    for i in range((len(values) + 1) // 2):
        second = min(2 * i + 1, len(values) - 1)
        for p in range(lanes):
            work[first + i, p] = _pair(values[2 * i, p], values[second, p])


@_inlined
def _split(low, high, floor):
    """Split a pair of values at the bit that products drop: a pair above it, one below it."""
    mask, left = sub(up(1, floor), 1), sub(15, floor)
    above = _pair(down(low, floor), down(high, floor))
    return above, _pair(up(both(low, mask), left), up(both(high, mask), left))


@_inlined
def _reset(work, i, to, below, resets, row, points):
    """Multiply a pair of states with their reset gates."""
    lanes = work.shape[1]
    for p in range(lanes):
        state = work[i, p]
        low = down(mul(_gate(resets[row, p], points), _low(state)), points.reset)
        high = down(mul(_gate(resets[row + 1, p], points), _high(state)), points.reset)
        work[to, p], below[i, p] = _split(low, high, points.floor)


@_inlined
def _blend(total, state, candidate, points):
    z = _gate(total, points)
    old = up(mul(z, state), points.keep)
    new = up(mul(sub(points.one_gate, z), candidate), points.renew)
    return down(add(old, new), points.hidden)


@_inlined
def _renew(hidden, stored, u, updates, sums, row, points):
    """Blend the stored state of a unit with its candidate."""
    lanes = hidden.shape[1]
    shift, least, most = points.candidate, points.candidate_least, points.candidate_most
    for p in range(lanes):
        candidate = _nearest(sums[row, p], shift, least, most)
        hidden[u, p] = _blend(updates[u, p], stored[u, p], candidate, points)


@_inlined
def _advance_layer(
    hidden, stored, work, first, below, updates, sums, weights, floors, bias, points
):  # fmt: skip
    """Advance a layer by a step; `work` holds its states, then its input in rows up to `first`."""
    units = len(hidden)
    length = weights.shape[1]
    for u in range(0, units, ROWS):
        _dots(updates, u, work, 0, weights, bias, u, length, first)
        _dots(sums, 0, work, 0, weights, bias, units + u, length, first)
        for row in range(0, ROWS, 2):
            i = (u + row) // 2
            _reset(work, i, first + i, below, sums, row, points)
    for u in range(0, units, ROWS):
        _dots(sums, 0, work, units // 2, weights, bias, 2 * units + u, length, first)
        _floors(sums, 0, below, floors, u, units // 2)
        for row in range(ROWS):
            _renew(hidden, stored, u + row, updates, sums, row, points)


@_inlined
def _dense(y, hidden, work, below, sums, weights, floors, bias, points):
    """Compute the outputs of a step from the states of the last layer."""
    lanes = hidden.shape[1]
    count = len(hidden) // 2
    for i in range(count):
        for p in range(lanes):
            split = _split(hidden[2 * i, p], hidden[2 * i + 1, p], points.dense_floor)
            work[i, p], below[i, p] = split
    half, even, shift = points.output_half, points.output_even, points.output
    dropped = sub(up(1, shift), 1)
    for first in range(0, len(y), ROWS):
        _dots(sums, 0, work, 0, weights, bias, first, count, count)
        _floors(sums, 0, below, floors, first, count)
        for o in range(first, min(first + ROWS, len(y))):
            for p in range(lanes):
                total = sums[o - first, p]
                whole = down(total, shift)
                rest = add(both(total, dropped), add(half, both(whole, even)))
                value = add(whole, down(rest, shift))
                y[o, p] = _clip(value, points.output_least, points.output_most)


@_inlined
def _aligned(rows, lanes):
    """Return an array whose rows begin where a cache line does."""
    flat = np.empty(rows * lanes + 16, np.int32)
    begin = -(flat.ctypes.data // 4) % 16
    return flat[begin : begin + rows * lanes].reshape(rows, lanes)


@kept(_SOURCES, error_model="numpy")
def _advance_block(
    x, hidden, y, begin, end, weights, floors, bias, dense_weights, dense_floors, dense_bias, points
):  # fmt: skip
    layers, units, lanes = hidden.shape
    states = units // 2
    work = _aligned(2 * states + max(states, (x.shape[1] + 1) // 2), lanes)
    below = _aligned(states, lanes)
    stored = _aligned(units, lanes)
    updates = _aligned(units, lanes)
    sums = _aligned(ROWS, lanes)
    for t in range(begin, end):
        for layer in range(layers):
            first = states
            if layer == 0:
                _pack(work, first, x[t])
                first += (x.shape[1] + 1) // 2
            else:
                shift, least, most = points.stacked, points.stacked_least, points.stacked_most
                _pack_nearest(work, first, hidden[layer - 1], shift, least, most)
                first += states
            _store(stored, hidden[layer], points)
            if points.narrower == 0:
                _pack(work, 0, stored)
            else:
                _pack_nearest(work, 0, stored, points.state, points.state_least, points.state_most)
            _advance_layer(
                hidden[layer], stored, work, first, below, updates, sums,
                weights[layer], floors[layer], bias[layer], points,
            )  # fmt: skip
        if y.shape[1] > 0:
            _dense(
                y[t], hidden[layers - 1], work, below, sums,
                dense_weights, dense_floors, dense_bias, points,
            )  # fmt: skip


@kept(_SOURCES, error_model="numpy", nogil=True)
def advance(
    x, hidden, y, begin, end, weights, floors, bias, dense_weights, dense_floors, dense_bias, points
):  # fmt: skip
    """Advance one stage, encoder or decoder, on blocks of pixels, one after another.

    Parameters
    ----------
    x : int32 array, blocks x steps x inputs x pixels
        INPUT codes; 0 inputs for a decoder.
    hidden : int32 array, blocks x layers x units x pixels
        HIDDEN codes, advanced in place; the units are a multiple of `ROWS`.
    y : int32 array, blocks x steps x outputs x pixels
        OUTPUT codes, written for the steps that are run; 0 outputs for an encoder.
    begin, end : int
        First step to run, and the step after the last.
    weights, floors : int32 array, layers x rows x pairs
        As `hwmodels.gru.compiled.pair_arguments` makes them.
    bias : int32 array, layers x rows
    dense_weights, dense_floors, dense_bias : int32 array, outputs (x pairs)
        The outputs are a multiple of `ROWS`.
    points : Points
    """
    for block in range(len(x)):
        _advance_block(
            x[block], hidden[block], y[block], begin, end,
            weights, floors, bias, dense_weights, dense_floors, dense_bias, points,
        )  # fmt: skip


@kept(_SOURCES, error_model="numpy", nogil=True, parallel=True)
def advance_parallel(
    x, hidden, y, begin, end, weights, floors, bias, dense_weights, dense_floors, dense_bias, points
):  # fmt: skip
    """Do the same as `advance`, with the blocks shared out to numba's threads."""
    for block in prange(len(x)):
        _advance_block(
            x[block], hidden[block], y[block], begin, end,
            weights, floors, bias, dense_weights, dense_floors, dense_bias, points,
        )  # fmt: skip
