"""Block-RAM allocation: memories of an accelerator as banks of RAM blocks.

Weights are placed once and read by all units in step. States and intermediate results exist for
each pixel in flight; the pixels between which a unit alternates share its banks, since they take
turns on the ports, and different units have banks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hwmodels.costs.blocks import ram_blocks, require_positive
from hwmodels.device import Device
from stomp_flim.errors import InputError

Limit = Literal["DSP", "RAM capacity", "RAM ports"]


@dataclass(frozen=True)
class LogicalMemory:
    """What has to be stored, and how often it is accessed.

    Parameters
    ----------
    name : str
        For reports.
    depth, width : int
        Words, and bits of a word.
    reads, writes : int
        Words read and written in the same cycle.

    Raises
    ------
    InputError
        If a size is not an integer >= 1, a number of accesses is negative, or there are more than
        two writes or a read beside two.
    """

    name: str
    depth: int
    width: int
    reads: int = 1
    writes: int = 1

    def __post_init__(self) -> None:
        require_positive(**{f"{self.name}: depth": self.depth, f"{self.name}: width": self.width})
        if min(self.reads, self.writes) < 0 or self.writes > 2 or (self.writes > 1 and self.reads):
            raise InputError(
                f"memory {self.name!r}: {self.reads} reads and {self.writes} writes a cycle, "
                "expected at most one write beside reads, since a block has two ports"
            )

    @property
    def bits(self) -> int:
        """Bits stored."""
        return self.depth * self.width


@dataclass(frozen=True)
class RamBank:
    """A memory on RAM blocks.

    Attributes
    ----------
    memory : LogicalMemory
        What it holds.
    copies : int
        Equal copies, all written together, each with read ports of its own.
    blocks : int
        RAM blocks of all copies.
    """

    memory: LogicalMemory
    copies: int
    blocks: int


def ram_bank(memory: LogicalMemory, device: Device) -> RamBank:
    """Place a memory on the fewest blocks that have enough ports.

    A copy reads one word and writes one; a copy that is never written, or never read, can use both
    ports alike, which takes shapes with independent ports.
    """
    copies = max(1, memory.reads)
    options = []
    if memory.writes <= 1:
        options.append(
            RamBank(memory, copies, copies * ram_blocks(memory.depth, memory.width, device))
        )
    if not memory.reads or not memory.writes:
        both = max(1, -(-memory.reads // 2))
        blocks = ram_blocks(memory.depth, memory.width, device, independent_ports=True)
        options.append(RamBank(memory, both, both * blocks))
    return min(options, key=lambda option: option.blocks)


@dataclass(frozen=True)
class Allocation:
    """All banks of an accelerator.

    Attributes
    ----------
    shared : tuple of RamBank
        Placed once.
    of_unit : tuple of RamBank
        Placed for each unit, deep enough for all pixels that it has in flight.
    units : int
        How many units.
    """

    shared: tuple[RamBank, ...]
    of_unit: tuple[RamBank, ...]
    units: int

    @property
    def blocks(self) -> int:
        """RAM blocks in all."""
        return _blocks(self.shared) + self.units * _blocks(self.of_unit)

    @property
    def bits(self) -> int:
        """Bits stored in all, copies not counted."""
        return _bits(self.shared) + self.units * _bits(self.of_unit)


def allocate(
    shared: Sequence[LogicalMemory],
    of_pixel: Sequence[LogicalMemory],
    units: int,
    in_flight: int,
    device: Device,
) -> Allocation:
    """Place the memories of an accelerator, whether the device has the blocks or not.

    Parameters
    ----------
    shared : sequence of LogicalMemory
        Placed once: weights.
    of_pixel : sequence of LogicalMemory
        States and intermediate results of one pixel.
    units : int
        Units that compute in parallel.
    in_flight : int
        Pixels between which a unit alternates.
    device : Device
        Its RAM blocks.
    """
    require_positive(units=units, in_flight=in_flight)
    deep = [replace(memory, depth=memory.depth * in_flight) for memory in of_pixel]
    return Allocation(
        tuple(ram_bank(memory, device) for memory in shared),
        tuple(ram_bank(memory, device) for memory in deep),
        units,
    )


@dataclass(frozen=True)
class Fit:
    """How much fits on a device.

    Attributes
    ----------
    units, pixels : int
        Units, and pixels in flight in all of them.
    limit : {"DSP", "RAM capacity", "RAM ports"}
        What one unit more would lack. It is the ports where the bits would still find room, but
        every memory takes blocks of its own, for its ports, and fills them only partly.
    """

    units: int
    pixels: int
    limit: Limit


def most_units(
    shared: Sequence[LogicalMemory],
    of_pixel: Sequence[LogicalMemory],
    in_flight: int,
    device: Device,
    units_by_dsp: int,
) -> Fit:
    """Return how many units fit, and what limits them.

    Parameters
    ----------
    shared, of_pixel, in_flight, device
        As in `allocate`.
    units_by_dsp : int
        How many units the DSP slices allow.

    Raises
    ------
    InputError
        If not even one unit fits.
    """
    require_positive(units_by_dsp=units_by_dsp)
    one = allocate(shared, of_pixel, 1, in_flight, device)
    there = device.block_ram
    free = there.count - _blocks(one.shared)
    if one.blocks > there.count:
        what, banks = f"one unit of {in_flight} pixels", [*one.shared, *one.of_unit]
        if free < 0:
            what, banks = "the shared memories alone", [*one.shared]
        raise InputError(
            f"device {device.name!r}: {what} need {_blocks(banks):,} {there.kind}, expected at "
            f"most {there.count:,}: {_largest(banks)}"
        )
    of_unit = _blocks(one.of_unit)
    units = min(units_by_dsp, free // of_unit if of_unit else units_by_dsp)
    limit: Limit = "DSP"
    if units < units_by_dsp:
        bits = _bits(one.shared) + (units + 1) * _bits(one.of_unit)
        limit = "RAM capacity" if bits > there.count * there.bits else "RAM ports"
    return Fit(units, units * in_flight, limit)


def _blocks(banks: Sequence[RamBank]) -> int:
    return sum(bank.blocks for bank in banks)


def _bits(banks: Sequence[RamBank]) -> int:
    return sum(bank.memory.bits for bank in banks)


def _largest(banks: Sequence[RamBank]) -> str:
    largest = sorted(banks, key=lambda bank: -bank.blocks)[:3]
    return ", ".join(f"{bank.memory.name} {bank.blocks:,}" for bank in largest)
