"""The steps of a GRU layer in real numbers, for the pixels of a block at a time.

The equations are those of `workloads.flim.training.gru_recurrence`.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled.lanes import (
    LANES,
    REORDERED,
    SOURCES,
    begin,
    multiply,
    put,
    take,
)


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def advance(x, hidden, kernel, recurrent, bias, states, read, gates, candidates, memory):
    """Advance the pixels over the sequence.

    Parameters
    ----------
    x : float32 array, steps x features x pixels
    hidden : float32 array, units x pixels
        State before the first step.
    kernel, recurrent, bias : float32 array, rows (x features or rows/3)
        Weights of the gates z, r, h, each padded; the line ``0.5 a + 0.5`` is drawn in those of z
        and r.
    states : float32 array, steps x units x pixels
        Written: the state after each step.
    read, gates, candidates : float32 array, blocks x steps x rows x LANES
        Written for the gradient: the state before each step, z and r, and c. Where
        they have one block and one step, these are overwritten.
    memory : float32 array, padded features and rows/3 twice x LANES
        Room to work in.
    """
    steps, _, pixels = x.shape
    width = recurrent.shape[1]
    two = 2 * width
    last_block, last_step = read.shape[0] - 1, read.shape[1] - 1
    zero, one = np.float32(0), np.float32(1)
    state, product, inputs = memory[:width], memory[width:two], memory[two:]
    inputs[:] = 0
    for block in range(-(-pixels // LANES)):
        first = block * LANES
        state[:] = 0
        take(hidden, first, state)
        for t in range(steps):
            i, j = min(block, last_block), min(t, last_step)
            q, g, c = read[i, j], gates[i, j], candidates[i, j]
            take(x[t], first, inputs)
            begin(g, bias[:two], kernel[:two], inputs)
            begin(c, bias[two:], kernel[two:], inputs)
            multiply(g, state, recurrent[:two])
            for u in range(width):
                for p in range(LANES):
                    z, r = g[u, p], g[width + u, p]
                    z = zero if z < zero else one if z > one else z
                    r = zero if r < zero else one if r > one else r
                    g[u, p], g[width + u, p] = z, r
                    product[u, p] = r * state[u, p]
            multiply(c, product, recurrent[two:])
            for u in range(width):
                for p in range(LANES):
                    new, old = c[u, p], state[u, p]
                    new = -one if new < -one else one if new > one else new
                    c[u, p] = new
                    q[u, p] = old
                    state[u, p] = new + g[u, p] * (old - new)
            put(state, first, states[t])
