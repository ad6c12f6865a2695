"""Servers and durations of a decomposition, derived from a device and a granularity.

A decomposition cuts the matrices of a network into tiles, and the granularity says how large they
are. With it, a "DSP" server gets a meaning (so many lanes), and so does a port of a memory (so many
words side by side); the device then says how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from hwmodels import devices
from hwmodels.cells.counts import network_counts, state_elements
from hwmodels.costs.blocks import lane_dsp, ram_blocks
from hwmodels.costs.operation import (
    READ_CYCLES,
    Activation,
    Cost,
    ElementWise,
    Implementation,
    MatrixVector,
    Quantization,
    cost,
)
from hwmodels.costs.recurrent_layer import GATE_BITS, QUANTIZED_BITS, STATE_BITS
from hwmodels.device import Device
from hwmodels.network import SEQ2SEQLITE, Network
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError, near_names
from stomp_flim.model.platform import Platform

Granularity = Literal["scalar", "row", "gate"]

DSP, SHARED, CONST, DATA = "DSP", "Shared mem", "Const mem", "data mem"

SUM_BITS = 32
"""Of an accumulator of the published arithmetic, the widest intermediate result."""


@dataclass(frozen=True)
class Tiling:
    """How a network is cut.

    Parameters
    ----------
    network : Network or RecurrentNetwork
        What is cut.
    granularity : {"scalar", "row", "gate"}
        A tile is one weight; one input element times the weights of all H units, as in the
        published task graphs; or the whole matrix of one gate.
    weight_bits : int
        Bits of a weight.

    Raises
    ------
    InputError
        If the granularity is unknown.
    """

    network: Network | RecurrentNetwork
    granularity: Granularity = "row"
    weight_bits: int = 8

    def __post_init__(self) -> None:
        known = get_args(Granularity)
        if self.granularity not in known:
            raise InputError(
                f"unknown granularity {self.granularity!r}; {near_names(self.granularity, known)}"
            )

    @cached_property
    def lanes(self) -> int:
        """Lanes of a "DSP" server, and values that a memory port moves in a cycle.

        As many as the widest recurrent layer has units; narrower ones leave some without a row.
        """
        return self.rows(max(RecurrentNetwork.of(self.network).units))

    def rows(self, units: int) -> int:
        """Return the rows of a tile of a matrix with so many rows."""
        return 1 if self.granularity == "scalar" else units

    def columns(self, of_matrix: int) -> int:
        """Return the columns of a tile of a matrix with so many columns."""
        return of_matrix if self.granularity == "gate" else 1

    @property
    def weights(self) -> int:
        """Weights and biases of the network."""
        counts = network_counts(RecurrentNetwork.of(self.network))
        return counts.weights + counts.biases

    def product(self, rows: int, columns: int, device: Device) -> Cost:
        """Return the cost of a tile on one server, the read of its weights included."""
        tile = MatrixVector(rows, columns, self.weight_bits, STATE_BITS)
        return _after_read(cost(tile, self._how, device))

    def element_wise(self, rows: int, products: int, device: Device) -> Cost:
        """Return the cost of `products` products of each element of a tile with a gate."""
        elements = ElementWise(rows * products, GATE_BITS, QUANTIZED_BITS)
        return _after_read(cost(elements, self._how, device))

    def activation(self, rows: int, device: Device) -> Cost:
        """Return the cost of a hard activation of a tile's sums."""
        return _after_read(cost(Activation(rows), self._how, device))

    def quantization(self, rows: int, device: Device) -> Cost:
        """Return the cost of quantizing the elements of a tile."""
        return _after_read(cost(Quantization(rows), self._how, device))

    @property
    def _how(self) -> Implementation:
        return Implementation(lanes=self.lanes)


@dataclass(frozen=True)
class DerivedServers:
    """A device as a platform, as the entry-point group ``stomp_flim.devices`` has it.

    Attributes
    ----------
    device : Device
        Whose servers are derived.
    """

    device: Device

    def __call__(self) -> Platform:
        """Return the servers for the row decomposition of Seq2SeqLite."""
        return platform(self.device)

    @property
    def summary(self) -> str:
        """One line for a list."""
        lanes = Tiling(SEQ2SEQLITE).lanes
        return f"{self.device.summary}; servers: vector units and ports of {lanes} lanes."


def __getattr__(name: str) -> DerivedServers:
    """Return a shipped device as a platform, which entry points name as an attribute.

    Raises
    ------
    AttributeError
        If there is no such device.
    """
    return DerivedServers(getattr(devices, name))


def platform(
    device: Device,
    network: Network | RecurrentNetwork = SEQ2SEQLITE,
    granularity: Granularity = "row",
    weight_bits: int = 8,
) -> Platform:
    """Return the servers that a device has for a decomposition of a network.

    ========== ===================================================================================
    server     what it is
    ========== ===================================================================================
    DSP        as many lanes as a tile has rows, one multiplier each; all slices are used
    Const mem  a port that reads the weights of a tile's rows in a cycle
    Shared mem a port that reads or writes the states of a tile's rows in a cycle
    data mem   the same for intermediate results
    ========== ===================================================================================

    The RAM blocks are shared out in the proportion of the published platform, one port of weights
    and one of states to two of intermediate results; ports that outnumber the DSP servers are not
    built. A bank of states or results has a port that reads and one that writes, which count as two
    servers alike. The memories of states and results have the capacity of their blocks.

    Raises
    ------
    InputError
        If the device cannot hold the weights, or lacks DSP slices or RAM blocks for two of each
        port.
    """
    tiling = Tiling(network, granularity, weight_bits)
    lanes = tiling.lanes
    slices = lanes * lane_dsp(device.dsp, weight_bits)
    units = device.dsp.count // slices
    if not units:
        raise InputError(
            f"device {device.name!r}: {device.dsp.count:,} {device.dsp.kind}, expected at least "
            f"the {slices:,} of one server of {lanes} lanes"
        )
    of_two = blocks_of_two(tiling, device)
    blocks = {CONST: of_two[CONST], SHARED: of_two[SHARED], DATA: 2 * of_two[DATA]}
    pairs = min(device.block_ram.count // sum(blocks.values()), -(-units // 2))
    if not pairs:
        sizes = ", ".join(f"{memory} {count:,}" for memory, count in blocks.items())
        raise InputError(
            f"network {network.name!r} on device {device.name!r}: two ports of each memory take "
            f"{sizes} {device.block_ram.kind}, expected at most {device.block_ram.count:,} together"
        )
    ports = 2 * pairs
    return Platform(
        {DSP: units, SHARED: ports, CONST: ports, DATA: 2 * ports},
        clock_ns=device.clock.ns,
        name=device.name,
        memories={
            memory: pairs * blocks[memory] * device.block_ram.bits for memory in (SHARED, DATA)
        },
        lanes=lanes,
    )


def blocks_of_two(tiling: Tiling, device: Device) -> dict[str, int]:
    """Return the RAM blocks of two ports of each memory.

    Two ports of weights are two copies; those of states and of results, one that reads and one
    that writes, are a bank.
    """
    lanes = tiling.lanes
    elements = state_elements(RecurrentNetwork.of(tiling.network))
    outputs, states = (max(1, -(-number // lanes)) for number in elements)  # a word even of none
    return {
        CONST: 2 * ram_blocks(-(-tiling.weights // lanes), lanes * tiling.weight_bits, device),
        SHARED: ram_blocks(outputs, lanes * STATE_BITS, device),
        DATA: ram_blocks(states, lanes * SUM_BITS, device),
    }


def ports_blocks(ports: Mapping[str, int], tiling: Tiling, device: Device) -> int:
    """Return the RAM blocks that so many ports of each memory take; others are no ports."""
    of_two = blocks_of_two(tiling, device)
    weights = ports.get(CONST, 0) * of_two[CONST] // 2
    return weights + sum(
        -(-ports.get(memory, 0) // 2) * of_two[memory] for memory in (SHARED, DATA)
    )


def _after_read(of_values: Cost) -> Cost:
    return Cost(of_values.latency + READ_CYCLES, of_values.interval, of_values.dsp)
