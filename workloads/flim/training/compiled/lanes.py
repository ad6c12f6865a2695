"""What the compiled steps of a GRU layer share: products over the pixels of a block.

A block has `LANES` pixels, the innermost axis of all its arrays, which LLVM turns into SIMD lanes;
the other axes are padded with zeros to `padded` rows. A product takes four by four rows at a time,
so that what is loaded serves several of its multiplications. Sums are in an order of their own, so
that equal arguments give equal results, whatever the number of threads.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stomp_flim.machine_code import kept

SOURCES = Path(__file__).read_bytes()
"""What compiled functions of other modules depend on."""

LANES = 64
"""Pixels of a block."""

REORDERED = {"contract", "nsz", "reassoc"}
"""What the compiler may do with sums; what is not a number stays so."""


def padded(rows: int) -> int:
    """Return the rows of an array of a block that products take by fours."""
    return -(-rows // 4) * 4


def room(*shape: int) -> npt.NDArray[np.float32]:
    """Return an array that is not set and begins at a cache line, as vectors are loaded fastest."""
    size, line = 4 * math.prod(shape), 64
    memory = np.empty(size + line, np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + size].view(np.float32).reshape(shape)


@kept(error_model="numpy", nogil=True)
def take(values, first, block):
    """Read the pixels of a block from an array rows x pixels; those beyond the last one stay."""
    rows, pixels = values.shape
    count = min(LANES, pixels - first)
    for row in range(rows):
        source, target = values[row, first : first + count], block[row]
        for p in range(count):
            target[p] = source[p]


@kept(error_model="numpy", nogil=True)
def put(block, first, values):
    """Write the pixels of a block to an array rows x pixels."""
    rows, pixels = values.shape
    count = min(LANES, pixels - first)
    for row in range(rows):
        source, target = block[row], values[row, first : first + count]
        for p in range(count):
            target[p] = source[p]


@kept(error_model="numpy", fastmath=REORDERED, nogil=True)
def multiply(total, values, weights):
    """Add ``sum_k weights[m, k] * values[k, p]`` to ``total[m, p]``."""
    rows, terms = weights.shape
    for m in range(0, rows, 4):
        t0, t1, t2, t3 = total[m], total[m + 1], total[m + 2], total[m + 3]
        a, b, c, d = weights[m], weights[m + 1], weights[m + 2], weights[m + 3]
        for k in range(0, terms, 4):
            v0, v1, v2, v3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
            b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
            c0, c1, c2, c3 = c[k], c[k + 1], c[k + 2], c[k + 3]
            d0, d1, d2, d3 = d[k], d[k + 1], d[k + 2], d[k + 3]
            for p in range(LANES):
                t0[p] += a0 * v0[p] + a1 * v1[p] + a2 * v2[p] + a3 * v3[p]
                t1[p] += b0 * v0[p] + b1 * v1[p] + b2 * v2[p] + b3 * v3[p]
                t2[p] += c0 * v0[p] + c1 * v1[p] + c2 * v2[p] + c3 * v3[p]
                t3[p] += d0 * v0[p] + d1 * v1[p] + d2 * v2[p] + d3 * v3[p]


@kept(error_model="numpy", fastmath=REORDERED, nogil=True)
def begin(total, bias, kernel, x):
    """Start sums with the bias and the products of the inputs."""
    single = kernel.shape[1] == 1
    for m in range(len(total)):
        b = bias[m]
        if single:
            w = kernel[m, 0]
            for p in range(LANES):
                total[m, p] = b + w * x[0, p]
        else:
            for p in range(LANES):
                total[m, p] = b
    if not single:
        multiply(total, x, kernel)


@kept(error_model="numpy", fastmath=REORDERED, nogil=True)
def collect(total, factors, values):
    """Add ``sum_p factors[m, p] * values[k, p]``, over the pixels, to ``total[m, k]``."""
    rows, terms = total.shape
    zero = np.float32(0)
    for m in range(0, rows, 4):
        f0, f1, f2, f3 = factors[m], factors[m + 1], factors[m + 2], factors[m + 3]
        a, b, c, d = total[m], total[m + 1], total[m + 2], total[m + 3]
        for k in range(0, terms, 4):
            v0, v1, v2, v3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = zero
            c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = zero
            for p in range(LANES):
                a0, a1 = a0 + f0[p] * v0[p], a1 + f0[p] * v1[p]
                a2, a3 = a2 + f0[p] * v2[p], a3 + f0[p] * v3[p]
                b0, b1 = b0 + f1[p] * v0[p], b1 + f1[p] * v1[p]
                b2, b3 = b2 + f1[p] * v2[p], b3 + f1[p] * v3[p]
                c0, c1 = c0 + f2[p] * v0[p], c1 + f2[p] * v1[p]
                c2, c3 = c2 + f2[p] * v2[p], c3 + f2[p] * v3[p]
                d0, d1 = d0 + f3[p] * v0[p], d1 + f3[p] * v1[p]
                d2, d3 = d2 + f3[p] * v2[p], d3 + f3[p] * v3[p]
            a[k] += a0
            a[k + 1] += a1
            a[k + 2] += a2
            a[k + 3] += a3
            b[k] += b0
            b[k + 1] += b1
            b[k + 2] += b2
            b[k + 3] += b3
            c[k] += c0
            c[k + 1] += c1
            c[k + 2] += c2
            c[k + 3] += c3
            d[k] += d0
            d[k + 1] += d1
            d[k + 2] += d2
            d[k + 3] += d3
