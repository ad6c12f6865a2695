"""The chain rule of a GRU layer, one step back, for a block of pixels.

The equations are those of `workloads.flim.training.gru_recurrence`.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled import lanes
from workloads.flim.training.compiled.lanes import REORDERED
from workloads.flim.training.compiled.products import LANES, collect, multiply

SOURCES = lanes.SOURCES + Path(__file__).read_bytes()
"""What compiled functions of other modules depend on."""


class Transposed(NamedTuple):
    """Weights with a row for what a gradient is carried to: float32 arrays, padded.

    Those of the inputs have none where no gradient by the inputs is asked for.
    """

    gates: Any  # units x 2*units
    candidates: Any  # units x units
    inputs: Any  # features x 3*units


class Gradient(NamedTuple):
    """Gradients on the way back: float32 arrays."""

    by_state: Any  # units x LANES: by the state after the step, then by that before it
    by_inputs: Any  # features x LANES
    by_kernel: Any  # 3*units x features: grows by each step
    by_recurrent: Any  # 3*units x units: the same
    by_sum: Any  # 3*units x LANES: by the sums of z, r and h
    by_product: Any  # units x LANES: by r q
    product: Any  # units x LANES: r q


@kept(SOURCES, error_model="numpy", fastmath=REORDERED, nogil=True)
def step_back(found, weights, inputs, q, m, g, c):
    """Carry the gradient back over a step.

    Parameters
    ----------
    found : Gradient
        Changed in place.
    weights : Transposed
    inputs, q, m, g, c : float32 array, rows x LANES
        What the step computed with: its inputs, the state as products and as the blend read it, z
        and r, and the candidate.
    """
    width = len(q)
    two = 2 * width
    one, half, zero = np.float32(1), np.float32(0.5), np.float32(0)
    by_state, by_sum, by_product = found.by_state, found.by_sum, found.by_product
    product = found.product
    for u in range(width):
        for p in range(LANES):
            z, new, by = g[u, p], c[u, p], by_state[u, p]
            by_sum[u, p] = half * by * (m[u, p] - new) if zero < z < one else zero
            by_sum[two + u, p] = by - by * z if -one < new < one else zero
            by_state[u, p] = by * z
            by_product[u, p] = zero
    multiply(by_product, by_sum[two:], weights.candidates, 0)
    for u in range(width):
        for p in range(LANES):
            r, old, by = g[width + u, p], q[u, p], by_product[u, p]
            by_sum[width + u, p] = half * by * old if zero < r < one else zero
            by_state[u, p] += by * r
            product[u, p] = r * old
    multiply(by_state, by_sum[:two], weights.gates, 0)
    collect(found.by_recurrent[:two], by_sum[:two], q)
    collect(found.by_recurrent[two:], by_sum[two:], product)
    collect(found.by_kernel, by_sum, inputs)
    if len(found.by_inputs) > 0:
        found.by_inputs[:] = 0
        multiply(found.by_inputs, by_sum, weights.inputs, 0)
