"""Stages as tiles: which layer reads what, step by step or one direction after the other."""

from __future__ import annotations

from hwmodels.cells import CELLS
from hwmodels.recurrent import DenseLayer, Layer, RecurrentLayer, RecurrentNetwork, Source, Stage
from workloads.tiles.lowering import Lowering, State, Writer, Writers

Segment = list[tuple[str, Layer]]
"""Layers that run together in each step, each with its name."""


def add_stages(into: Lowering[Writer], network: RecurrentNetwork, names: tuple[str, ...]) -> None:
    """Add the stages of these names; what the first of them reads is there from the beginning."""
    last: Writers[Writer] | None = None
    states: list[list[State[Writer]]] | None = None
    for stage in network.stages:
        if stage.name not in names:
            last = states = None
        else:
            last, states = _add_stage(into, stage, last, states if stage.continues else None)


def blocks(network: RecurrentNetwork, names: tuple[str, ...]) -> list[Stage]:
    """Return the parts of these stages that run step by step, as stages of their own, in order.

    A step of a block reads what earlier steps and blocks have given out, and nothing of later ones.
    """
    found = []
    for stage in network.stages:
        if stage.name in names:
            for segment in _segments(stage):
                layers = tuple(layer for _, layer in segment)
                reads: Source = "input" if layers[0].inputs else "nothing"
                if stage.reads == "output":
                    reads = "output"
                found.append(Stage(stage.name, stage.steps, layers, reads))
            if stage.after:
                found.append(Stage(stage.name, 1, stage.after))
    return found


def _add_stage(
    into: Lowering[Writer],
    stage: Stage,
    before: Writers[Writer] | None,
    states: list[list[State[Writer]]] | None,
) -> tuple[Writers[Writer], list[list[State[Writer]]]]:
    """Add a stage; return the writers of its last output, and of its final states."""
    there: Writers[Writer] = [None] * stage.layers[0].inputs
    sequence = [before if before and stage.reads == "previous" else there] * stage.steps
    start = iter(states or [_initial(layer) for layer in stage.recurrent])
    last, final = there, []
    for segment in _segments(stage):
        of_layers = [next(start) for _, layer in segment if isinstance(layer, RecurrentLayer)]
        (label, layer), *_ = segment
        if isinstance(layer, RecurrentLayer) and layer.bidirectional:
            sequence, last = _both_ways(into, stage, label, layer, sequence, of_layers[0])
        else:
            sequence = _step_by_step(into, stage, segment, sequence, of_layers)
            last = sequence[-1]
        final += of_layers
    for label, dense in _labels(stage)[len(stage.layers) :]:
        assert isinstance(dense, DenseLayer)
        last = into.dense(f"{stage.name}.{label}.", dense, last)
    return last, final


def _step_by_step(
    into: Lowering[Writer],
    stage: Stage,
    segment: Segment,
    sequence: list[Writers[Writer]],
    states: list[list[State[Writer]]],
) -> list[Writers[Writer]]:
    """Add layers of one direction, all of them in each step; the states become the final ones."""
    outputs: list[Writers[Writer]] = []
    for step, below in enumerate(sequence):
        above = outputs[-1] if outputs and stage.reads == "output" else below
        of_layers = iter(states)
        for label, layer in segment:
            prefix = f"{stage.name}[{step}].{label}."
            if isinstance(layer, RecurrentLayer):
                state = next(of_layers)
                above, state[0] = into.recurrent(prefix, layer, above, state[0])
            else:
                above = into.dense(prefix, layer, above)
        outputs.append(above)
    return outputs


def _both_ways(
    into: Lowering[Writer],
    stage: Stage,
    label: str,
    layer: RecurrentLayer,
    sequence: list[Writers[Writer]],
    states: list[State[Writer]],
) -> tuple[list[Writers[Writer]], Writers[Writer]]:
    """Add a layer in both directions; return the writers of its outputs and of the final ones."""
    steps = len(sequence)
    outputs: list[list[Writers[Writer]]] = [[[]] * steps, [[]] * steps]
    for i in range(steps):
        for number, (direction, step) in enumerate((("forward", i), ("backward", steps - 1 - i))):
            prefix = f"{stage.name}[{step}].{label}.{direction}."
            output, states[number] = into.recurrent(prefix, layer, sequence[step], states[number])
            outputs[number][step] = output
    forward, backward = outputs
    sides = [[*f, *b] for f, b in zip(forward, backward, strict=True)]
    return [*sides], [*forward[-1], *backward[0]]


def _segments(stage: Stage) -> list[Segment]:
    """Return the layers that run together in each step: a bidirectional one, or all in between."""
    segments: list[Segment] = []
    for label, layer in _labels(stage)[: len(stage.layers)]:
        if _is_bidirectional(layer) or not segments or _is_bidirectional(segments[-1][-1][1]):
            segments.append([])
        segments[-1].append((label, layer))
    return segments


def _is_bidirectional(layer: Layer) -> bool:
    return isinstance(layer, RecurrentLayer) and layer.bidirectional


def _labels(stage: Stage) -> list[tuple[str, Layer]]:
    """Return the layers of a stage, each with its name: ``gru1``, ``gru2``, ``dense``."""
    labelled: list[tuple[str, Layer]] = []
    layers: list[Layer] = [*stage.layers, *stage.after]
    numbers = dict.fromkeys(("recurrent", "dense"), 0)
    for layer in layers:
        kind = "recurrent" if isinstance(layer, RecurrentLayer) else "dense"
        numbers[kind] += 1
        name = layer.cell.partition("-")[0] if isinstance(layer, RecurrentLayer) else "dense"
        only = kind == "dense" and len(layers) - len(stage.recurrent) == 1
        labelled.append((name if only else f"{name}{numbers[kind]}", layer))
    return labelled


def _initial(layer: RecurrentLayer) -> list[State[Writer]]:
    """Return the states of each direction, which are there from the beginning."""
    vectors = CELLS[layer.cell].states
    return [{name: [None] * layer.units for name in vectors} for _ in range(layer.directions)]
