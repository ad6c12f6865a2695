"""The accelerator's own decomposition: replayed in any order, it gives the kernel's integers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import get_args

import gru_equations
import gru_vectors
import networkx as nx
import numpy as np
import pytest
from accelerator_runs import assert_equal, entering, expected_of, inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from registered import POLICIES
from strategies import policies

import stomp_flim as sf
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.kernel import infer
from hwmodels.gru.reference import infer as infer_reference
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import SEQ2SEQLITE, Cell, Network
from workloads.accelerator.graph import STAGES, accelerator_graph
from workloads.accelerator.interpreter import Inference
from workloads.flim.lifetimes.lifetimes import lifetimes
from workloads.published.decomposition import decompose
from workloads.published.operations import CONST, DATA, DSP, SHARED

FEW_SERVERS = sf.Platform({DSP: 8, SHARED: 8, CONST: 8, DATA: 8})
"""Enough for one server a lane, few enough that tasks wait and policies differ."""

FLAT = Network("flat", layers=1, hidden_units=8, steps=2)
STACKED = Network("stacked", layers=2, hidden_units=4, inputs=2, steps=3)
NARROW = Network("narrow", layers=1, hidden_units=2, steps=2)
"""Its three outputs take two rows of two."""

AFTER = Network("after", layers=2, hidden_units=4, inputs=2, steps=3, cell="gru-reset-after")

TIGHT = replace(
    SEQ2SEQLITE_8_BIT,
    name="tight",
    stacked_input=Format(6, 5, Rounding.TO_ZERO, Overflow.SATURATE),
    gate_accumulator=Format(23, 21, Rounding.HALF_EVEN, Overflow.SATURATE),
    candidate_accumulator=Format(21, 20, Rounding.HALF_UP),
    dense_accumulator=Format(22, 21),
    reset_product=Format(20, 18, Rounding.HALF_EVEN),
    recurrent=Format(12, 10, Rounding.HALF_UP, Overflow.SATURATE),
)
"""No two points are alike, sums overflow often, and saturating them early would show."""

STORED = replace(
    TIGHT,
    name="stored",
    state=Format(5, 3, Rounding.HALF_UP, Overflow.SATURATE),
    blend_state=Format(11, 9, Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC),
)
"""The blend reads more bits of the state than products do."""

SMOOTH = replace(TIGHT, sigmoid=Curve("sigmoid", 2, 3, 18), tanh=Curve("tanh", 1, 2, 10))
"""The same with smooth activations."""


@pytest.mark.parametrize("network", [FLAT, STACKED, NARROW], ids=lambda network: network.name)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("pixels", [1, 4, 16])
@pytest.mark.parametrize("policy", POLICIES)
def test_replay_equals_the_kernel(policy, pixels, stage, network):
    """Under every policy every pixel ends with the kernel's states and outputs."""
    graph = accelerator_graph(network, stage)
    expected = expected_of(network, pixels)
    result = sf.simulate([sf.Job(graph)] * pixels, FEW_SERVERS, policy)
    x = entering(stage, inputs(network, pixels), expected)
    assert_equal(stage, expected, result.replay(seeded_weights(network, 0), x))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("policy", ["fifo", "hlfet", "manual"])
def test_replay_equals_the_kernel_with_the_reset_after_the_product(policy, stage):
    """So it does where the reset comes after the product."""
    graph = accelerator_graph(AFTER, stage)
    expected = expected_of(AFTER, 4)
    result = sf.simulate([sf.Job(graph)] * 4, FEW_SERVERS, policy)
    x = entering(stage, inputs(AFTER, 4), expected)
    assert_equal(stage, expected, result.replay(seeded_weights(AFTER, 0), x))


@pytest.mark.parametrize("network", [FLAT, STACKED, AFTER], ids=lambda network: network.name)
@pytest.mark.parametrize("stage", STAGES)
def test_replay_equals_the_kernel_with_a_stored_state(stage, network):
    """So it does where the blend reads more bits of the state than products do."""
    weights, x = seeded_weights(network, 0), inputs(network, 4)
    h, y = infer(
        weights, x, specification=Specification(network, STORED), every_layer=True, threads=1
    )
    expected = Inference(h[:, -1], y, lifetimes(STORED.output.to_real(y)), h)
    graph = accelerator_graph(network, stage, arithmetic=STORED)
    result = sf.simulate([sf.Job(graph)] * 4, FEW_SERVERS, "hlfet")
    assert_equal(stage, expected, result.replay(weights, entering(stage, x, expected)))


def test_a_stored_state_is_quantized_in_two_steps():
    """Each layer and step has one quantization, write and read of a row more, and no more."""
    cells = STACKED.steps * STACKED.layers
    plain, stored = (
        Counter(
            operation.name
            for operation in accelerator_graph(STACKED, "encoder", arithmetic=a).operations
        )
        for a in (TIGHT, STORED)
    )
    added = stored - plain
    assert {"quantize_blend_state": cells, "move": 2 * cells} == added
    assert not plain - stored
    paths = [
        accelerator_graph(SEQ2SEQLITE, "encoder", 1, arithmetic=a).critical_path
        for a in (SEQ2SEQLITE_8_BIT, with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12))
    ]
    assert [192, 194] == paths


def test_policies_execute_in_different_orders():
    """The policies compared above do not all make the same schedule."""
    jobs = [sf.Job(accelerator_graph(FLAT))] * 4
    orders = {
        sf.simulate(jobs, FEW_SERVERS, policy).schedule.start.tobytes()
        for policy in ("fifo", "hlfet", "manual", "manual-lanes")
    }
    assert 4 == len(orders)


@settings(max_examples=60)
@given(
    network=st.builds(
        Network,
        name=st.just("network"),
        layers=st.integers(1, 3),
        hidden_units=st.integers(1, 5),
        inputs=st.integers(1, 2),
        outputs=st.integers(1, 7),
        steps=st.integers(1, 3),
        cell=st.sampled_from(get_args(Cell)),
    ),
    arithmetic=st.sampled_from([SEQ2SEQLITE_8_BIT, PLAIN_16_BIT, TIGHT, STORED, SMOOTH]),
    accumulation=st.sampled_from(["serial", "tree"]),
    stage=st.sampled_from(STAGES),
    pixels=st.integers(1, 3),
    servers=st.lists(st.integers(1, 6), min_size=4, max_size=4),
    policy=policies,
    seed=st.integers(0, 2**32 - 1),
)
def test_replay_equals_the_reference(
    network, arithmetic, accumulation, stage, pixels, servers, policy, seed
):
    """So it is for any network and arithmetic, any order of the adds and any server counts."""
    if stage in ("postprocess", "pipeline"):
        network = replace(network, outputs=3)
    weights, x = seeded_weights(network, seed, arithmetic), inputs(network, pixels, seed)
    specification = Specification(network, arithmetic)
    states, y = infer_reference(weights, x, specification=specification)
    found = lifetimes(arithmetic.output.to_real(y)) if network.outputs == 3 else None
    states, y = states.astype(np.int32), y.astype(np.int16)
    expected = Inference(states[:, -1], y, found, states)

    graph = accelerator_graph(network, stage, arithmetic=arithmetic, accumulation=accumulation)
    platform = sf.Platform(dict(zip((DSP, SHARED, CONST, DATA), servers, strict=True)))
    result = sf.simulate([sf.Job(graph)] * pixels, platform, policy)
    assert_equal(stage, expected, result.replay(weights, entering(stage, x, expected)))


@given(st.lists(st.sampled_from([-(2**15), -1, 0, 0, 1, 2**15 - 1]), min_size=6, max_size=6))
def test_lifetimes_of_dark_and_negative_outputs(codes):
    """Where an amplitude is zero or negative, replay too says lifetime 0 and fraction 0.5."""
    y = np.array(codes, np.int16).reshape(1, 2, 3)
    found = lifetimes(SEQ2SEQLITE_8_BIT.output.to_real(y))
    result = sf.simulate([sf.Job(accelerator_graph(FLAT, "postprocess"))], FEW_SERVERS)
    assert_equal("postprocess", Inference(None, None, found, None), result.replay({}, y))


def test_replay_of_a_whole_sequence_equals_the_equations():
    """135 + 135 steps, task by task, give the integers of the accelerator's equations."""
    weights, x = gru_vectors.weights(), gru_vectors.input_codes()[:1]
    h, y = gru_equations.infer(weights, x[:, :, np.newaxis])
    graph = sf.workload_graph("seq2seqlite-accelerator", steps=135)
    assert 124_758 == len(graph)
    actual = sf.simulate([sf.Job(graph)], sf.device("published"), "hlfet").replay(weights, x)
    assert h == actual.h_encoder.tolist()
    assert y == actual.y.tolist()


def test_replay_equals_the_published_accelerator(reference):
    """A whole sequence of 135 + 135 steps, task by task, gives the published integers."""
    with np.load(reference / "hls/student_weights_int8.npz") as file:
        weights = dict(file)
    with np.load(reference / "hls/vectors.npz") as file:
        x, h_encoder, y = file["x"][:1], file["h_encoder"][:1], file["y"][:1]
    graph = sf.workload_graph("seq2seqlite-accelerator", steps=135)
    actual = sf.simulate([sf.Job(graph)], sf.device("published"), "hlfet").replay(weights, x)
    np.testing.assert_array_equal(h_encoder, actual.h_encoder)
    np.testing.assert_array_equal(y, actual.y)


@pytest.mark.parametrize("units", [1, 2, 5])
def test_numbers_of_tasks(units):
    """Tasks of a step are those that the documentation counts."""
    one = Network("network", layers=1, hidden_units=units, outputs=units, steps=1)
    two, wide = replace(one, layers=2), replace(one, outputs=2 * units)

    def tasks(network: Network, stage: str, steps: int = 1) -> int:
        return len(accelerator_graph(network, stage, steps))

    stacked, dense = 21 * units + 38, 4 * units + 3
    assert 11 * units + 45 == tasks(one, "encoder")
    assert 10 == tasks(replace(one, inputs=2), "encoder") - tasks(one, "encoder")
    assert stacked == tasks(two, "encoder") - tasks(one, "encoder")
    assert stacked == tasks(two, "decoder") - tasks(one, "decoder")
    assert 11 * units + 32 + dense == tasks(one, "decoder")
    assert dense == tasks(wide, "decoder") - tasks(one, "decoder")
    assert 30 == tasks(FLAT, "postprocess")
    assert 12 == tasks(FLAT, "postprocess", 2) - tasks(FLAT, "postprocess")
    after, two_after = (replace(one, cell="gru-reset-after", layers=layers) for layers in (1, 2))
    assert 10 * units + 53 == tasks(after, "encoder")
    assert 10 * units + 40 + dense == tasks(after, "decoder")
    assert 20 * units + 46 == tasks(two_after, "encoder") - tasks(after, "encoder")
    stages = sum(tasks(FLAT, stage, 3) for stage in ("encoder", "decoder", "postprocess"))
    assert stages == tasks(FLAT, "pipeline", 3)


@pytest.mark.parametrize("network", [FLAT, STACKED, NARROW, AFTER], ids=lambda n: n.name)
@pytest.mark.parametrize("stage", STAGES)
def test_every_task_leads_to_an_output(network, stage):
    """Nothing is computed in vain: what no task reads is an output."""
    graph = accelerator_graph(network, stage)
    ends = {graph.task_names[task] for task in np.flatnonzero(np.diff(graph.successor_offset) == 0)}
    last = network.steps - 1
    rows = range(1, 1 - (-network.outputs // network.hidden_units))
    outputs = {
        "encoder": {f"encoder[{last}].gru{network.layers}.write_h"},
        "decoder": {f"decoder[{t}].dense{row}.write_y" for t in range(last + 1) for row in rows},
        "postprocess": {"postprocess.write_mean"},
        "pipeline": {"postprocess.write_mean"},
    }
    assert outputs[stage] == ends


def test_the_reset_comes_before_the_product():
    """The candidate's products wait for the reset gate; where it comes after them they do not."""
    after = replace(FLAT, cell="gru-reset-after")
    for graph, reset, waits in (
        (accelerator_graph(FLAT, "encoder", 1), "r.activate", True),
        (accelerator_graph(after, "encoder", 1), "r.activate", False),
        (decompose(FLAT, "encoder", 1), "r.divide", False),
    ):
        tasks = graph.to_networkx()
        number = {name: task for task, name in tasks.nodes(data="name")}
        for k in range(FLAT.hidden_units):
            path = number[f"encoder[0].gru1.{reset}"], number[f"encoder[0].gru1.c.multiply_U[{k}]"]
            assert waits == nx.has_path(tasks, *path)


def test_the_reset_after_the_product_shortens_a_step():
    """A step of the encoder of 32 units, in cycles, as the documentation says."""
    after = replace(SEQ2SEQLITE, cell="gru-reset-after")
    graphs = [accelerator_graph(network, "encoder", 1) for network in (SEQ2SEQLITE, after)]
    assert [192, 128] == [graph.critical_path for graph in graphs]


def test_tree_shortens_the_critical_path_and_keeps_the_work():
    """Adds in pairs are as many as adds in a row; log2 of them are on the critical path."""
    serial, tree = (
        accelerator_graph(FLAT, "encoder", 1, accumulation=way) for way in ("serial", "tree")
    )
    assert [serial.work(kind) for kind in FEW_SERVERS.servers] == [
        tree.work(kind) for kind in FEW_SERVERS.servers
    ]
    # Of a row of H adds the first ones are done while the others wait for their weights or states.
    assert tree.critical_path < serial.critical_path


# ---- what it is given --------------------------------------------------------------------------


def test_steps_beyond_those_of_the_graph_are_not_read():
    """A graph of few steps takes a whole sequence and gives what its first steps give."""
    expected = expected_of(FLAT, 2)
    x = np.concatenate([inputs(FLAT, 2), np.full((2, 5, 1), 77, np.int16)], axis=1)
    result = sf.simulate([sf.Job(accelerator_graph(FLAT))] * 2, FEW_SERVERS)
    weights = seeded_weights(FLAT, 0)
    assert_equal("pipeline", expected, result.replay(weights, x))
    assert_equal("pipeline", expected, result.replay(weights, x[:, :, 0]))


def test_a_decoder_of_one_layer_takes_its_state_as_the_encoder_returns_it():
    """States may lack the axis of the layers, as in what the kernel returns."""
    expected = expected_of(FLAT, 2)
    result = sf.simulate([sf.Job(accelerator_graph(FLAT, "decoder"))] * 2, FEW_SERVERS)
    actual = result.replay(seeded_weights(FLAT, 0), expected.h_encoder)
    assert_equal("decoder", expected, actual)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stage": "encode"}, "unknown stage 'encode'; did you mean 'encoder'"),
        ({"steps": 0}, "steps is 0, expected an integer >= 1"),
        ({"accumulation": "heap"}, "accumulation is 'heap', expected one of"),
    ],
)
def test_unknown_graphs(change, message):
    """A wrong stage, number of steps or accumulation is named."""
    with pytest.raises(sf.InputError, match=re.escape(message)):
        sf.workload_graph("seq2seqlite-accelerator", **change)


@pytest.mark.parametrize("stage", ["postprocess", "pipeline"])
def test_lifetimes_need_three_outputs(stage):
    """Step by step any number of outputs can be computed, lifetimes only of three."""
    network = replace(FLAT, outputs=2)
    with pytest.raises(sf.InputError, match="2 outputs, expected 3"):
        accelerator_graph(network, stage)


@pytest.mark.parametrize(
    ("stage", "x", "message"),
    [
        ("encoder", np.zeros((1, 1), np.int16), "1 steps of 1 input(s), expected 2 of 1"),
        ("encoder", np.zeros((1, 2)), "float64, expected integer codes"),
        ("encoder", np.int16(1), "x has shape (), expected (pixels, steps)"),
        ("encoder", np.zeros((3, 2), np.int16), "that of 3 jobs, expected 1"),
        ("decoder", np.zeros((1, 2, 8), int), "shape (1, 2, 8), expected (pixels, 1, 8)"),
        ("decoder", np.full((1, 1, 8), 1 << 23), "states hold 8388608, expected codes"),
        ("decoder", np.zeros((1, 1, 8)), "states are float64, expected integer codes"),
        ("postprocess", np.zeros((1, 1, 3), int), "shape (1, 1, 3), expected (pixels, 2, 3)"),
        ("postprocess", np.full((1, 2, 3), -(1 << 16)), "outputs hold -65536, expected codes"),
    ],
)
def test_input_that_does_not_fit(stage, x, message):
    """What enters a stage is checked for shape, type and range."""
    result = sf.simulate([sf.Job(accelerator_graph(FLAT, stage))], FEW_SERVERS)
    with pytest.raises(sf.InputError, match=re.escape(message)):
        result.replay(seeded_weights(FLAT, 0), x)


@pytest.mark.parametrize(("stage", "shape"), [("encoder", (1, 2)), ("decoder", (1, 8))])
def test_weights_that_do_not_fit(stage, shape):
    """Weights of another network are refused."""
    result = sf.simulate([sf.Job(accelerator_graph(FLAT, stage))], FEW_SERVERS)
    with pytest.raises(sf.InputError, match=r"expected \(1, 8\)"):
        result.replay(seeded_weights(NARROW, 0), np.zeros(shape, np.int16))
