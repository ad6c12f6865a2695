"""Imported networks in integers."""

import numpy as np
import pytest

from hwmodels.gru.kernel import infer
from stomp_flim.errors import InputError
from tests.workloads.imported import models, torch_models
from tests.workloads.imported.building import by_onnxruntime, saved
from workloads.imported import load

PIXELS, STEPS = 40, 9


def pixels():
    """Return decays with noise."""
    random = np.random.default_rng(4)
    times = np.arange(STEPS) / random.uniform(1, 6, (PIXELS, 1))
    return np.clip(np.exp(-times) + random.normal(0, 0.02, times.shape), 0, 1)


def test_integers_come_near_the_model_as_bits_grow(tmp_path):
    """The kernel's outputs go to those that onnxruntime computes of the file."""
    model, _ = models.published(2, 8, "steps")
    found, x = load(saved(model, tmp_path), STEPS), pixels()
    expected = [
        by_onnxruntime(model, {"x": row.reshape(STEPS, 1, 1).astype(np.float32)})["y"][:, 0]
        for row in x
    ]
    errors = []
    for bits in (6, 10, 14):
        quantized = found.quantize(bits, x)
        arithmetic = quantized.specification.arithmetic
        codes = arithmetic.input.quantize(x)
        _, y = infer(quantized.weights, codes, specification=quantized.specification)
        errors.append(np.sqrt(np.mean((arithmetic.output.to_real(y) - expected) ** 2)))
    assert errors[1] < errors[0] / 4
    assert errors[2] < errors[1] / 4
    assert errors[2] < 0.005


def test_a_gru_of_pytorch_keeps_its_second_bias(tmp_path):
    """The reset after the product, and calibration data in the layout of the file."""
    import torch

    torch.manual_seed(2)
    model, _ = torch_models.MODELS["torch, encoder and decoder"]()
    found, x = load(saved(model, tmp_path), STEPS), pixels()
    quantized = found.quantize(12, {"x": x[:, :, np.newaxis]})
    assert "gru-reset-after" == quantized.specification.network.cell
    real = found.run({"x": x[:, :, np.newaxis]})
    arithmetic = quantized.specification.arithmetic
    codes = arithmetic.input.quantize(x)
    _, y = infer(quantized.weights, codes, specification=quantized.specification)
    (expected,) = real.values()
    assert np.sqrt(np.mean((arithmetic.output.to_real(y) - expected) ** 2)) < 0.002


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: models.one_layer("LSTM"),
            "cell 'lstm', but the integer kernel knows only GRU encoder-decoders",
        ),
        (lambda: models.elementwise(), "no network of layers"),
    ],
)
def test_what_has_no_integers_is_refused(make, message, tmp_path):
    """By the name of what is missing, and of its file once."""
    path = saved(make()[0], tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        load(path, STEPS).quantize(8, pixels())
    assert 1 == str(caught.value).count(str(path))


def test_activations_that_the_kernel_does_not_have_are_refused(tmp_path):
    """Hard sigmoids of another slope are not the accelerator's."""
    model, _ = models.published(1, 4, STEPS)
    for node in model.graph.node:
        if node.op_type == "GRU":
            attribute = node.attribute.add(name="activations", type=8)
            attribute.strings.extend([b"HardSigmoid", b"Tanh"])
    with pytest.raises(InputError, match=r"HardSigmoid\(0.2, 0.5\), shown as hard-sigmoid"):
        load(saved(model, tmp_path)).quantize(8, pixels())


def test_calibration_data_of_other_sizes_are_refused(tmp_path):
    """The axis of time is named."""
    found = load(saved(models.published(1, 4, STEPS)[0], tmp_path))
    with pytest.raises(InputError, match="9 steps on axis 0"):
        found.quantize(8, {"x": np.zeros((8, 3, 1))})
    with pytest.raises(InputError, match="lack the input 'x'"):
        found.quantize(8, {"y": np.zeros((9, 3, 1))})
