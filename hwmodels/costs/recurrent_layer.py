"""What a recurrent layer takes on a unit of P lanes, for every cell.

A unit streams the rows of all gates through its lanes, one column a cycle; the sums leave one by
one into an element-wise pipeline of one multiplier. Simulation and synthesis confirm this for the
GRU that resets before the product, the one cell that `hwmodels.verilog` generates. For the others
it is extrapolated: the same lanes and pipeline stages, with as many rows, products and waits as
their equations have. The pipeline keeps up with the lanes for each of these cells, since no layer
has more element-wise products than the lanes have columns.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from hwmodels.cells import CELLS
from hwmodels.cells.equations import INPUT, OUTPUT, Cell, ElementWise, Operation, Product
from hwmodels.costs.blocks import (
    BLEND_CYCLES,
    GATE_FACTORS,
    RESET_CYCLES,
    matrix_vector_cycles,
    multiplier_dsp,
    reset_wait,
)
from hwmodels.device import DSP
from hwmodels.network import Network
from hwmodels.recurrent import CellName, RecurrentLayer, RecurrentNetwork

STATE_BITS, QUANTIZED_BITS, GATE_BITS, INPUT_BITS, OUTPUT_BITS = 24, 8, 18, 16, 16
"""Of the published arithmetic, ``hwmodels.gru.arithmetic.SEQ2SEQLITE_8_BIT``."""

RECURRENT_BITS = 16
"""Of a sum that the reset gate multiplies, in the same arithmetic."""

CONFIRMED: tuple[CellName, ...] = ("gru",)
"""Cells whose cycles and slices are those of generated Verilog."""


def gates(cell: CellName) -> int:
    """Return how many rows of matrices a unit of a layer has, which are all as long.

    The two sums of a candidate that is reset after the product are one row, in which a lane changes
    its accumulator where the columns of the input end.
    """
    vectors = [vector for one in CELLS[cell].products for _, vector in one.terms]
    return vectors.count(INPUT)


def words(layer: RecurrentLayer, lanes: int) -> int:
    """Return the cycles of the lanes in a step, both directions, if weights come in every one."""
    passes = -(-gates(layer.cell) * layer.units // lanes)
    return layer.directions * passes * (layer.units + layer.inputs)


@lru_cache(maxsize=4096)
def step_cycles(
    layer: RecurrentLayer, lanes: int, multiplier_stages: int = 0, interval: int = 1
) -> tuple[int, int]:
    """Return the cycles of a step: of the lanes, and from state to state.

    The directions of a bidirectional layer come one after the other.

    Parameters
    ----------
    layer : RecurrentLayer
        What is computed.
    lanes : int
        Multipliers of the matrix-vector unit, at most as many as the layer has units.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.
    interval : int
        Cycles from one column to the next: more than 1 where the weights come more slowly.

    Examples
    --------
    >>> from hwmodels.costs.recurrent_layer import step_cycles
    >>> from hwmodels.recurrent import RecurrentLayer
    >>> step_cycles(RecurrentLayer("gru", inputs=1, units=32), lanes=32)
    (99, 140)
    >>> step_cycles(RecurrentLayer("lstm", inputs=1, units=32), lanes=32)
    (132, 176)
    """
    rows, columns = gates(layer.cell) * layer.units, (layer.units + layer.inputs) * interval
    wait = 0
    if _is_reset_before(CELLS[layer.cell]):
        wait = reset_wait(layer.units, lanes, multiplier_stages, layer.inputs, interval)
    product = matrix_vector_cycles(rows, columns, lanes, multiplier_stages)
    alone = product + wait + _cycles_after_products(CELLS[layer.cell])
    busy = -(-rows // lanes) * columns + wait
    return layer.directions * busy, layer.directions * alone


def element_wise_dsp(cell: CellName, dsp: DSP, stored_bits: int = QUANTIZED_BITS) -> int:
    """Return the DSP slices of the one multiplier of a cell's element-wise pipeline.

    Parameters
    ----------
    cell : str
        Its name.
    dsp : DSP
        Of the device.
    stored_bits : int
        Bits of the longer of what is blended, state and candidate; their difference has one more.
    """
    difference = stored_bits + 1 if blends(cell) else GATE_FACTORS[1]
    equations = CELLS[cell]
    kinds = {one.result: one for one in equations.operations}
    widths = [
        RECURRENT_BITS
        if isinstance(kinds.get(name), Product)
        else STATE_BITS
        if name in equations.states and name != OUTPUT
        else difference
        for one in equations.operations
        if isinstance(one, ElementWise)
        for name in one.reads
        if name != one.plus
    ]
    return multiplier_dsp(GATE_BITS, max(widths), dsp) if widths else 0


def blends(cell: CellName) -> bool:
    """Return whether a cell blends its old state with a candidate: ``z*h + (1 - z)*c``."""
    pairs = [
        pair for one in CELLS[cell].operations if isinstance(one, ElementWise) for pair in one.pairs
    ]
    return any(name.startswith("1-") for pair in pairs for name in pair)


def kept(cell: CellName) -> list[tuple[str, int]]:
    """Return the results that are kept for rows that come later, and their bits.

    Sums stay in the lanes, and a state is kept from step to step whatever the cell.
    """
    operations, states = CELLS[cell].operations, dict(CELLS[cell].state).values()
    found = []
    for i, one in enumerate(operations):
        readers = [j for j, other in enumerate(operations) if one.result in _reads(other)]
        later = [j for j in readers if any(isinstance(o, Product) for o in operations[i : j + 1])]
        if later and not isinstance(one, Product) and one.result not in states:
            found.append((one.result, STATE_BITS if isinstance(one, ElementWise) else GATE_BITS))
    return found


def full_lanes(network: Network | RecurrentNetwork) -> tuple[int, ...]:
    """Return the numbers of lanes that the rows of the gates fill in every pass of every layer.

    1 where there is no recurrent layer, which no unit computes.

    Examples
    --------
    >>> from hwmodels.costs.recurrent_layer import full_lanes
    >>> from hwmodels.network import SEQ2SEQLITE
    >>> full_lanes(SEQ2SEQLITE)
    (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    """
    stages = RecurrentNetwork.of(network).stages
    layers = {(gates(layer.cell), layer.units) for stage in stages for layer in stage.recurrent}
    most = min((units for _, units in layers), default=1)
    rows = gcd(*(number * units for number, units in layers))
    return tuple(n for n in range(1, most + 1) if rows % n == 0)


def _reads(operation: Operation) -> tuple[str, ...]:
    if isinstance(operation, ElementWise):
        return operation.reads
    if isinstance(operation, Product):
        return tuple(vector for _, vector in operation.terms)
    return (operation.of,)


def _is_reset_before(cell: Cell) -> bool:
    """Return whether a product waits for an element-wise operation of the same step."""
    return any(set(_reads(one)) - {INPUT, *cell.states} for one in cell.products)


def _cycles_after_products(cell: Cell) -> int:
    """Return the cycles from the last sum to the new state.

    One product after the other, each with its activation as that of the reset gate, and a cycle
    more where something is added, as in a blend. Without a product, the activation takes as long.
    """
    for_products = {vector for one in cell.products for vector in _reads(one)}
    return (
        sum(
            RESET_CYCLES
            + (BLEND_CYCLES - RESET_CYCLES) * (len(one.pairs) > 1 or one.plus is not None)
            for one in cell.operations
            if isinstance(one, ElementWise) and one.result not in for_products
        )
        or RESET_CYCLES
    )
