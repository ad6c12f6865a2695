"""Files that compute something else than the framework meant: found, and named."""

import numpy as np
import pytest
import torch
from onnx import helper, numpy_helper
from torch import nn

from stomp_flim.errors import InputError
from tests.workloads.imported import models
from tests.workloads.imported.building import Graph, by_onnxruntime, recurrent, saved
from tests.workloads.imported.torch_models import exported
from workloads.imported import load
from workloads.imported.compare.verdict import compare

X = (7, 2, 3)


def inputs(shape=X, seed=3):
    """Return an input."""
    return {"x": np.random.default_rng(seed).normal(size=shape).astype(np.float32)}


def node_of(model, kind="GRU"):
    """Return the first node of a kind."""
    return next(node for node in model.graph.node if node.op_type == kind)


def set_attribute(model, name, value, kind="GRU"):
    """Change an attribute of the first node of a kind."""
    node = node_of(model, kind)
    kept = [attribute for attribute in node.attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def change_weights(model, which, change, kind="GRU"):
    """Change an operand of the first node of a kind: 1 for W, 2 for R, 3 for B."""
    name = node_of(model, kind).input[which]
    for tensor in model.graph.initializer:
        if tensor.name == name:
            array = np.array(change(numpy_helper.to_array(tensor)), np.float32)
            tensor.CopyFrom(numpy_helper.from_array(array, name))


def blocks(order, count=1):
    """Return a change of the order of gates in an array; a bias holds it twice."""

    def change(array):
        parts = np.split(array, len(order) * count, axis=1)
        each = len(order)
        return np.concatenate([parts[i + each * j] for j in range(count) for i in order], axis=1)

    return change


def reorder(model, order, kind="GRU"):
    """Write gates in another order than ONNX's, as a wrong exporter does."""
    for which, count in ((1, 1), (2, 1), (3, 2)):
        change_weights(model, which, blocks(order, count), kind)


def zero_half(array):
    """Return biases without the second one."""
    return np.concatenate([array[:, : array.shape[1] // 2], 0 * array[:, array.shape[1] // 2 :]], 1)


def hard(model):
    """Write the activations of Keras' old GRU, which the framework does not have."""
    set_attribute(model, "activations", ["HardSigmoid", "Tanh"])


def transposed(array):
    """Return kernels of the state the wrong way round."""
    return np.concatenate([p.swapaxes(1, 2) for p in np.split(array, 3, axis=1)], axis=1)


AFTER = {"linear_before_reset": 1}
MISTAKES = {
    "other side": ("GRU", AFTER, lambda m: set_attribute(m, "linear_before_reset", 0)),
    "other side of": ("GRU", {}, lambda m: set_attribute(m, "linear_before_reset", 1)),
    "order r/z/h, PyTorch's": ("GRU", AFTER, lambda m: reorder(m, [1, 0, 2])),
    "order h/z/r": ("GRU", AFTER, lambda m: reorder(m, [2, 0, 1])),
    "the state, that the file lacks": ("GRU", AFTER, lambda m: change_weights(m, 3, zero_half)),
    "Sigmoid gates": ("GRU", AFTER, hard),
    "transposed": ("GRU", {}, lambda m: change_weights(m, 2, transposed)),
    "other end": ("GRU", {}, lambda m: set_attribute(m, "direction", "reverse")),
    "order i/f/c/o, PyTorch's": ("LSTM", {}, lambda m: reorder(m, [0, 2, 3, 1], "LSTM")),
    "ReLU elsewhere": (
        "RNN",
        {"activations": ["Relu"]},
        lambda m: set_attribute(m, "activations", ["Tanh"], "RNN"),
    ),
}
"""What is named, the true operator, and what a wrong exporter makes of it."""


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_named(words, tmp_path):
    """Nothing but rounding is left by the reason; the truth is computed by onnxruntime."""
    kind, attributes, spoil = MISTAKES[words]
    model, _ = models.one_layer(kind, **attributes)
    expected = by_onnxruntime(model, inputs())
    spoil(model)
    verdict = compare(load(saved(model, tmp_path)), inputs(), expected)
    assert not verdict.agrees
    assert verdict.reason is not None
    assert words in verdict.reason.what
    assert verdict.reason.explains
    assert verdict.reason.error <= 1e-5


def test_a_gru_of_pytorch_with_its_reset_on_the_wrong_side(tmp_path):
    """PyTorch computes the truth, and its exporter wrote such files."""
    torch.manual_seed(1)
    gru = nn.GRU(3, 6, 2, batch_first=True)
    model, _ = exported(gru, (1, 7, 3))
    given = inputs((1, 7, 3))
    with torch.no_grad():
        y = gru(torch.from_numpy(given["x"]))[0].numpy()
    name = model.graph.output[0].name
    assert compare(load(saved(model, tmp_path)), given, {name: y}).agrees
    for node in model.graph.node:
        if node.op_type == "GRU":
            kept = [a for a in node.attribute if a.name != "linear_before_reset"]
            del node.attribute[:]
            node.attribute.extend(kept)
    verdict = compare(load(saved(model, tmp_path)), given, {name: y})
    assert not verdict.agrees
    assert "other side of the matrix product" in verdict.reason.what
    assert verdict.reason.error < 1e-5


def test_an_added_second_bias(tmp_path):
    """The file has one that the framework does not."""
    model, _ = models.one_layer("GRU", linear_before_reset=1)
    given = inputs()
    found = load(saved(model, tmp_path))
    change_weights(model, 3, zero_half)
    verdict = compare(found, given, by_onnxruntime(model, given))
    assert "no second bias" in verdict.reason.what
    assert verdict.reason.explains


@pytest.mark.parametrize("where", ["outputs", "inputs"])
def test_swapped_axes(where, tmp_path):
    """Batch and time in another order, in what went in or in what came out."""
    model, _ = models.keras(True)
    given = inputs((2, 6, 3))
    expected = by_onnxruntime(model, given)
    if where == "outputs":
        expected = {name: y.swapaxes(0, 1) for name, y in expected.items()}
    else:
        given = {"x": given["x"].swapaxes(0, 1)}
    verdict = compare(load(saved(model, tmp_path)), given, expected)
    assert f"swapped in its {where}" in verdict.reason.what
    assert verdict.reason.explains


def test_layers_along_the_batch(tmp_path):
    """A model whose axes are not turned before its GRU runs along the batch."""
    graph = Graph()
    y, _ = recurrent(graph, "GRU", "x", 3, 4)
    out = graph.node("Squeeze", y, graph.ints(1))
    model = graph.model({"x": (5, 4, 3)}, [out])
    turned = Graph()
    x = turned.node("Transpose", "x", perm=[1, 0, 2])
    y, _ = recurrent(turned, "GRU", x, 3, 4)
    y = turned.node("Transpose", turned.node("Squeeze", y, turned.ints(1)), perm=[1, 0, 2])
    given = inputs((5, 4, 3))
    expected = by_onnxruntime(turned.model({"x": (5, 4, 3)}, [y]), given)
    verdict = compare(load(saved(model, tmp_path)), given, {out: expected[y]})
    assert "swapped" in verdict.reason.what
    assert verdict.reason.explains


def test_one_layer_of_two(tmp_path):
    """The node is named where only one of them is wrong."""

    def stacked(*sides):
        graph, x = Graph(), "x"
        for seed, side in enumerate(sides):
            size = 3 if seed == 0 else 4
            y, _ = recurrent(graph, "GRU", x, size, 4, seed=seed, linear_before_reset=side)
            x = graph.node("Squeeze", y, graph.ints(1))
        return graph.model({"x": X}, [x]), x

    model, name = stacked(1, 1)
    wrong, _ = stacked(1, 0)
    verdict = compare(
        load(saved(wrong, tmp_path)), inputs(), {name: by_onnxruntime(model, inputs())[name]}
    )
    assert "in node 'GRU_2'" in verdict.reason.what
    assert "other side" in verdict.reason.what
    assert verdict.reason.explains


def test_two_mistakes_at_once(tmp_path):
    """Both are named."""
    model, _ = models.one_layer("GRU", linear_before_reset=1)
    expected = by_onnxruntime(model, inputs())
    reorder(model, [1, 0, 2])
    set_attribute(model, "linear_before_reset", 0)
    verdict = compare(load(saved(model, tmp_path)), inputs(), expected)
    assert "other side" in verdict.reason.what
    assert "r/z/h" in verdict.reason.what
    assert verdict.reason.explains


def test_what_nothing_explains(tmp_path):
    """Other weights are no mistake that could be named, and none is made up."""
    model, _ = models.one_layer("GRU", seed=1)
    other, _ = models.one_layer("GRU", seed=2)
    found = load(saved(model, tmp_path))
    verdict = compare(found, inputs(), by_onnxruntime(other, inputs()))
    assert not verdict.agrees
    assert verdict.reason is None
    assert verdict.tried > 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: {}, "no arrays"),
        (lambda y: {"Y": y}, "unknown output 'Y'"),
        (lambda y: {"GRU_0_0": y[:, :, :, :3]}, "expected (7, 1, 2, 4)"),
        (lambda y: {"GRU_0_0": y * np.nan}, "no finite numbers"),
    ],
)
def test_outputs_that_cannot_be_compared(change, message, tmp_path):
    """One clear error."""
    model, _ = models.one_layer("GRU")
    found = load(saved(model, tmp_path))
    with pytest.raises(InputError) as raised:
        compare(found, inputs(), change(found.run(inputs())["GRU_0_0"]), source="out.npz")
    assert "out.npz" in str(raised.value)
    assert message in str(raised.value)
