"""The two registered workloads: as published, node for node, and what is set right in them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import published
import pytest
from graph_evaluation import Parameters, evaluate, forward
from hypothesis import given, settings
from hypothesis import strategies as st

import stomp_flim as sf
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from workloads.published.decomposition import Decomposition
from workloads.published.layouts import STACKED
from workloads.published.networks import (
    PublishedSeq2Seq,
    PublishedSeq2SeqLite,
    seq2seq,
    seq2seqlite,
)
from workloads.published.operations import CONST, DATA, DSP, SHARED

FOLDERS = {"seq2seq": "fli", "seq2seqlite": "fli_seq2seqlite"}
STAGES = ("encoder", "decoder", "postprocess")
unhurried = settings(max_examples=40, deadline=None)


def published_graph(reference, model, stage, steps):
    """Read a published task graph."""
    path = reference / f"stomp/dags/{FOLDERS[model]}/dag_{STAGES.index(stage) + 1}_{steps}"
    return sf.TaskGraph.from_stomp(
        path.with_suffix(".graphml"), path.with_suffix(".txt"), list(published.SERVERS)
    )


def edges(graph):
    """Return the edges of a graph as a set."""
    return {tuple(edge) for edge in graph.edges.tolist()}


def work(graph):
    """Return the work of a graph on each server type."""
    return {server_type: graph.work(server_type) for server_type in published.SERVERS}


@pytest.mark.parametrize(("model", "stage", "steps"), published.GRAPHS)
def test_published_graphs_are_reproduced(model, stage, steps):
    """With its defects, a generated graph has the published tasks and edges, by their checksum."""
    graph = published.graph(model, stage, steps)
    assert published.GRAPHS[model, stage, steps] == published.graph_checksum(graph)


@pytest.mark.parametrize(("model", "stage", "steps"), published.GRAPHS)
def test_published_graphs_are_reproduced_node_for_node(reference, model, stage, steps):
    """With its defects, a generated graph has the published tasks, numbers and edges."""
    expected = published_graph(reference, model, stage, steps)
    actual = sf.workload_graph(model, stage=stage, steps=steps, as_published=True)
    assert [expected.modes(i) for i in range(len(expected))] == [
        actual.modes(i) for i in range(len(actual))
    ]
    assert expected.edges.tolist() == actual.edges.tolist()


def test_names_say_what_the_published_names_say(reference):
    """Operation by operation, generated names begin with the published verb."""
    verbs = {"sinh": "sinh", "double": "add", "scale": "add", "subtract": "sub"}
    for model, stage, steps in published.GRAPHS:
        expected = published_graph(reference, model, stage, steps).task_names
        graph = sf.workload_graph(model, stage=stage, steps=steps, as_published=True)
        names = [name.rsplit(".", 1)[1].split("_")[0].split("[")[0] for name in graph.task_names]
        assert [name.split("_")[0] for name in expected] == [verbs.get(n, n) for n in names]


def test_right_encoders_differ_in_the_second_entry_of_the_input():
    """W x enters the candidate once: an edge less in Seq2SeqLite, a read less in Seq2Seq."""
    lite = published.graph("seq2seqlite", "encoder")
    right = seq2seqlite("encoder")
    names = right.task_names
    ((source, target),) = edges(lite) - edges(right)
    assert ("c.read_Wx", "c.add_bh") == tuple(
        n.split(".", 2)[2] for n in (names[source], names[target])
    )
    assert set() == edges(right) - edges(lite)
    assert work(lite) == work(right)
    assert lite.critical_path == right.critical_path

    full = published.graph("seq2seq", "encoder")
    right = seq2seq("encoder")
    assert len(full) - 1 == len(right)
    assert work(full) == work(right) | {DATA: right.work(DATA) + 3}
    assert full.critical_path == right.critical_path


def test_right_postprocessing_is_the_published_one():
    """One step of post-processing has no defect."""
    expected = published.graph("seq2seq", "postprocess")
    for factory in (seq2seq, seq2seqlite):
        actual = factory("postprocess")
        assert edges(expected) == edges(actual)
        assert expected.mode_set.tolist() == actual.mode_set.tolist()


def test_right_decoders_differ_in_the_listed_defects():
    """The differences in tasks and work are the sums of those of the defects."""
    wrong, right = seq2seq("decoder", as_published=True), seq2seq("decoder")
    # 128 weight reads, one unused read, one constant and one element too many; 4 products too few
    assert -128 - 1 - 1 - 1 + 4 == len(right) - len(wrong)
    difference = {k: work(right)[k] - work(wrong)[k] for k in published.SERVERS}
    assert {DSP: 4 * 2, SHARED: -3, CONST: -129 * 5, DATA: -3} == difference

    wrong, right = seq2seqlite("decoder", as_published=True), seq2seqlite("decoder")
    # element 0: two reads, a product, an add; and the add of a first product of its own
    assert 5 == len(right) - len(wrong)
    difference = {k: work(right)[k] - work(wrong)[k] for k in published.SERVERS}
    assert {DSP: 3 * 2, SHARED: 3 - 31 * 3, CONST: 32 * 5, DATA: 0} == difference


@pytest.mark.parametrize(("model", "stage"), [(m, s) for m in FOLDERS for s in STAGES[::2]])
def test_makespans_of_right_encoders_and_postprocessing_are_the_published_ones(model, stage):
    """Setting one encoder step right leaves its first-in-first-out makespans as they were."""
    graph = sf.workload_graph(model, stage=stage)
    golden = "seq2seq" if stage == "postprocess" else model
    for pixels in (1, 8, 64):
        result = sf.simulate([sf.Job(graph)] * pixels, published.PLATFORM, policy="fifo")
        assert published.MAKESPANS[golden, stage, 1, pixels] == result.makespan


@pytest.mark.parametrize(
    ("decomposition", "network", "stage"),
    [
        (PublishedSeq2Seq, Network("network", 1, 4, steps=1), "encoder"),
        (PublishedSeq2Seq, Network("network", 2, 4, steps=1), "encoder"),
        (PublishedSeq2Seq, Network("network", 1, 4, steps=1), "decoder"),
        (PublishedSeq2Seq, Network("network", 2, 4, steps=1), "decoder"),
        (PublishedSeq2SeqLite, Network("network", 1, 4, steps=1), "encoder"),
        (PublishedSeq2SeqLite, Network("network", 1, 4, steps=1), "decoder"),
        (PublishedSeq2SeqLite, Network("network", 1, 4, outputs=5, steps=2), "encoder"),
    ],
)
def test_defects_change_the_result(decomposition, network, stage):
    """What the published graphs compute, executed task by task, is not the network."""
    parameters = Parameters(network, network.steps)
    states, outputs = forward(parameters, stage)
    last = f"{stage}[{network.steps - 1}]"
    output = (
        f"{last}.gru{network.layers}.write_h" if stage == "encoder" else f"{last}.dense1.write_y"
    )
    expected = states[-1] if stage == "encoder" else outputs[-1]

    right = evaluate(Decomposition(network).graph(stage, network.steps), parameters)
    wrong = evaluate(decomposition(network).graph(stage, network.steps), parameters)
    np.testing.assert_allclose(right[output], expected)
    assert not np.allclose(wrong[output], expected, rtol=1e-3)


@unhurried
@given(st.integers(3, 9), st.integers(1, 3), st.integers(1, 3))
def test_tasks_of_a_layer_as_published(hidden_units, layers, steps):
    """The published counts of a layer are closed forms of the hidden units H."""
    h, stacked = hidden_units, (layers - 1) * (20 * hidden_units + 65)
    full = PublishedSeq2Seq(Network("network", layers, h), STACKED)
    assert steps * (10 * h + 81 + stacked) == len(full.graph("encoder", steps))
    assert steps * (10 * h + 70 + stacked + 5 * h + 3) == len(full.graph("decoder", steps))
    lite = PublishedSeq2SeqLite(Network("network", 1, h))
    assert steps * (10 * h + 79) == len(lite.graph("encoder", steps))
    assert steps * (10 * h + 76 + 4 * h - 2) == len(lite.graph("decoder", steps))


def test_isolated_tasks_are_published_ones_only():
    """The published Seq2Seq decoder has 129 isolated tasks, the right one has none."""
    counts = Counter()
    for as_published in (True, False):
        graph = seq2seq("decoder", as_published=as_published)
        alone = (graph.in_degree == 0) & (np.diff(graph.successor_offset) == 0)
        counts[as_published] = int(alone.sum())
    assert {True: 129, False: 0} == counts


@pytest.mark.parametrize("model", FOLDERS)
def test_pipeline_was_not_published(model):
    """A pipeline with the published defects is refused; the default is the right pipeline."""
    with pytest.raises(sf.InputError, match=f"{model}: stage 'pipeline' was not published"):
        sf.workload_graph(model, as_published=True)
    stages = [sf.workload_graph(model, stage=stage) for stage in STAGES]
    assert sum(len(graph) for graph in stages) == len(sf.workload_graph(model))


def test_registered_workloads_are_the_networks_by_name():
    """The entry points decompose the networks that the hardware models describe."""
    for network in (SEQ2SEQ, SEQ2SEQLITE):
        expected = Decomposition(network).graph("encoder", 1)
        actual = sf.workload_graph(network.name, stage="encoder", steps=1)
        assert expected.task_names == actual.task_names
        assert edges(expected) == edges(actual)
