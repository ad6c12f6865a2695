"""What the building blocks cost on an FPGA, in closed form: cycles, DSP slices, RAM blocks.

Every function is a plain rule of whole numbers for a block of `hwmodels.verilog`, to be held
against simulation and synthesis by ``make check-hardware``. There is none for look-up tables and
none for the clock: both depend on the tools more than on the design, see
``docs/background/hardware.md``.

P lanes are P multipliers that take one weight each and share the other factor. A lane computes one
row of a matrix, one column a cycle, so that a matrix takes ``ceil(rows / P)`` passes.
"""

from __future__ import annotations

from hwmodels.device import DSP, Device
from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

SUM_CYCLES = 5
"""From a column to the sum that it completes: memory, operands, product, sum, shift register."""

RESET_CYCLES = 3
"""From a sum of the reset gate to its reset product."""

BLEND_CYCLES = 4
"""From a candidate's sum to the new state of its unit."""

GATE_FACTORS = (18, 9)
"""Bits of the factors of an element-wise product: a gate, and a state or a difference of two."""

WIDEST_FACTOR = 24
"""Bits of the widest factor that a lane multiplies with a weight: the reset product."""


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


def matrix_vector_cycles(rows: int, columns: int, lanes: int, multiplier_stages: int = 0) -> int:
    """Return the cycles from the start of a product to that of the next one.

    The passes follow each other without a gap. While one runs, the sums of the one before leave one
    by one; those of the last pass are left over.

    Parameters
    ----------
    rows, columns : int
        Of the matrix.
    lanes : int
        Multipliers, at most as many as columns, so that the sums leave in time.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.
    """
    passes = _ceil(rows, lanes)
    last_rows = rows - (passes - 1) * lanes
    return passes * columns + last_rows + multiplier_stages + SUM_CYCLES


def reset_wait(
    hidden: int, lanes: int, multiplier_stages: int = 0, inputs: int = 1, interval: int = 1
) -> int:
    """Return the cycles for which the candidate's first pass waits for the last reset product.

    The rows come in the order reset gate, update gate, candidate. From the last pass with rows of
    the reset gate to the first one with rows of the candidate there is the time of the passes
    between them and of the columns before the state that is needed.
    """
    last_reset = (hidden - 1) // lanes
    between = 2 * hidden // lanes - last_reset - 1
    columns = between * (hidden + inputs) + inputs + last_reset * lanes
    return max(0, SUM_CYCLES + RESET_CYCLES + multiplier_stages - columns * interval)


def gru_step_cycles(
    hidden: int, lanes: int, multiplier_stages: int = 0, inputs: int = 1, interval: int = 1
) -> int:
    """Return the cycles from one step of a GRU cell to the next.

    With P = H lanes and one input it is ``3 * (H + 1) + H + 9``, and a little more where the
    candidate waits for the reset products.

    Parameters
    ----------
    hidden : int
        Units of the layer, H.
    lanes : int
        Multipliers of the matrix-vector unit, at most H.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.
    inputs : int
        Columns that are no state: 1 in the first layer of an encoder, 0 in that of a decoder.
    interval : int
        Cycles from one column to the next: more than 1 where the weights come more slowly.
    """
    columns = (hidden + inputs) * interval
    product = matrix_vector_cycles(3 * hidden, columns, lanes, multiplier_stages)
    wait = reset_wait(hidden, lanes, multiplier_stages, inputs, interval)
    return product + wait + BLEND_CYCLES


def multiplier_dsp(bits_a: int, bits_b: int, dsp: DSP) -> int:
    """Return the DSP slices of one product of signed factors.

    The longer factor goes to the wide port. A factor too long for its port is cut into parts, and
    every pair of parts takes a slice. The topmost part has at most the width of the port, each one
    below has `lower_bits`; a part of a single bit needs no multiplier. Synthesis makes products of
    less than 9 bits of look-up tables; here they take a slice.
    """
    longer, shorter = max(bits_a, bits_b), min(bits_a, bits_b)
    wide = _parts(longer, dsp.wide_bits, dsp.lower_bits)
    return wide * _parts(shorter, dsp.narrow_bits, dsp.lower_bits)


def _parts(bits: int, port_bits: int, lower_bits: int) -> int:
    """Return into how many parts a factor is cut that need a multiplier."""
    lower = _ceil(max(0, bits - port_bits), lower_bits)
    return max(1, lower + (bits - lower * lower_bits > 1))


def element_wise_dsp(dsp: DSP) -> int:
    """Return the DSP slices of the element-wise pipeline of a GRU cell: of its one multiplier."""
    return multiplier_dsp(*GATE_FACTORS, dsp)


def lane_dsp(dsp: DSP, weight_bits: int = 8) -> int:
    """Return the DSP slices of one lane of a matrix-vector unit."""
    return multiplier_dsp(WIDEST_FACTOR, weight_bits, dsp)


def gru_dsp(lanes: int, dsp: DSP, weight_bits: int = 8) -> int:
    """Return the DSP slices of a GRU cell: ``P + 1`` on a DSP48E1 with 8-bit weights."""
    return lanes * lane_dsp(dsp, weight_bits) + element_wise_dsp(dsp)


def ram_blocks(depth: int, width: int, device: Device, *, independent_ports: bool = False) -> int:
    """Return the RAM blocks of a memory by the geometric rule: blocks of one shape, side by side.

    Parameters
    ----------
    depth, width : int
        Words, and bits of a word.
    device : Device
        Its shapes are tried, and the one that takes the fewest blocks counts.
    independent_ports : bool
        Both ports read or write at any address, which excludes the shapes in which one port only
        reads and the other only writes.
    """
    ram = device.block_ram
    shapes = ram.shapes if independent_ports else [*ram.shapes, *ram.simple_shapes]
    return min(_ceil(depth, deep) * _ceil(width, wide) for deep, wide in shapes)


def packed_products(weight_bits: int, factor_bits: int, dsp: DSP) -> int:
    """Return how many weights one slice can multiply with one factor at once: 2, or 1.

    With codes of w and f bits that exclude the most negative one, a product has at most w + f - 1
    bits. One weight that many bits above another leaves two products that do not reach each other.
    No synthesis tool packs by itself.
    """
    bits = weight_bits + (weight_bits + factor_bits - 1)
    return 2 if bits <= dsp.wide_bits and factor_bits <= dsp.narrow_bits else 1


def require_positive(**sizes: int) -> None:
    """Raise an error for a size that is not an integer >= 1."""
    for name, size in sizes.items():
        if not is_integer(size) or size < 1:
            raise InputError(f"{name} is {size!r}, expected an integer >= 1")
