"""Models with a thing or two changed: they run and are rightly recognised, or are refused."""

import random

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, helper, numpy_helper

from stomp_flim.errors import InputError
from tests.workloads.imported import models
from tests.workloads.imported.building import saved
from workloads.imported import load
from workloads.imported.operators.table import OPERATORS

NUMBERS = (-(2**63), -5, -1, 0, 1, 2, 3, 7, 10**6, 2**31, 2**62)
NAMES = ("axis", "perm", "axes", "hidden_size", "direction", "to", "layout", "keepdims", "clip")


def graphs(graph):
    """Yield a graph and those inside of it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def change(draw, model):
    """Change one thing of a model."""
    found = [graph for graph in graphs(model.graph) if graph.node]
    if not found:
        return
    graph = draw.choice(found)
    node = draw.choice(list(graph.node))
    names = [n for g in found for one in g.node for n in (*one.input, *one.output)]
    operand = draw.randrange(len(node.input)) if node.input else 0
    match draw.randrange(9):
        case 0:
            node.op_type = draw.choice([*OPERATORS, "If", "Loop", "Scan"])
        case 1:
            graph.node.remove(node)
        case 2 if node.input:
            node.input[operand] = draw.choice([*names, ""])
        case 3 if node.input:
            del node.input[operand]
        case 4:
            node.input.append(draw.choice([*names, ""]))
        case 5:
            value = draw.choice([*NUMBERS, [0, 1], "text", 0.5])
            node.attribute.append(helper.make_attribute(draw.choice(NAMES), value))
        case 6 if node.attribute:
            attribute = draw.choice(list(node.attribute))
            if attribute.type == AttributeProto.INT:
                attribute.i = draw.choice(NUMBERS)
            elif attribute.ints:
                attribute.ints[0] = draw.choice(NUMBERS)
            else:
                node.attribute.remove(attribute)
        case 7 if graph.initializer:
            tensor = draw.choice(list(graph.initializer))
            array = numpy_helper.to_array(tensor)
            tensor.CopyFrom(numpy_helper.from_array(np.atleast_1d(array)[:1], tensor.name))
        case _:
            model.opset_import[0].version = draw.choice([7, 9, 11, 13, 18, 21])


def refusal_or_differences(path):
    """Return why a model is refused, or how far its network is from it."""
    try:
        found = load(path)
        shapes = [info.shape or () for info in found.document.graph.inputs]
        if any(isinstance(size, str) for shape in shapes for size in shape):
            found = load(path, 4)
        assert found.run(found.random_inputs()) is not None
        return found.differences()
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("name", models.MODELS)
def test_a_changed_model_is_recognised_rightly_or_refused(name, tmp_path):
    """A refusal is one line; what is recognised computes what the model does."""
    original, _ = models.MODELS[name]()
    for seed in range(25):
        draw, model = random.Random(f"{name} {seed}"), onnx.ModelProto()
        model.CopyFrom(original)
        try:
            for _ in range(draw.choice((1, 1, 2, 3))):
                change(draw, model)
        except (ValueError, TypeError):  # what the format itself cannot hold
            continue
        path = saved(model, tmp_path)
        found = refusal_or_differences(path)
        if isinstance(found, str):
            assert "\n" not in found
            assert str(path) in found
        else:
            assert not found or min(found.values()) < 1e-6, seed
