"""Laws of the decomposition, for any network."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from graph_evaluation import BIN_WIDTH, Parameters, evaluate, forward
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from stomp_flim import InputError
from workloads.published.decomposition import STAGES, decompose
from workloads.published.layouts import SINGLE_LAYER, STACKED, layout_of
from workloads.published.operations import CONST, DATA, DSP, SHARED

SERVER_TYPES = (DSP, SHARED, CONST, DATA)

networks = st.builds(
    Network,
    name=st.just("network"),
    layers=st.integers(1, 3),
    hidden_units=st.integers(1, 5),
    inputs=st.integers(1, 3),
    outputs=st.integers(1, 7),
    steps=st.integers(1, 3),
)
LAYOUTS = {"single layer": SINGLE_LAYER, "stacked": STACKED}
layouts = st.sampled_from(list(LAYOUTS))
unhurried = settings(max_examples=40, deadline=None)


@unhurried
@given(networks, layouts, st.integers(0, 99))
def test_encoder_computes_the_gru_equations(network, layout, seed):
    """Executed task by task, the encoder ends in the states that the equations give."""
    parameters = Parameters(network, network.steps, seed)
    values = evaluate(decompose(network, "encoder", layout=LAYOUTS[layout]), parameters)
    states, _ = forward(parameters, "encoder")
    for layer, expected in enumerate(states):
        actual = values[f"encoder[{network.steps - 1}].gru{layer + 1}.write_h"]
        np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


@unhurried
@given(networks, layouts, st.integers(0, 99))
def test_decoder_computes_the_gru_equations_and_the_dense_layer(network, layout, seed):
    """Executed task by task, the decoder gives the outputs of every step."""
    parameters = Parameters(network, network.steps, seed)
    values = evaluate(decompose(network, "decoder", layout=LAYOUTS[layout]), parameters)
    _, outputs = forward(parameters, "decoder")
    rows = -(-network.outputs // network.hidden_units)
    for step, expected in enumerate(outputs):
        written = [values[f"decoder[{step}].dense{row + 1}.write_y"] for row in range(rows)]
        np.testing.assert_allclose(np.concatenate(written), expected, rtol=1e-9, atol=1e-12)


@unhurried
@given(networks, layouts, st.integers(0, 99))
def test_pipeline_computes_the_lifetimes(network, layout, seed):
    """Encoder, decoder and post-processing in one graph give area over amplitude of the outputs."""
    parameters = Parameters(network, network.steps, seed)
    values = evaluate(decompose(network, "pipeline", layout=LAYOUTS[layout]), parameters)
    _, y = forward(parameters, "decoder", chained=True)
    y = y if network.outputs == 1 else y[:, 1:]
    areas = BIN_WIDTH * (y.sum(axis=0) - y[-1] / 2)  # trapezoids, the first from 0 to y[0]
    actual = [values[f"postprocess.write_lifetime[{i}]"] for i in range(y.shape[1])]
    np.testing.assert_allclose(actual, areas / y[0], rtol=1e-9, atol=1e-12)


@unhurried
@given(networks, layouts, st.sampled_from(STAGES))
def test_every_task_leads_to_an_output(network, layout, stage):
    """Nothing but the outputs of the stage ends the graph, nothing but reads begins it."""
    graph = decompose(network, stage, layout=LAYOUTS[layout])
    sinks = {graph.task_names[i] for i in range(len(graph)) if len(graph.successors(i)) == 0}
    sources = {graph.task_names[i] for i in np.flatnonzero(graph.in_degree == 0)}
    last = network.steps - 1
    rows = range(1, 1 - (-network.outputs // network.hidden_units))
    lifetimes = {f"postprocess.write_lifetime[{i}]" for i in range(max(1, network.outputs - 1))}
    outputs = {
        "encoder": {f"encoder[{last}].gru{network.layers}.write_h"},
        "decoder": {f"decoder[{t}].dense{row}.write_y" for t in range(last + 1) for row in rows},
        "postprocess": lifetimes,
        "pipeline": lifetimes,
    }
    assert outputs[stage] == sinks
    assert {"read"} == {re.sub(r".*\.", "", name).split("_")[0] for name in sources}


@unhurried
@given(networks, layouts)
def test_no_task_is_there_twice(network, layout):
    """Names are unique, and every row of weights is read once in each step that it is used."""
    names = decompose(network, "pipeline", layout=LAYOUTS[layout]).task_names
    assert 1 == max(Counter(names).values())
    read = Counter(
        re.sub(r"\[.*?]", "", name, count=1)
        for name in names
        if re.search(r"read_(U|W|b|bh)\b", name)
    )
    assert {network.steps} == set(read.values())


@unhurried
@given(networks, layouts, st.sampled_from(["encoder", "decoder"]))
def test_every_hidden_element_waits_for_the_step_before(network, layout, stage):
    """Each read of a hidden state has its write as its only predecessor, in each layer and step."""
    graph = decompose(network, stage, steps=3, layout=LAYOUTS[layout])
    names = graph.task_names
    predecessors = {name: [] for name in names}
    for source, target in graph.edges.tolist():
        predecessors[names[target]].append(names[source])
    for name in names:
        step, place, read = re.match(r"\w+\[(\d)]\.(\w+)\.(.*)", name).groups()
        layer = int(place[-1]) if place.startswith("gru") else network.layers
        if read.startswith("read_h"):
            awaited = int(step) - 1 if place.startswith("gru") else int(step)
            expected = [f"{stage}[{awaited}].gru{layer}.write_h"] if awaited >= 0 else []
            assert expected == predecessors[name]
        elif read.startswith("read_x") and layer > 1:
            assert [f"{stage}[{step}].gru{layer - 1}.write_h"] == predecessors[name]


@unhurried
@given(networks)
def test_tasks_of_a_layer(network):
    """Task counts are closed forms of the hidden units H; a stack adds 20H + 65 a layer."""
    assume(network.hidden_units > 1)
    h, layers, steps = network.hidden_units, network.layers, network.steps
    further_inputs = 10 * (network.inputs - 1)
    stacked = (layers - 1) * (20 * h + 65)
    encoder = (10 * h + 79 if layers == 1 else 10 * h + 80) + further_inputs + stacked
    decoder = (10 * h + 76 if layers == 1 else 10 * h + 71) + stacked
    dense = -(-network.outputs // h) * (4 * h + 3)
    components = max(1, network.outputs - 1)
    assert steps * encoder == len(decompose(network, "encoder"))
    assert steps * (decoder + dense) == len(decompose(network, "decoder"))
    expected = steps * (13 + 3 * components) + 4 * components
    assert expected == len(decompose(network, "postprocess"))


@unhurried
@given(networks, layouts)
def test_products_of_a_step(network, layout):
    """A cell has one product for each row of its weights and three of rows with rows."""
    h = network.hidden_units
    names = decompose(network, "encoder", steps=1, layout=LAYOUTS[layout]).task_names
    products = Counter(name.split(".")[1] for name in names if "multiply" in name)
    expected = {
        f"gru{layer + 1}": 3 * (h + (h if layer else network.inputs)) + 3
        for layer in range(network.layers)
    }
    assert expected == products


@unhurried
@given(networks, layouts, st.sampled_from(STAGES))
def test_critical_path_grows_linearly_in_the_steps(network, layout, stage):
    """Each further step takes as long as every other one."""
    paths = [decompose(network, stage, s, LAYOUTS[layout]).critical_path for s in range(1, 5)]
    assert 1 == len(set(np.diff(paths)))


@unhurried
@given(networks)
def test_period_of_the_encoder(network):
    """A further encoder step takes 2H + 142 cycles, however many layers there are."""
    assume(network.layers == 1 or network.hidden_units > 1)
    one, two = (decompose(network, "encoder", steps).critical_path for steps in (4, 5))
    assert 2 * network.hidden_units + 142 == two - one


@unhurried
@given(networks, layouts)
def test_pipeline_is_the_sum_of_its_stages(network, layout):
    """The pipeline has the tasks and the work of its stages, in their order, and links them."""
    *stages, pipeline = (
        decompose(network, stage, layout=LAYOUTS[layout])
        for stage in ("encoder", "decoder", "postprocess", "pipeline")
    )
    assert sum((graph.task_names for graph in stages), ()) == pipeline.task_names
    for server_type in SERVER_TYPES:
        assert sum(g.work(server_type) for g in stages) == pipeline.work(server_type)
    paths = [graph.critical_path for graph in stages]
    assert max(paths) < pipeline.critical_path <= sum(paths)


def test_stages_and_steps_follow_each_other():
    """Every stage and step has a range of numbers of its own."""
    names = decompose(SEQ2SEQLITE, "pipeline", steps=3).task_names
    order = list(dict.fromkeys(name.split(".")[0] for name in names))
    expected = [
        f"{stage}[{t}]" for stage in ("encoder", "decoder", "postprocess") for t in range(3)
    ]
    assert [*expected, "postprocess"] == order


def test_published_layouts_are_chosen_by_the_description():
    """One layer is written down as Seq2SeqLite was, stacked layers as Seq2Seq was."""
    assert SINGLE_LAYER is layout_of(SEQ2SEQLITE)
    assert STACKED is layout_of(SEQ2SEQ)


def test_steps_are_those_of_the_network_by_default():
    """Without `steps`, the sequence of the network is decomposed."""
    network = Network("network", layers=1, hidden_units=2, steps=7)
    assert decompose(network, "encoder", 7).task_names == decompose(network, "encoder").task_names


@pytest.mark.parametrize("steps", [0, -1, 1.0, "2", True])
def test_wrong_steps_are_refused(steps):
    """Steps are an integer of at least 1."""
    with pytest.raises(InputError, match=f"steps is {steps!r}, expected an integer >= 1"):
        decompose(SEQ2SEQLITE, "encoder", steps)


@pytest.mark.parametrize(
    ("stage", "near"), [("encode", "encoder"), ("postprocessing", "postprocess"), (3, "pipeline")]
)
def test_unknown_stage_is_refused_with_near_names(stage, near):
    """The message names the network, the stage and what was probably meant."""
    with pytest.raises(InputError, match=f"seq2seqlite: unknown stage {stage!r}.*{near!r}"):
        decompose(SEQ2SEQLITE, stage, 1)
