"""Cells in float64: against PyTorch, and against loops over single numbers."""

from __future__ import annotations

import re
from math import tanh
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from recurrent.networks import networks

from hwmodels.cells.activations import ACTIVATIONS, Floats
from hwmodels.cells.reference import infer, run_layer, zero_state
from hwmodels.cells.weights import array_shapes, seeded_weights
from hwmodels.recurrent import (
    CellName,
    DenseLayer,
    RecurrentLayer,
    RecurrentNetwork,
    Source,
    Stage,
)
from stomp_flim.errors import InputError

SIZES = st.integers(1, 5)
BATCH, TOLERANCE = 3, 1e-12
GATES: dict[str, str] = {"gru-reset-after": "rzc", "lstm": "ifgo", "rnn": "h"}
"""Of the cells that PyTorch has, in the order of its rows."""


def _torch_layers(layers: tuple[RecurrentLayer, ...], prefix: str, weights: Any) -> Any:
    """Return PyTorch's module for stacked layers of one size with the same weights."""
    first = layers[0]
    kinds = {"gru-reset-after": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}
    module: Any = kinds[first.cell](
        max(1, first.inputs), first.units, len(layers), bidirectional=first.bidirectional,
        batch_first=True, dtype=torch.float64,
    )  # fmt: skip
    gates = GATES[first.cell]
    for i, layer in enumerate(layers):
        for direction in ("forward", "backward")[: layer.directions]:
            ours = {
                name.rpartition(".")[2]: array
                for name, array in weights.items()
                if name.startswith(f"{prefix}{i}.{direction}.")
            }
            arrays = {
                "weight_ih": np.concatenate([ours[f"W_{gate}"].T for gate in gates]),
                "weight_hh": np.concatenate([ours[f"U_{gate}"].T for gate in gates]),
                "bias_ih": np.concatenate([ours[f"b_{gate}"] for gate in gates]),
                "bias_hh": np.concatenate([ours.get(f"d_{g}", 0 * ours[f"b_{g}"]) for g in gates]),
            }
            if not layer.inputs:
                arrays["weight_ih"] = np.ones((len(gates) * layer.units, 1))
            for name, array in arrays.items():
                target = getattr(module, f"{name}_l{i}{'_reverse' * (direction == 'backward')}")
                with torch.no_grad():
                    target.copy_(torch.from_numpy(array))
    return module


def _stacked(
    cell: CellName, number: int, inputs: int, units: int, both: bool
) -> tuple[RecurrentLayer, ...]:
    above = units * (1 + both)
    return tuple(RecurrentLayer(cell, n, units, both) for n in [inputs] + [above] * (number - 1))


@given(st.sampled_from(sorted(GATES)), SIZES, SIZES, SIZES, st.booleans(), SIZES, SIZES)
def test_stacked_layers_compute_what_pytorch_computes(
    cell: CellName, number: int, inputs: int, units: int, both: bool, steps: int, seed: int
) -> None:
    """In one direction and in both; the sequence of outputs and what a last dense layer reads."""
    layers = _stacked(cell, number, inputs, units, both)
    every = RecurrentNetwork("n", (Stage("s", steps, layers),))
    weights = seeded_weights(every, seed)
    x = np.random.default_rng(seed).normal(size=(BATCH, steps, inputs))
    with torch.no_grad():
        theirs, last = _torch_layers(layers, "s.", weights)(torch.from_numpy(x))
    (ours,) = infer(every, weights, x)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)

    dense = DenseLayer(layers[-1].outputs, 2)
    one = RecurrentNetwork("n", (Stage("s", steps, layers, after=(dense,)),))
    identity = {f"s.{number}.W": np.ones((dense.inputs, 2)), f"s.{number}.b": np.arange(2.0)}
    (outputs,) = infer(one, weights | identity, x)
    final = (last[0] if cell == "lstm" else last)[-layers[-1].directions :]
    sums = final.numpy().sum(axis=(0, 2))[:, None] + np.arange(2)
    np.testing.assert_allclose(outputs, sums, rtol=0, atol=TOLERANCE)


@given(st.sampled_from(sorted(GATES)), SIZES, SIZES, SIZES, SIZES, SIZES)
def test_an_encoder_decoder_computes_what_pytorch_computes(
    cell: CellName, number: int, inputs: int, units: int, steps: int, seed: int
) -> None:
    """Its decoder starts from the encoder's states and reads zeros; a dense layer follows."""
    encoder = Stage("encoder", steps, _stacked(cell, number, inputs, units, False))
    lower = _stacked(cell, number, 0, units, False)
    dense = DenseLayer(units, 2, "relu")
    decoder = Stage("decoder", steps + 1, (*lower, dense), "nothing", continues=True)
    network = RecurrentNetwork("n", (encoder, decoder))
    weights = seeded_weights(network, seed)
    x = np.random.default_rng(seed).normal(size=(BATCH, steps, inputs))
    with torch.no_grad():
        states, last = _torch_layers(encoder.recurrent, "encoder.", weights)(torch.from_numpy(x))
        zeros = torch.zeros(BATCH, steps + 1, 1, dtype=torch.float64)
        theirs, _ = _torch_layers(decoder.recurrent, "decoder.", weights)(zeros, last)
        kernel, bias = (weights[f"decoder.{number}.{name}"] for name in "Wb")
        theirs = torch.relu(theirs @ torch.from_numpy(kernel) + torch.from_numpy(bias))
    ours = infer(network, weights, x)
    np.testing.assert_allclose(ours[0], states, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(ours[1], theirs, rtol=0, atol=TOLERANCE)


def _reset_before(weights: dict[str, Any], x: list[list[float]], h: list[float]) -> list[float]:
    """Compute one pixel of Keras' GRU with ``reset_after=False``, number by number."""
    units = range(len(h))

    def total(gate: str, u: int, inputs: list[float], state: list[float]) -> float:
        kernel, recurrent, bias = (weights[f"{part}_{gate}"] for part in "WUb")
        sums = [v * kernel[i][u] for i, v in enumerate(inputs)]
        return float(bias[u] + sum(sums) + sum(s * recurrent[k][u] for k, s in enumerate(state)))

    for inputs in x:
        z, r = (
            [min(max(0.5 * total(g, u, inputs, h) + 0.5, 0.0), 1.0) for u in units] for g in "zr"
        )
        reset = [a * b for a, b in zip(r, h, strict=True)]
        c = [tanh(total("c", u, inputs, reset)) for u in units]
        h = [z[u] * h[u] + (1 - z[u]) * c[u] for u in units]
    return h


@given(st.integers(0, 4), SIZES, SIZES, SIZES)
def test_a_gru_that_resets_before_computes_keras_equations(
    inputs: int, units: int, steps: int, seed: int
) -> None:
    """With the hard sigmoid of the published accelerators, and without inputs too."""
    layer = RecurrentLayer("gru", inputs, units, gate_activation="hard-sigmoid")
    stage = Stage("s", steps, (layer,), "input" if inputs else "nothing")
    weights = seeded_weights(RecurrentNetwork("n", (stage,)), seed)
    ours = {name.removeprefix("s.0.forward."): array for name, array in weights.items()}
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(BATCH, steps, inputs))
    start = {"h": generator.normal(size=(BATCH, units))}
    y, (last,) = run_layer(layer, [ours], x, [start])
    plain = {name: array.tolist() for name, array in ours.items()}
    for pixel in range(BATCH):
        expected = _reset_before(plain, x[pixel].tolist(), start["h"][pixel].tolist())
        np.testing.assert_allclose(expected, y[pixel, -1], rtol=0, atol=TOLERANCE)
    assert np.array_equal(last["h"], y[:, -1])


@given(SIZES, SIZES, SIZES)
def test_outputs_are_fed_back(units: int, steps: int, seed: int) -> None:
    """Each step reads what the one before has given out, zeros at first."""
    layers = (RecurrentLayer("rnn", 2, units), DenseLayer(units, 2))
    network = RecurrentNetwork("n", (Stage("s", steps, layers, "output"),))
    weights = seeded_weights(network, seed)
    matrices = {name.rpartition(".")[2]: array for name, array in weights.items()}
    y, h, expected = np.zeros(2), np.zeros(units), []
    for _ in range(steps):
        h = np.tanh(y @ matrices["W_h"] + h @ matrices["U_h"] + matrices["b_h"])
        y = h @ matrices["W"] + matrices["b"]
        expected.append(y)
    (outputs,) = infer(network, weights)
    np.testing.assert_allclose([expected], outputs, rtol=0, atol=TOLERANCE)


@given(networks(), st.integers(0, 9))
def test_every_network_gives_outputs_of_its_shape(network: RecurrentNetwork, seed: int) -> None:
    """Whatever its stages; a pixel's outputs do not depend on its neighbours in the batch."""
    weights = seeded_weights(network, seed)
    generator = np.random.default_rng(seed)
    readers = [stage for stage in network.stages if stage.reads == "input"]
    shapes = [(BATCH, stage.steps, stage.layers[0].inputs) for stage in readers]
    inputs = [generator.normal(size=shape) for shape in shapes or [(BATCH, 1, 1)]]
    outputs = infer(network, weights, *inputs)
    alone = infer(network, weights, *(x[1:2] for x in inputs))
    for stage, y, of_one in zip(network.stages, outputs, alone, strict=True):
        steps = () if stage.after else (stage.steps,)
        assert (BATCH, *steps, stage.outputs) == y.shape
        np.testing.assert_allclose(of_one[0], y[1], rtol=1e-9, atol=1e-9)


@given(st.sampled_from(sorted(ACTIVATIONS)), st.lists(st.floats(-30, 30), min_size=1, max_size=9))
def test_activations_are_pytorchs(name: Any, values: list[float]) -> None:
    """The hard sigmoid, which has another slope there, is that of the published accelerators."""
    theirs: dict[str, Any] = {
        "linear": torch.nn.Identity(), "relu": torch.relu, "sigmoid": torch.sigmoid,
        "tanh": torch.tanh, "hard-tanh": torch.nn.Hardtanh(), "softmax": torch.nn.Softmax(-1),
        "hard-sigmoid": lambda a: torch.clip(0.5 * a + 0.5, 0, 1),
        "softplus": torch.nn.Softplus(threshold=1000), "softsign": torch.nn.Softsign(),
    }  # fmt: skip
    a: Floats = np.asarray(values)
    expected = theirs[name](torch.from_numpy(a))
    np.testing.assert_allclose(ACTIVATIONS[name](a), expected, rtol=1e-12, atol=1e-14)


def test_activations_overflow_nowhere() -> None:
    """However far from 0 the sums are."""
    far = np.array([-1e300, 0.0, 1e300])
    with np.errstate(over="raise", invalid="raise"):
        values = [activation(far) for activation in ACTIVATIONS.values()]
    assert np.isfinite(values).all()


LAYER = RecurrentLayer("rnn", 2, 3)
NETWORK = RecurrentNetwork("n", (Stage("s", 4, (LAYER,)),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"s.0.forward.W_h": None}, "array 's.0.forward.W_h' is missing, expected one of shape"),
        ({"s.0.forward.U_h": np.ones((2, 3))}, "'s.0.forward.U_h' has shape (2, 3), expected (3"),
        ({"s.0.forward.b_h": np.full(3, np.nan)}, "'s.0.forward.b_h' holds no finite numbers"),
        ({"s.0.forward.b_h": np.array(["a"] * 3)}, "'s.0.forward.b_h' holds no finite numbers"),
        ({"s.0.forward.V_h": np.ones(3)}, "array 's.0.forward.V_h' belongs to no layer of network"),
    ],
)
def test_wrong_weights_are_one_clear_error(change: dict[str, Any], message: str) -> None:
    """It names the array, what it is and what was expected."""
    weights: dict[str, Any] = {**seeded_weights(NETWORK, 1), **change}
    weights = {name: array for name, array in weights.items() if array is not None}
    with pytest.raises(InputError, match=re.escape(message)):
        infer(NETWORK, weights, np.ones((1, 4, 2)))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "network 'n': 0 inputs, expected 1, one for each stage that reads one"),
        ([np.ones((1, 4, 2))] * 2, "network 'n': 2 inputs, expected 1"),
        ([np.ones((4, 1, 2))], "stage 's': input of shape (4, 1, 2), expected (4, 4, 2), which is"),
    ],
)
def test_wrong_inputs_are_one_clear_error(inputs: list[Floats], message: str) -> None:
    """Batch and time swapped, among others."""
    with pytest.raises(InputError, match=re.escape(message)):
        infer(NETWORK, seeded_weights(NETWORK, 1), *inputs)


def test_the_state_is_of_zeros_unless_it_is_given() -> None:
    """For every vector that a cell keeps."""
    (state,) = zero_state(RecurrentLayer("lstm", 1, 3), batch=2)
    assert {"h": 0, "c": 0} == {name: np.abs(vector).sum() for name, vector in state.items()}
    source: Source = "nothing"
    assert not array_shapes(
        RecurrentNetwork("n", (Stage("s", 1, (RecurrentLayer("rnn", 0, 1),), source),))
    )["s.0.forward.W_h"][0]
