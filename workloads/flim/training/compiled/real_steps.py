"""The steps of a GRU layer in real numbers, for the pixels of a block at a time.

The equations are those of `workloads.flim.training.gru_recurrence`.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled.chain_rule import SOURCES, step_back
from workloads.flim.training.compiled.lanes import REORDERED, add, begin, put, take
from workloads.flim.training.compiled.products import LANES, multiply


class Cell(NamedTuple):
    """Weights of a layer and room for a step of a block: float32 arrays, padded.

    The line ``0.5 a + 0.5`` of the hard sigmoid is drawn in the weights.
    """

    kernel: Any  # 3*units x (features and 1): W and b
    recurrent: Any  # 3*units x units
    inputs: Any  # features and 1 x LANES: x and 1
    state: Any  # units x LANES
    gates: Any  # 2*units x LANES: z and r
    candidate: Any  # units x LANES
    product: Any  # units x LANES: r q


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def _compute(cell):
    """Compute gates and candidate of a step from its inputs and the state before it."""
    g, c, state, product = cell.gates, cell.candidate, cell.state, cell.product
    width = len(state)
    zero, one = np.float32(0), np.float32(1)
    g[:], c[:] = 0, 0
    multiply(g, cell.inputs, cell.kernel[: 2 * width], 0)
    multiply(c, cell.inputs, cell.kernel[2 * width :], 0)
    multiply(g, state, cell.recurrent[: 2 * width], 0)
    for u in range(width):
        for p in range(LANES):
            z, r = g[u, p], g[width + u, p]
            r = zero if r < zero else one if r > one else r
            g[u, p] = zero if z < zero else one if z > one else z
            g[width + u, p] = r
            product[u, p] = r * state[u, p]
    multiply(c, product, cell.recurrent[2 * width :], 0)
    for u in range(width):
        for p in range(LANES):
            new = c[u, p]
            c[u, p] = -one if new < -one else one if new > one else new


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def advance(cell, x, hidden, states):
    """Advance the pixels over the sequence.

    Parameters
    ----------
    cell : Cell
    x : float32 array, steps x features x pixels
    hidden : float32 array, units x pixels
        State before the first step.
    states : float32 array, steps x units x pixels
        Written: the state after each step.
    """
    g, c, state = cell.gates, cell.candidate, cell.state
    for first in range(0, x.shape[2], LANES):
        begin(cell.inputs, x.shape[1])
        state[:] = 0
        take(hidden, first, state)
        for t in range(len(x)):
            take(x[t], first, cell.inputs)
            _compute(cell)
            for u in range(len(state)):
                for p in range(LANES):
                    state[u, p] = c[u, p] + g[u, p] * (state[u, p] - c[u, p])
            put(state, first, states[t])


@kept(SOURCES, error_model="numpy", nogil=True)
def retreat(cell, x, hidden, states, gradient, weights, found, by_x, by_hidden):
    """Carry a gradient back over the sequence; what the steps computed is computed again.

    Parameters
    ----------
    cell, x, hidden, states
        As `advance` left them.
    gradient : float32 array, steps x units x pixels
        By the state after each step.
    weights : Transposed
    found : Gradient
        Grows.
    by_x : float32 array, steps x features x pixels
        Written where it is asked for.
    by_hidden : float32 array, units x pixels
        Written: the gradient by the state before the first step.
    """
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
                found, weights, cell.inputs, cell.state, cell.state, cell.gates, cell.candidate
            )
            if len(found.by_inputs) > 0:
                put(found.by_inputs, first, by_x[t])
        put(found.by_state, first, by_hidden)
