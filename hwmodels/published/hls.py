"""The published HLS accelerator of Seq2SeqLite, from the parameters of its loops.

It was scheduled by hand and synthesized for a xc7k410t (arXiv 2410.07364), and stands here as the
manual baseline that is calibrated against hardware. Its reports give an iteration latency, a trip
count and an initiation interval for each loop, from which the cycles follow. The rest is given as
what the reports leave over, under names that say so; nothing of it is known to hold elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from hwmodels.device import Device
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.errors import InputError

CLOCK_NS = 4.5
FUNCTION_OVERHEAD = 2
"""Cycles that a function takes around its loop."""


@dataclass(frozen=True)
class PipelinedLoop:
    """A pipelined loop in a function of its own.

    Attributes
    ----------
    iteration_latency, trip, interval : int
        Cycles of one iteration, number of iterations, and cycles between their starts.
    dsp : int
        DSP slices, as reported.
    """

    iteration_latency: int
    trip: int
    interval: int
    dsp: int

    @property
    def cycles(self) -> int:
        """Cycles of the loop, ``IL + II*(trip-1) - 1``."""
        return self.iteration_latency + self.interval * (self.trip - 1) - 1

    @property
    def function_cycles(self) -> int:
        """Cycles of the function around it."""
        return self.cycles + FUNCTION_OVERHEAD


@dataclass(frozen=True)
class Cell:
    """One step of the GRU layer: the two gates, then the candidate, then what follows them.

    Attributes
    ----------
    gates, candidate : PipelinedLoop
        The loops over the hidden units.
    other_cycles, other_dsp : int
        What the reports of the cell have beyond its loops.
    """

    gates: PipelinedLoop
    candidate: PipelinedLoop
    other_cycles: int
    other_dsp: int

    @property
    def cycles(self) -> int:
        """Cycles of a step."""
        loops = self.gates.function_cycles + self.candidate.function_cycles
        return loops + self.other_cycles

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return self.gates.dsp + self.candidate.dsp + self.other_dsp


@dataclass(frozen=True)
class Lane:
    """An accelerator that takes one pixel after the other.

    Attributes
    ----------
    encoder_overhead, decoder_overhead : int
        Cycles around the functions in one iteration of the loops over the time steps.
    transfer_cycles : int
        Cycles of reading the input of a pixel and writing its outputs.
    encoder, decoder : Cell
        The cells.
    dense : PipelinedLoop
        The dense layer after each step of the decoder.
    other_dsp : int
        DSP slices outside of cells and dense layer.
    bram18 : int
        RAM blocks of 18 Kbit.
    """

    encoder_overhead: int
    decoder_overhead: int
    transfer_cycles: int
    bram18: int
    encoder: Cell = Cell(
        PipelinedLoop(43, 32, 4, dsp=15), PipelinedLoop(46, 32, 4, dsp=2), 25, other_dsp=33
    )
    decoder: Cell = Cell(
        PipelinedLoop(42, 32, 4, dsp=14), PipelinedLoop(45, 32, 4, dsp=3), 25, other_dsp=32
    )
    dense: PipelinedLoop = PipelinedLoop(40, 3, 4, dsp=2)
    other_dsp: int = 82

    def inference_cycles(self, steps: int = SEQ2SEQLITE.steps) -> int:
        """Return the cycles of one pixel, its input and outputs in place."""
        encoder = self.encoder.cycles + self.encoder_overhead
        decoder = self.decoder.cycles + self.dense.function_cycles + self.decoder_overhead
        return steps * (encoder + decoder) + FUNCTION_OVERHEAD

    def iteration_cycles(self, steps: int = SEQ2SEQLITE.steps) -> int:
        """Return the cycles from one pixel to the next."""
        return self.inference_cycles(steps) + self.transfer_cycles

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return self.encoder.dsp + self.decoder.dsp + self.dense.dsp + self.other_dsp


SINGLE_PIXEL = Lane(encoder_overhead=21, decoder_overhead=21, transfer_cycles=0, bram18=0)
"""The design for one pixel: 110,297 cycles."""

LANE = Lane(encoder_overhead=6, decoder_overhead=7, transfer_cycles=567, bram18=2)
"""One of several equal lanes: 106,382 cycles, 106,949 with reading and writing."""

LUT_OF_LANE, LUT_BESIDE = 40_774, 90
"""The line through the look-up tables of the designs of 4 and of 8 lanes."""


@dataclass(frozen=True)
class Lanes:
    """Several equal lanes, each with its share of a frame.

    Attributes
    ----------
    count : int
        How many.

    Raises
    ------
    InputError
        If there is none.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"{self.count} HLS lanes, expected at least 1")

    def frame_cycles(self, pixels: int, steps: int = SEQ2SEQLITE.steps) -> int:
        """Return the cycles of a frame."""
        return -(-pixels // self.count) * LANE.iteration_cycles(steps) + FUNCTION_OVERHEAD

    def frame_seconds(self, pixels: int) -> float:
        """Return the time of a frame at the published clock."""
        return self.frame_cycles(pixels) * CLOCK_NS * 1e-9

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return self.count * LANE.dsp

    @property
    def bram18(self) -> int:
        """RAM blocks of 18 Kbit."""
        return self.count * LANE.bram18

    @property
    def lut(self) -> int:
        """Look-up tables."""
        return LUT_BESIDE + self.count * LUT_OF_LANE

    def limits(self, device: Device) -> list[str]:
        """Return the resources of which the device has too little."""
        blocks = device.block_ram
        needs = {
            "LUT": (self.lut, device.logic.lut),
            "DSP": (self.dsp, device.dsp.count),
            "block RAM": (self.bram18, blocks.count * blocks.bits // (18 * 1024)),
        }
        return [name for name, (needed, there) in needs.items() if needed > there]


def most_lanes(device: Device) -> tuple[int, list[str]]:
    """Return how many lanes a device holds, 0 if none, and what stops one more."""
    count = 1
    while not (limits := Lanes(count).limits(device)):
        count += 1
    return count - 1, limits


def lane_speedup(pixels: int, lanes: int) -> float:
    """Return the speed-up of lanes over one lane for as many pixels: steps, since lanes are whole.

    It is the accelerator's own, cycles over cycles of equal iterations.
    """
    return pixels / -(-pixels // lanes)
