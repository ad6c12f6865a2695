"""Servers derived from a device: what they stand for, and how many there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs import servers
from hwmodels.costs.blocks import ram_blocks
from hwmodels.costs.operation import Cost
from hwmodels.costs.servers import (
    CONST,
    DATA,
    SHARED,
    Granularity,
    Tiling,
    blocks_of_two,
    platform,
    ports_blocks,
)
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from hwmodels.recurrent import DenseLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError

STATELESS = RecurrentNetwork("stateless", (Stage("s", 2, (DenseLayer(1, 4),)),))
GRANULARITIES: tuple[Granularity, ...] = ("scalar", "row", "gate")


def test_the_published_vector_units_do_not_exist_on_the_published_device() -> None:
    """1540 slices are 48 vector units of 32 lanes, or 12 of 128, where 128 were assumed."""
    k410t = devices.xc7k410t
    assert {"DSP": 48, "Shared mem": 32, "Const mem": 32, "data mem": 64} == platform(k410t).servers
    assert 12 == platform(k410t, SEQ2SEQ).servers["DSP"]
    assert 1540 == platform(k410t, granularity="scalar").servers["DSP"]
    assert 4.5 == platform(k410t).clock_ns


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("name", ["xc7a35t", "xc7k410t", "xcvu9p"])
def test_servers_take_no_more_than_the_device_has(name: str, granularity: Granularity) -> None:
    """Slices by lanes; the bits of the memories by blocks; ports no more than use they have."""
    device = getattr(devices, name)
    found = platform(device, SEQ2SEQLITE, granularity)
    lanes = Tiling(SEQ2SEQLITE, granularity).lanes
    assert found.servers["DSP"] * lanes <= device.dsp.count < (found.servers["DSP"] + 1) * lanes
    bits = device.block_ram.count * device.block_ram.bits
    assert sum(found.memories.values()) <= bits
    ports = found.servers["Const mem"]
    assert ports == found.servers["Shared mem"] == found.servers["data mem"] // 2
    assert ports <= found.servers["DSP"] + 1


def test_memories_hold_the_states_of_all_layers() -> None:
    """1,024 words of 24 bits take two blocks for a pair of ports; nothing stored takes one."""
    deep, device = Network("deep", layers=8, hidden_units=128), devices.xcvu9p
    assert 1 == ram_blocks(1, 24, device) < ram_blocks(1024, 24, device)
    for network, words in ((deep, 1024), (STATELESS, 1)):
        found = platform(device, network, "scalar")
        pairs = found.servers["Shared mem"] // 2
        bits = ram_blocks(words, 24, device) * device.block_ram.bits
        assert pairs * bits == found.memories["Shared mem"]


def test_the_weights_of_the_published_network() -> None:
    """6,627 parameters but for the 96 of the decoder's input, which is never there."""
    assert 6627 - 96 == Tiling(SEQ2SEQLITE).weights


@pytest.mark.parametrize(
    ("device", "network", "granularity", "message"),
    [
        ("xc7a35t", SEQ2SEQ, "row", "device 'xc7a35t': 90 DSP48E1, expected at least the 128 of"),
        ("xc7a35t", SEQ2SEQ, "scalar", "'seq2seq' on device 'xc7a35t': two ports of each memory"),
        ("xc7k410t", Network("wide", 4, 512), "row", "'wide' on device 'xc7k410t': two ports of"),
        ("xc7k410t", SEQ2SEQ, "rows", "unknown granularity 'rows'; did you mean 'row'"),
    ],
)
def test_what_does_not_fit_is_an_error(
    device: str, network: Network, granularity: Granularity, message: str
) -> None:
    """With what it takes and what there is."""
    with pytest.raises(InputError, match=message):
        platform(getattr(devices, device), network, granularity)


def test_what_tiles_take() -> None:
    """A cycle of reading, and then their products, or two cycles of adding and selecting."""
    rows, device = Tiling(SEQ2SEQLITE), devices.xc7k410t
    assert (8, 32, 3) == (rows.weight_bits, rows.lanes, rows.rows(3))
    assert Cost(6, 5, 32) == rows.product(32, 5, device)
    assert Cost(3, 2, 32) == rows.element_wise(32, 2, device)
    assert Cost(3, 1) == rows.activation(32, device) == rows.quantization(32, device)


@pytest.mark.parametrize(("granularity", "columns"), [("scalar", 1), ("row", 1), ("gate", 33)])
def test_columns_of_a_tile(granularity: Granularity, columns: int) -> None:
    """All of a gate's matrix, otherwise one."""
    assert columns == Tiling(SEQ2SEQLITE, granularity).columns(33)


def test_a_device_is_a_platform_by_its_name() -> None:
    """As the entry points name it."""
    found = servers.xc7k410t()
    assert platform(devices.xc7k410t).servers == found.servers
    assert "vector units and ports of 32 lanes" in servers.xc7k410t.summary


def test_wide_weights_take_several_slices_a_lane() -> None:
    """24 x 20 bits are two slices of 25 x 18."""
    assert 1540 // 64 == platform(devices.xc7k410t, weight_bits=20).servers["DSP"]


def test_ports_are_no_more_than_the_servers_can_use() -> None:
    """Where blocks abound: a pair of ports for each two servers; results have 32 bits."""
    ram = devices.xc7k410t.block_ram.model_copy(update={"count": 10**6})
    found = platform(devices.xc7k410t.model_copy(update={"block_ram": ram}))
    assert {"DSP": 48, "Shared mem": 48, "Const mem": 48, "data mem": 96} == found.servers
    blocks_of_results = 2 * -(-32 * 32 // 36)
    assert 24 * blocks_of_results * ram.bits == found.memories["data mem"]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_ports_take_the_blocks_of_their_banks(const: int, shared: int, data: int) -> None:
    """A copy of the weights for each port; a bank for one or two ports of states or results."""
    tiling = Tiling(SEQ2SEQLITE)
    of_two = blocks_of_two(tiling, devices.xc7k410t)
    expected = sum(of_two[SHARED] for _ in range(0, shared, 2))
    expected += sum(of_two[DATA] for _ in range(0, data, 2)) + const * (of_two[CONST] // 2)
    ports = {CONST: const, SHARED: shared, DATA: data, "DSP": 7}
    assert expected == ports_blocks(ports, tiling, devices.xc7k410t)
    there = {memory: count for memory, count in ports.items() if count}
    assert expected == ports_blocks(there, tiling, devices.xc7k410t)
