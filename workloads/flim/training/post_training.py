"""Post-training quantization: rounding the weights of a network that was trained in real numbers.

Each array of weights is divided by a step of its own and rounded, ``q = round(x / s)``. The paper
(arXiv 2410.00948) prints ``s = max|x| / (2^b - 1)``; the codes then reach ``2^b - 1`` on both sides
of 0, for which b bits with a sign are one too few. ``s = max|x| / (2^(b-1) - 1)`` fits them. Both
are offered: the printed one computes with a bit more than it says.
"""

from __future__ import annotations

import copy
from enum import StrEnum

import torch

from stomp_flim.errors import InputError
from workloads.flim.training.networks import EncoderDecoder


class Scale(StrEnum):
    """Which largest code the largest weight becomes."""

    PRINTED = "printed"
    SIGNED = "signed"


def largest_code(bits: int, scale: Scale) -> int:
    """Return the largest code: ``2^b - 1`` as printed, ``2^(b-1) - 1`` with a sign.

    Raises
    ------
    InputError
        If there are no bits beside the sign, or more than the 24 of a float32.
    """
    if not 2 <= bits <= 24:
        raise InputError(f"post-training quantization to {bits} bits, expected 2 to 24")
    return int(2 ** (bits if scale is Scale.PRINTED else bits - 1)) - 1


@torch.no_grad()
def quantize_weights(module: EncoderDecoder, bits: int, scale: Scale) -> EncoderDecoder:
    """Return a copy of a network whose weights and biases are multiples of their array's step.

    Parameters
    ----------
    module : EncoderDecoder
        Trained in real numbers; it is not changed.
    bits : int
    scale : Scale

    Raises
    ------
    InputError
        If the number of bits is out of range.
    """
    largest = largest_code(bits, scale)
    rounded = copy.deepcopy(module)
    for parameter in rounded.parameters():
        if parameter.numel() and parameter.any():
            step = parameter.double().abs().max() / largest
            parameter.copy_(torch.round(parameter.double() / step) * step)
    return rounded
