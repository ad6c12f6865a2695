"""The chain rule of a GRU layer, from the last step to the first, for a block of pixels at a time.

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
    collect,
    multiply,
    put,
    take,
)


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def _collect_inputs(by_kernel, by_bias, factors, x):
    """Add to the gradients by the weights that meet no state."""
    single = by_kernel.shape[1] == 1
    for m in range(len(factors)):
        bias = weight = np.float32(0)
        if single:
            for p in range(LANES):
                bias += factors[m, p]
                weight += factors[m, p] * x[0, p]
            by_kernel[m, 0] += weight
        else:
            for p in range(LANES):
                bias += factors[m, p]
        by_bias[m] += bias
    if not single:
        collect(by_kernel, factors, x)


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def retreat(
    gradient, x, read, stored, gates, candidates, gate_weights, candidate_weights, input_weights,
    by_x, by_hidden, by_kernel, by_recurrent, by_bias, memory,
):  # fmt: skip
    """Carry a gradient back over the sequence.

    Parameters
    ----------
    gradient : float32 array, steps x units x pixels
        By the state after each step.
    x : float32 array, steps x features x pixels
    read, stored, gates, candidates : float32 array, blocks x steps x rows x LANES
        What the forward steps computed: q, m, z and r, and c.
    gate_weights : float32 array, units x 2*units
        Transposed ``U`` of z and r, padded.
    candidate_weights : float32 array, units x units
        Transposed ``U_h``, padded.
    input_weights : float32 array, features x 3*units
        Transposed ``W``, padded; without rows where the gradient by the inputs is not asked for.
    by_x : float32 array, steps x features x pixels
        Written, if asked for.
    by_hidden : float32 array, units x pixels
        Written: the gradient by the state before the first step.
    by_kernel, by_recurrent, by_bias : float32 array, rows (x features or units)
        Gradients by ``W``, ``U`` and ``b``, transposed and padded: added to what they hold.
    memory : float32 array, rows x LANES
        Room to work in: of 7 units, of the features, and of the rows of `input_weights`.
    """
    steps, _, pixels = gradient.shape
    width = len(candidate_weights)
    two = 2 * width
    one, half, zero = np.float32(1), np.float32(0.5), np.float32(0)
    by_sum, by_state = memory[: 3 * width], memory[3 * width : 4 * width]
    by_after, by_product = memory[4 * width : 5 * width], memory[5 * width : 6 * width]
    product = memory[6 * width : 7 * width]
    features = by_kernel.shape[1]
    inputs, by_inputs = memory[7 * width : 7 * width + features], memory[7 * width + features :]
    for block in range(-(-pixels // LANES)):
        first = block * LANES
        by_state[:], by_after[:], inputs[:] = 0, 0, 0
        for t in range(steps - 1, -1, -1):
            q, m = read[block, t], stored[block, t]
            g, c = gates[block, t], candidates[block, t]
            take(gradient[t], first, by_after)
            for u in range(width):
                for p in range(LANES):
                    z, new, by = g[u, p], c[u, p], by_state[u, p] + by_after[u, p]
                    by_sum[u, p] = half * by * (m[u, p] - new) if zero < z < one else zero
                    by_sum[two + u, p] = by - by * z if -one < new < one else zero
                    by_state[u, p] = by * z
            by_product[:] = 0
            multiply(by_product, by_sum[two:], candidate_weights)
            for u in range(width):
                for p in range(LANES):
                    r, old, by = g[width + u, p], q[u, p], by_product[u, p]
                    by_sum[width + u, p] = half * by * old if zero < r < one else zero
                    by_state[u, p] += by * r
                    product[u, p] = r * old
            multiply(by_state, by_sum[:two], gate_weights)
            collect(by_recurrent[:two], by_sum[:two], q)
            collect(by_recurrent[two:], by_sum[two:], product)
            take(x[t], first, inputs)
            _collect_inputs(by_kernel, by_bias, by_sum, inputs)
            if len(input_weights) > 0:
                by_inputs[:] = 0
                multiply(by_inputs, by_sum, input_weights)
                put(by_inputs, first, by_x[t])
        put(by_state, first, by_hidden)
