"""What a whole accelerator of a network costs: GRU cells of P lanes, replicated on a device.

A unit is one cell as `hwmodels.verilog` generates it. All units run in step on different pixels and
hear the same weights, those of encoder and decoder, so that the weights are stored once. A unit
alternates between `in_flight` pixels: while one waits for its sums and its element-wise products,
the lanes work for another. The pixels come in pairs, one in the encoder while the other is in the
decoder; an odd one is in either for as many steps. The dense layer has lanes of its own, as many as
keep up with the decoders.

Simulation and synthesis confirm the cycles of a step and the DSP slices of one unit with one pixel,
and the geometry of memories. Alternation, common weights and the dense lanes are extrapolated.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from hwmodels.costs.blocks import gru_dsp, gru_step_cycles, lane_dsp, require_positive, reset_wait
from hwmodels.costs.network import (
    decoder_inputs,
    encoder_inputs,
    gru_multiply_accumulates,
    multiply_accumulates,
)
from hwmodels.costs.ram import Allocation, Fit, LogicalMemory, allocate, most_units
from hwmodels.device import Device
from hwmodels.network import Network
from stomp_flim.errors import InputError

STATE_BITS, QUANTIZED_BITS, GATE_BITS, INPUT_BITS, OUTPUT_BITS = 24, 8, 18, 16, 16
"""Of the published arithmetic, ``hwmodels.gru.arithmetic.SEQ2SEQLITE_8_BIT``."""


@dataclass(frozen=True)
class Design:
    """A choice of parameters, for a network on a device.

    Parameters
    ----------
    network : Network
        What is computed.
    device : Device
        Where.
    lanes : int
        Lanes of a unit, at most as many as hidden units.
    ports : int
        RAM blocks from which weights are read in a cycle, for all units.
    weight_bits : int
        Bits of a weight.
    in_flight : int
        Pixels between which a unit alternates.
    multiplier_stages : int
        Registers of a multiplier beyond those of its operands and its product.

    Raises
    ------
    InputError
        If a number is out of its range, or one unit takes more DSP slices than there are.
    """

    network: Network
    device: Device
    lanes: int
    ports: int
    weight_bits: int = 8
    in_flight: int = 1
    multiplier_stages: int = 0

    def __post_init__(self) -> None:
        require_positive(
            lanes=self.lanes,
            ports=self.ports,
            weight_bits=self.weight_bits,
            in_flight=self.in_flight,
        )
        self.network.require_reset_before("the cost model of an accelerator")
        dsp, needed = self.device.dsp, gru_dsp(self.lanes, self.device.dsp, self.weight_bits)
        if needed > dsp.count:
            raise InputError(
                f"lanes: {self.lanes}, which take {needed:,} {dsp.kind} in one unit, expected at "
                f"most the {dsp.count:,} of device {self.device.name!r}"
            )
        if self.lanes > self.network.hidden_units:
            raise InputError(
                f"lanes: {self.lanes}, expected at most {self.network.hidden_units}, the hidden "
                f"units of {self.network.name!r}: the candidate's rows wait for the reset products"
            )
        if self.dsp(1) > dsp.count:
            raise InputError(
                f"lanes: {self.lanes}, which take {self.dsp(1):,} {dsp.kind} with the dense layer, "
                f"expected at most the {dsp.count:,} of device {self.device.name!r}"
            )

    @property
    def interval(self) -> int:
        """Cycles from one column to the next: more than 1 where weights come more slowly."""
        return -(-self.lanes * self.weight_bits // (self.ports * self.device.block_ram.widest))

    @cached_property
    def _encoder(self) -> tuple[int, int]:
        return self._step(encoder_inputs(self.network))

    @cached_property
    def _decoder(self) -> tuple[int, int]:
        return self._step(decoder_inputs(self.network))

    def _step(self, inputs: list[int]) -> tuple[int, int]:
        """Return the cycles of a step of all layers: of the lanes, and from state to state."""
        hidden, interval = self.network.hidden_units, self.interval
        more = (hidden, self.lanes, self.multiplier_stages)
        return (
            self._products(inputs) * interval + sum(reset_wait(*more, n, interval) for n in inputs),
            sum(gru_step_cycles(*more, n, interval) for n in inputs),
        )

    def _products(self, inputs: list[int]) -> int:
        """Return the cycles of the lanes in a step of all layers, if weights come in every one."""
        hidden = self.network.hidden_units
        return -(-3 * hidden // self.lanes) * sum(hidden + n for n in inputs)

    @cached_property
    def _rounds(self) -> list[tuple[int, int]]:
        """Decoders among the pixels of a unit, and cycles in which all these advance by a step.

        There are two kinds of rounds, which differ by the odd pixel, as many of the one as of the
        other.
        """
        (lanes_of_encoder, encoder), (lanes_of_decoder, decoder) = self._encoder, self._decoder
        rounds = []
        for decoders in (self.in_flight // 2, -(-self.in_flight // 2)):
            encoders = self.in_flight - decoders
            lanes = encoders * lanes_of_encoder + decoders * lanes_of_decoder
            alone = max(encoder * (encoders > 0), decoder * (decoders > 0))
            rounds.append((decoders, max(lanes, alone)))
        return rounds

    @cached_property
    def pixel_cycles(self) -> int:
        """Cycles from the start of a pixel to its last state, and to the next pixel in its place.

        The dense layer adds less than one round to the former.
        """
        return self.network.steps * sum(cycles for _, cycles in self._rounds)

    @cached_property
    def product_cycles(self) -> int:
        """Cycles for which one pixel keeps the lanes, if weights come in every cycle."""
        return self.network.steps * self._weight_words

    @property
    def _weight_words(self) -> int:
        """Words of one weight a lane, for a step of the encoder and one of the decoder."""
        network = self.network
        return self._products(encoder_inputs(network)) + self._products(decoder_inputs(network))

    def dense_lanes(self, units: int) -> int:
        """Return the lanes that compute the dense layer as fast as the decoders deliver states."""
        products = units * self.network.hidden_units * self.network.outputs
        return max(-(-products * decoders // cycles) for decoders, cycles in self._rounds)

    def dsp(self, units: int) -> int:
        """Return the DSP slices of an accelerator of `units` units."""
        of_unit = gru_dsp(self.lanes, self.device.dsp, self.weight_bits)
        return units * of_unit + self.dense_lanes(units) * self._lane_dsp

    @property
    def _lane_dsp(self) -> int:
        return lane_dsp(self.device.dsp, self.weight_bits)

    @property
    def shared_memories(self) -> list[LogicalMemory]:
        """Weights, which all units hear; biases are one word a pass and stand in look-up tables."""
        network = self.network
        words = self._weight_words * self.interval
        width = -(-self.lanes * self.weight_bits // self.interval)
        dense = network.outputs * network.hidden_units
        return [
            LogicalMemory("weights", words, width, writes=0),
            LogicalMemory("dense weights", dense, self.weight_bits, writes=0),
        ]

    @property
    def pixel_memories(self) -> list[LogicalMemory]:
        """States and intermediate results of a pixel, and its sequences.

        The lanes and the element-wise pipeline read the quantized state, the dense layer the wide
        one.
        """
        network = self.network
        layered = network.hidden_units * network.layers
        return [
            LogicalMemory("quantized state", layered, QUANTIZED_BITS, reads=2),
            LogicalMemory("update gate", network.hidden_units, GATE_BITS),
            LogicalMemory("reset product", network.hidden_units, STATE_BITS),
            LogicalMemory("wide state", network.hidden_units, STATE_BITS),
            LogicalMemory("input", network.steps * network.inputs, INPUT_BITS),
            LogicalMemory("output", network.steps * network.outputs, OUTPUT_BITS),
        ]

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
        lanes = self.network.steps * self.in_flight * (self._encoder[0] + self._decoder[0])
        if self.pixel_cycles > lanes:
            return "pixels in flight"
        return "weight ports" if self.interval > 1 else "multipliers"

    def account(self, units: int, pixels: int) -> dict[str, float]:
        """Return what stands between an accelerator and the physical limit, as factors of time.

        Their product is the time of a frame over its limit of one product a multiplier and cycle.
        """
        gru, dense, dsp = units * self.lanes, self.dense_lanes(units), self.dsp(units)
        gru_products = gru_multiply_accumulates(self.network)
        share = gru_products / multiply_accumulates(self.network)
        batches = -(-pixels // (units * self.in_flight))
        lane_cycles = self.in_flight * self.product_cycles * self.interval
        return {
            "DSP slices left over": self.device.dsp.count / dsp,
            "DSP slices of element-wise products": dsp / ((gru + dense) * self._lane_dsp),
            "slices beyond one a product": self._lane_dsp,
            "lanes of the dense layer, over its share": (gru + dense) / gru * share,
            "lanes without a row": self.lanes * self.product_cycles / gru_products,
            "weight ports": self.interval,
            "waiting for sums and reset products": self.pixel_cycles / lane_cycles,
            "last pixels of a frame": batches * units * self.in_flight / pixels,
        }
