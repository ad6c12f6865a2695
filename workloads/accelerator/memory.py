"""What lies in the accelerator's memories before the first task, by name.

=============================  ==================================================================
value                          meaning
=============================  ==================================================================
``encoder.gru1.z.W[0]``        row of a kernel: stage, layer from 1, gate z, r or c, input
``encoder.gru1.z.U[0]``        row of a recurrent kernel, likewise
``encoder.gru1.z.b``           bias
``encoder.gru1.c.b2``          bias of the recurrent sum, where the reset comes after it
``dense1.W[0]``, ``dense1.b``  dense layer, up to H outputs a row
``half, one, bin_width``       constants of post-processing, in double precision
``postprocess.area``           area before the first output step: 0
``encoder.gru1.h``             state before the encoder's first step: 0
``decoder.gru1.h``             state before the decoder's first step, where the graph begins there
``x[0][0]``                    input: step, feature; where the graph has an encoder
``y[0]``                       outputs of a step, where the graph begins with post-processing
=============================  ==================================================================

Values are int64 codes or float64: rows, and single values as rows of one element.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwmodels.gru.arithmetic import Specification
from hwmodels.gru.fixedpoint import Codes, Format, as_codes
from hwmodels.gru.reference import checked
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, STAGES, Array, cell_arrays, check_weights
from hwmodels.network import Network
from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS

Value = NDArray[Any]
Values = dict[Hashable, Value]

CONSTANTS: Mapping[Hashable, Value] = {
    "half": np.array([0.5]),
    "one": np.array([1.0]),
    "bin_width": np.array([BIN_WIDTH_NS]),
}

_BIASES = {"b": "b", "d": "b2"}
"""What is called here as the equations of a cell call it."""


def initial_memory(
    specification: Specification, stage: str, weights: Mapping[str, Array], x: Any
) -> list[Values]:
    """Return the initial values of every pixel.

    Parameters
    ----------
    specification : Specification
        Its network has the steps of the graph.
    stage : {"encoder", "decoder", "postprocess", "pipeline"}
        What the graph is of.
    weights : mapping of str to int array
        As `hwmodels.gru.weights` names them. Post-processing has none and ignores them.
    x : int array
        Encoder and pipeline: INPUT codes, pixels x steps or pixels x steps x inputs. Decoder: the
        encoder's final states, HIDDEN codes, pixels x layers x units (or pixels x units of a single
        layer). Post-processing: OUTPUT codes, pixels x steps x outputs. Steps beyond those of the
        graph are not read.

    Raises
    ------
    InputError
        If weights or input do not fit.
    """
    network, arithmetic = specification.network, specification.arithmetic
    x = np.asarray(x)
    if stage != "decoder" and x.ndim > 1:
        x = x[:, : network.steps]
    inputs: list[Values]
    if stage == "postprocess":
        y = _checked(x, (network.steps, network.outputs), arithmetic.output, "outputs")
        inputs = [{f"y[{step}]": row for step, row in enumerate(pixel)} for pixel in y]
        return [_zeros(network) | values for values in inputs]
    if stage == "decoder":
        weights = check_weights(weights, network, arithmetic)
        if x.ndim == 2 and network.layers == 1:
            x = x[:, np.newaxis]
        shape = network.layers, network.hidden_units
        states = _checked(x, shape, arithmetic.hidden, "encoder states")
        inputs = [{state_name("decoder", i): h for i, h in enumerate(pixel)} for pixel in states]
    else:
        _, weights, x = checked(weights, x, specification)
        inputs = [
            {f"x[{step}][{i}]": pixel[step, i : i + 1] for step, i in np.ndindex(pixel.shape)}
            for pixel in as_codes(x)
        ]
    shared = _zeros(network) | weight_rows(network, weights)
    return [shared | values for values in inputs]


def state_name(stage: str, layer: int) -> str:
    """Return the name of the state of a layer, from 0, before the first step of a stage."""
    return f"{stage}.gru{layer + 1}.h"


def weight_rows(network: Network, weights: Mapping[str, Array]) -> Values:
    """Return the rows of all weights.

    Parameters
    ----------
    network : Network
        Whose weights they are.
    weights : mapping of str to int array
        As `hwmodels.gru.weights.check_weights` returns them.
    """
    matrices: dict[str, Array] = {}
    rows: Values = {}
    for stage, layer in product(STAGES, range(network.layers)):
        for weight, name in cell_arrays(network, stage, layer).items():
            letter, gate = weight.split("_")
            place = f"{stage}.gru{layer + 1}.{gate}"
            if letter in _BIASES:
                rows[f"{place}.{_BIASES[letter]}"] = as_codes(weights[name])
            else:
                matrices[f"{place}.{letter}"] = weights[name]
    for row, first in enumerate(range(0, network.outputs, network.hidden_units), 1):
        outputs = slice(first, first + network.hidden_units)
        matrices[f"dense{row}.W"] = weights[DENSE_KERNEL][:, outputs]
        rows[f"dense{row}.b"] = as_codes(weights[DENSE_BIAS][outputs])
    for name, array in matrices.items():
        rows |= {f"{name}[{k}]": row for k, row in enumerate(as_codes(array))}
    return rows


def _zeros(network: Network) -> Values:
    """Return what begins at zero, and the constants."""
    state = np.zeros(network.hidden_units, np.int64)
    zeros: Values = {state_name("encoder", layer): state for layer in range(network.layers)}
    zeros["postprocess.area"] = np.zeros(network.outputs)
    return zeros | dict(CONSTANTS)


def _checked(x: Value, shape: tuple[int, int], target: Format, what: str) -> Codes:
    """Return codes of every pixel, each of the given shape and in its format."""
    if x.shape[1:] != shape or x.ndim != 3:
        raise InputError(f"{what} have shape {x.shape}, expected (pixels, {shape[0]}, {shape[1]})")
    if not np.issubdtype(x.dtype, np.integer):
        raise InputError(f"{what} are {x.dtype}, expected integer codes of {target}")
    for code in (x.min(initial=0), x.max(initial=0)):
        if not target.minimum <= code <= target.maximum:
            raise InputError(
                f"{what} hold {code}, expected codes from {target.minimum} to {target.maximum} "
                f"({target})"
            )
    return as_codes(x)
