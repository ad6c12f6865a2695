"""How much a network computes, whatever computes it, and the physical limit that follows."""

from __future__ import annotations

from functools import lru_cache

from hwmodels.cells.counts import layer_counts, network_counts
from hwmodels.device import Device
from hwmodels.network import Network
from hwmodels.recurrent import RecurrentNetwork


@lru_cache(maxsize=64)
def multiply_accumulates(network: Network | RecurrentNetwork) -> int:
    """Return the multiply-accumulates of one pixel in all matrix products."""
    return network_counts(RecurrentNetwork.of(network)).multiply_accumulates


@lru_cache(maxsize=64)
def recurrent_multiply_accumulates(network: Network | RecurrentNetwork) -> int:
    """Return the multiply-accumulates of one pixel in the products of the recurrent layers."""
    return sum(
        stage.steps * layer_counts(layer).multiply_accumulates
        for stage in RecurrentNetwork.of(network).stages
        for layer in stage.recurrent
    )


def limit_seconds(network: Network | RecurrentNetwork, pixels: int, device: Device) -> float:
    """Return the time below which no design takes a frame: one product a multiplier and cycle."""
    cycles = -(-pixels * multiply_accumulates(network) // device.dsp.count)
    return cycles * device.clock.ns * 1e-9
