"""Recurrent layers on a unit: the GRU as confirmed, the other cells by hand, and what is named."""

from __future__ import annotations

import re
from typing import get_args

import pages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recurrent.networks import CELLS

from hwmodels import devices
from hwmodels.cells.counts import layer_counts
from hwmodels.costs.accelerator import extrapolations
from hwmodels.costs.blocks import element_wise_dsp as gru_element_wise_dsp
from hwmodels.costs.blocks import gru_step_cycles, multiplier_dsp, reset_wait
from hwmodels.costs.recurrent_layer import element_wise_dsp, full_lanes, kept, step_cycles, words
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
from hwmodels.recurrent import CellName, DenseLayer, RecurrentLayer, RecurrentNetwork, Stage

NARROW = devices.xc7k410t.dsp.model_copy(update={"wide_bits": 2, "narrow_bits": 2, "lower_bits": 2})
"""A slice takes a product of 2 x 2 bits, so that slices tell the widths of factors."""
UNITS = st.integers(1, 40)


@given(UNITS, st.integers(0, 40), st.data(), st.integers(0, 3), st.integers(1, 4))
def test_a_gru_takes_the_cycles_that_verilog_confirms(
    units: int, inputs: int, data: st.DataObject, stages: int, interval: int
) -> None:
    """The lanes work for all columns of all passes, and wait for the reset."""
    lanes = data.draw(st.integers(1, units))
    busy, alone = step_cycles(RecurrentLayer("gru", inputs, units), lanes, stages, interval)
    assert gru_step_cycles(units, lanes, stages, inputs, interval) == alone
    wait = reset_wait(units, lanes, stages, inputs, interval)
    assert -(-3 * units // lanes) * (units + inputs) * interval + wait == busy


@pytest.mark.parametrize(
    ("cell", "busy", "after_the_sums"),
    [("gru", 3 * 33, 4), ("gru-reset-after", 3 * 33, 8), ("lstm", 4 * 33, 7), ("rnn", 33, 3)],
)
def test_a_step_of_32_lanes_by_hand(cell: CellName, busy: int, after_the_sums: int) -> None:
    """As many passes as gates, 32 sums that leave one by one, 5 cycles to the first of them."""
    layer = RecurrentLayer(cell, 1, 32)
    assert (busy, busy + 32 + 5 + after_the_sums) == step_cycles(layer, 32)
    both = RecurrentLayer(cell, 1, 32, bidirectional=True)
    assert (2 * busy, 2 * (busy + 37 + after_the_sums)) == step_cycles(both, 32)


@given(CELLS, UNITS, st.integers(0, 40), st.booleans(), st.data())
def test_lanes_have_a_cycle_for_every_product(
    cell: CellName, units: int, inputs: int, both: bool, data: st.DataObject
) -> None:
    """And the element-wise multiplier one for each of its own in the same time."""
    lanes = data.draw(st.integers(1, units))
    layer = RecurrentLayer(cell, inputs, units, both)
    counts = layer_counts(layer)
    assert counts.multiply_accumulates <= lanes * words(layer, lanes)
    assert words(layer, 1) == counts.multiply_accumulates
    complements = layer.outputs * cell.startswith("gru")  # z h + (1 - z) c is z (h - c) + c
    assert counts.element_products - complements <= words(layer, lanes)
    busy, alone = step_cycles(layer, lanes)
    assert words(layer, lanes) <= busy < alone


@pytest.mark.parametrize("device", [devices.xc7k410t, devices.lfe5u_85f, devices.xczu9eg])
def test_the_element_wise_multiplier(device: object) -> None:
    """A plain RNN has none; an LSTM multiplies a gate with its wide state."""
    dsp = device.dsp  # type: ignore[attr-defined]
    slices = {
        cell: element_wise_dsp(cell, dsp) for cell in ("rnn", "gru", "gru-reset-after", "lstm")
    }
    assert 0 == slices["rnn"]
    assert gru_element_wise_dsp(dsp) == slices["gru"] == 1
    assert 1 == slices["gru-reset-after"]
    assert (2 if dsp.wide_bits == 18 else 1) == slices["lstm"]


def test_results_that_are_kept_for_later_rows() -> None:
    """Gates until the candidate is there, and what the candidate's rows read."""
    names = {cell: {name for name, _ in kept(cell)} for cell in ("gru", "gru-reset-after", "lstm")}
    assert names == {
        "gru": {"z.activate", "r.reset"},
        "gru-reset-after": {"z.activate", "r.activate"},
        "lstm": {"i.activate", "f.activate"},
    }
    assert [] == kept("rnn")
    assert [("z.activate", 18), ("r.reset", 24)] == kept("gru")


def test_lanes_that_the_rows_fill() -> None:
    """Of every layer: 3 x 32 and 4 x 24 rows are both 96; at most the units of the narrowest."""
    assert (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) == full_lanes(SEQ2SEQLITE)
    layers = (RecurrentLayer("gru", 1, 32), RecurrentLayer("lstm", 32, 24))
    mixed = RecurrentNetwork("n", (Stage("s", 1, layers),))
    assert (1, 2, 3, 4, 6, 8, 12, 16, 24) == full_lanes(mixed)
    dense = RecurrentNetwork("n", (Stage("s", 1, (DenseLayer(1, 1),)),))
    assert (1,) == full_lanes(dense)


def test_what_is_extrapolated_is_named() -> None:
    """Cells without Verilog, directions, smooth activations; one thing for published networks."""
    assert extrapolations(SEQ2SEQ) == extrapolations(SEQ2SEQLITE)
    assert 1 == len(extrapolations(SEQ2SEQ))
    layer = RecurrentLayer("lstm", 1, 4, bidirectional=True)
    text = " ".join(extrapolations(RecurrentNetwork("n", (Stage("s", 1, (layer,)),))))
    for part in ("cell lstm: no Verilog", "two directions", "activations sigmoid, tanh: in the"):
        assert part in text


def test_the_documented_rules_are_those_of_the_code() -> None:
    """Rows, waits, cycles after the last sum and the widths of the element-wise multiplier."""
    _, *table = pages.table("hardware.md", "cell | rows a unit")
    rows = {name.strip("`"): cells for name, *cells in table}
    assert list(get_args(CellName)) == list(rows)
    for cell, (of_unit, waits, after, multiplier) in rows.items():
        layer = RecurrentLayer(cell, 0, 1)  # type: ignore[arg-type]
        busy, alone = step_cycles(layer, 1)
        least = int(of_unit)
        assert (waits == "yes") == (busy > least)
        assert alone == busy + 1 + 5 + int(after)
        bits = [int(factor) for factor in re.findall(r"\d+", multiplier)]
        slices = multiplier_dsp(*bits, NARROW) if bits else 0
        assert slices == element_wise_dsp(cell, NARROW)  # type: ignore[arg-type]
