"""What the experiment `tradeoff` compares: accelerators of one network on one device."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.shared.options import require_positive
from experiments.tradeoff.networks import DEFAULT_BITS
from hwmodels.costs.accelerator import Design
from hwmodels.costs.network import limit_seconds
from hwmodels.costs.recurrent_layer import full_lanes
from hwmodels.device import Device
from hwmodels.network import Network
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_IN_FLIGHT = (1, 2, 3, 4, 6)
OBJECTIVES = ("frame_seconds", "latency_seconds", "dsp", "ram_blocks")
"""What the Pareto front trades against each other, for each number of weight bits."""


def powers_of_two(most: int) -> tuple[int, ...]:
    """Return the powers of two up to `most`, and `most`."""
    return tuple(sorted({1 << n for n in range(most.bit_length())} | {most}))


@dataclass(frozen=True)
class TradeoffSweep:
    """Lanes x ports x precision x pixels in flight x units, for a frame.

    Attributes
    ----------
    network, device : Network or RecurrentNetwork, Device
        What is computed where.
    lanes, ports, bits, in_flight : tuple of int
        Values of the parameters of `hwmodels.costs.accelerator.Design`. No lanes are all that
        divide the rows of the gates; no ports are powers of two up to what the lanes need.
    units : tuple of int
        Units on the device; none are powers of two, as many as fit and as few as keep up.
    pixels : int
        Of a frame.
    frame_rate : float
        Frames a second that the camera delivers.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    network: Network | RecurrentNetwork
    device: Device
    lanes: tuple[int, ...] = ()
    ports: tuple[int, ...] = ()
    bits: tuple[int, ...] = DEFAULT_BITS
    in_flight: tuple[int, ...] = DEFAULT_IN_FLIGHT
    units: tuple[int, ...] = ()
    pixels: int = 512 * 512
    frame_rate: float = 1.0

    def __post_init__(self) -> None:
        require_positive("--pixels", self.pixels)
        require_positive("--frame-rate", self.frame_rate)
        for name in ("lanes", "ports", "bits", "in_flight", "units"):
            require_positive(f"--{name.replace('_', '-')}", *getattr(self, name))

    @property
    def limit_seconds(self) -> float:
        """Time below which no design takes a frame."""
        return limit_seconds(self.network, self.pixels, self.device)

    def designs(self) -> list[Design]:
        """Return all designs that fit on the device.

        Raises
        ------
        InputError
            If, for given lanes, not even the smallest one fits; else if that of one lane does not.
        """
        for lanes in self.lanes or (1,):
            _ = self._design(lanes, 1, min(self.bits), min(self.in_flight)).fit
        found = []
        for lanes, bits in product(self.lanes or full_lanes(self.network), self.bits):
            full = -(-lanes * bits // self.device.block_ram.widest)
            ports = sorted({min(n, full) for n in self.ports or powers_of_two(full)})
            for port, in_flight in product(ports, self.in_flight):
                try:
                    design = self._design(lanes, port, bits, in_flight)
                    _ = design.fit
                except InputError:
                    continue
                found.append(design)
        return found

    def _design(self, lanes: int, ports: int, weight_bits: int, in_flight: int) -> Design:
        return Design(self.network, self.device, lanes, ports, weight_bits, in_flight)

    def table(self) -> pd.DataFrame:
        """Return one row an accelerator.

        Returns
        -------
        DataFrame
            Columns device, clock_ns, network, weight_bits, lanes, ports, in_flight, units,
            pixels_in_flight, dsp, ram_blocks, latency_seconds (a pixel), frame_seconds,
            frames_per_second, over_limit (time of a frame over the physical limit, 1.1 is 10%
            above), waits_for, no_more_units_for (what one unit more would lack, empty where there
            is room), keeps_up (with the camera) and pareto (no other of the same weight bits is as
            good in all of `OBJECTIVES` and better in one).
        """
        import pandas as pd

        rows = []
        second = self.device.clock.ns * 1e-9
        for design in self.designs():
            for units in self._units(design):
                seconds = design.frame_cycles(units, self.pixels) * second
                rows.append(
                    {
                        "device": self.device.name,
                        "clock_ns": self.device.clock.ns,
                        "network": self.network.name,
                        "weight_bits": design.weight_bits,
                        "lanes": design.lanes,
                        "ports": design.ports,
                        "in_flight": design.in_flight,
                        "units": units,
                        "pixels_in_flight": units * design.in_flight,
                        "dsp": design.dsp(units),
                        "ram_blocks": design.allocation(units).blocks,
                        "latency_seconds": design.pixel_cycles * second,
                        "frame_seconds": seconds,
                        "frames_per_second": 1 / seconds,
                        "over_limit": seconds / self.limit_seconds,
                        "waits_for": design.waits_for(),
                        "no_more_units_for": design.fit.limit if units == design.fit.units else "",
                        "keeps_up": 1 / seconds >= self.frame_rate,
                    }
                )
        if not rows:
            raise InputError(
                f"--units: {', '.join(map(str, self.units))}, none of which fits on device "
                f"{self.device.name!r}"
            )
        frame = pd.DataFrame(rows)
        frame["pareto"] = False
        for _, group in frame.groupby("weight_bits"):
            values = group[list(OBJECTIVES)].to_numpy(np.float64)
            frame.loc[group.index, "pareto"] = pareto_front(values)
        return frame

    def design_of(self, row: pd.Series[Any]) -> Design:
        """Return the design of a row of the table."""
        names = ("lanes", "ports", "weight_bits", "in_flight")
        return self._design(*(int(row[name]) for name in names))

    def _units(self, design: Design) -> list[int]:
        """Return the units given, or powers of two, as many as fit and as few as keep up."""
        most = design.fit.units
        if self.units:
            return [n for n in self.units if n <= most]
        batch_seconds = design.pixel_cycles * self.device.clock.ns * 1e-9
        batches = int(1 / (self.frame_rate * batch_seconds))  # of a frame, at most
        fewest = ceil(self.pixels / (design.in_flight * batches)) if batches else most
        return sorted({*powers_of_two(most), min(fewest, most)})


def pareto_front(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows no other row dominates, all columns to be small.

    Parameters
    ----------
    values : float64[rows, objectives]
        Equal rows do not dominate each other.
    """
    front = np.ones(len(values), np.bool_)
    for i, row in enumerate(values):
        as_good, better = (values <= row).all(axis=1), (values < row).any(axis=1)
        front[i] = not (as_good & better).any()
    return front
