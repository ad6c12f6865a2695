"""Weights of a GRU encoder-decoder: names, shapes, checks, ``.npz`` files and seeded stand-ins.

A network is a dictionary of integer arrays, named as Keras names the weights of the published
student network. With ``g`` one of the gates ``z`` (update), ``r`` (reset), ``h`` (candidate):

==============================  ======================================  ====================
array                           meaning                                 shape
==============================  ======================================  ====================
``sencgru_kernel_g``            encoder, first layer: inputs to units   inputs x units
``sencgru_recurrent_kernel_g``  encoder, first layer: state to units    units x units
``sencgru_bias_g``              encoder, first layer                    units
``sencgru_recurrent_bias_h``    of the sum over the state, where the    units
                                reset comes after it, and only there
``sdecgru_...``                 decoder, first layer, likewise          likewise
``sencgru_1_...``               encoder, second layer; the third: _2    kernel units x units
``sdecgru_1_...``               decoder, likewise                       kernel units x units
``sdec_dense_kernel``           dense layer after the decoder           units x outputs
``sdec_dense_bias``             dense layer after the decoder           outputs
==============================  ======================================  ====================

The decoder's first layer reads zeros: its kernel changes no result, but a file holds it too. Two
biases that other frameworks keep apart, ``b`` of the inputs and ``b2`` of the state, are one where
both go into one sum: in the gates, and in the candidate if the reset comes before the product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.fixedpoint import Format
from hwmodels.network import Network
from stomp_flim.errors import InputError, near_names
from stomp_flim.files import replacing
from stomp_flim.interchange.numpy_files import read_archive

Array = NDArray[np.signedinteger[Any]]
Weights = dict[str, Array]

STAGES = ("encoder", "decoder")
GATES = ("z", "r", "h")
DENSE_KERNEL, DENSE_BIAS = "sdec_dense_kernel", "sdec_dense_bias"

CELL_GATES = {"z": "z", "r": "r", "c": "h"}
"""What the arrays call the gates of `hwmodels.cells`."""

_CELL_PARTS = {"W": "kernel", "U": "recurrent_kernel", "b": "bias"}


def array_name(stage: str, layer: int, part: str, gate: str) -> str:
    """Return the name of one array of a GRU layer.

    Parameters
    ----------
    stage : {"encoder", "decoder"}
    layer : int
        From 0, the layer that reads the input.
    part : {"kernel", "recurrent_kernel", "bias", "recurrent_bias"}
    gate : {"z", "r", "h"}
    """
    number = f"_{layer}" if layer else ""
    return f"s{stage[:3]}gru{number}_{part}_{gate}"


def cell_arrays(network: Network, stage: str, layer: int) -> dict[str, str]:
    """Return the names of a layer's arrays by what the equations of its cell call them.

    Parameters
    ----------
    network : Network
    stage : {"encoder", "decoder"}
    layer : int
        From 0.

    Examples
    --------
    >>> from hwmodels.gru.weights import cell_arrays
    >>> from hwmodels.network import SEQ2SEQ
    >>> cell_arrays(SEQ2SEQ, "decoder", 1)["W_c"]
    'sdecgru_1_kernel_h'
    """
    names = {
        f"{letter}_{gate}": array_name(stage, layer, part, name)
        for gate, name in CELL_GATES.items()
        for letter, part in _CELL_PARTS.items()
    }
    if network.cell == "gru-reset-after":
        names["d_c"] = array_name(stage, layer, "recurrent_bias", "h")
    return names


def format_of(name: str, arithmetic: Arithmetic) -> Format:
    """Return the format of the codes of an array."""
    return arithmetic.bias if "bias" in name else arithmetic.weight


def rounded(weights: Mapping[str, NDArray[np.float64]], arithmetic: Arithmetic) -> Weights:
    """Return weights as codes, each in the smallest type that holds its format."""
    codes: Weights = {}
    for name, values in weights.items():
        target = format_of(name, arithmetic)
        codes[name] = target.quantize(values).astype(np.min_scalar_type(-target.maximum - 1))
    return codes


def array_shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every array of a network, in the order of a weights file."""
    units = network.hidden_units
    shapes: dict[str, tuple[int, ...]] = {}
    for stage in STAGES:
        for layer in range(network.layers):
            inputs = units if layer else network.inputs
            parts = {
                "kernel": (inputs, units),
                "recurrent_kernel": (units, units),
                "bias": (units,),
            }
            for part, shape in parts.items():
                for gate in GATES:
                    shapes[array_name(stage, layer, part, gate)] = shape
            if network.cell == "gru-reset-after":
                shapes[array_name(stage, layer, "recurrent_bias", "h")] = (units,)
    shapes[DENSE_KERNEL] = (units, network.outputs)
    shapes[DENSE_BIAS] = (network.outputs,)
    return shapes


def network_of(
    weights: Mapping[str, Array], steps: int, *, name: str = "network", source: str = "weights"
) -> Network:
    """Read the shape of a network off its arrays.

    Parameters
    ----------
    weights : mapping of str to array
        The arrays of a network.
    steps : int
        Time bins of its input and output, which the arrays do not show.
    name : str
        Name of the network.
    source : str
        What an error calls the weights, such as their file.

    Raises
    ------
    InputError
        If an array that shows the shape is missing or has the wrong number of dimensions.
    """
    kernel = _array(weights, array_name("encoder", 0, "kernel", "z"), 2, source)
    dense = _array(weights, DENSE_KERNEL, 2, source)
    layers = 1
    while any(array_name(stage, layers, "kernel", "z") in weights for stage in STAGES):
        layers += 1
    second_biases = {
        array_name(stage, layer, "recurrent_bias", "h")
        for stage in STAGES
        for layer in range(layers)
    }
    return Network(
        name,
        layers=layers,
        hidden_units=kernel.shape[1],
        inputs=kernel.shape[0],
        outputs=dense.shape[1],
        steps=steps,
        cell="gru" if second_biases.isdisjoint(weights) else "gru-reset-after",
    )


def check_weights(
    weights: Mapping[str, Array],
    network: Network,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
    *,
    source: str = "weights",
) -> Weights:
    """Check that arrays are the weights of a network, every code within its format.

    Returns
    -------
    dict of str to integer array
        The same arrays in the order of `array_shapes`.

    Raises
    ------
    InputError
        If an array is missing, is not known, has another shape or holds anything but integer codes
        of its format.
    """
    checked: Weights = check_shapes(weights, network, source=source)
    for name, array in checked.items():
        _check_codes(array, format_of(name, arithmetic), name, source)
    return checked


def check_shapes(
    weights: Mapping[str, NDArray[Any]], network: Network, *, source: str = "weights"
) -> dict[str, NDArray[Any]]:
    """Check that arrays have the names and shapes of a network's weights, whatever they hold.

    Returns
    -------
    dict of str to array
        The same arrays in the order of `array_shapes`.

    Raises
    ------
    InputError
        If an array is missing, is not known or has another shape.
    """
    shapes = array_shapes(network)
    checked = {}
    for name, shape in shapes.items():
        array = _array(weights, name, len(shape), source)
        if array.shape != shape:
            raise InputError(
                f"{source}: array {name!r} has shape {array.shape}, expected {shape} "
                f"for {network.layers} layer(s) of {network.hidden_units} units, "
                f"{network.inputs} input(s) and {network.outputs} output(s)"
            )
        checked[name] = array
    for name in weights:
        if name not in shapes:
            raise InputError(
                f"{source}: array {name!r} belongs to no network of {network.layers} layer(s) "
                f"with cell {network.cell!r}; " + near_names(name, shapes)
            )
    return checked


def read_weights(path: Path | str, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT) -> Weights:
    """Read the weights of a network from an ``.npz`` file.

    Parameters
    ----------
    path : path
        File with the arrays named in this module's docstring and no others.
    arithmetic : Arithmetic
        Gives the range of the codes.

    Returns
    -------
    dict of str to integer array
        Checked as by `check_weights`; the network is read off the shapes.

    Raises
    ------
    InputError
        If the file cannot be read or does not hold the weights of a network.
    """
    path = Path(path)
    arrays = read_archive(path, "a readable .npz file of weights")
    network = network_of(arrays, steps=1, source=str(path))
    return check_weights(arrays, network, arithmetic, source=str(path))


def write_weights(
    path: Path | str,
    weights: Mapping[str, Array],
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
) -> None:
    """Check the weights of a network and write them to an ``.npz`` file.

    Raises
    ------
    InputError
        If the arrays are not the weights of a network, the name does not end in ``.npz`` or the
        file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise InputError(f"{path}: a weights file is named {path.stem}.npz")
    checked = check_weights(weights, network_of(weights, steps=1), arithmetic)
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **checked)


def checksum(weights: Mapping[str, Array]) -> str:
    """Return the SHA-256 of the names, shapes and codes, whatever their order, type or file."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        codes = np.ascontiguousarray(weights[name], dtype="<i8")
        digest.update(f"{name}{codes.shape}".encode())
        digest.update(codes.tobytes())
    return digest.hexdigest()


def seeded_weights(
    network: Network, seed: int, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT
) -> Weights:
    """Draw weights from a seed: not trained, but with states and outputs that vary.

    The real numbers behind the codes depend on the network and the seed alone, so two arithmetics
    get the same network at two precisions.

    Parameters
    ----------
    network : Network
        Gives the arrays and their shapes.
    seed : int
        Seed of the draw, 0 or more.
    arithmetic : Arithmetic
        Formats to which the numbers are rounded.

    Returns
    -------
    dict of str to integer array
        int8 for formats of up to 8 bits, else the smallest type that holds the format.
    """
    generator = np.random.default_rng(seed)
    weights = {}
    for name, shape in array_shapes(network).items():
        # The spread of a sum does not depend on the number of its terms. That of the recurrent ones
        # is large enough that states do not forget, all stay inside the [-1, 1) of 8 bits.
        gain = 3.0 if "recurrent" in name else 1.5
        limit = 0.2 if "bias" in name else min(gain * shape[0] ** -0.5, 0.99)
        weights[name] = generator.uniform(-limit, limit, shape)
    return rounded(weights, arithmetic)


def _array(weights: Mapping[str, Array], name: str, dimensions: int, source: str) -> Array:
    if name not in weights:
        raise InputError(
            f"{source}: array {name!r} is missing; found "
            + (", ".join(repr(found) for found in weights) or "no arrays")
        )
    array = np.asarray(weights[name])
    if array.ndim != dimensions:
        raise InputError(
            f"{source}: array {name!r} has shape {array.shape}, expected {dimensions} dimension(s)"
        )
    if 0 in array.shape:
        raise InputError(f"{source}: array {name!r} has shape {array.shape}, expected no size 0")
    return array


def _check_codes(array: Array, target: Format, name: str, source: str) -> None:
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError(
            f"{source}: array {name!r} holds {array.dtype}, expected integer codes of {target}"
        )
    for code in (array.min(), array.max()):
        if not target.minimum <= code <= target.maximum:
            raise InputError(
                f"{source}: array {name!r} holds {code}, "
                f"expected codes from {target.minimum} to {target.maximum} ({target})"
            )
