"""One time step of a GRU layer, and of the dense layer, in the accelerator's own arithmetic.

With the update gate z, the reset gate r and the candidate c::

    q  = STATE(h)                             quantized state
    z  = hard_sigmoid(W_z x + U_z q + b_z)
    r  = hard_sigmoid(W_r x + U_r q + b_r)
    s  = RESET_PRODUCT(r * q)                 the reset comes before the recurrent product
    c  = hard_tanh(W_c x + U_c s + b_c)
    h' = HIDDEN(z * q + (1 - z) * c)          z weighs the old state
    y  = OUTPUT(W h' + b)                     dense layer, from the wide state

or, where the reset comes after the recurrent product::

    p  = RECURRENT(U_c q + b2_c)
    s  = RESET_PRODUCT(r * p)
    c  = hard_tanh(W_c x + s + b_c)

or, where the blend reads another state than products do::

    m  = BLEND_STATE(h)
    q  = STATE(m)
    h' = HIDDEN(z * m + (1 - z) * c)

Where the arithmetic has curves, sigmoid and tanh are smooth.

`hwmodels.gru.arithmetic` defines the quantization points, `hwmodels.gru.reference` computes them.
A point has a task of its own where the hardware of the published arithmetic adds, compares and
selects: the quantized states, the hard activations and the output. Where it only drops low bits
(products, reset product and blend) or lets high ones go (accumulators) it is part of the task that
makes the value. What a task reads through a memory port is a row of H values or one element of it.
"""

from __future__ import annotations

from hwmodels.gru.arithmetic import Specification
from stomp_flim.model.task import Mode
from workloads.accelerator.dataflow import Dataflow
from workloads.accelerator.sum import Accumulation, Accumulator, Scalars
from workloads.published.operations import (
    ADD,
    DSP,
    MULTIPLY,
    READ_DATA,
    READ_SHARED,
    WRITE_DATA,
    WRITE_SHARED,
    Modes,
)

QUANTIZE: Modes = (Mode({DSP: 1}, 2),)
"""Add a rounding constant to a row and compare with the ends of the range: as long as an add."""

HARD_ACTIVATION: Modes = (Mode({DSP: 1}, 2),)
"""The line ``0.5 a + 0.5`` or ``a``, limited and rounded: likewise."""

SMOOTH_ACTIVATION: Modes = (Mode({DSP: 1}, 4),)
"""A line between two nodes, which lie in a table of the unit's own: a product and an add."""


def read_features(cell: Dataflow, features: list[str]) -> Scalars:
    """Add the reads of what enters a first layer from outside the network."""
    reads = [cell.add(f"read_x[{i}]", READ_DATA, "move", x) for i, x in enumerate(features)]
    return Scalars(reads, "input")


def quantize_below(cell: Dataflow, hidden_units: int, below: str) -> Scalars:
    """Add the quantization of the new state of the layer below, and the reads of its elements."""
    row = cell.add("read_below", READ_SHARED, "move", below)
    quantized = cell.add("quantize_below", QUANTIZE, "quantize_stacked_input", row)
    written = cell.add("write_x", WRITE_SHARED, "move", quantized)
    return Scalars(_read_elements(cell, "read_x", written, hidden_units), "stacked_input")


def gru_cell(
    cell: Dataflow,
    weights: str,
    specification: Specification,
    state: str,
    inputs: Scalars,
    accumulation: Accumulation,
) -> str:
    """Add one step of one layer.

    Parameters
    ----------
    cell : Dataflow
        The section that gets the tasks.
    weights : str
        The layer's weights lie in memory as ``f"{weights}.z.W[0]"``: gate, matrix or bias, row.
    specification : Specification
        Says how many units the layer has, where its reset acts, and which activations are smooth.
    state : str
        The hidden state of the step before, as it was written.
    inputs : Scalars
        What else enters.
    accumulation : {"serial", "tree"}
        How products are added up.

    Returns
    -------
    str
        The new hidden state, as it was written.
    """

    def sums(name: str, point: str) -> tuple[Accumulator, list[str]]:
        tasks = cell.section(f"{name}.")
        accumulator = Accumulator(tasks, f"{weights}.{name}", point, accumulation)
        from_inputs = []  # a sum of its own, which need not wait for a state
        if inputs.values:
            from_inputs = [write_and_read(tasks, "_Wx", accumulator.products("W", inputs))]
        return accumulator, from_inputs

    def activated(tasks: Dataflow, function: str, total: str) -> str:
        smooth = getattr(specification.arithmetic, function) is not None
        modes = SMOOTH_ACTIVATION if smooth else HARD_ACTIVATION
        operation = function if smooth else f"hard_{function}"
        total = write_and_read(tasks, "_sum", total)
        return write_and_read(tasks, "", tasks.add("activate", modes, operation, total))

    def gate(name: str, recurrent: Scalars, point: str, function: str) -> str:
        accumulator, from_inputs = sums(name, point)
        total = accumulator.total(accumulator.products("U", recurrent), *from_inputs)
        return activated(accumulator.tasks, function, total)

    hidden_units = specification.network.hidden_units

    row = cell.add("read_h", READ_SHARED, "move", state)
    stored = row
    if specification.arithmetic.blend_state is not None:
        stored = cell.add("quantize_m", QUANTIZE, "quantize_blend_state", row)
    quantized = cell.add("quantize", QUANTIZE, "quantize_state", stored)
    written = cell.add("write_q", WRITE_SHARED, "move", quantized)
    m = q = cell.add("read_q_row", READ_SHARED, "move", written)
    if specification.arithmetic.blend_state is not None:
        written_m = cell.add("write_m", WRITE_SHARED, "move", stored)
        m = cell.add("read_m_row", READ_SHARED, "move", written_m)
    elements = Scalars(_read_elements(cell, "read_q", written, hidden_units), "state")
    z = gate("z", elements, "gate_accumulator", "sigmoid")
    r = gate("r", elements, "gate_accumulator", "sigmoid")

    if specification.network.cell == "gru-reset-after":
        accumulator, from_inputs = sums("c", "candidate_accumulator")
        tasks = accumulator.tasks
        recurrent = accumulator.total(accumulator.products("U", elements), bias="b2")
        recurrent = write_and_read(tasks, "_Uq", recurrent)
        p = write_and_read(
            tasks, "_p", tasks.add("quantize", QUANTIZE, "quantize_recurrent", recurrent)
        )
        reset = write_and_read(cell, "_s", cell.add("multiply_reset", MULTIPLY, "reset_term", r, p))
        c = activated(tasks, "tanh", accumulator.total(*from_inputs, reset))
    else:
        product = cell.add("multiply_reset", MULTIPLY, "reset_product", r, q)
        written = cell.add("write_s", WRITE_SHARED, "move", product)
        elements = Scalars(_read_elements(cell, "read_s", written, hidden_units), "reset_product")
        c = gate("c", elements, "candidate_accumulator", "tanh")

    # A DSP slice subtracts before it multiplies: (1 - z) * c is one operation of the vector unit.
    kept = cell.add("multiply_old", MULTIPLY, "keep", z, m)
    renewed = cell.add("multiply_new", MULTIPLY, "renew", z, c)
    terms = write_and_read(cell, "_old", kept), write_and_read(cell, "_new", renewed)
    return cell.add("write_h", WRITE_SHARED, "move", cell.add("add", ADD, "blend", *terms))


def dense_row(
    tasks: Dataflow, weights: str, hidden_units: int, state: str, accumulation: Accumulation
) -> str:
    """Add up to H outputs of the dense layer; return them as they were written."""
    elements = Scalars(_read_elements(tasks, "read_h", state, hidden_units), "hidden")
    accumulator = Accumulator(tasks, weights, "dense_accumulator", accumulation)
    total = accumulator.total(accumulator.products("W", elements))
    output = tasks.add("quantize", QUANTIZE, "dense_output", total)
    return tasks.add("write_y", WRITE_DATA, "move", output)


def write_and_read(tasks: Dataflow, name: str, value: str) -> str:
    """Add the write of an intermediate result and its read; return what was read."""
    written = tasks.add(f"write{name}", WRITE_DATA, "move", value)
    return tasks.add(f"read{name}", READ_DATA, "move", written)


def _read_elements(tasks: Dataflow, name: str, row: str, hidden_units: int) -> list[str]:
    return [
        tasks.add(f"{name}[{k}]", READ_SHARED, "element", row, parameters=(k,))
        for k in range(hidden_units)
    ]
