"""Files that are no model, or one that is refused: one clear error each."""

import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stomp_flim.errors import InputError
from tests.workloads.imported import models
from tests.workloads.imported.building import Graph, info, recurrent, saved
from workloads.imported import execution, load


def error_of(path, **more):
    """Return the one line that reading and recognising a file says."""
    with pytest.raises(InputError) as raised:
        assert load(path, **more).recognised
    text = str(raised.value)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.fixture
def gru(tmp_path):
    """Return a model of one GRU."""
    return models.one_layer("GRU")[0]


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 100, b'{"a": 1}'])
def test_a_file_that_is_no_model(content, tmp_path):
    """The error says what was expected."""
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert "not an ONNX model" in error_of(path)


def test_a_file_that_is_not_there(tmp_path):
    """Nor is a folder a model."""
    assert "No such file" in error_of(tmp_path / "none.onnx")
    assert "directory" in error_of(tmp_path)


def test_a_truncated_file(gru, tmp_path):
    """Wherever it ends, it is refused."""
    content = gru.SerializeToString()
    for end in range(1, len(content), 7):
        path = tmp_path / "model.onnx"
        path.write_bytes(content[:end])
        error_of(path, steps=3)


@pytest.mark.parametrize(
    "location", ["../weights.bin", "/etc/hostname", "a/../../weights.bin", "link.bin", "", "C:\\a"]
)
def test_external_data_outside_of_the_folder(location, gru, tmp_path):
    """No path, and no link, may lead out of it, whether or not there is a file."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "weights.bin").write_bytes(bytes(1000))
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    tensor = gru.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    text = error_of(saved(gru, folder))
    assert "w0" in text
    assert "inside the model's folder" in text


def test_external_data_inside_of_the_folder(gru, tmp_path):
    """They are read, and shorter ones than announced are refused."""
    x = np.random.default_rng(0).normal(size=models.X)
    expected = load(saved(gru, tmp_path)).run({"x": x})
    onnx.save(
        gru, tmp_path / "external.onnx", save_as_external_data=True, location="data.bin",
        size_threshold=0,
    )  # fmt: skip
    found = load(tmp_path / "external.onnx").run({"x": x})
    for name, values in expected.items():
        np.testing.assert_array_equal(values, found[name])
    (tmp_path / "data.bin").write_bytes(bytes(10))
    assert "data.bin" in error_of(tmp_path / "external.onnx")


def test_an_operator_that_is_not_covered(tmp_path):
    """It is named, with its node."""
    graph = Graph()
    y = graph.node("Det", "x")
    text = error_of(saved(graph.model({"x": (3, 3)}, [y]), tmp_path))
    assert "node 'Det_0' (Det): operator 'Det' is not covered" in text


def test_an_open_number_of_steps(gru, tmp_path):
    """The error says which axis, and how to say it."""
    text = error_of(saved(gru, tmp_path))
    assert "axis 0 of 'x'" in text
    assert "--steps N" in text
    assert 12 == load(saved(gru, tmp_path), 12).network.stages[0].steps


def test_another_number_of_steps_than_the_file_fixes(tmp_path):
    """It cannot be changed from outside."""
    path = saved(models.published(1, 4, 9)[0], tmp_path)
    assert "steps is 8, expected 9" in error_of(path, steps=8)
    assert "steps is 0, expected 1 to" in error_of(path, steps=0)


@pytest.mark.parametrize("typed", [np.float32, np.float64, np.float16])
def test_a_weight_that_is_no_number(typed, gru, tmp_path):
    """NaN is found in whatever type, and where it stands."""
    array = numpy_helper.to_array(gru.graph.initializer[1]).astype(typed)
    array[0, 2, 3] = np.nan
    gru.graph.initializer[1].CopyFrom(numpy_helper.from_array(array, "w1"))
    assert "tensor 'w1' holds NaN at [0, 2, 3]" in error_of(saved(gru, tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "sideways"}, "direction 'sideways'"),
        ({"activations": ["Sigmoid"]}, "expected 2"),
        ({"activations": ["Sigmoid", "Tahn"]}, "did you mean 'Tanh'"),
        ({"hidden_size": 9}, "W has shape (1, 12, 3), expected (1, 27, 3)"),
        ({"linear_before_rest": 1}, "did you mean 'linear_before_reset'"),
        ({"clip": "much"}, "clip is 'much', expected a number"),
    ],
)
def test_a_wrong_attribute(changes, message, gru, tmp_path):
    """The node and the attribute are named."""
    node = gru.graph.node[0]
    for name, value in changes.items():
        kept = [a for a in node.attribute if a.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])
    text = error_of(saved(gru, tmp_path), steps=3)
    assert "node 'GRU_0' (GRU)" in text
    assert message in text


def test_a_value_that_no_node_computes(gru, tmp_path):
    """A model with a hole is refused."""
    gru.graph.node[0].input[1] = "nothing"
    assert "'nothing' is computed by no node before" in error_of(saved(gru, tmp_path), steps=2)


def test_a_loop_without_end(tmp_path, monkeypatch):
    """A run is given up after so many operators."""
    monkeypatch.setattr(execution, "MOST_NODES", 1000)
    step, condition = info("i", (), TensorProto.INT64), info("c", (), TensorProto.BOOL)
    again = helper.make_node("Identity", ["c"], ["d"])
    body = helper.make_graph([again], "body", [step, condition], [info("d", (), TensorProto.BOOL)])
    graph = Graph()
    graph.node("Loop", "", graph.weight(True, bool), outputs=[], body=body)
    y = graph.node("Identity", "x")
    text = error_of(saved(graph.model({"x": (1,)}, [y]), tmp_path))
    assert "operators in one run" in text


def test_a_tensor_that_is_too_large(tmp_path):
    """It is refused before it is made."""
    graph = Graph()
    y = graph.node("Expand", "x", graph.ints(10**6, 10**6))
    assert "elements" in error_of(saved(graph.model({"x": (1, 1)}, [y]), tmp_path))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "input 'x' is missing; found none"),
        ({"x": np.zeros((7, 2, 4))}, "shape (7, 2, 4), expected (7, 2, 3)"),
        ({"x": np.zeros(3)}, "shape (3,)"),
        ({"X": np.zeros(3)}, "did you mean 'x'"),
        ({"x": np.array(["a"])}, "not numbers"),
    ],
)
def test_wrong_inputs(inputs, message, gru, tmp_path):
    """The file, the input and its shape are named."""
    with pytest.raises(InputError, match=re.escape(message)):
        load(saved(gru, tmp_path)).run(inputs)


def test_the_package_that_reads_models_is_missing(gru, tmp_path, monkeypatch):
    """The error says how to install it."""
    path = saved(gru, tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(InputError, match=r"pip install stomp-flim\[onnx\]"):
        load(path)


def test_a_directionless_pair_of_states(tmp_path):
    """Shapes of operands are checked, as those of weights are."""
    graph = Graph()
    hidden = graph.weight(np.zeros((2, 2, 4)))
    y, _ = recurrent(graph, "GRU", "x", 3, 4, hidden=hidden)
    text = error_of(saved(graph.model({"x": (5, 2, 3)}, [y]), tmp_path))
    assert "initial_h has shape (2, 2, 4), expected (1, 2, 4)" in text
