"""What is recognised gives what the model does, or is no network: to all that ask for one."""

import dataclasses

import numpy as np
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from stomp_flim.errors import InputError
from tests.workloads.imported import models
from tests.workloads.imported.building import Graph, recurrent, saved
from tests.workloads.imported.torch_models import Both, Decoded, exported
from workloads.imported import load, model
from workloads.imported.equations import Check
from workloads.models import load_model

X = (1, 7, 3)
LAST = {
    "of each direction": lambda y, last: torch.cat([last[0], last[1]], -1),
    "step of each direction": lambda y, last: torch.cat([y[:, -1, :4], y[:, 0, 4:]], -1),
}
OTHER = {
    "last step": lambda y, last: y[:, -1],
    "first step": lambda y, last: y[:, 0],
    "directions swapped": lambda y, last: torch.cat([last[1], last[0]], -1),
}


def made(module, folder, seed=0):
    """Return a model of a module whose weights are seeded."""
    torch.manual_seed(seed)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    return load(saved(exported(module, X)[0], folder))


@pytest.fixture
def wrongly_recognised(monkeypatch):
    """Have every model recognised with another kernel of its last dense layer."""

    def wrong(document, steps):
        found = right(document, steps)
        draft = (*found.stages[-1].layers, *found.stages[-1].after)[-1]
        draft.kernel = draft.kernel * (1 + 1e-5)
        return found

    right = model.recognise
    monkeypatch.setattr(model, "recognise", wrong)


@pytest.mark.parametrize("pick", LAST)
@pytest.mark.parametrize("module", [Both, Decoded])
def test_the_last_state_of_each_direction_is_read(module, pick, tmp_path):
    """Taken from the states or from the outputs, it is what a network reads."""
    found = made(module(LAST[pick]), tmp_path)
    assert found.network.stages[0].layers[0].bidirectional
    (difference,) = found.differences().values()
    assert difference < 1e-12


@pytest.mark.parametrize("pick", OTHER)
@pytest.mark.parametrize("module", [Both, Decoded])
def test_what_is_no_last_state_of_each_direction_has_no_place(module, pick, tmp_path):
    """Of the last step the reverse direction has seen but one; the error names the node."""
    found = made(module(OTHER[pick]), tmp_path)
    with pytest.raises(InputError, match=r"no network of layers and stages: node .*(Gemm|GRU)"):
        assert found.network


def test_the_last_step_of_both_directions_is_named(tmp_path):
    """It is what one writes in PyTorch, so that the error says what it is."""
    found = made(Both(OTHER["last step"]), tmp_path)
    with pytest.raises(InputError, match=r"last step of node .* the first of its reverse"):
        assert found.network


def test_one_step_is_the_last_of_both_directions(tmp_path):
    """Where there is but one, each direction ends with it."""
    module = exported(Both(OTHER["last step"]), (1, 1, 3))[0]
    found = load(saved(module, tmp_path))
    assert not found.recognised.misplaced
    assert found.network.stages[0].layers[0].bidirectional


def test_the_last_step_of_a_layer_that_runs_backwards_has_no_place(tmp_path):
    """It is the first that such a layer makes; the first step is its last state."""
    for step, has_place in ((-1, False), (0, True)):
        graph = Graph()
        y, _ = recurrent(graph, "GRU", "x", 3, 4, direction="reverse")
        y = graph.node("Gather", graph.node("Squeeze", y, graph.ints(1)), graph.ints(step), axis=0)
        y = graph.node("Squeeze", y, graph.ints(0))
        out = graph.node("MatMul", y, graph.weight(np.eye(4, 2)))
        found = load(saved(graph.model({"x": (6, 1, 3)}, [out]), tmp_path))
        assert has_place is not bool(found.recognised.misplaced)


@pytest.mark.usefixtures("wrongly_recognised")
@pytest.mark.parametrize(
    "ask",
    [
        lambda found: found.network,
        lambda found: found.weights,
        lambda found: found.graph(),
        lambda found: found.quantize(8, np.zeros((4, 9))),
        lambda found: load_model(str(found.document.path)),
    ],
    ids=["network", "weights", "graph", "quantize", "by name"],
)
def test_a_network_that_gives_something_else_is_none(ask, tmp_path):
    """One error, of the file, the output and how far it is off."""
    path = saved(models.published(1, 8, 9)[0], tmp_path)
    with pytest.raises(InputError, match=r"model.onnx: no network .* miss output 'y' by [1-9]"):
        ask(load(path))


def test_what_makes_much_of_rounding_is_a_network_all_the_same(tmp_path):
    """Of a layer in which differences grow to the size of its values, rounding explains them."""
    graph, units = Graph(), 64
    y, _ = recurrent(graph, "GRU", "x", 3, units)
    wide = next(w for w in graph.weights if list(w.dims) == [1, 3 * units, units])
    wide.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(wide) * 8, wide.name))
    found = load(saved(graph.model({"x": (150, 1, 3)}, [y]), tmp_path))
    assert 150 == found.network.stages[0].steps
    assert max(found.differences().values()) > 1e-3


def test_of_what_is_ignored_nothing_is_compared(tmp_path):
    """Such a network is not meant to give the outputs."""
    found = load(saved(models.MODELS["gru, clipped"]()[0], tmp_path), 4)
    assert not found.differences()
    assert found.gives_outputs


def test_one_output_that_is_given_is_enough():
    """Others may but have its size; a difference that is no number is no agreement."""
    check = Check({"y": 0.0, "z": 1.0}, {"y": 0.1, "z": 0.1})
    assert check.holds
    assert not dataclasses.replace(check, differences={"y": float("nan"), "z": 1.0}).holds
