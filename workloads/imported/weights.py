"""The weights of a recognised network, under the names of this project."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from hwmodels.cells.weights import DIRECTIONS, prefix
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, STAGES, cell_arrays
from hwmodels.network import Network
from hwmodels.recurrent import RecurrentNetwork
from workloads.imported.graph import Array
from workloads.imported.recognition.drafts import DenseDraft, RecurrentDraft, StageDraft

Weights = dict[str, Array]

_OURS = {"GRU": {"z": "z", "r": "r", "h": "c"}, "RNN": {"i": "h"}}
_OURS["LSTM"] = {"i": "i", "f": "f", "c": "g", "o": "o"}
"""Our names of gates, by operator and by ONNX's name."""


def weights(stages: Sequence[StageDraft], network: RecurrentNetwork) -> Weights:
    """Return all arrays in float64, named as in `hwmodels.cells.weights`."""
    found: Weights = {}
    for draft, stage in zip(stages, network.stages, strict=True):
        for number, layer in enumerate((*draft.layers, *draft.after)):
            beginning = prefix(stage, number)
            if isinstance(layer, DenseDraft):
                found[f"{beginning}W"] = layer.kernel
                units = layer.kernel.shape[1]
                found[f"{beginning}b"] = np.zeros(units) if layer.bias is None else layer.bias
            else:
                found |= _recurrent(layer, beginning)
    return found


def _recurrent(layer: RecurrentDraft, beginning: str) -> Weights:
    recurrent = layer.recurrent
    found: Weights = {}
    for number, direction in enumerate(DIRECTIONS[: len(recurrent.directions)]):
        for gate, ours in _OURS[recurrent.kind].items():
            kernel, u, bias, second = (
                recurrent.gate(array, gate)[number]
                for array in (
                    recurrent.kernel,
                    recurrent.recurrent,
                    recurrent.input_bias,
                    recurrent.recurrent_bias,
                )
            )
            apart = recurrent.reset_after and gate == "h"
            start = f"{beginning}{direction}."
            found[f"{start}W_{ours}"] = kernel.T if layer.reads else np.zeros((0, len(u)))
            found[f"{start}U_{ours}"] = u.T
            found[f"{start}b_{ours}"] = _bias(layer, kernel, bias if apart else bias + second)
            if apart:
                found[f"{start}d_{ours}"] = second
    return found


def _bias(layer: RecurrentDraft, kernel: Array, bias: Array) -> Array:
    """Return a bias with what a layer adds to it that reads the same constant in every step."""
    return bias if layer.reads or layer.constant is None else bias + kernel @ layer.constant


def kernel_weights(found: Weights, network: Network) -> Weights:
    """Return the arrays of a GRU encoder-decoder as `hwmodels.gru.weights` names them.

    Parameters
    ----------
    found : dict of str to array
        Those of `weights`.
    network : Network
    """
    renamed: Weights = {}
    for stage, layer in product(STAGES, range(network.layers)):
        for ours, name in cell_arrays(network, stage, layer).items():
            array = found[f"{stage}.{layer}.forward.{ours}"]
            if not array.size:  # the decoder reads nothing, but its file holds a kernel
                array = np.zeros((network.inputs, network.hidden_units))
            renamed[name] = array
    renamed[DENSE_KERNEL] = found[f"decoder.{network.layers}.W"]
    renamed[DENSE_BIAS] = found[f"decoder.{network.layers}.b"]
    return renamed
