"""What a whole accelerator of a network costs: recurrent cells of P lanes, many on a device.

A unit is one cell as `hwmodels.verilog` generates it for GRUs. All units run in step on different
pixels and hear the same weights, those of all layers, so that the weights are stored once. A unit
alternates between `in_flight` pixels: while one waits for its sums and its element-wise products,
the lanes work for another. Where there are two stages of as many steps, the pixels come in pairs,
one in the encoder while the other is in the decoder; an odd one is in either for as many steps.
Otherwise all pixels of a unit are in the same stage. Dense layers have lanes of their own, as many
as keep up with the states.

Simulation and synthesis confirm the cycles of a step and the DSP slices of one unit with one pixel,
and the geometry of memories. Alternation, common weights, dense lanes and all cells but the GRU
that resets before the product are extrapolated: `extrapolations` names what concerns a network.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from hwmodels.cells.counts import layer_counts
from hwmodels.costs.blocks import lane_dsp, require_positive
from hwmodels.costs.network import multiply_accumulates, recurrent_multiply_accumulates
from hwmodels.costs.ram import Allocation, Fit, LogicalMemory, allocate, most_units
from hwmodels.costs.recurrent_layer import (
    CONFIRMED,
    QUANTIZED_BITS,
    STATE_BITS,
    blends,
    element_wise_dsp,
    step_cycles,
    words,
)
from hwmodels.costs.stored import pixel_memories, shared_memories
from hwmodels.device import Device
from hwmodels.network import Network
from hwmodels.recurrent import DenseLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError


@dataclass(frozen=True)
class _Round:
    """How often the pixels of a unit advance alike, in how many cycles, with how many products."""

    steps: int
    cycles: int
    dense: int


@dataclass(frozen=True)
class Design:
    """A choice of parameters, for a network on a device.

    Parameters
    ----------
    network : Network or RecurrentNetwork
        What is computed.
    device : Device
        Where.
    lanes : int
        Lanes of a unit, at most as many as the narrowest recurrent layer has units.
    ports : int
        RAM blocks from which weights are read in a cycle, for all units.
    weight_bits : int
        Bits of a weight.
    in_flight : int
        Pixels between which a unit alternates.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.
    stored_bits : int
        Bits of the state that is stored and blended, at most 23; products read at most 8 of them
        (`hwmodels.gru.state_bits`).

    Raises
    ------
    InputError
        If a number is out of its range, one unit takes more DSP slices than there are, the network
        has no recurrent layer, or it feeds back what dense layers give out.
    """

    network: Network | RecurrentNetwork
    device: Device
    lanes: int
    ports: int
    weight_bits: int = 8
    in_flight: int = 1
    multiplier_stages: int = 0
    stored_bits: int = QUANTIZED_BITS

    def __post_init__(self) -> None:
        require_positive(
            lanes=self.lanes,
            ports=self.ports,
            weight_bits=self.weight_bits,
            in_flight=self.in_flight,
            stored_bits=self.stored_bits,
        )
        stages, dsp = self._stages, self.device.dsp
        others = sorted(
            {layer.cell for s in stages for layer in s.recurrent if not blends(layer.cell)}
        )
        if others and self.stored_bits != QUANTIZED_BITS:
            raise InputError(
                f"stored_bits is {self.stored_bits} with cell {others[0]!r}, expected "
                f"{QUANTIZED_BITS}: only a cell that blends its state stores another one"
            )
        if self.stored_bits >= STATE_BITS:
            raise InputError(
                f"stored_bits is {self.stored_bits}, expected at most {STATE_BITS - 1}: "
                f"of the new state's {STATE_BITS} bits one is above its range"
            )
        for stage in stages:
            if not stage.recurrent:
                raise InputError(
                    f"network {self.network.name!r}, stage {stage.name!r}: no recurrent layer, "
                    "expected one: the units of an accelerator are recurrent cells"
                )
            if stage.reads == "output" and len(stage.recurrent) < len(stage.layers):
                raise InputError(
                    f"network {self.network.name!r}, stage {stage.name!r}: outputs of a dense "
                    "layer are fed back, expected a stage that reads something else: the time of "
                    "a dense layer between two states is not modelled"
                )
        if self._unit_dsp > dsp.count:
            raise InputError(
                f"lanes: {self.lanes}, which take {self._unit_dsp:,} {dsp.kind} in one unit, "
                f"expected at most the {dsp.count:,} of device {self.device.name!r}"
            )
        least = min(layer.units for stage in stages for layer in stage.recurrent)
        if self.lanes > least:
            raise InputError(
                f"lanes: {self.lanes}, expected at most {least}, the hidden units of "
                f"{self.network.name!r} in its narrowest layer: sums leave a unit one by one"
            )
        if self.dsp(1) > dsp.count:
            raise InputError(
                f"lanes: {self.lanes}, which take {self.dsp(1):,} {dsp.kind} with the dense layer, "
                f"expected at most the {dsp.count:,} of device {self.device.name!r}"
            )

    @cached_property
    def _stages(self) -> tuple[Stage, ...]:
        return RecurrentNetwork.of(self.network).stages

    @cached_property
    def _unit_dsp(self) -> int:
        """DSP slices of a unit: of its lanes, and of the element-wise products of its cells."""
        cells = {layer.cell for stage in self._stages for layer in stage.recurrent}
        dsp, stored = self.device.dsp, self.stored_bits
        element_wise = max(element_wise_dsp(cell, dsp, stored) for cell in sorted(cells))
        return self.lanes * self._lane_dsp + element_wise

    @property
    def interval(self) -> int:
        """Cycles from one column to the next: more than 1 where weights come more slowly."""
        return -(-self.lanes * self.weight_bits // (self.ports * self.device.block_ram.widest))

    @cached_property
    def _steps(self) -> list[tuple[int, int]]:
        """The cycles of a step of each stage: of the lanes, and from state to state."""
        how = (self.lanes, self.multiplier_stages, self.interval)
        of_stages = [[step_cycles(layer, *how) for layer in s.recurrent] for s in self._stages]
        return [
            (sum(lanes for lanes, _ in layers), sum(alone for _, alone in layers))
            for layers in of_stages
        ]

    @cached_property
    def _rounds(self) -> list[_Round]:
        """What the pixels of a unit do from start to end, until each has made all of its steps.

        The two kinds of rounds of an encoder and a decoder differ by the odd pixel.
        """
        half = self.in_flight // 2
        steps = [stage.steps for stage in self._stages]
        together = [tuple(self.in_flight * (s is t) for t in self._stages) for s in self._stages]
        if len(steps) == 2 and steps[0] == steps[1]:
            together = [(half, self.in_flight - half), (self.in_flight - half, half)]
        return [self._round(*each) for each in zip(steps, together, strict=True)]

    def _round(self, steps: int, pixels: tuple[int, ...]) -> _Round:
        lanes = sum(n * cycles for n, (cycles, _) in zip(pixels, self._steps, strict=True))
        alone = max(cycles for n, (_, cycles) in zip(pixels, self._steps, strict=True) if n)
        dense = sum(n * _dense(stage) for n, stage in zip(pixels, self._stages, strict=True))
        return _Round(steps, max(lanes, alone), dense)

    @cached_property
    def pixel_cycles(self) -> int:
        """Cycles from the start of a pixel to its last state, and to the next pixel in its place.

        Dense layers add less than one round to the former.
        """
        return sum(each.steps * each.cycles for each in self._rounds)

    @cached_property
    def product_cycles(self) -> int:
        """Cycles for which one pixel keeps the lanes, if weights come in every cycle."""
        return sum(
            stage.steps * words(layer, self.lanes)
            for stage in self._stages
            for layer in stage.recurrent
        )

    def dense_lanes(self, units: int) -> int:
        """Return the lanes that compute dense layers as fast as the units deliver states.

        Those after the last step have the time of a pixel.
        """
        after = self.in_flight * sum(
            layer_counts(layer).multiply_accumulates
            for stage in self._stages
            for layer in stage.after
        )
        total = self.pixel_cycles
        return max(
            -(-units * (each.dense * total + after * each.cycles) // (each.cycles * total))
            for each in self._rounds
        )

    def dsp(self, units: int) -> int:
        """Return the DSP slices of an accelerator of `units` units."""
        return units * self._unit_dsp + self.dense_lanes(units) * self._lane_dsp

    @property
    def _lane_dsp(self) -> int:
        return lane_dsp(self.device.dsp, self.weight_bits)

    @cached_property
    def shared_memories(self) -> list[LogicalMemory]:
        """Weights, which all units hear; biases are one word a pass and stand in look-up tables."""
        general = RecurrentNetwork.of(self.network)
        return shared_memories(general, self.lanes, self.interval, self.weight_bits)

    @cached_property
    def pixel_memories(self) -> list[LogicalMemory]:
        """States and intermediate results of a pixel, and its sequences."""
        return pixel_memories(RecurrentNetwork.of(self.network), self.stored_bits)

    def allocation(self, units: int) -> Allocation:
        """Return the RAM banks of an accelerator of `units` units."""
        return allocate(
            self.shared_memories, self.pixel_memories, units, self.in_flight, self.device
        )

    @cached_property
    def fit(self) -> Fit:
        """How many units fit on the device, and what limits them.

        Raises
        ------
        InputError
            If not one unit finds memory.
        """
        slices = self.device.dsp.count
        units = bisect_right(range(slices + 1), slices, key=self.dsp) - 1
        try:
            return most_units(
                self.shared_memories, self.pixel_memories, self.in_flight, self.device, units
            )
        except InputError as error:
            raise InputError(f"network {self.network.name!r} on {error}") from error

    def frame_cycles(self, units: int, pixels: int) -> int:
        """Return the cycles from one frame to the next."""
        return -(-pixels // (units * self.in_flight)) * self.pixel_cycles

    def waits_for(self) -> str:
        """Return what most of the time is spent on."""
        cycles = (s.steps * lanes for s, (lanes, _) in zip(self._stages, self._steps, strict=True))
        lanes = self.in_flight * sum(cycles)
        if self.pixel_cycles > lanes:
            return "pixels in flight"
        return "weight ports" if self.interval > 1 else "multipliers"

    def account(self, units: int, pixels: int) -> dict[str, float]:
        """Return what stands between an accelerator and the physical limit, as factors of time.

        Their product is the time of a frame over its limit of one product a multiplier and cycle.
        """
        recurrent, dense, dsp = units * self.lanes, self.dense_lanes(units), self.dsp(units)
        products = recurrent_multiply_accumulates(self.network)
        share = products / multiply_accumulates(self.network)
        batches = -(-pixels // (units * self.in_flight))
        lane_cycles = self.in_flight * self.product_cycles * self.interval
        return {
            "DSP slices left over": self.device.dsp.count / dsp,
            "DSP slices of element-wise products": dsp / ((recurrent + dense) * self._lane_dsp),
            "slices beyond one a product": self._lane_dsp,
            "lanes of the dense layer, over its share": (recurrent + dense) / recurrent * share,
            "lanes without a row": self.lanes * self.product_cycles / products,
            "weight ports": self.interval,
            "waiting for sums and reset products": self.pixel_cycles / lane_cycles,
            "last pixels of a frame": batches * units * self.in_flight / pixels,
        }


def _dense(stage: Stage) -> int:
    """Return the multiply-accumulates of the dense layers in a step."""
    layers = [layer for layer in stage.layers if isinstance(layer, DenseLayer)]
    return sum(layer_counts(layer).multiply_accumulates for layer in layers)


def is_confirmed(network: Network | RecurrentNetwork) -> bool:
    """Return whether simulation and synthesis confirm a unit with one pixel of all its cells."""
    stages = RecurrentNetwork.of(network).stages
    return all(layer.cell in CONFIRMED for stage in stages for layer in stage.recurrent)


def extrapolations(network: Network | RecurrentNetwork) -> list[str]:
    """Return what is extrapolated in the costs of a network beyond what Verilog has confirmed.

    Examples
    --------
    >>> from hwmodels.costs.accelerator import extrapolations
    >>> from hwmodels.network import SEQ2SEQLITE
    >>> extrapolations(SEQ2SEQLITE)
    ['pixels that alternate on a unit, weights that all units hear, lanes of dense layers']
    """
    general = RecurrentNetwork.of(network)
    layers = [layer for stage in general.stages for layer in stage.recurrent]
    cells = sorted({layer.cell for layer in layers} - set(CONFIRMED))
    found = [
        "pixels that alternate on a unit, weights that all units hear, lanes of dense layers",
        *(f"steps and slices of cell {cell}: no Verilog of it is generated" for cell in cells),
    ]
    if any(layer.bidirectional for layer in layers):
        found.append("two directions of a layer: one after the other on the same unit")
    activations = {name for one in layers for name in (one.gate_activation, one.activation)}
    if soft := sorted(activations - {"linear", "relu", "hard-sigmoid", "hard-tanh"}):
        found.append(f"activations {', '.join(soft)}: in the time of hard ones")
    return found
