"""What an accelerator of a network has to store: weights for all units, states for each pixel."""

from __future__ import annotations

from hwmodels.cells.counts import layer_counts, state_elements
from hwmodels.costs.ram import LogicalMemory
from hwmodels.costs.recurrent_layer import (
    INPUT_BITS,
    OUTPUT_BITS,
    QUANTIZED_BITS,
    STATE_BITS,
    kept,
    words,
)
from hwmodels.recurrent import DenseLayer, RecurrentNetwork, Stage


def shared_memories(
    network: RecurrentNetwork, lanes: int, interval: int, weight_bits: int
) -> list[LogicalMemory]:
    """Return the memories of weights, of which a word for all lanes comes in `interval` cycles."""
    of_lanes = sum(words(layer, lanes) for stage in network.stages for layer in stage.recurrent)
    dense = sum(
        layer_counts(layer).weights
        for stage in network.stages
        for layer in (*stage.layers, *stage.after)
        if isinstance(layer, DenseLayer)
    )
    width = -(-lanes * weight_bits // interval)
    sizes = [("weights", of_lanes * interval, width), ("dense weights", dense, weight_bits)]
    return [LogicalMemory(*size, writes=0) for size in sizes if size[1]]


def pixel_memories(
    network: RecurrentNetwork, stored_bits: int = QUANTIZED_BITS
) -> list[LogicalMemory]:
    """Return the memories of one pixel: states, intermediate results and sequences.

    The lanes and the element-wise pipeline read the quantized state, what is above a layer the wide
    one. A bidirectional layer gives out its whole sequence before a layer above can begin.

    Parameters
    ----------
    network : RecurrentNetwork
        What is computed.
    stored_bits : int
        Bits of the state that the element-wise pipeline reads; the lanes read at most 8 of them.
    """
    outputs, states = state_elements(network)
    widest = max(network.units)
    deepest: dict[tuple[str, int], int] = {}
    for stage in network.stages:
        for layer in stage.recurrent:
            for name, bits in kept(layer.cell):
                key = f"{name} of {layer.cell}", bits
                deepest[key] = max(deepest.get(key, 0), layer.units)
    last = network.stages[-1]
    sizes = [
        ("other states", states - outputs, STATE_BITS),
        *((name, depth, bits) for (name, bits), depth in deepest.items()),
        ("wide state", widest, STATE_BITS),
        ("sequences between layers", max(map(_between, network.stages)), INPUT_BITS),
        ("dense outputs", max(map(_hidden_dense, network.stages)), STATE_BITS),
        ("input", sum(_input(stage) for stage in network.stages), INPUT_BITS),
        ("output", last.outputs * (1 if last.after else last.steps), OUTPUT_BITS),
    ]
    if stored_bits > QUANTIZED_BITS:
        sizes.insert(0, ("stored state", outputs, stored_bits))
        state = LogicalMemory("quantized state", outputs, QUANTIZED_BITS)
    else:
        state = LogicalMemory("quantized state", outputs, stored_bits, reads=2)
    return [state, *(LogicalMemory(*size) for size in sizes if size[1])]


def _input(stage: Stage) -> int:
    """Return the elements that a stage reads: a sequence, or the last output of the one before."""
    if stage.reads == "input":
        return stage.steps * stage.layers[0].inputs
    return stage.layers[0].inputs if stage.reads == "previous" else 0


def _between(stage: Stage) -> int:
    """Return the elements of the longest sequences that stand between two layers.

    One that is read and one that is written, where layers above and below are bidirectional.
    """
    lengths = [
        stage.steps * layer.outputs
        for layer in stage.recurrent
        if layer.bidirectional and layer is not stage.layers[-1]
    ]
    return sum(sorted(lengths)[-2:])


def _hidden_dense(stage: Stage) -> int:
    """Return the outputs of dense layers that another layer reads."""
    layers = [*stage.layers, *stage.after]
    return sum(layer.outputs for layer in layers[:-1] if isinstance(layer, DenseLayer))
