"""What the Verilog generator writes, without a simulator: test_simulation.py runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs.blocks import gru_dsp, gru_step_cycles
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.gru.weights import array_name, seeded_weights
from hwmodels.network import Network
from hwmodels.verilog import check, configurations
from hwmodels.verilog.design import Cell, MatrixVector, MemoryStyle
from hwmodels.verilog.finding import CYCLES, Finding, compared, counted
from hwmodels.verilog.generator import ROW_ORDER, generate, matrix_vector_files
from hwmodels.verilog.vectors import activation_codes, requantization_codes
from stomp_flim.errors import InputError

XC7 = devices.xc7k410t


def unit(rows: int, columns: int, lanes: int) -> MatrixVector:
    """Return a matrix-vector unit of the published arithmetic."""
    a = SEQ2SEQLITE_8_BIT
    return MatrixVector(
        rows, columns, lanes, a.hidden, a.weight, a.bias, a.gate_accumulator, sum_bits=32
    )


def elements(text: str, count: int, bits: int) -> list[list[int]]:
    """Signed elements of each word of a memory's file, the lowest first."""
    words = [int(line, 16) for line in text.split()]
    fields = [[word >> place * bits & (1 << bits) - 1 for place in range(count)] for word in words]
    return [[code - (code >> bits - 1 << bits) for code in word] for word in fields]


@given(st.integers(1, 20), st.integers(1, 8), st.data())
def test_every_weight_is_where_its_lane_reads_it(
    rows: int, columns: int, data: st.DataObject
) -> None:
    """Word tile*columns + column holds in lane l the weight of row tile*lanes + l, 0 beyond."""
    lanes = data.draw(st.integers(1, columns))
    product = unit(rows, columns, lanes)
    matrix = np.random.default_rng(rows).integers(-128, 128, (rows, columns))
    bias = np.arange(rows) - 5

    files = matrix_vector_files(product, matrix, bias)
    words = elements(files["weights.hex"], lanes, 8)
    biases = elements(files["biases.hex"], lanes, 8)

    assert product.tiles * columns == len(words)
    assert product.tiles == len(biases) == -(-rows // lanes)
    for row in range(product.tiles * lanes):
        tile, lane = divmod(row, lanes)
        read = [words[tile * columns + column][lane] for column in range(columns)]
        assert (matrix[row].tolist() if row < rows else [0] * columns) == read
        assert (bias[row] if row < rows else 0) == biases[tile][lane]


@pytest.mark.parametrize(("stage", "layer"), [("encoder", 0), ("encoder", 1), ("decoder", 0)])
def test_the_cell_holds_the_weights_of_its_layer(stage: str, layer: int) -> None:
    """One lane: a row after the other, its inputs before its states; no inputs in a decoder."""
    weights = seeded_weights(Network("small", layers=2, hidden_units=3, inputs=2), 1)
    inputs = {("encoder", 0): 2, ("encoder", 1): 3, ("decoder", 0): 0}[stage, layer]

    files = generate(weights, lanes=1, stage=stage, layer=layer)

    expected = [
        [code]
        for gate in ROW_ORDER
        for u in range(3)
        for part, count in (("kernel", inputs), ("recurrent_kernel", 3))
        for code in weights[array_name(stage, layer, part, gate)][:count, u].tolist()
    ]
    assert expected == elements(files["weights.hex"], 1, 8)


@pytest.mark.parametrize("arithmetic", configurations.ARITHMETICS, ids=lambda a: a.name)
@pytest.mark.parametrize("stage", ["encoder", "decoder"])
def test_a_file_holds_a_module_and_all_modules_are_there(arithmetic: object, stage: str) -> None:
    """Every instance has its module, in a file of its name, and nothing of a template is left."""
    weights = seeded_weights(Network("small", layers=1, hidden_units=4), 0, arithmetic)
    files = generate(weights, lanes=2, stage=stage, arithmetic=arithmetic)
    sources = {name[:-2]: text for name, text in files.items() if name.endswith(".v")}

    for name, text in sources.items():
        assert [name] == re.findall(r"^module (\w+)", text, re.MULTILINE)
        assert not re.search(r"\$\{|\{%", text)
        assert all(len(line) <= 100 for line in text.splitlines())
    instances = re.findall(r"^ +(\w+)(?: #\(| \w+ \()", "".join(sources.values()), re.MULTILINE)
    assert set(sources) == {"gru_cell", *instances} - {"else"}  # of "else if ("


@pytest.mark.parametrize("style", MemoryStyle)
def test_memories_say_where_they_go(style: MemoryStyle) -> None:
    """Weights are always in block RAM, states where asked; the cell says what that takes."""
    weights = seeded_weights(Network("small", layers=1, hidden_units=4), 0)
    files = generate(weights, lanes=2, state_memory=style)

    assert '(* rom_style = "block" *)' in files["weight_rom.v"]
    assert f'(* ram_style = "{style}" *)' in files["ram.v"]
    memories = Cell(4, 2, state_memory=style).memories
    assert (6 * 5, 2 * 8) == memories["weights"]
    assert {"block": 5, "distributed": 1}[style] == len(memories)


@given(st.integers(1, 64), st.data())
def test_a_cell_of_the_published_arithmetic_costs_what_the_model_says(
    units: int, data: st.DataObject
) -> None:
    """The widths of its own factors and the constants of the cost model are the same."""
    lanes = data.draw(st.integers(1, units))
    stages = data.draw(st.integers(0, 3))
    cell = Cell(units, lanes, multiplier_stages=stages)

    assert gru_dsp(lanes, XC7.dsp) == cell.dsp(XC7.dsp)
    assert gru_step_cycles(units, lanes, stages) == cell.cycles
    assert cell.cycles >= cell.product.tiles * cell.product.columns


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
def test_directed_codes_meet_ties_and_limits(rounding: Rounding, overflow: Overflow) -> None:
    """Ties above odd and even codes of both signs, and both sides of both limits."""
    target = Format(8, 7, rounding, overflow)

    codes = requantization_codes(24, 22, target, np.random.default_rng(0), randoms=0)

    ties = {code >> 15 for code in codes.tolist() if code & 0x7FFF == 0x4000}
    assert {-128, -127, -2, -1, 0, 1, 126, 127} <= ties
    whole = set((codes >> 15).tolist())
    assert {-130, -129, -128, -127, 126, 127, 128, 129} <= whole
    assert codes.min() == -(2**23)
    assert codes.max() == 2**23 - 1


def test_directed_sums_meet_the_corners_of_the_activations() -> None:
    """The sums at which the hard sigmoid becomes 0 and 1, and their neighbours."""
    a = SEQ2SEQLITE_8_BIT

    sums = set(activation_codes(a.gate_accumulator, a.gate, np.random.default_rng(0)).tolist())

    assert {sign * 2**22 + d for sign in (-1, 1) for d in (-129, -128, -1, 0, 1, 127, 128)} <= sums


def test_checking_configurations_set_no_constant() -> None:
    """At least 12 configurations, at least 6 of which played no part in setting a constant."""
    for group in (configurations.CELLS, configurations.UNITS, configurations.MULTIPLIERS,
                  configurations.MEMORIES):  # fmt: skip
        setting, checking = group[configurations.SETTING], group[configurations.CHECKING]
        assert not [each for each in checking if each in setting]
    cells = configurations.CELLS
    assert len(cells[configurations.CHECKING]) >= 6
    assert sum(map(len, cells.values())) >= 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lanes": 5}, "5 lanes, expected at most one a unit (4)"),
        ({"lanes": 0}, "lanes is 0, expected an integer >= 1"),
        ({"lanes": 1, "multiplier_stages": -1}, "multiplier_stages is -1"),
        ({"lanes": 1, "stage": "encode"}, "stage is 'encode'; did you mean"),
        ({"lanes": 1, "layer": 1}, "layer is 1, expected 0 to 0"),
        ({"lanes": 1, "state_memory": "blocks"}, "state memory is 'blocks'; did you mean"),
        (
            {
                "lanes": 1,
                "arithmetic": replace(SEQ2SEQLITE_8_BIT, candidate_accumulator=Format(32, 20)),
            },
            "expected the gate_accumulator's",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(arguments: dict[str, object], message: str) -> None:
    """The error names what is wrong and what was expected."""
    weights = seeded_weights(Network("small", layers=1, hidden_units=4), 0)
    with pytest.raises(InputError, match=re.escape(message)):
        generate(weights, **arguments)


def test_too_many_lanes_for_a_plain_product() -> None:
    """A tile must be long enough for the sums of the one before to leave."""
    with pytest.raises(InputError, match=re.escape("4 lanes, expected at most one a column (3)")):
        unit(8, 3, 4)


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m hwmodels.verilog``."""
    command = [sys.executable, "-m", "hwmodels.verilog", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_writes_what_is_generated(tmp_path: Path) -> None:
    """The folder holds the files of `generate`, and an error is one line with status 2."""
    out = tmp_path / "cell"

    done = run_command("--hidden", "6", "--lanes", "2", "--seed", "3", "--out", str(out))

    weights = seeded_weights(Network("small", layers=1, hidden_units=6), 3)
    assert (0, "") == (done.returncode, done.stderr)
    assert sorted(map(str, out.iterdir())) == sorted(done.stdout.splitlines())
    assert generate(weights, lanes=2) == {path.name: path.read_text() for path in out.iterdir()}
    refused = run_command("--hidden", "6", "--lanes", "7", "--out", str(out))
    assert (2, 1) == (refused.returncode, len(refused.stderr.splitlines()))
    assert refused.stderr.startswith("error: GRU cell: 7 lanes")


def test_the_command_takes_an_arithmetic(tmp_path: Path) -> None:
    """By its name, with bits of the state or without."""
    out, arithmetic = tmp_path / "cell", with_state_bits(SEQ2SEQLITE_8_BIT, 6, 12)
    arguments = ("--hidden", "6", "--lanes", "2", "--out", str(out), "--arithmetic")

    done = run_command(*arguments, arithmetic.name)

    weights = seeded_weights(Network("small", layers=1, hidden_units=6), 0, arithmetic)
    files = generate(weights, lanes=2, arithmetic=arithmetic)
    assert (0, "") == (done.returncode, done.stderr)
    assert files == {path.name: path.read_text() for path in out.iterdir()}
    refused = run_command(*arguments, "seq2seqlite-8-bit with state 12/6")
    assert (2, "error: state bits: stored is 6, expected an integer from 12 to 23\n") == (
        refused.returncode, refused.stderr,
    )  # fmt: skip


def test_a_difference_is_found() -> None:
    """One code, a missing output, another count or two counts are wrong; no outputs are too."""
    codes = np.arange(6).reshape(2, 3)
    changed = codes.copy()
    changed[1, 2] += 1

    assert compared("", "", codes, codes.copy()).right
    assert not compared("", "", codes, changed).right
    assert not compared("", "", codes, codes[:1]).right
    assert not compared("", "", codes[:0], codes[:0]).right
    assert counted("", "", CYCLES, 5, {5}).right
    assert not counted("", "", CYCLES, 5, {5, 6}).right
    assert not counted("", "", CYCLES, 5, set()).right
    assert not counted("", "", CYCLES, 5, 6).right


@pytest.mark.parametrize(("measured", "status"), [(5, 0), (6, 1)])
def test_the_check_fails_on_a_wrong_figure(
    measured: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status tells, and the table shows both figures where they differ."""

    def job() -> list[Finding]:
        return [counted("a cell", "checking", CYCLES, 5, measured)]

    monkeypatch.setattr(check, "jobs", lambda: [job])
    monkeypatch.setattr(check, "missing_tools", list)
    monkeypatch.setattr(check, "versions", lambda: ["a tool"])

    assert status == check.main()
    printed = capsys.readouterr().out
    assert ("5 != 6" in printed) == bool(status)
    assert f"{1 - status} of 1 figures right" in printed


def test_the_check_needs_its_tools(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without them it names them and has the status of bad input."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert 2 == check.main()
    assert "error: not found: iverilog, vvp, yosys" in capsys.readouterr().err


def test_published_operands_fit_one_slice() -> None:
    """Inputs, states and reset products share 24 bits, the reset product's own width."""
    assert Format(24, 22) == Cell(8, 8).product.operand
    assert Format(16, 14) == Cell(8, 8, arithmetic=PLAIN_16_BIT).product.operand
