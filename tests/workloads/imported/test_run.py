"""Models run as onnxruntime runs them."""

import numpy as np
import pytest

from tests.workloads.imported import models, torch_models
from tests.workloads.imported.building import by_onnxruntime, saved
from workloads.imported import load

MODELS = models.MODELS | torch_models.MODELS
TOLERANCE = 1e-5
"""Of the largest value of an output."""


def example(shapes, seed=1):
    """Return random inputs; lengths are whole numbers, of which one is short."""
    generator = np.random.default_rng(seed)
    return {
        name: np.array([3, 7], np.int32)
        if name == "lengths"
        else generator.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def assert_equal(expected, found):
    """Check names, shapes and values."""
    assert list(expected) == list(found)
    for output, values in expected.items():
        assert values.shape == found[output].shape
        bound = TOLERANCE * np.abs(values).max()
        np.testing.assert_allclose(found[output], values, rtol=0, atol=bound)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "gru, batch first"])
def test_a_model_runs_as_in_onnxruntime(name, tmp_path):
    """Names, shapes and values are those of `InferenceSession.run`, for two inputs each."""
    model, shapes = MODELS[name]()
    ours = load(saved(model, tmp_path))
    for seed in (1, 2):
        inputs = example(shapes, seed)
        assert_equal(by_onnxruntime(model, inputs), ours.run(inputs))


def test_a_layout_that_onnxruntime_does_not_have(tmp_path):
    """Batch first is the same with the axes in another order, of inputs, states and outputs."""
    first, shapes = models.batch_first()
    second, _ = models.one_layer("GRU")
    inputs = example(shapes)
    y, h = by_onnxruntime(second, {"x": inputs["x"].swapaxes(0, 1)}).values()
    found = load(saved(first, tmp_path)).run(inputs)
    expected = [y.transpose(2, 0, 1, 3), h.swapaxes(0, 1)]
    assert_equal(dict(zip(found, expected, strict=True)), found)


def test_quant_without_its_definition(tmp_path):
    """QONNX's Quant is known: a file that does not say what it is gives the same."""
    silent, shapes = models.quant(defined=False)
    telling, _ = models.quant(defined=True)
    inputs = example(shapes)
    assert_equal(by_onnxruntime(telling, inputs), load(saved(silent, tmp_path)).run(inputs))


def test_there_are_enough_models():
    """From PyTorch's exporter and by hand."""
    assert len(models.MODELS) >= 25
    assert len(torch_models.MODELS) >= 8
