"""What bits of the stored state cost: the account of an accelerator, and generated cells."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs.accelerator import Design
from hwmodels.costs.blocks import lane_dsp
from hwmodels.costs.recurrent_layer import blends, element_wise_dsp
from hwmodels.device import Device, load_device
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.network import SEQ2SEQLITE
from hwmodels.recurrent import RecurrentLayer, RecurrentNetwork, Stage
from hwmodels.verilog.design import Cell, MemoryStyle
from stomp_flim.errors import InputError

DEVICES = [load_device(path) for path in sorted(devices.FOLDER.glob("*.toml"))]
DESIGN = Design(SEQ2SEQLITE, devices.xc7k410t, lanes=32, ports=8)


@given(st.integers(2, 23), st.sampled_from(DEVICES))
def test_the_account_is_that_of_the_generated_cell(stored: int, device: Device) -> None:
    """Its multipliers and its memories of states, which simulation and synthesis confirm."""
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, min(stored, 8), stored, candidate=stored)
    cell = Cell(32, 32, state_memory=MemoryStyle.BLOCK, arithmetic=arithmetic)
    design = replace(DESIGN, device=device, stored_bits=stored)

    of_design = [m for m in design.pixel_memories if m.name in ("quantized state", "stored state")]

    slices = 32 * lane_dsp(device.dsp) + element_wise_dsp("gru", device.dsp, stored)
    assert cell.dsp(device.dsp) == slices
    of_cell = sum(d * w for name, (d, w) in cell.memories.items() if name.startswith("states"))
    assert of_cell == sum(memory.reads * memory.bits for memory in of_design)


def test_one_bit_more_costs_memory_alone_until_the_port_is_full() -> None:
    """32 units take 32 bits more; a port of 18 bits takes differences of 19, of a bit by itself."""
    bits = [
        sum(m.reads * m.bits for m in replace(DESIGN, stored_bits=n).pixel_memories)
        for n in range(8, 24)
    ]
    assert [32] * 15 == [more - less for less, more in pairwise(bits)]
    narrow, wide = devices.lfe5u_85f.dsp, devices.xc7k410t.dsp
    assert [1, 1, 2] == [element_wise_dsp("gru", narrow, n) for n in (8, 18, 19)]
    assert [1, 1, 1] == [element_wise_dsp("gru", wide, n) for n in (8, 18, 23)]
    assert DESIGN.dsp(1) == replace(DESIGN, stored_bits=23).dsp(1)


def test_only_a_blend_reads_a_stored_state() -> None:
    """Of the cells only GRUs blend, and a network of others has no stored state to widen."""
    assert [False, True, True, False] == list(
        map(blends, ("rnn", "gru", "gru-reset-after", "lstm"))
    )
    layers = RecurrentLayer("gru", 1, 8), RecurrentLayer("lstm", 8, 8)
    network = RecurrentNetwork("n", (Stage("s", 3, layers),))
    with pytest.raises(InputError, match="stored_bits is 12 with cell 'lstm', expected 8: only a"):
        Design(network, devices.xc7k410t, lanes=8, ports=8, stored_bits=12)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (0, "stored_bits is 0, expected an integer >= 1"),
        (8.0, "stored_bits is 8.0, expected an integer >= 1"),
        (24, "stored_bits is 24, expected at most 23"),
    ],
)
def test_bits_that_cannot_be_stored_are_refused(stored: int, message: str) -> None:
    """One error that says what was found and what was expected."""
    with pytest.raises(InputError, match=message):
        replace(DESIGN, stored_bits=stored)
