"""The networks and FPGAs that the experiment `tradeoff` prices, by name or file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.shared.options import MOST_STEPS, require_distinct, require_positive
from hwmodels.platforms import ALL, fpga_names, load_fpga
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.models import kind_of, load_model

ZOO = "zoo"
"""Stands for all trained networks that are shipped."""

DEFAULT_BITS = (4, 8, 16)


@dataclass(frozen=True)
class Priced:
    """A network that is priced.

    Attributes
    ----------
    name : str
        For tables.
    network : RecurrentNetwork
        What is computed.
    bits : tuple of int
        Bits of a weight: those that it was trained with, that its file says, or those to compare.
    """

    name: str
    network: RecurrentNetwork
    bits: tuple[int, ...]


def networks_of(names: Sequence[str], steps: int | None = None) -> list[Priced]:
    """Return networks by their names or files.

    Parameters
    ----------
    names : sequence of str
        As `workloads.models` takes them; `ZOO` is every trained network.
    steps : int, optional
        Time steps of each stage, by default those of a network.

    Raises
    ------
    InputError
        If one is unknown or given twice, or is no network.
    """
    if steps is not None:
        require_positive("--steps", steps, most=MOST_STEPS)
    every = [each for name in names for each in (zoo.names() if name == ZOO else [name])]
    require_distinct("network", every)
    return [_priced(name, steps) for name in every]


def devices_of(names: Sequence[str]) -> list[str]:
    """Return the names of FPGAs, with all registered ones in place of `hwmodels.platforms.ALL`.

    Raises
    ------
    InputError
        If one is given twice.
    """
    every = [each for name in names for each in (_by_slices() if name == ALL else [name])]
    require_distinct("device", every)
    return every


def _by_slices() -> list[str]:
    """Return the registered FPGAs, the one with the fewest DSP slices first."""
    return sorted(fpga_names(), key=lambda name: (load_fpga(name).dsp.count, name))


def _priced(name: str, steps: int | None) -> Priced:
    kind = kind_of(name)
    model = load_model(name, steps=steps)
    if model.network is None:
        raise InputError(f"network {name!r}: a graph that is no network, expected a network")
    network = model.network if steps is None else model.network.with_steps(steps)
    fixed = kind in ("trained", "network")
    return Priced(model.name, network, (network.weight_bits,) if fixed else DEFAULT_BITS)
