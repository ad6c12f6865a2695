"""Blocks of pixels, which the compiled steps of a GRU layer work on.

A block has `LANES` pixels, the innermost axis of all its arrays; the other axes are padded with
zeros to `padded` rows. Blocks are computed one after another, so that equal arguments give equal
results; machines are shared out to threads and processes further up.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stomp_flim.machine_code import kept
from workloads.flim.training.compiled import products
from workloads.flim.training.compiled.products import LANES, TILE

SOURCES = products.SOURCES + Path(__file__).read_bytes()
"""What compiled functions of other modules depend on."""

REORDERED = {"contract", "nsz", "reassoc"}
"""What the compiler may do with sums; what is not a number stays so."""


def padded(rows: int) -> int:
    """Return the rows of an array of a block that products take by tiles."""
    return -(-rows // TILE) * TILE


def room(*shape: int) -> npt.NDArray[np.float32]:
    """Return an array that is not set and begins at a cache line, as vectors are loaded fastest."""
    size, line = 4 * math.prod(shape), 64
    memory = np.empty(size + line, np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + size].view(np.float32).reshape(shape)


@kept(SOURCES, error_model="numpy", nogil=True)
def take(values, first, block):
    """Read the pixels of a block from an array rows x pixels; those beyond the last one stay."""
    rows, pixels = values.shape
    count = min(LANES, pixels - first)
    for row in range(rows):
        source, target = values[row, first : first + count], block[row]
        for p in range(count):
            target[p] = source[p]


@kept(SOURCES, error_model="numpy", nogil=True)
def put(block, first, values):
    """Write the pixels of a block to an array rows x pixels."""
    rows, pixels = values.shape
    count = min(LANES, pixels - first)
    for row in range(rows):
        source, target = block[row], values[row, first : first + count]
        for p in range(count):
            target[p] = source[p]


@kept(SOURCES, error_model="numpy", nogil=True)
def add(values, first, block):
    """Add an array rows x pixels to the pixels of a block."""
    rows, pixels = values.shape
    count = min(LANES, pixels - first)
    for row in range(rows):
        source, target = values[row, first : first + count], block[row]
        for p in range(count):
            target[p] += source[p]


@kept(SOURCES, error_model="numpy", nogil=True)
def begin(inputs, features):
    """Begin a block of inputs: after the features there is a 1, which multiplies the biases."""
    inputs[:] = 0
    inputs[features] = 1
