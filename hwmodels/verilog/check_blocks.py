"""Holds each building block alone against the integer kernel and the cost model."""

from __future__ import annotations

import numpy as np

from hwmodels.costs.blocks import BLEND_CYCLES, RESET_CYCLES, multiplier_dsp, ram_blocks
from hwmodels.device import Device
from hwmodels.gru import reference
from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Codes, Format
from hwmodels.verilog.design import (
    MatrixVector,
    MemoryStyle,
    activation_parameters,
    mode_name,
)
from hwmodels.verilog.finding import CYCLES, DSP, RAM, Finding, compared, counted
from hwmodels.verilog.generator import matrix_vector_files, render
from hwmodels.verilog.simulation import run_element_wise, run_function, run_matrix_vector
from hwmodels.verilog.tools import ram_blocks_of, synthesize
from hwmodels.verilog.vectors import activation_codes, requantization_codes, shuffled

SEED = 6


def check_quantize(bits: int, fraction: int, target: Format) -> list[Finding]:
    """Round and limit every kind of code."""
    codes = requantization_codes(bits, fraction, target, np.random.default_rng(SEED))
    parameters: dict[str, int | str] = {
        "IN_BITS": bits,
        "DROP": fraction - target.fraction,
        "OUT_BITS": target.bits,
        "ROUNDING": mode_name(target.rounding),
        "OVERFLOW": mode_name(target.overflow),
    }
    measured = run_function(
        "quantize", ("value", "code"), parameters, codes, bits, target.bits
    )  # fmt: skip
    name = f"quantize {bits} bits, {fraction} fractional, to {target}"
    return [compared(name, "", target.requantize(codes, fraction), measured)]


def check_activations(a: Arithmetic) -> list[Finding]:
    """Activate sums around every tie, step and clip."""
    generator = np.random.default_rng(SEED)
    findings = []
    for module, port, accumulator, target, function in (
        ("hard_sigmoid", "gate", a.gate_accumulator, a.gate, reference.hard_sigmoid),
        ("hard_tanh", "candidate", a.candidate_accumulator, a.candidate, reference.hard_tanh),
    ):
        sums = activation_codes(accumulator, target, generator)
        measured = run_function(
            module, ("sum", port), activation_parameters(accumulator, target), sums,
            accumulator.bits, target.bits,
        )  # fmt: skip
        findings.append(compared(f"{module}, {a.name}", "", function(a, sums), measured))
    return findings


def check_element_wise(a: Arithmetic, role: str, units: int = 12, steps: int = 40) -> list[Finding]:
    """Run whole steps on sums and states that meet the ties and corners of every point."""
    generator = np.random.default_rng(SEED)
    count = steps * units
    stored = a.stored_state
    limits = np.array([stored.minimum, stored.maximum, -1, 0, 1, 2])
    if a.blend_state is not None:
        limits = requantization_codes(stored.bits, stored.fraction, a.state, generator)
    states = np.concatenate(
        [
            shuffled(limits, count // 2, generator),
            generator.integers(stored.minimum, stored.maximum, count - count // 2, endpoint=True),
        ]
    )
    gates = activation_codes(a.gate_accumulator, a.gate, generator)
    candidates = activation_codes(a.candidate_accumulator, a.candidate, generator)
    r, z = (shuffled(gates, count, generator).reshape(steps, units) for _ in range(2))
    h = shuffled(candidates, count, generator).reshape(steps, units)
    m = generator.permutation(states).reshape(steps, units)
    q = m if a.blend_state is None else reference.quantize_state(a, m)
    update, candidate = reference.hard_sigmoid(a, z), reference.hard_tanh(a, h)
    resets = reference.reset_product(a, reference.hard_sigmoid(a, r), q)
    hidden = reference.blend(a, reference.keep(a, update, m), reference.renew(a, update, candidate))
    elements = run_element_wise(a, np.concatenate([r, z, h], axis=1), m)
    name = f"element-wise pipeline, {a.name}"
    return [
        compared(f"{name}: s", role, resets, elements.reset_products),
        counted(f"{name}: s", role, CYCLES, RESET_CYCLES, elements.reset_cycles),
        compared(f"{name}: h'", role, hidden, elements.hidden),
        counted(f"{name}: h'", role, CYCLES, BLEND_CYCLES, elements.hidden_cycles),
    ]


def check_unit(unit: MatrixVector, role: str, device: Device) -> list[Finding]:
    """Multiply by matrices whose products end on a tie or a floor, and whose sums overflow."""
    generator = np.random.default_rng(SEED)
    weight, bias, operand = unit.weight, unit.bias, unit.operand
    matrix = generator.integers(
        weight.minimum, weight.maximum, (unit.rows, unit.columns), endpoint=True
    )
    matrix[::2, ::3] = generator.choice([weight.minimum, -1, 1, weight.maximum])
    biases = generator.integers(bias.minimum, bias.maximum, unit.rows, endpoint=True)
    vectors = generator.integers(operand.minimum, operand.maximum, (8, unit.columns), endpoint=True)
    vectors[0] = operand.minimum
    vectors[1] = 2 * vectors[1] // 2 + 1  # odd, so that each product leaves a rest
    vectors[2] = operand.maximum
    vectors[3] = np.where(np.arange(unit.columns) % 2, -1, 1)
    expected = _sums(unit, matrix, biases, vectors)
    timed = run_matrix_vector(unit, matrix, biases, vectors)
    name = (
        f"matrix-vector {unit.rows}x{unit.columns}, {unit.lanes} lanes, "
        f"{unit.multiplier_stages} stages"
    )
    files = matrix_vector_files(unit, matrix, biases)
    cells = synthesize(files, "matrix_vector")
    words = unit.tiles * unit.columns, unit.lanes * weight.bits
    dsp = unit.lanes * multiplier_dsp(operand.bits, weight.bits, device.dsp)
    return [
        compared(name, role, expected, timed.values),
        counted(name, role, CYCLES, unit.cycles, timed.cycles),
        counted(name, role, DSP, dsp, cells.get(DSP, 0)),
        counted(name, role, RAM, ram_blocks(*words, device), ram_blocks_of(cells)),
    ]


def check_multiplier(a_bits: int, b_bits: int, role: str, device: Device) -> list[Finding]:
    """Count the slices of a multiplier."""
    cells = synthesize(
        {"multiplier.v": render("multiplier")}, "multiplier", {"A_BITS": a_bits, "B_BITS": b_bits}
    )
    expected = multiplier_dsp(a_bits, b_bits, device.dsp)
    name = f"multiplier {a_bits}x{b_bits}"
    return [counted(name, role, DSP, expected, cells.get(DSP, 0))]


def check_memory(depth: int, width: int, role: str, device: Device) -> list[Finding]:
    """Count the blocks of a memory whose attribute asks for block RAM."""
    files = {"ram.v": render("ram", style=MemoryStyle.BLOCK)}
    cells = synthesize(files, "ram", {"DEPTH": depth, "BITS": width})
    expected = ram_blocks(depth, width, device)
    return [counted(f"memory {depth:,} x {width}", role, RAM, expected, ram_blocks_of(cells))]


def _sums(unit: MatrixVector, matrix: Codes, bias: Codes, vectors: Codes) -> Codes:
    """Return what the integer kernel gives for a matrix-vector unit."""
    exact = reference.matrix_product(vectors, unit.operand, matrix.T, unit.weight, unit.accumulator)
    left = unit.accumulator.fraction - unit.bias.fraction
    return unit.accumulator.limit(exact + (bias << left))
