"""Any cell as priced tiles: work, paths and what waits for what, by laws and by hand."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent.networks import CELLS, networks

import stomp_flim as sf
from hwmodels import devices
from hwmodels.cells.counts import network_counts
from hwmodels.costs.servers import CONST, DSP, Granularity, platform
from hwmodels.network import SEQ2SEQLITE, Network
from hwmodels.recurrent import (
    CellName,
    DenseLayer,
    RecurrentLayer,
    RecurrentNetwork,
    Stage,
)
from workloads.tiles.graph import decompose_tiles

K410T = devices.xc7k410t
SIZES = st.integers(1, 9)
GRANULARITIES: tuple[Granularity, ...] = ("scalar", "row", "gate")


def _work(graph: sf.TaskGraph, *demand: str) -> int:
    """Return the cycles for which tasks hold servers of all these types."""
    modes = (graph.mode_sets[number][0] for number in graph.mode_set.tolist())
    return sum(mode.occupancy for mode in modes if set(demand) <= set(mode.demand))


def _one_step(layer: RecurrentLayer, granularity: Granularity = "row") -> sf.TaskGraph:
    stage = Stage("s", 1, (layer,), "input" if layer.inputs else "nothing")
    return decompose_tiles(RecurrentNetwork("n", (stage,)), K410T, granularity)


@settings(max_examples=50)
@given(networks())
def test_single_lanes_work_as_often_as_is_counted(network: RecurrentNetwork) -> None:
    """A task a multiply-accumulate, a cycle an element-wise product, a task an activation."""
    counts = network_counts(network)
    graph = decompose_tiles(network, K410T, "scalar", steps=None)
    assert counts.multiply_accumulates == _work(graph, CONST, DSP)
    assert counts.element_products == _work(graph, DSP) - _work(graph, CONST)
    kinds = Counter(re.split(r"[.\[]", name)[-2] for name in graph.task_names)
    assert counts.multiply_accumulates == kinds["tile"]
    assert counts.activations == kinds["activate"]


@given(CELLS, SIZES, SIZES, st.integers(1, 4), st.sampled_from(GRANULARITIES))
def test_lanes_work_as_often_as_is_counted(
    cell: CellName, units: int, inputs: int, layers: int, granularity: Granularity
) -> None:
    """Whatever the size of a tile, where every layer fills the lanes."""
    sizes = [inputs] + [units] * (layers - 1)
    stage = Stage("s", 2, tuple(RecurrentLayer(cell, n, units) for n in sizes))
    network = RecurrentNetwork("n", (stage,))
    graph = decompose_tiles(network, K410T, granularity, steps=None)
    lanes = 1 if granularity == "scalar" else units
    counts = network_counts(network)
    assert counts.multiply_accumulates == lanes * _work(graph, CONST)
    assert counts.element_products == lanes * (_work(graph, DSP) - _work(graph, CONST))


@given(CELLS, SIZES, st.integers(0, 9))
def test_the_critical_path_of_a_step_by_hand(cell: CellName, units: int, inputs: int) -> None:
    """A tile takes 2 cycles; a product 2, two of them 3; an activation or a quantization 3.

    Before the product, the candidate's recurrent columns wait for the reset; after it, the blend
    waits for the reset product; an LSTM has two activations and two products in a row.
    """
    columns, quantize = 2 * (units + inputs), 3
    by_hand = {
        "gru": columns + 3 + 2 + 2 * units + 3 + 3 + quantize,
        "gru-reset-after": max(columns + 3, 2 * units, 2 * inputs) + 2 + 3 + 3 + quantize,
        "lstm": columns + 3 + 3 + 3 + 2 + quantize,
        "rnn": columns + 3 + quantize,
    }
    assert by_hand[cell] == _one_step(RecurrentLayer(cell, inputs, units)).critical_path


@given(CELLS, SIZES, SIZES, st.integers(1, 4))
def test_steps_wait_for_the_state(cell: CellName, units: int, inputs: int, steps: int) -> None:
    """Products with the input run ahead, so that steps take what the state's way through takes."""
    network = RecurrentNetwork("n", (Stage("s", steps, (RecurrentLayer(cell, 1, units),)),))
    path = decompose_tiles(network, K410T, steps=None).critical_path
    state = RecurrentNetwork(
        "n", (Stage("s", steps, (RecurrentLayer(cell, 0, units),), "nothing"),)
    )
    of_state = decompose_tiles(state, K410T, steps=None).critical_path
    assert of_state <= path <= of_state + 2


@given(CELLS, SIZES, SIZES, SIZES, st.sampled_from(GRANULARITIES))
def test_directions_are_independent(
    cell: CellName, units: int, inputs: int, steps: int, granularity: Granularity
) -> None:
    """Twice the tasks of one, no edge between them, and the path of one."""
    one, both = (
        decompose_tiles(RecurrentNetwork("n", (Stage("s", steps, (layer,)),)), K410T,
                        granularity, steps=None)
        for layer in (RecurrentLayer(cell, inputs, units, two) for two in (False, True))
    )  # fmt: skip
    assert 2 * len(one) == len(both)
    assert one.critical_path == both.critical_path
    forward = [".forward." in name for name in both.task_names]
    assert all(forward[before] == forward[after] for before, after in both.edges.tolist())


def test_the_layer_above_waits_for_both_directions() -> None:
    """Its first step for the last one of the direction that begins at the end."""
    layers = (RecurrentLayer("rnn", 1, 2, bidirectional=True), RecurrentLayer("rnn", 4, 2))
    network = RecurrentNetwork("n", (Stage("s", 3, layers),))
    graph = decompose_tiles(network, K410T, "gate", steps=None)
    edges = {(graph.task_names[a], graph.task_names[b]) for a, b in graph.edges.tolist()}
    above = "s[0].rnn2.h.tile[0,0]"
    assert {
        ("s[0].rnn1.forward.h.activate[0]", above),
        ("s[0].rnn1.backward.h.activate[0]", above),
    } == {edge for edge in edges if edge[1] == above}
    assert ("s[1].rnn1.backward.quantize[0]", "s[0].rnn1.backward.h.tile[0,0]") in edges
    assert ("s[0].rnn1.forward.quantize[0]", "s[1].rnn1.forward.h.tile[0,0]") in edges


@given(CELLS, st.booleans(), st.integers(1, 5), st.sampled_from(GRANULARITIES))
def test_sequence_to_one_is_dense_at_the_end_alone(
    cell: CellName, both: bool, steps: int, granularity: Granularity
) -> None:
    """Once, for the last step of each direction; what is before is as without it."""
    layer = RecurrentLayer(cell, 1, 3, both)
    stage = Stage("s", steps, (layer,), after=(DenseLayer(layer.outputs, 3, "relu"),))
    with_dense, without = (
        decompose_tiles(RecurrentNetwork("n", (each,)), K410T, granularity, steps=None)
        for each in (stage, replace(stage, after=()))
    )
    assert without.task_names == with_dense.task_names[: len(without)]
    dense = with_dense.task_names[len(without) :]
    assert all(name.startswith("s.dense.") for name in dense)
    tiles = sum("tile" in name for name in dense)
    rows, columns = (3 if granularity == "scalar" else 1), layer.outputs
    assert (rows * (1 if granularity == "gate" else columns), rows) == (tiles, len(dense) - tiles)
    reads = {a for a, b in with_dense.edges.tolist() if a < len(without) <= b}
    place = re.compile(r"s\[(\d+)\]\.[a-z]+1\.(forward|backward|)")
    sources = {place.match(with_dense.task_names[task]).groups() for task in reads}  # type: ignore[union-attr]
    last = {(str(steps - 1), "forward"), ("0", "backward")}
    assert sources == (last if both else {(str(steps - 1), "")})


def test_outputs_are_fed_back_into_the_next_step() -> None:
    """The first tile of a step waits for the dense layer of the step before."""
    layers = (RecurrentLayer("rnn", 2, 3), DenseLayer(3, 2))
    network = RecurrentNetwork("n", (Stage("s", 2, layers, "output"),))
    graph = decompose_tiles(network, K410T, "gate", steps=None)
    edges = {(graph.task_names[a], graph.task_names[b]) for a, b in graph.edges.tolist()}
    assert ("s[0].dense.tile[0,0]", "s[1].rnn1.h.tile[0,0]") in edges


@settings(max_examples=30)
@given(networks(), st.sampled_from(GRANULARITIES))
def test_a_pipeline_is_its_stages_and_runs_on_the_derived_servers(
    network: RecurrentNetwork, granularity: Granularity
) -> None:
    """The checked makespan is at least the bound; alone, a stage has the same tasks."""
    whole = decompose_tiles(network, K410T, granularity, steps=None)
    parts = [
        decompose_tiles(network, K410T, granularity, stage.name, steps=None).task_names
        for stage in network.stages
    ]
    assert whole.task_names == tuple(name for part in parts for name in part)
    servers = platform(K410T, network, granularity)
    result = sf.simulate([sf.Job(whole)] * 2, servers)
    result.schedule.check()
    assert result.makespan >= max(whole.critical_path, result.lower_bound)


def test_dense_layers_alone_have_servers_too() -> None:
    """They keep no state, and memories of a word."""
    layers = (DenseLayer(2, 3, "relu"), DenseLayer(3, 1))
    network = RecurrentNetwork("n", (Stage("s", 4, layers),))
    graph = decompose_tiles(network, K410T, steps=None)
    assert 4 * (2 + 1 + 3) == len(graph)
    sf.simulate([sf.Job(graph)], platform(K410T, network)).schedule.check()


@pytest.mark.parametrize(
    ("name", "granularity", "digest"),
    [
        ("seq2seqlite", "scalar", "8c957b76b3385813"),
        ("seq2seqlite", "row", "6b00099f7da2b3de"),
        ("seq2seqlite", "gate", "0900fb564d4d5ab6"),
        ("small", "scalar", "046a8fedde449bb7"),
        ("small", "row", "d79742b32587ba25"),
        ("small", "gate", "034f0deae070a14e"),
    ],
)
def test_graphs_of_the_gru_encoder_decoder_stay_as_they_are(
    name: str, granularity: Granularity, digest: str
) -> None:
    """Figures in papers and pages were made of them: names, modes, edges and order of tasks."""
    small = Network("small", layers=2, hidden_units=4, inputs=2, outputs=4, steps=3)
    network = {"small": small, "seq2seqlite": SEQ2SEQLITE}[name]
    graph = decompose_tiles(network, K410T, granularity, "pipeline", 2)
    modes: list[Any] = [
        [(dict(mode.demand), mode.latency, mode.occupancy) for mode in graph.modes(task)]
        for task in range(len(graph))
    ]
    content = json.dumps([list(graph.task_names), modes, graph.edges.tolist(), graph.name])
    assert digest == hashlib.sha256(content.encode()).hexdigest()[:16]
