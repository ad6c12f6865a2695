"""Matrix products whose every product is rounded on its own, as ``acc += product`` does in HLS."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from hwmodels.gru.fixedpoint import Rounding
from stomp_flim.errors import InputError
from stomp_flim.machine_code import kept

MOST_ROUNDED_BITS = 32
"""Bits of a product that is rounded, and of the sum of such products."""


def rounded_matmul(values: Tensor, weights: Tensor, shift: int, rounding: Rounding) -> Tensor:
    """Return ``sum_k round(values[p, k] * weights[k, u] / 2**shift)``, exactly.

    Parameters
    ----------
    values : Tensor, pixels x terms
        Codes in double precision.
    weights : Tensor, terms x units
        Codes in double precision. Where products are rounded, they and their sums after it fit
        `MOST_ROUNDED_BITS`.
    shift : int
        Bits that are dropped of a product; negative for bits that are added.
    rounding : Rounding
        What becomes of them; only the floor, what HLS does unless told otherwise, if any.

    Returns
    -------
    Tensor, pixels x units
        Sums in double precision.

    Raises
    ------
    InputError
        If bits are dropped and the rounding is another one.
    """
    if shift <= 0:
        return (values @ weights).mul_(2.0**-shift)
    if rounding is not Rounding.FLOOR:
        raise InputError(f"products are rounded by {rounding}, expected floor to train in")
    if values.device.type != "cpu":
        products = values.long().unsqueeze(2) * weights.long()
        return (products >> shift).sum(1).double()
    total = torch.empty(len(values), weights.shape[1], dtype=torch.float64)
    codes = weights.contiguous().int().numpy()
    _floored(values.contiguous().int().numpy(), codes, shift, total.numpy())
    return total


@kept(error_model="numpy")
def _floored(values: Any, weights: Any, shift: Any, total: Any) -> None:
    """Sum in one pass, in the 32 bits that a product of the 8-bit networks fits."""
    terms, units = weights.shape
    shift = shift & 31
    sums = np.empty(units, np.int32)
    for pixel in range(len(values)):
        sums[:] = 0
        for k in range(terms):
            value = values[pixel, k]
            for u in range(units):
                sums[u] += np.int32(value * weights[k, u]) >> shift
        for u in range(units):
            total[pixel, u] = sums[u]
