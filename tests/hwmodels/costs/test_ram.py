"""Allocation of block RAM: ports, capacity, and how many pixels fit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs.blocks import ram_blocks
from hwmodels.costs.ram import LogicalMemory, allocate, most_units, ram_bank
from hwmodels.device import Device
from stomp_flim.errors import InputError

DEVICE = devices.xc7a35t  # 100 blocks
MEMORIES = st.builds(
    LogicalMemory,
    st.just("m"),
    st.integers(1, 3000),
    st.integers(1, 100),
    st.integers(0, 4),
    st.integers(0, 1),
)


def _with_blocks(count: int) -> Device:
    """Return a device with so many blocks."""
    ram = DEVICE.block_ram.model_copy(update={"count": count})
    return DEVICE.model_copy(update={"block_ram": ram})


@given(MEMORIES)
def test_a_bank_has_the_ports_and_the_bits(memory: LogicalMemory) -> None:
    """Every copy has two ports, one of which each write occupies in all copies."""
    found = ram_bank(memory, DEVICE)
    assert found.copies * (2 - memory.writes) >= memory.reads
    assert found.blocks * DEVICE.block_ram.bits >= found.copies * memory.bits
    alone = ram_blocks(memory.depth, memory.width, DEVICE)
    assert alone <= found.blocks <= max(1, memory.reads) * alone


def test_readers_beyond_a_port_take_a_copy_each() -> None:
    """Except of what is never written, where one block serves two in its narrower shapes."""
    assert 3 == ram_bank(LogicalMemory("state", 64, 8, reads=3), DEVICE).blocks
    assert 1 == ram_bank(LogicalMemory("table", 64, 8, reads=2, writes=0), DEVICE).blocks
    assert 2 == ram_bank(LogicalMemory("wide table", 64, 36, reads=2, writes=0), DEVICE).blocks


@given(st.lists(MEMORIES, max_size=3), st.lists(MEMORIES, min_size=1, max_size=3),
       st.integers(1, 20), st.integers(1, 6))  # fmt: skip
def test_weights_are_placed_once_and_states_for_every_pixel(
    shared: list[LogicalMemory], of_pixel: list[LogicalMemory], units: int, in_flight: int
) -> None:
    """Bits and blocks grow with the units alone, bits in proportion to the pixels."""
    found = allocate(shared, of_pixel, units, in_flight, DEVICE)
    assert found.bits == sum(memory.bits for memory in shared) + units * in_flight * sum(
        memory.bits for memory in of_pixel
    )
    one, none_shared = (allocate(s, of_pixel, 1, in_flight, DEVICE) for s in (shared, []))
    assert found.blocks == one.blocks + (units - 1) * none_shared.blocks


@given(st.lists(MEMORIES, max_size=3), st.lists(MEMORIES, min_size=1, max_size=3),
       st.integers(1, 4), st.integers(1, 2000), st.integers(1, 30))  # fmt: skip
def test_as_many_units_fit_as_are_said_to(
    shared: list[LogicalMemory],
    of_pixel: list[LogicalMemory],
    in_flight: int,
    blocks: int,
    by_dsp: int,
) -> None:
    """One more exceeds what is said to limit them."""
    device = _with_blocks(blocks)
    try:
        fit = most_units(shared, of_pixel, in_flight, device, by_dsp)
    except InputError:
        assert allocate(shared, of_pixel, 1, in_flight, device).blocks > blocks
        return
    assert fit.pixels == fit.units * in_flight
    assert allocate(shared, of_pixel, fit.units, in_flight, device).blocks <= blocks
    more = allocate(shared, of_pixel, fit.units + 1, in_flight, device)
    if fit.limit == "DSP":
        assert fit.units == by_dsp
    else:
        assert fit.units < by_dsp
        assert more.blocks > blocks
        assert (fit.limit == "RAM capacity") == (more.bits > blocks * device.block_ram.bits)


def test_the_three_limits() -> None:
    """Full blocks, blocks taken for their ports, and neither."""
    weights = [LogicalMemory("weights", 512, 360, writes=0)]  # 10 blocks
    full, small = LogicalMemory("sequence", 512, 36), LogicalMemory("state", 32, 8)
    assert (90, "RAM capacity") == _limit(most_units(weights, [full], 1, DEVICE, 1000))
    assert (90, "RAM ports") == _limit(most_units(weights, [small], 1, DEVICE, 1000))
    assert (7, "DSP") == _limit(most_units(weights, [small], 1, DEVICE, 7))
    assert 90 * 16 == most_units(weights, [small], 16, DEVICE, 1000).pixels


def _limit(fit: object) -> tuple[int, str]:
    return fit.units, fit.limit


@pytest.mark.parametrize(
    ("shared", "in_flight", "message"),
    [
        (101, 1, "the shared memories alone need 101 RAMB18, expected at most 100: weights 101"),
        (99, 17, "one unit of 17 pixels need 101 RAMB18, expected at most 100: weights 99, state"),
    ],
)
def test_what_does_not_fit_is_an_error(shared: int, in_flight: int, message: str) -> None:
    """With what it takes, what there is, and the largest memories."""
    weights = [LogicalMemory("weights", 512, 36 * shared, writes=0)]
    with pytest.raises(InputError, match=re.escape(f"device 'xc7a35t': {message}")):
        most_units(weights, [LogicalMemory("state", 32, 36)], in_flight, DEVICE, 1)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 8), "m: depth is 0, expected an integer >= 1"),
        ((8, 8, 1, 2), "memory 'm': 1 reads and 2 writes a cycle, expected at most one write"),
        ((8, 8, -1, 1), "memory 'm': -1 reads and 1 writes a cycle, expected"),
    ],
)
def test_an_impossible_memory_is_an_error(sizes: tuple[int, ...], message: str) -> None:
    """It names the memory and the figure."""
    with pytest.raises(InputError, match=re.escape(message)):
        LogicalMemory("m", *sizes)


def test_a_memory_is_read_and_written_once_a_cycle_unless_it_is_said() -> None:
    """One port for each."""
    assert LogicalMemory("m", 8, 8, reads=1, writes=1) == LogicalMemory("m", 8, 8)


def test_two_writes_take_both_ports() -> None:
    """So that nothing is read beside them, and the shapes with a port for each are out."""
    assert 1 == ram_bank(LogicalMemory("m", 512, 36, reads=0, writes=1), DEVICE).blocks
    assert 2 == ram_bank(LogicalMemory("m", 512, 36, reads=0, writes=2), DEVICE).blocks
    with pytest.raises(InputError, match="0 reads and 3 writes a cycle"):
        LogicalMemory("m", 512, 36, reads=0, writes=3)


def test_numbers_of_nothing_are_refused() -> None:
    """Units, pixels in flight, and units that the slices allow."""
    memory = LogicalMemory("m", 8, 8)
    for units, in_flight, message in ((0, 1, "units is 0"), (1, 0, "in_flight is 0")):
        with pytest.raises(InputError, match=message):
            allocate([], [memory], units, in_flight, DEVICE)
    with pytest.raises(InputError, match="units_by_dsp is 0"):
        most_units([], [memory], 1, DEVICE, 0)


def test_shared_memories_that_just_fit_leave_a_unit_without_room() -> None:
    """The error is about the unit, and names the three largest of all memories."""
    shared = [LogicalMemory(name, 512, 36 * n, writes=0) for name, n in (("a", 70), ("b", 20))]
    shared += [LogicalMemory("c", 512, 36 * 8, writes=0), LogicalMemory("d", 512, 72, writes=0)]
    message = "one unit of 1 pixels need 101 RAMB18, expected at most 100: a 70, b 20, c 8"
    with pytest.raises(InputError, match=re.escape(message) + "$"):
        most_units(shared, [LogicalMemory("state", 32, 36)], 1, DEVICE, 1)


def test_bits_that_would_just_find_room_leave_the_ports_as_the_limit() -> None:
    """Two halves of the one block, which has ports for one memory."""
    fit = most_units([], [LogicalMemory("half", 512, 18)], 1, _with_blocks(1), 9)
    assert (1, "RAM ports") == _limit(fit)
