"""How much a network computes, whatever computes it, and the physical limit that follows."""

from __future__ import annotations

from hwmodels.device import Device
from hwmodels.network import Network


def encoder_inputs(network: Network) -> list[int]:
    """Return the inputs of each layer of the encoder."""
    return [network.inputs] + [network.hidden_units] * (network.layers - 1)


def decoder_inputs(network: Network) -> list[int]:
    """Return the inputs of each layer of the decoder, the first of which has none."""
    return [0, *encoder_inputs(network)[1:]]


def gru_multiply_accumulates(network: Network) -> int:
    """Return the multiply-accumulates of one pixel in the matrix products of the GRU layers."""
    inputs = [*encoder_inputs(network), *decoder_inputs(network)]
    hidden = network.hidden_units
    return network.steps * sum(3 * hidden * (hidden + n) for n in inputs)


def multiply_accumulates(network: Network) -> int:
    """Return the multiply-accumulates of one pixel in all matrix products."""
    dense = network.steps * network.hidden_units * network.outputs
    return gru_multiply_accumulates(network) + dense


def limit_seconds(network: Network, pixels: int, device: Device) -> float:
    """Return the time below which no design takes a frame: one product a multiplier and cycle."""
    cycles = -(-pixels * multiply_accumulates(network) // device.dsp.count)
    return cycles * device.clock.ns * 1e-9
