"""From an imported network to integers for the kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwmodels.gru.calibration import Activations
from hwmodels.network import Network
from stomp_flim.errors import InputError, shown
from workloads.imported.graph import Array
from workloads.imported.recognition.drafts import RecurrentDraft
from workloads.imported.recognition.network import Recognised

PAIRS: dict[tuple[str, str], Activations] = {
    ("sigmoid", "tanh"): "smooth",
    ("hard-sigmoid", "hard-tanh"): "hard",
}
"""Activations of gates and candidate that the kernel has, by its name for both."""


def activations(found: Recognised, source: str) -> Activations:
    """Return which activations the kernel has to compute.

    Raises
    ------
    InputError
        If the network shows less than the model computes, or its activations are none of the
        kernel's.
    """
    if found.ignored:
        raise InputError(
            f"{source}: integers need all that a model computes, and its network leaves out: "
            + "; ".join(found.ignored[:3])
        )
    layers = [
        draft.layer for stage in found.stages for draft in stage.layers
        if isinstance(draft, RecurrentDraft)
    ]  # fmt: skip
    pairs = {(layer.gate_activation, layer.activation) for layer in layers}
    if len(pairs) != 1 or not pairs <= PAIRS.keys():
        known = " or ".join(" with ".join(pair) for pair in PAIRS)
        met = ", ".join(" with ".join(pair) for pair in sorted(pairs))
        raise InputError(f"{source}: activations {met}, expected {known} in all layers")
    return PAIRS[pairs.pop()]


def sequences(
    calibration: Array | Mapping[str, Array], found: Recognised, network: Network, source: str
) -> Array:
    """Return calibration data as pixels x steps x inputs.

    Parameters
    ----------
    calibration : array or mapping
        Pixels x steps, or pixels x steps x inputs; or inputs as the model takes them, by name, of
        any batch.
    found : Recognised
    network : Network
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If the model's input is not there or has other sizes.
    """
    if not isinstance(calibration, Mapping):
        return np.asarray(calibration)
    (name,) = (name for name, axis in found.time_axes.items() if axis >= 0)
    if name not in calibration:
        raise InputError(f"{source}: calibration data lack the input {shown(name)}")
    values = np.asarray(calibration[name])
    axis = found.time_axes[name]
    if values.ndim <= axis or values.shape[axis] != network.steps:
        raise InputError(
            f"{source}: calibration data {shown(name)} have shape {values.shape}, expected "
            f"{network.steps} steps on axis {axis}"
        )
    steps_first = np.moveaxis(values, axis, 0)
    return steps_first.reshape(network.steps, -1, network.inputs).swapaxes(0, 1)
