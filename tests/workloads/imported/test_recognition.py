"""What models are recognised as: shapes by hand, weights by an independent reference."""

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper

from hwmodels.cells.reference import infer
from hwmodels.network import Network
from hwmodels.recurrent import DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError
from tests.workloads.imported import models, torch_models
from tests.workloads.imported.building import Graph, checked, recurrent, saved
from workloads.imported import load

MODELS = models.MODELS | torch_models.MODELS
OPEN = 5
"""Steps of models that leave their number open."""

WITHOUT_NETWORK = {
    "elementwise": "Mul",
    "branches": "ReduceMean",
    "operators of 2019": "ReduceSum",
}
"""Models that are no stages of layers, each with an operator that has no place."""


def imported(make, folder):
    """Return a model, with a number of steps where it needs one."""
    path = saved(make()[0], folder)
    is_open = "steps" in [size for info in load(path).document.graph.inputs for size in info.shape]
    return load(path, OPEN if is_open else None)


def gru(inputs, units, cell="gru", **more):
    """Return a layer."""
    return RecurrentLayer(cell, inputs, units, **more)


SHAPES = {
    "gru, bidirectional, initial states": [Stage("encoder", 5, (gru(3, 4, bidirectional=True),))],
    "gru, hard": [
        Stage("encoder", 5, (gru(3, 4, "gru-reset-after", gate_activation="hard-sigmoid"),))
    ],
    "keras, reset after": [Stage("encoder", 5, (gru(3, 4, "gru-reset-after"), DenseLayer(4, 3)))],
    "published, two layers": [
        Stage("encoder", 5, (gru(1, 8), gru(8, 8))),
        Stage("decoder", 5, (gru(0, 8), gru(8, 8), DenseLayer(8, 3)), "nothing", continues=True),
    ],
    "scan, reset before, hard, dense": [
        Stage(
            "encoder",
            5,
            (gru(3, 4, gate_activation="hard-sigmoid", activation="hard-tanh"), DenseLayer(4, 2)),
        )
    ],
    "scan, lstm, backwards": [Stage("encoder", 5, (gru(3, 4, "lstm"),))],
    "loop, rnn": [Stage("encoder", 5, (gru(3, 4, "rnn", activation="relu"),))],
    "torch, rnn to one": [
        Stage(
            "encoder",
            7,
            (gru(2, 6, "rnn", activation="relu"), gru(6, 6, "rnn", activation="relu")),
            after=(DenseLayer(6, 5, "relu"), DenseLayer(5, 3, "softmax")),
        )
    ],
    "torch, gru, stacked, bidirectional": [
        Stage(
            "encoder",
            7,
            tuple(gru(n, 4, "gru-reset-after", bidirectional=True) for n in (3, 8)),
        )
    ],
    "torch, encoder and decoder": [
        Stage("encoder", 5, tuple(gru(n, 6, "gru-reset-after") for n in (1, 6))),
        Stage(
            "decoder",
            5,
            (*(gru(n, 6, "gru-reset-after") for n in (0, 6)), DenseLayer(6, 3)),
            "nothing",
            continues=True,
        ),
    ],
    "torch, repeated vector": [
        Stage("encoder", 5, (gru(2, 5, "lstm"),)),
        Stage("decoder", 5, (gru(5, 4, "lstm"), DenseLayer(4, 1, "sigmoid")), "previous"),
    ],
    "torch, own cell unrolled": [Stage("encoder", 7, (gru(2, 6), DenseLayer(6, 3)))],
    "torch, own layers unrolled": [
        Stage("encoder", 5, (gru(1, 4), gru(4, 4))),
        Stage("decoder", 5, (gru(0, 4), gru(4, 4), DenseLayer(4, 3)), "nothing", continues=True),
    ],
    "torch, own lstm unrolled": [Stage("encoder", 6, (gru(2, 4, "lstm"), gru(4, 3, "lstm")))],
    "torch, own cell in a loop": [Stage("encoder", 5, (gru(2, 6), DenseLayer(6, 3)))],
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_model_is_recognised(name, tmp_path):
    """Stages, layers, cells and activations are those that it was made of."""
    network = imported(MODELS[name], tmp_path).network
    assert RecurrentNetwork("model", tuple(SHAPES[name])) == network


@pytest.mark.parametrize("name", [name for name in MODELS if name not in WITHOUT_NETWORK])
def test_the_recognised_network_computes_what_the_model_does(name, tmp_path):
    """The reference of the cells, with the weights that were found, gives the model's outputs.

    Where something is ignored, it says so, and there is nothing to compare.
    """
    model = imported(MODELS[name], tmp_path)
    if model.recognised.ignored:
        assert all("node" in line for line in model.recognised.ignored)
        return
    x = model.random_inputs(3)["x"]
    first = model.recognised.time_axes["x"] == 0
    expected = next(y for key, y in model.run({"x": x}).items() if not key.startswith("last"))
    given = x.swapaxes(0, 1) if first else x.reshape(len(x), -1, x.shape[-1])
    found = infer(model.network, model.weights, given)[-1]
    found = found.swapaxes(0, 1) if first and found.ndim == 3 else found
    np.testing.assert_allclose(found.ravel(), expected.ravel(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", WITHOUT_NETWORK)
def test_what_has_no_place_is_named(name, tmp_path):
    """Such a model runs, but is no network; the error names operators."""
    model = imported(MODELS[name], tmp_path)
    assert model.run(model.random_inputs())
    with pytest.raises(InputError, match=WITHOUT_NETWORK[name]):
        assert model.network


@pytest.mark.parametrize(("layers", "units"), [(2, 128), (1, 32)])
def test_the_published_networks_are_recognised(layers, units, tmp_path):
    """As ONNX models they are the encoder-decoders of `hwmodels.network`."""
    path = saved(models.published(layers, units, 135)[0], tmp_path)
    assert Network("model", layers, units) == load(path).network.encoder_decoder()


def test_a_loop_of_a_layer_that_forgets_nothing(tmp_path):
    """Rounding grows from step to step in such a layer: it is recognised all the same."""
    graph, body, units = Graph(), Graph("body_"), 64
    h = models.gru_step(body, "x_t", "h", after=True, inputs=units, units=units)
    inner = body.graph({"h": (1, units), "x_t": (1, units)}, [h, body.node("Identity", h)])
    zeros = graph.weight(np.zeros((1, units)))
    graph.node("Scan", zeros, "x", outputs=["last", "y"], body=inner, num_scan_inputs=1)
    model = load(saved(graph.model({"x": (150, 1, units)}, ["last", "y"]), tmp_path))
    assert Stage("encoder", 150, (gru(units, units, "gru-reset-after"),)) == model.network.stages[0]


def test_a_loop_over_some_of_the_steps_is_no_layer(tmp_path):
    """It would be one of another number of steps."""
    model, _ = models.loop()
    steps = next(node for node in model.graph.node if node.op_type == "Loop").input[0]
    gather = next(node for node in model.graph.node if steps in node.output)
    model.graph.node.remove(gather)
    model.graph.initializer.append(numpy_helper.from_array(np.array(3), steps))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 7
    with pytest.raises(InputError, match="it reads 3 of 7 steps"):
        assert load(saved(model, tmp_path)).network


def test_a_constant_without_numbers_in_a_loop_that_never_runs(tmp_path):
    """No run meets it, but what looks into the loop does."""
    graph, body = Graph(), Graph("body_")
    h = body.node("Add", "h", body.node("Constant"))
    types = {"t": TensorProto.INT64, "condition": TensorProto.BOOL}
    inner = body.graph({"t": (), "condition": (), "h": (1, 4)}, ["condition", h], types)
    graph.node("Loop", graph.weight(0, np.int64), "", "x", outputs=["last"], body=inner)
    path = saved(graph.model({"x": (1, 4)}, ["last"]), tmp_path)
    with pytest.raises(InputError, match=r"no network of layers.* holds nothing, expected numbers"):
        assert load(path).network


def test_steps_that_differ_are_no_loop(tmp_path):
    """One weight of one step is another: the unrolled steps are no layer."""
    model, _ = torch_models.MODELS["torch, own cell unrolled"]()
    node = [node for node in model.graph.node if node.op_type == "MatMul"][4]
    same = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity"}
    name = same.get(node.input[1], node.input[1])
    (tensor,) = (t for t in model.graph.initializer if t.name == name)
    array = numpy_helper.to_array(tensor) + np.eye(*tensor.dims, dtype=np.float32)
    model.graph.initializer.append(numpy_helper.from_array(array, "other"))
    node.input[1] = "other"
    with pytest.raises(InputError, match="no network of layers"):
        assert load(saved(model, tmp_path)).network


def test_a_layer_that_reads_time_as_batch_is_not_placed(tmp_path):
    """Swapped axes between two layers are a mistake that is seen."""
    graph = Graph()
    y, _ = recurrent(graph, "GRU", "x", 3, 4)
    y = graph.node("Transpose", graph.node("Squeeze", y, graph.ints(1)), perm=[1, 0, 2])
    out, _ = recurrent(graph, "GRU", y, 4, 4)
    model = load(saved(checked(graph.model({"x": (6, 2, 3)}, [out])), tmp_path))
    with pytest.raises(InputError, match="in another order"):
        assert model.network


def test_states_of_the_wrong_layer_are_not_placed(tmp_path):
    """A decoder whose layers start from each other's states is no stacked decoder."""
    graph, states, x = Graph(), [], "x"
    for seed in range(2):
        y, h = recurrent(graph, "GRU", x, 3, 3, seed=seed)
        x = graph.node("Squeeze", y, graph.ints(1))
        states.append(h)
    x = graph.weight(np.zeros((6, 1, 3)))
    for seed in range(2):
        y, _ = recurrent(graph, "GRU", x, 3, 3, seed=5 + seed, hidden=states[1 - seed])
        x = graph.node("Squeeze", y, graph.ints(1))
    model = load(saved(checked(graph.model({"x": (6, 1, 3)}, [x])), tmp_path))
    with pytest.raises(InputError, match="starts from"):
        assert model.network
