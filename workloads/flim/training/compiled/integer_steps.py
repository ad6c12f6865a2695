"""The steps of a GRU layer in the kernel's integers, for the pixels of a block at a time.

Values are carried in single precision, where each of them is exact, and so are sums of products of
8 bits; those that are rounded one by one are computed in int32. Between two quantization points
double precision carries what is exact there.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled.chain_rule import SOURCES, step_back
from workloads.flim.training.compiled.lanes import add, begin, put, take
from workloads.flim.training.compiled.products import LANES, multiply


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


class Cell(NamedTuple):
    """Weights of a layer and room for a step of a block, padded: float32 unless said otherwise."""

    casts: Casts
    two_states: bool  # whether products read another state than the blend
    kernel: Any  # 3*units x (features and 1): W and b
    recurrent: Any  # 2*units x units: U of the gates
    codes: Any  # int32, units x units: of U_h
    shift: int  # bits that each product with them drops
    sum_step: float  # what 1 is worth in the sum of these products
    inputs: Any  # features and 1 x LANES: x and 1
    state: Any  # units x LANES: h
    stored: Any  # units x LANES: m
    read: Any  # units x LANES: q; the same array as `stored` where that is the same
    gates: Any  # 2*units x LANES: z and r
    candidate: Any  # units x LANES
    fed: Any  # 3*units x LANES: sums of inputs and biases
    product: Any  # int32, units x LANES: r q
    total: Any  # int32, units x LANES: sums of products with r q


@kept(SOURCES, error_model="numpy", nogil=True)
def _code(value, cast):
    code = np.rint(value * cast.scale + cast.offset)
    code = cast.minimum if code < cast.minimum else code
    return cast.maximum if code > cast.maximum else code


@kept(SOURCES, error_model="numpy", nogil=True)
def _requantize(target, values, cast):
    for u in range(len(values)):
        for p in range(LANES):
            target[u, p] = _code(np.float64(values[u, p]), cast) * cast.step


@kept(SOURCES, error_model="numpy", nogil=True)
def _compute(cell):
    """Compute gates and candidate of a step from its inputs and the state before it."""
    casts, q, g, c = cell.casts, cell.read, cell.gates, cell.candidate
    fed, product, total = cell.fed, cell.product, cell.total
    width = len(q)
    two = 2 * width
    _requantize(cell.stored, cell.state, casts.stored_state)
    if cell.two_states:
        _requantize(q, cell.stored, casts.state)
    fed[:], g[:], total[:] = 0, 0, 0
    multiply(fed, cell.inputs, cell.kernel, 0)
    multiply(g, q, cell.recurrent, 0)
    for u in range(two):
        for p in range(LANES):
            line = np.float64(g[u, p]) + np.float64(fed[u, p])
            g[u, p] = _code(line, casts.gate) * casts.gate.step
    for u in range(width):
        for p in range(LANES):
            exact = np.float64(g[width + u, p]) * np.float64(q[u, p])
            product[u, p] = np.int32(_code(exact, casts.reset_product))
    multiply(total, product, cell.codes, cell.shift)
    for u in range(width):
        for p in range(LANES):
            exact = total[u, p] * cell.sum_step + np.float64(fed[two + u, p])
            c[u, p] = _code(exact, casts.candidate) * casts.candidate.step


@kept(SOURCES, error_model="numpy", nogil=True)
def advance(cell, x, hidden, states):
    """Advance the pixels over the sequence; as `real_steps.advance`."""
    g, m, c, state, cast = cell.gates, cell.stored, cell.candidate, cell.state, cell.casts.hidden
    one = np.float64(1)
    for first in range(0, x.shape[2], LANES):
        begin(cell.inputs, x.shape[1])
        state[:] = 0
        take(hidden, first, state)
        for t in range(len(x)):
            take(x[t], first, cell.inputs)
            _compute(cell)
            for u in range(len(state)):
                for p in range(LANES):
                    z = np.float64(g[u, p])
                    exact = z * np.float64(m[u, p]) + (one - z) * np.float64(c[u, p])
                    state[u, p] = _code(exact, cast) * cast.step
            put(state, first, states[t])


@kept(SOURCES, error_model="numpy", nogil=True)
def retreat(cell, x, hidden, states, gradient, weights, found, by_x, by_hidden):
    """Carry a gradient back over the sequence; as `real_steps.retreat`."""
    for first in range(0, x.shape[2], LANES):
        begin(cell.inputs, x.shape[1])
        cell.state[:] = 0
        found.by_state[:] = 0
        for t in range(len(x) - 1, -1, -1):
            take(x[t], first, cell.inputs)
            take(states[t - 1] if t > 0 else hidden, first, cell.state)
            _compute(cell)
            add(gradient[t], first, found.by_state)
            step_back(
                found, weights, cell.inputs, cell.read, cell.stored, cell.gates, cell.candidate
            )
            if len(found.by_inputs) > 0:
                put(found.by_inputs, first, by_x[t])
        put(found.by_state, first, by_hidden)


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
            multiply(total, product, codes, shift)
            for o in range(outputs.shape[1]):
                for p in range(count):
                    exact = total[o, p] * sum_step + bias[o]
                    outputs[t, o, first + p] = _code(exact, cast) * cast.step
