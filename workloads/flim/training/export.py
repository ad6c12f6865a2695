"""From trained networks to the integer kernel's weights, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.weights import (
    DENSE_BIAS,
    DENSE_KERNEL,
    GATES,
    STAGES,
    Array,
    Weights,
    array_name,
    array_shapes,
    check_weights,
)
from hwmodels.gru.weights import network_of as network_of_arrays
from workloads.flim.data.timebins import STEPS
from workloads.flim.training.networks import EncoderDecoder, network_of

PARTS = ("kernel", "recurrent_kernel", "bias")


def real_weights(module: EncoderDecoder) -> dict[str, npt.NDArray[np.float64]]:
    """Return the weights as real numbers, with the names and shapes of `hwmodels.gru.weights`.

    Raises
    ------
    InputError
        If the layers differ in size.
    """
    found: dict[str, npt.NDArray[np.float64]] = {}
    shapes = array_shapes(network_of(module))
    for stage in STAGES:
        for index, units in enumerate(module.units):
            for part in PARTS:
                values = getattr(module.layer(stage, index), part).detach().cpu().double().numpy()
                for position, gate in enumerate(GATES):
                    name = array_name(stage, index, part, gate)
                    columns = values[..., position * units : (position + 1) * units]
                    # The decoder's first layer receives no input: its file holds zeros for it.
                    found[name] = columns if columns.size else np.zeros(shapes[name])
    found[DENSE_KERNEL] = module.dense_kernel.detach().cpu().double().numpy()
    found[DENSE_BIAS] = module.dense_bias.detach().cpu().double().numpy()
    return found


def export(module: EncoderDecoder, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT) -> Weights:
    """Round the weights to codes: to the nearest, clipped to the range, as training saw them.

    Parameters
    ----------
    module : EncoderDecoder
    arithmetic : Arithmetic
        Gives the formats.

    Returns
    -------
    dict of str to integer array
        Weights for `hwmodels.gru.kernel.infer` with this arithmetic.

    Raises
    ------
    InputError
        If the layers differ in size.
    """
    codes: Weights = {}
    for name, values in real_weights(module).items():
        target = arithmetic.bias if "bias" in name else arithmetic.weight
        rounded = np.clip(np.rint(values * 2.0**target.fraction), target.minimum, target.maximum)
        codes[name] = rounded.astype(np.min_scalar_type(-target.maximum - 1))
    return check_weights(codes, network_of(module), arithmetic)


def restore(
    weights: Mapping[str, Array], arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT
) -> EncoderDecoder:
    """Build a network, in the arithmetic, from the integer kernel's weights.

    Raises
    ------
    InputError
        If the arrays are not the weights of a network with the reset before the product.
    """
    network = network_of_arrays(weights, STEPS)
    network.require_reset_before("training")
    weights = check_weights(weights, network, arithmetic)
    module = EncoderDecoder(
        [network.hidden_units] * network.layers,
        arithmetic=arithmetic,
        inputs=network.inputs,
        outputs=network.outputs,
    )
    with torch.no_grad():
        for stage in STAGES:
            for index in range(network.layers):
                for part in PARTS:
                    parameter = getattr(module.layer(stage, index), part)
                    if parameter.numel():
                        target = arithmetic.bias if part == "bias" else arithmetic.weight
                        gates = [weights[array_name(stage, index, part, gate)] for gate in GATES]
                        values = target.to_real(np.concatenate(gates, axis=-1))
                        parameter.copy_(torch.from_numpy(values))
        module.dense_kernel.copy_(
            torch.from_numpy(arithmetic.weight.to_real(weights[DENSE_KERNEL]))
        )
        module.dense_bias.copy_(torch.from_numpy(arithmetic.bias.to_real(weights[DENSE_BIAS])))
    return module
