"""Generated Verilog, simulated: every bit on directed vectors, every cycle, and mutants killed.

``make check-hardware`` does the same on many more configurations, and synthesizes them.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.verilog import check_cells
from hwmodels.verilog.check_blocks import (
    check_activations,
    check_element_wise,
    check_multiplier,
    check_quantize,
)
from hwmodels.verilog.check_cells import check_cell, directed_case, sequence_case
from hwmodels.verilog.configurations import ARITHMETICS, CELLS, CHECKING, FORMATS, SETTING
from hwmodels.verilog.design import Cell, MemoryStyle
from hwmodels.verilog.finding import BITS, CYCLES, DSP, RAM
from hwmodels.verilog.generator import cell_of, generate
from hwmodels.verilog.simulation import Step, run_cell

pytestmark = pytest.mark.usefixtures("simulator")


def directed_vectors() -> Any:
    """Return the module of the kernel's own directed vectors."""
    file = Path(__file__).parents[1] / "gru/test_directed.py"
    spec = importlib.util.spec_from_file_location("directed_vectors", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DIRECTED = directed_vectors()


def encoded(case: str, mistake: tuple[str, str] = ("", "")) -> tuple[list[Any], set[int], int]:
    """Return the ends of the sequences of a directed case, the cycles, and those of the model."""
    weights, x = DIRECTED.CASES[case]
    units = weights["sencgru_bias_z"].size
    lanes = max(1, units // 2)
    files = generate(weights, lanes=lanes)
    files["lane.v"] = files["lane.v"].replace(*mistake)
    cell = cell_of(weights, lanes=lanes)
    steps = [Step(codes, clear=t == 0) for pixel in x for t, codes in enumerate(pixel)]
    timed = run_cell(cell, files, steps)
    return timed.values.reshape(len(x), -1, units)[:, -1].tolist(), timed.cycles, cell.cycles


@pytest.mark.parametrize("case", DIRECTED.CASES)
def test_directed_vectors_of_the_kernel(case: str, equations: Any) -> None:
    """The cell of an encoder ends where the published equations end."""
    ends, measured, expected = encoded(case)

    assert equations(*DIRECTED.CASES[case])[0] == ends
    assert {expected} == measured


def test_a_rounded_product_is_killed(equations: Any) -> None:
    """Only a directed vector shows it: random steps survive it, since states are quantized."""
    case = "floor of each product of the candidate"
    term = """.ROUNDING(ROUNDING), .OVERFLOW("WRAP")
    ) to_term"""

    ends, _, _ = encoded(case, (term, term.replace("(ROUNDING)", '("HALF_UP")')))

    assert equations(*DIRECTED.CASES[case])[0] != ends


@pytest.mark.parametrize(
    "cell",
    [
        Cell(1, 1),
        Cell(1, 1, inputs=0),  # waits for its only reset product
        Cell(5, 5, multiplier_stages=3),
        Cell(6, 4, inputs=2, state_memory=MemoryStyle.BLOCK),
        Cell(3, 2, inputs=3, stacked=True),
        *(Cell(4, 3, arithmetic=arithmetic) for arithmetic in ARITHMETICS[1:]),
    ],
    ids=check_cells.describe,
)
def test_cells_equal_the_kernel(cell: Cell) -> None:
    """Directed steps and sequences, in every bit, each step in the cycles of the model."""
    for case in (directed_case(cell), sequence_case(cell)):
        timed = run_cell(cell, case.files, case.steps)
        assert case.hidden.tolist() == timed.values.tolist()
        assert timed.cycles == {cell.cycles}


STATES = st.builds(
    Format,
    st.integers(4, 18),
    st.integers(3, 16),
    st.sampled_from(Rounding),
    st.sampled_from(Overflow),
)


@given(STATES, STATES, STATES, st.booleans())
@settings(max_examples=12)
def test_stored_states_of_any_format(
    state: Format, stored: Format, candidate: Format, block: bool
) -> None:
    """Whichever of what products read, what is stored and the candidate has more bits."""
    arithmetic = replace(
        SEQ2SEQLITE_8_BIT, name="drawn", state=state, blend_state=stored, candidate=candidate
    )
    style = MemoryStyle.BLOCK if block else MemoryStyle.DISTRIBUTED
    cell = Cell(3, 2, inputs=2, state_memory=style, arithmetic=arithmetic)
    for case in (directed_case(cell), sequence_case(cell)):
        timed = run_cell(cell, case.files, case.steps)
        assert case.hidden.tolist() == timed.values.tolist()
        assert timed.cycles == {cell.cycles}


@pytest.mark.parametrize("arithmetic", ARITHMETICS, ids=lambda a: a.name)
def test_blocks_equal_the_kernel(arithmetic: Any) -> None:
    """Activations and the element-wise pipeline, on sums that meet their ties and corners."""
    findings = check_activations(arithmetic) + check_element_wise(arithmetic, "")
    assert [] == [finding for finding in findings if not finding.right]


@pytest.mark.parametrize("point", FORMATS[4::5], ids=str)
def test_quantization_equals_the_kernel(point: Any) -> None:
    """Each rounding and each overflow."""
    assert all(finding.right for finding in check_quantize(*point))


MUTANTS = {
    "ties away from zero": ("quantize.v", "(beyond != 0 || below[0])", "1'b1"),
    "asymmetric saturation": ("quantize.v", '== "SATURATE" ?', '!= "WRAP" ?'),
    "no saturation": ("quantize.v", 'OVERFLOW == "WRAP"', "1"),
    "sigmoid not clipped at 1": ("hard_sigmoid.v", "line > two", "1'b0"),
    "sigmoid not clipped at 0": ("hard_sigmoid.v", "line[BITS-1] ?", "1'b0 ?"),
    "blend of the gate r": ("element_wise.v", "blending ? update : gate", "gate"),
    "blend without the candidate": ("element_wise.v", "renewed = product_candidate", "renewed = 0"),
    "candidate from the state": ("matrix_vector.v", "operand_base + i >= SECOND_ROW", "1'b0"),
    "bias of the first tile": ("matrix_vector.v", ".address(bias_tile)", ".address(bias_tile * 0)"),
    "old state not cleared": ("gru_cell.v", "cleared <= clear", "cleared <= 1'b0"),
    "one cycle too early": ("matrix_vector.v", "parameter PAUSE = 6", "parameter PAUSE = 5"),
}


STORED_MUTANTS = {
    "blend of what products read": (
        "element_wise.v",
        "stored_state - new_state",
        "old_state - new_state",
    ),
    "reset product of what is stored": (
        "element_wise.v",
        "wide_state = read_state",
        "wide_state = state",
    ),
    "lanes read what is stored": ("gru_cell.v", "write_word(new_state)", "write_word(new_stored)"),
    "few bits stored": ("gru_cell.v", "write_word(new_stored)", "write_word(new_state)"),
    "stored state not cleared": (
        "gru_cell.v",
        "cleared ? {STORED_BITS{1'b0}}",
        "1'b0 ? {STORED_BITS{1'b0}}",
    ),
    "two roundings as one": (
        "gru_cell.v",
        "to_state (.value(new_stored)",
        "to_state (.value(new_stored | 1'b1)",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_killed(mutant: str) -> None:
    """A mistake in the Verilog shows in the steps that ``make check-hardware`` takes."""
    assert is_killed(Cell(5, 4, multiplier_stages=3), MUTANTS[mutant])


@pytest.mark.parametrize("mutant", STORED_MUTANTS)
def test_mutants_of_the_stored_state_are_killed(mutant: str) -> None:
    """So does one in what is there only where the blend reads another state than products do."""
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12)
    assert is_killed(Cell(5, 4, arithmetic=arithmetic), STORED_MUTANTS[mutant])


def is_killed(cell: Cell, mutant: tuple[str, str, str]) -> bool:
    """Say whether a cell with a piece of a file exchanged gives other states."""
    name, right, wrong = mutant
    differs = []
    for case in (directed_case(cell), sequence_case(cell)):
        assert 1 == case.files[name].count(right), f"{right!r} is not one piece of {name}"
        files = {**case.files, name: case.files[name].replace(right, wrong)}
        differs.append(not np.array_equal(case.hidden, run_cell(cell, files, case.steps).values))
    return any(differs)


def test_the_wait_for_reset_products_costs_what_the_model_says() -> None:
    """One cycle less is wrong, as a mutant shows above; one more is one cycle a step more."""
    cell = Cell(5, 4, multiplier_stages=3)
    case = sequence_case(cell)
    pause = f"parameter PAUSE = {cell.product.pause},"
    longer = f"parameter PAUSE = {cell.product.pause + 1},"
    files = {name: text.replace(pause, longer) for name, text in case.files.items()}

    timed = run_cell(cell, files, case.steps)

    assert {cell.cycles + 1} == timed.cycles
    assert case.hidden.tolist() == timed.values.tolist()


@pytest.mark.usefixtures("synthesizer")
@pytest.mark.parametrize(
    ("cell", "role"),
    [(CELLS[SETTING][2], SETTING), (CELLS[CHECKING][2], CHECKING)],
    ids=["one that set a constant", "one that only checks"],
)
def test_a_whole_cell_is_what_kernel_and_cost_model_say(cell: Cell, role: str) -> None:
    """Simulated and synthesized as by ``make check-hardware``: bits, cycles, slices, blocks."""
    findings = check_cell(cell, role, devices.xc7k410t)
    assert {BITS, CYCLES, DSP, RAM} == {finding.what for finding in findings}
    assert not [finding for finding in findings if not finding.right]


@pytest.mark.usefixtures("synthesizer")
def test_a_synthesized_multiplier_takes_what_the_model_says() -> None:
    """One bit more than a slice takes makes two; ``make check-hardware`` synthesizes the rest."""
    assert [True] == [finding.right for finding in check_multiplier(26, 9, "", devices.xc7k410t)]
