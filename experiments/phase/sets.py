"""The points that the policy `phase` is measured at: those it was made on, and those held out.

The held-out points were written down before any result on them was looked at; nothing of the
policy was chosen by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from experiments.phase import shapes
from experiments.phase.points import PhasePoint
from hwmodels.network import Network
from hwmodels.published import published
from stomp_flim import Platform, Task, TaskGraph
from workloads.published.decomposition import decompose
from workloads.published.networks import seq2seq, seq2seqlite
from workloads.published.operations import READ_CONST

POWERS = tuple(2**n for n in range(13))
BETWEEN = (24, 48, 96, 384, 1500)
STEPS = (5, 10)
MOST_SEQ2SEQ = 512
"""Pixels of the published graphs of Seq2Seq, at most."""
MOST_TASKS = 2**21
"""Tasks of a point of several steps or a held-out one, at most."""

HELD_OUT_NETWORKS = tuple(
    Network(f"H={hidden_units}, layers={layers}", layers=layers, hidden_units=hidden_units)
    for hidden_units in (24, 48, 96)
    for layers in (1, 2, 3)
)
HELD_OUT_STAGES = ("encoder", "decoder")
HELD_OUT_PIXELS = (1, 12, 24, 64, 160, 700)
HELD_OUT_SERVERS = (
    (128, 128, 128, 256),
    (256, 128, 128, 256),
    (512, 128, 128, 256),
    (64, 64, 64, 128),
    (100, 48, 150, 30),
)
"""Of DSP, Shared mem, Const mem and data mem."""

COMPARED = {"Seq2Seq": 64, "Seq2SeqLite": 256}
"""Pixels of the published speed-ups."""


def published_stages(network: str) -> list[str]:
    """Return the names of the published graphs of a network."""
    return [f"{network} encoder", f"{network} decoder", "post-processing"]


@cache
def published_graphs() -> dict[str, TaskGraph]:
    """Return the five published graphs of one step."""
    return {
        "Seq2Seq encoder": seq2seq("encoder", as_published=True),
        "Seq2Seq decoder": seq2seq("decoder", as_published=True),
        "Seq2SeqLite encoder": seq2seqlite("encoder", as_published=True),
        "Seq2SeqLite decoder": seq2seqlite("decoder", as_published=True),
        "post-processing": seq2seqlite("postprocess", as_published=True),
    }


def chained(stages: Sequence[TaskGraph], *, weights_ahead: bool = False) -> TaskGraph:
    """Return one graph of stages that were published apart: each waits for the one before.

    The sinks of a stage come before the sources of the next one, isolated tasks apart.

    Parameters
    ----------
    stages : sequence of TaskGraph
        In order.
    weights_ahead : bool
        Whether reads of weights, which depend on nothing, wait for no stage.
    """
    tasks: list[Task] = []
    edges: list[tuple[int, int]] = []
    last: list[int] = []
    for stage in stages:
        first = len(tasks)
        tasks += [Task(name, stage.modes(i)) for i, name in enumerate(stage.task_names)]
        edges += [(first + a, first + b) for a, b in stage.edges.tolist()]
        is_source, is_sink = stage.in_degree == 0, np.diff(stage.successor_offset) == 0
        waits = [
            first + i
            for i in np.flatnonzero(is_source).tolist()
            if not (weights_ahead and stage.modes(i) == READ_CONST)
        ]
        edges += [(a, b) for a in last for b in waits]
        last = [first + i for i in np.flatnonzero(is_sink & ~is_source).tolist()]
    return TaskGraph.from_tasks(tasks, edges, "chained " + ", ".join(s.name for s in stages))


@cache
def pipelines() -> dict[str, TaskGraph]:
    """Return whole inferences of one step, one graph a pixel: of published stages, and right."""
    graphs = published_graphs()
    chains = {}
    for model in COMPARED:
        stages = [graphs[name] for name in published_stages(model)]
        chains[f"{model} chained"] = chained(stages)
        chains[f"{model} chained, weights ahead"] = chained(stages, weights_ahead=True)
    return chains | {"Seq2Seq pipeline": seq2seq(), "Seq2SeqLite pipeline": seq2seqlite()}


@cache
def _servers() -> Platform:
    """Return the published ones, the same object for all points, so that equal points are equal."""
    return published()


def _of_published(pixels: Sequence[int]) -> Iterator[PhasePoint]:
    for name, graph in published_graphs().items():
        for count in pixels:
            if not (name.startswith("Seq2Seq ") and count > MOST_SEQ2SEQ):
                yield PhasePoint(name, graph, _servers(), count)


def _of_steps() -> Iterator[PhasePoint]:
    for name, network in (("Seq2Seq", seq2seq), ("Seq2SeqLite", seq2seqlite)):
        for stage in ("encoder", "decoder", "postprocess"):
            for steps in STEPS:
                for as_published in (True, False) if stage != "postprocess" else (False,):
                    label = f"{name} {stage}, {steps} steps{', as published' * as_published}"
                    graph = network(stage, steps, as_published=as_published)
                    yield from _affordable(label, graph, _servers(), sorted(POWERS + BETWEEN))


def _held_out() -> Iterator[PhasePoint]:
    for network in HELD_OUT_NETWORKS:
        for stage in HELD_OUT_STAGES:
            graph = decompose(network, stage, steps=1)
            for servers in HELD_OUT_SERVERS:
                platform = Platform(dict(zip(published().servers, servers, strict=True)))
                label = f"{network.name} {stage} on {'/'.join(map(str, servers))}"
                yield from _affordable(label, graph, platform, HELD_OUT_PIXELS)


def _of_pipelines() -> Iterator[PhasePoint]:
    for name, graph in pipelines().items():
        yield from _affordable(name, graph, _servers(), (16, 32, 64, 128, 256, 512))


def _of_speedups() -> Iterator[PhasePoint]:
    for network, pixels in COMPARED.items():
        for name in published_stages(network):
            yield PhasePoint(name, published_graphs()[name], _servers(), pixels)
        for name, graph in pipelines().items():
            if name.startswith(f"{network} "):
                yield PhasePoint(name, graph, _servers(), pixels)


def _affordable(
    name: str, graph: TaskGraph, platform: Platform, pixels: Sequence[int]
) -> Iterator[PhasePoint]:
    for count in pixels:
        if count * len(graph) <= MOST_TASKS:
            yield PhasePoint(name, graph, platform, count)


SETS: dict[str, Callable[[], Iterator[PhasePoint]]] = {
    "published": lambda: _of_published(POWERS),
    "between": lambda: _of_published(BETWEEN),
    "steps": _of_steps,
    "pipelines": _of_pipelines,
    "held-out": _held_out,
    "speedup": _of_speedups,
    "shapes": shapes.points,
}
