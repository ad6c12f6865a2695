"""A GRU encoder-decoder in double precision, and the values that choose its formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from hwmodels.cells.activations import Floats
from hwmodels.cells.reference import evaluate
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, cell_arrays, check_shapes
from hwmodels.network import Network
from hwmodels.recurrent import Activation, RecurrentLayer
from stomp_flim.errors import InputError, near_names

Activations = Literal["smooth", "hard"]
"""Sigmoid and tanh, or ``clip(0.5 a + 0.5, 0, 1)`` and ``clip(a, -1, 1)``."""

SAMPLES = 1 << 19
"""Values of a quantization point that are kept, about: those of pixels at regular distances."""

_FUNCTIONS: dict[Activations, tuple[Activation, Activation]] = {
    "smooth": ("sigmoid", "tanh"),
    "hard": ("hard-sigmoid", "hard-tanh"),
}


@dataclass(frozen=True, eq=False)
class Forward:
    """What a network computes.

    Attributes
    ----------
    h_encoder : float64[pixels, layers, units]
        State of every encoder layer after the last step.
    y : float64[pixels, steps, outputs]
        Outputs.
    samples : dict of str to float64 array
        Values of the points of `hwmodels.gru.arithmetic.Arithmetic` that there are.
    """

    h_encoder: Floats
    y: Floats
    samples: dict[str, Floats]


def forward(
    weights: Mapping[str, ArrayLike],
    network: Network,
    x: ArrayLike,
    activations: Activations = "smooth",
) -> Forward:
    """Compute a network in double precision by the equations of its cell (`hwmodels.cells`).

    Parameters
    ----------
    weights : mapping of str to float array
        Named as by `hwmodels.gru.weights`.
    network : Network
        Its shape and cell.
    x : float array, pixels x steps, or pixels x steps x inputs
        Its input.
    activations : {"smooth", "hard"}
        Sigmoid and tanh, or the hard ones of the published accelerator.

    Raises
    ------
    InputError
        If weights or input have another shape than the network, or hold anything but finite
        numbers, or the activations are not known.
    """
    if activations not in get_args(Activations):
        known = near_names(str(activations), get_args(Activations))
        raise InputError(f"activations are {activations!r}; {known}")
    arrays = _checked_weights(weights, network)
    inputs = _checked_input(x, network)
    gates_and_candidate = _FUNCTIONS[activations]
    units, pixels = network.hidden_units, len(inputs)
    hidden = [np.zeros((pixels, units)) for _ in range(network.layers)]
    apart = -(-2 * network.steps * network.layers * pixels * units // SAMPLES)
    samples: dict[str, list[Floats]] = {"input": [inputs[::apart]]}

    def advance(stage: str, below: Floats) -> None:
        for layer, state in enumerate(hidden):
            cell = RecurrentLayer(network.cell, below.shape[1], units, False, *gates_and_candidate)
            own = {w: arrays[name] for w, name in cell_arrays(network, stage, layer).items()}
            values = evaluate(cell, own, below, {"h": state})
            hidden[layer] = below = values["blend"]
            kept = {"state": below, "candidate": values["c.activate"]}
            if layer + 1 < network.layers:
                kept["stacked_input"] = below
            if network.cell == "gru":
                kept["reset_product"] = values["r.reset"]
            else:
                kept["recurrent"] = values["u.tile"]
            for point, array in kept.items():
                samples.setdefault(point, []).append(array[::apart])

    for t in range(network.steps):
        advance("encoder", inputs[:, t])
    h_encoder = np.stack(hidden, axis=1)
    y = np.empty((pixels, network.steps, network.outputs))
    for t in range(network.steps):
        advance("decoder", np.zeros((pixels, network.inputs)))
        y[:, t] = hidden[-1] @ arrays[DENSE_KERNEL] + arrays[DENSE_BIAS]
    samples["output"] = [y[::apart]]
    flat = {point: np.concatenate([a.ravel() for a in found]) for point, found in samples.items()}
    return Forward(h_encoder, y, flat)


def _checked_weights(weights: Mapping[str, ArrayLike], network: Network) -> dict[str, Floats]:
    found = {name: np.asarray(array) for name, array in weights.items()}
    return {n: _real(a, f"weights: array {n!r}") for n, a in check_shapes(found, network).items()}


def _checked_input(x: ArrayLike, network: Network) -> Floats:
    inputs = np.asarray(x)
    if inputs.ndim == 2:
        inputs = inputs[:, :, np.newaxis]
    if inputs.shape[1:] != (network.steps, network.inputs) or not len(inputs):
        raise InputError(
            f"x has shape {np.shape(x)}, expected (pixels, {network.steps}, {network.inputs}) of "
            f"{network.name!r} and at least one pixel"
        )
    return _real(inputs, "x")


def _real(array: np.ndarray, what: str) -> Floats:
    if not (np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.integer)):
        raise InputError(f"{what} holds {array.dtype}, expected real numbers")
    real = array.astype(np.float64)
    if not np.isfinite(real).all():
        wrong = real[~np.isfinite(real)].flat[0]
        raise InputError(f"{what} holds {wrong}, expected finite numbers")
    return real
