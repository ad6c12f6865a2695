"""Simulates each building block on vectors and returns what it gives, as integers.

Nothing here knows what is right: `hwmodels.verilog.check` compares with the integer kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Codes
from hwmodels.gru.weights import Array
from hwmodels.verilog.design import Cell, MatrixVector, MemoryStyle
from hwmodels.verilog.generator import (
    Files,
    element_wise_files,
    matrix_vector_files,
    memory_text,
    pack,
    render,
)
from hwmodels.verilog.tools import simulate

PATIENCE = 4
"""A bench gives up after that many times the cycles that the model says, and counts them."""


@dataclass(frozen=True)
class Timed:
    """What a block gave, and in how many cycles.

    Attributes
    ----------
    values : int64 array
        A row a run.
    cycles : set of int
        Every figure that was measured.
    """

    values: Codes
    cycles: set[int]


def run_function(
    module: str, ports: tuple[str, str], parameters: dict[str, int | str], codes: Codes,
    bits: int, out_bits: int,
) -> Codes:  # fmt: skip
    """Give every code to a combinational module and return its outputs.

    Parameters
    ----------
    module : str
        Name of the module and of its template.
    ports : tuple of str
        Input and output.
    parameters : dict of str to int or str
        Strings with their quotes.
    codes : int array
    bits, out_bits : int
        Widths of the ports.
    """
    files = {f"{name}.v": render(name) for name in {module, "quantize"}}
    bench = render(
        "bench_function", module=module, parameters=parameters, in_port=ports[0],
        out_port=ports[1], in_bits=bits, out_bits=out_bits, count=len(codes),
    )  # fmt: skip
    lines = simulate(files, bench, {"inputs.hex": memory_text(codes[:, np.newaxis], bits)})
    return _numbers([line[1] for line in lines if line[0] == "out"])


def run_matrix_vector(unit: MatrixVector, matrix: Array, bias: Array, vectors: Array) -> Timed:
    """Multiply a matrix by each vector (a row of `vectors`) and return the sums."""
    bench = render(
        "bench_matrix_vector", unit=unit, vectors=len(vectors),
        limit=PATIENCE * unit.cycles,
    )  # fmt: skip
    lines = simulate(
        matrix_vector_files(unit, matrix, bias),
        bench,
        {"operands.hex": memory_text(vectors.reshape(-1, 1), unit.operand.bits)},
    )
    sums = _numbers([line[1] for line in lines if line[0] == "sum"])
    return Timed(_shaped(sums, len(vectors), unit.rows), _cycles(lines))


@dataclass(frozen=True)
class Elements:
    """What an element-wise pipeline gave.

    Attributes
    ----------
    reset_products, hidden : int64 array, steps x units
    reset_cycles, hidden_cycles : set of int
        Every delay from a sum to what follows from it.
    """

    reset_products: Codes
    hidden: Codes
    reset_cycles: set[int]
    hidden_cycles: set[int]


def run_element_wise(a: Arithmetic, sums: Codes, states: Codes) -> Elements:
    """Run an element-wise pipeline, a row in every cycle.

    Parameters
    ----------
    a : Arithmetic
    sums : int array, steps x 3 units
        In the order of the rows.
    states : int array, steps x units
        As they are stored.
    """
    steps, units = states.shape
    bench = render(
        "bench_element_wise", steps=steps, units=units,
        sum_bits=a.gate_accumulator.bits, state_bits=a.stored_state.bits,
        reset_bits=a.reset_product.bits, hidden_bits=a.hidden.bits,
    )  # fmt: skip
    data = {
        "sums.hex": memory_text(sums.reshape(-1, 1), a.gate_accumulator.bits),
        "states.hex": memory_text(states.reshape(-1, 1), a.stored_state.bits),
    }
    lines = simulate(element_wise_files(a, units, MemoryStyle.DISTRIBUTED), bench, data)
    resets = [line for line in lines if line[0] == "reset"]
    news = [line for line in lines if line[0] == "hidden"]
    return Elements(
        _in_order(resets, steps, units),
        _in_order(news, steps, units),
        {int(line[3]) for line in resets},
        {int(line[3]) for line in news},
    )


@dataclass(frozen=True)
class Step:
    """One step of a cell.

    Parameters
    ----------
    x : int array, inputs
    clear : bool
        The old state counts as 0.
    hidden : int array, units, optional
        The old state is set to this before the step.
    """

    x: Array
    clear: bool = False
    hidden: Array | None = None


def run_cell(cell: Cell, files: Files, steps: list[Step]) -> Timed:
    """Run steps one right after the other and return the new hidden state of each.

    Parameters
    ----------
    cell : Cell
    files : dict of str to str
        As generated.
    steps : list of Step
    """
    a = cell.arithmetic
    x_bits = cell.inputs * cell.input_format.bits
    words, loads = [], []
    for step in steps:
        x = pack(step.x[: cell.inputs].tolist(), cell.input_format.bits)
        load = step.hidden is not None
        words.append((int(load) << 1 | int(step.clear)) << x_bits | x)
        loads.append(np.zeros(cell.units, np.int64) if step.hidden is None else step.hidden)
    digits = -(-(x_bits + 2) // 4)
    bench = render(
        "bench_cell", cell=cell, hidden_bits=a.hidden.bits, x_bits=x_bits, steps=len(steps),
        limit=PATIENCE * cell.cycles,
    )  # fmt: skip
    data = {
        "steps.hex": "".join(f"{word:0{digits}x}\n" for word in words),
        "loads.hex": memory_text(np.concatenate(loads)[:, np.newaxis], a.hidden.bits),
    }
    lines = simulate(files, bench, data)
    news = [line for line in lines if line[0] == "hidden"]
    return Timed(_in_order(news, len(steps), cell.units), _cycles(lines))


UNKNOWN = np.iinfo(np.int64).min
"""Stands for an output with an undefined bit: equal to no code."""


def _numbers(words: list[str]) -> Codes:
    return np.array([UNKNOWN if word.strip("-0123456789") else int(word) for word in words])


def _shaped(values: Codes, rows: int, columns: int) -> Codes:
    """Shape values as expected; those that are missing count as unknown."""
    shaped = np.full(rows * columns, UNKNOWN)
    shaped[: len(values)] = values[: rows * columns]
    return shaped.reshape(rows, columns)


def _in_order(lines: list[list[str]], steps: int, units: int) -> Codes:
    """Return the values of lines (name, unit, value); one out of order counts as unknown."""
    right = [line[1] == str(place % units) for place, line in enumerate(lines)]
    values = _numbers([line[2] for line in lines])
    return _shaped(np.where(right, values, UNKNOWN), steps, units)


def _cycles(lines: list[list[str]]) -> set[int]:
    return {int(line[1]) for line in lines if line[0] == "cycles"}
