"""Float weights of any recurrent network: names, shapes, checks, seeded stand-ins.

A dictionary of arrays. ``encoder.0.forward.W_z`` is the matrix of gate z from the inputs to the
units, of the stage ``encoder``, its first layer and its forward direction; ``backward`` is the
other one. ``U_z`` leads from the state to the units, ``b_z`` is the bias; which gates there are is
said by the equations of the cell (`hwmodels.cells.CELLS`). A dense layer has ``W`` and ``b``, as in
``encoder.1.W``; those that run after the last step are numbered after the others. Matrices have a
row for each element that they read, ``y = x @ W + b``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwmodels.cells import CELLS
from hwmodels.cells.activations import Floats
from hwmodels.cells.equations import INPUT
from hwmodels.recurrent import Layer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError, near_names

DIRECTIONS = ("forward", "backward")


def array_shapes(network: RecurrentNetwork) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every array of a network."""
    shapes = {}
    for stage in network.stages:
        for i, layer in enumerate((*stage.layers, *stage.after)):
            parts = [""]
            if isinstance(layer, RecurrentLayer):
                parts = [f"{direction}." for direction in DIRECTIONS[: layer.directions]]
            for part in parts:
                for name, shape in layer_shapes(layer).items():
                    shapes[prefix(stage, i) + part + name] = shape
    return shapes


def prefix(stage: Stage, layer: int) -> str:
    """Return the beginning of the names of a layer's arrays, those of `Stage.after` last."""
    return f"{stage.name}.{layer}."


def layer_shapes(layer: Layer) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every array of one direction of a layer.

    Examples
    --------
    >>> from hwmodels.cells.weights import layer_shapes
    >>> from hwmodels.recurrent import RecurrentLayer
    >>> layer_shapes(RecurrentLayer("rnn", inputs=2, units=8))
    {'W_h': (2, 8), 'U_h': (8, 8), 'b_h': (8,)}
    """
    if not isinstance(layer, RecurrentLayer):
        return {"W": (layer.inputs, layer.units), "b": (layer.units,)}
    shapes: dict[str, tuple[int, ...]] = {}
    for product in CELLS[layer.cell].products:
        for matrix, vector in product.terms:
            columns = layer.inputs if vector == INPUT else layer.units
            shapes[matrix] = (columns, layer.units)
        shapes |= dict.fromkeys(product.biases, (layer.units,))
    return shapes


def check_weights(
    weights: Mapping[str, Floats], network: RecurrentNetwork, *, source: str = "weights"
) -> None:
    """Check that arrays are the weights of a network, all of them finite numbers.

    Raises
    ------
    InputError
        If an array is missing, is not known, has another shape or holds what is no finite number.
    """
    shapes = array_shapes(network)
    for name in weights:
        if name not in shapes:
            raise InputError(
                f"{source}: array {name!r} belongs to no layer of network {network.name!r}; "
                f"{near_names(name, shapes)}"
            )
    for name, shape in shapes.items():
        if name not in weights:
            raise InputError(f"{source}: array {name!r} is missing, expected one of shape {shape}")
        array = np.asarray(weights[name])
        if array.shape != shape:
            raise InputError(f"{source}: array {name!r} has shape {array.shape}, expected {shape}")
        if not (np.issubdtype(array.dtype, np.number) and np.isfinite(array).all()):
            raise InputError(f"{source}: array {name!r} holds no finite numbers alone")


def seeded_weights(network: RecurrentNetwork, seed: int) -> dict[str, Floats]:
    """Draw weights from a seed: not trained, but with states and outputs that vary.

    Parameters
    ----------
    network : RecurrentNetwork
        Gives the arrays and their shapes.
    seed : int
        Seed of the draw, 0 or more.
    """
    generator = np.random.default_rng(seed)
    return {
        name: generator.uniform(-1, 1, shape) * max(1, shape[0]) ** -0.5
        for name, shape in array_shapes(network).items()
    }
