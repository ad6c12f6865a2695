"""The steps of a GRU layer in the kernel's integers, for the pixels of a block at a time.

Values are carried in single precision, where each of them is exact, and so are sums of products of
8 bits; those that are rounded one by one are computed in int32. Between two quantization points
double precision carries what is exact there.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled.lanes import (
    LANES,
    SOURCES,
    begin,
    multiply,
    put,
    take,
)


class Cast(NamedTuple):
    """Constants that bring an exact value to a code: scale it, round with an offset, clip.

    With the offset each rounding is one to the nearest: the floor of what has k bits below the
    point is nearest to it less 1/2, plus half of such a bit.
    """

    scale: float
    offset: float
    minimum: float
    maximum: float
    step: float  # of the code, as a value


class Casts(NamedTuple):
    """Quantization points of a step; that of the gates takes the sum that it is the sigmoid of."""

    stored_state: Cast
    state: Cast
    gate: Cast
    reset_product: Cast
    candidate: Cast
    hidden: Cast


@kept(SOURCES, error_model="numpy", nogil=True)
def _code(value, cast):
    code = np.rint(value * cast.scale + cast.offset)
    code = cast.minimum if code < cast.minimum else code
    return cast.maximum if code > cast.maximum else code


@kept(SOURCES, error_model="numpy", nogil=True)
def _multiply_floored(total, values, weights, shift):
    """Add ``sum_k (weights[m, k] * values[k, p]) >> shift`` to ``total[m, p]``."""
    rows, terms = weights.shape
    n = shift & 31  # tells the compiler that it stays in 32 bits
    for m in range(0, rows, 4):
        t0, t1, t2, t3 = total[m], total[m + 1], total[m + 2], total[m + 3]
        a, b, c, d = weights[m], weights[m + 1], weights[m + 2], weights[m + 3]
        for k in range(0, terms, 2):
            v0, v1 = values[k], values[k + 1]
            a0, a1, b0, b1 = a[k], a[k + 1], b[k], b[k + 1]
            c0, c1, d0, d1 = c[k], c[k + 1], d[k], d[k + 1]
            for p in range(LANES):
                t0[p] += (np.int32(a0 * v0[p]) >> n) + (np.int32(a1 * v1[p]) >> n)
                t1[p] += (np.int32(b0 * v0[p]) >> n) + (np.int32(b1 * v1[p]) >> n)
                t2[p] += (np.int32(c0 * v0[p]) >> n) + (np.int32(c1 * v1[p]) >> n)
                t3[p] += (np.int32(d0 * v0[p]) >> n) + (np.int32(d1 * v1[p]) >> n)


@kept(SOURCES, error_model="numpy", nogil=True)
def _requantize(target, values, cast):
    for u in range(len(values)):
        for p in range(LANES):
            target[u, p] = _code(np.float64(values[u, p]), cast) * cast.step


@kept(SOURCES, error_model="numpy", nogil=True)
def advance(
    x, hidden, kernel, recurrent, codes, bias, casts, shift, sum_step, two_states,
    states, read, stored, gates, candidates, memory, products,
):  # fmt: skip
    """Advance the pixels over the sequence.

    Parameters
    ----------
    x : float32 array, steps x features x pixels
    hidden : float32 array, units x pixels
        State before the first step.
    kernel, recurrent, bias : float32 array, rows (x features or rows/3)
        Values of the weights of the gates z, r, h, each padded.
    codes : int32 array, rows/3 x rows/3
        Those of ``U_h``.
    casts : Casts
    shift : int
        Bits that are dropped of a product of ``r q`` and ``U_h``.
    sum_step : float
        What 1 is worth in the sum of such products.
    two_states : bool
        Whether products read another state than the blend: without, `read` is `stored`.
    states : float32 array, steps x units x pixels
        Written: the state after each step.
    read, stored, gates, candidates : float32 array, blocks x steps x rows x LANES
        Written for the gradient: q, m, z and r, and c. Where they have one block and one step,
        these are overwritten.
    memory : float32 array, padded features and four times rows/3 x LANES
        Room to work in.
    products : int32 array, rows*2/3 x LANES
        The same.
    """
    steps, _, pixels = x.shape
    width = recurrent.shape[1]
    two = 2 * width
    last_block, last_step = read.shape[0] - 1, read.shape[1] - 1
    one = np.float64(1)
    fed, state, inputs = memory[: 3 * width], memory[3 * width : 4 * width], memory[4 * width :]
    product, total = products[:width], products[width:]
    inputs[:] = 0
    for block in range(-(-pixels // LANES)):
        first = block * LANES
        state[:] = 0
        take(hidden, first, state)
        for t in range(steps):
            i, j = min(block, last_block), min(t, last_step)
            q, m, g, c = read[i, j], stored[i, j], gates[i, j], candidates[i, j]
            _requantize(m, state, casts.stored_state)
            if two_states:
                _requantize(q, m, casts.state)
            take(x[t], first, inputs)
            begin(fed, bias, kernel, inputs)
            g[:] = 0
            multiply(g, q, recurrent[:two])
            for u in range(two):
                for p in range(LANES):
                    line = np.float64(g[u, p]) + np.float64(fed[u, p])
                    g[u, p] = _code(line, casts.gate) * casts.gate.step
            for u in range(width):
                for p in range(LANES):
                    exact = np.float64(g[width + u, p]) * np.float64(q[u, p])
                    product[u, p] = np.int32(_code(exact, casts.reset_product))
                    total[u, p] = 0
            _multiply_floored(total, product, codes, shift)
            for u in range(width):
                for p in range(LANES):
                    exact = total[u, p] * sum_step + np.float64(fed[two + u, p])
                    new = _code(exact, casts.candidate) * casts.candidate.step
                    z = np.float64(g[u, p])
                    c[u, p] = new
                    blend = z * np.float64(m[u, p]) + (one - z) * new
                    state[u, p] = _code(blend, casts.hidden) * casts.hidden.step
            put(state, first, states[t])


@kept(SOURCES, error_model="numpy", nogil=True)
def requantize(values, cast):
    """Bring exact values, a float32 array of one dimension, to a format in place."""
    for i in range(len(values)):
        values[i] = _code(np.float64(values[i]), cast) * cast.step


@kept(SOURCES, error_model="numpy", nogil=True)
def dense(states, codes, bias, cast, hidden_scale, shift, sum_step, outputs, products):
    """Apply a dense layer to the states of every step.

    Parameters
    ----------
    states : float32 array, steps x units x pixels
    codes : int32 array, outputs x units
        Of the weights, both padded.
    bias : float64 array, outputs
    cast : Cast
        Of the outputs.
    hidden_scale : float
        What turns states into codes.
    shift : int
        Bits that are dropped of a product.
    sum_step : float
        What 1 is worth in the sum of the products.
    outputs : float32 array, steps x outputs x pixels
        Written.
    products : int32 array, padded units and outputs x LANES
        Room to work in.
    """
    steps, units, pixels = states.shape
    terms = codes.shape[1]
    product, total = products[:terms], products[terms:]
    product[:] = 0
    for block in range(-(-pixels // LANES)):
        first = block * LANES
        count = min(LANES, pixels - first)
        for t in range(steps):
            for u in range(units):
                source, target = states[t, u, first : first + count], product[u]
                for p in range(count):
                    target[p] = np.int32(source[p] * hidden_scale)
            total[:] = 0
            _multiply_floored(total, product, codes, shift)
            for o in range(outputs.shape[1]):
                for p in range(count):
                    exact = total[o, p] * sum_step + bias[o]
                    outputs[t, o, first + p] = _code(exact, cast) * cast.step
