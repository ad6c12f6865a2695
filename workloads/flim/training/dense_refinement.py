r"""The dense layer's codes, chosen together once the states are what they are.

After quantization-aware training every weight is rounded on its own. For the dense layer that is
not the best choice: with the states :math:`h` fixed, the error of its outputs is a quadratic
function of its few codes, and rounding one up and another down can cancel. That matters where a
decay has ended: the states rest at values that are not 0 there, the bias has steps of 1/128, and an
offset of a few thousandths, over a hundred bins, is a lifetime off by percents.

For each output the codes are improved until no change of one code by any amount, and no change of
two codes by one, lowers

.. math::
    \overline{(\tilde h w - y)^2} + \lambda\, \overline{(\overline{\tilde h w - y})^2}

with :math:`\tilde h = (h, 1)` and the truth :math:`y` (inner mean over time).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Pixels
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.quantization_aware import quantized

MOST_CHANGES = 2000
"""Changes for an output at most: trained networks need up to some hundred."""

Matrix = npt.NDArray[np.float64]


@torch.no_grad()
def refine_dense(module: EncoderDecoder, batches: Iterable[Pixels], integral_weight: float) -> None:
    r"""Choose the dense layer's codes for the truth of pixels, in place.

    Parameters
    ----------
    module : EncoderDecoder
        Computes in an arithmetic.
    batches : iterable of Pixels
        At least one; of the training's kind.
    integral_weight : float
        :math:`\lambda`.

    Raises
    ------
    InputError
        If the network computes in real numbers, or there are no pixels.
    """
    a = module.arithmetic
    if a is None:
        raise InputError(f"{module.name}: computes in real numbers, expected an arithmetic")
    size = len(module.dense_kernel) + 1
    square = torch.zeros(size, size, dtype=torch.float64)
    moment = torch.zeros(size, module.outputs, dtype=torch.float64)
    count = 0
    for pixels in batches:
        states = module.states(torch.from_numpy(pixels.inputs(a.input))).double()
        h = torch.cat((states, torch.ones_like(states[..., :1])), dim=2)
        y = torch.from_numpy(pixels.targets()).double().transpose(0, 1)
        mean_h, mean_y = h.mean(0), y.mean(0)
        flat = h.reshape(-1, h.shape[2])
        square += flat.T @ flat / len(h) + integral_weight * mean_h.T @ mean_h
        moment += flat.T @ y.reshape(-1, y.shape[2]) / len(h)
        moment += integral_weight * mean_h.T @ mean_y
        count += h.shape[1]
    if count == 0:
        raise InputError(f"{module.name}: no pixels to refine on, expected at least one batch")
    formats = [a.weight] * (size - 1) + [a.bias]
    steps = np.array([2.0**-target.fraction for target in formats])
    lowest = np.array([float(target.minimum) for target in formats])
    highest = np.array([float(target.maximum) for target in formats])
    q = (square / count).numpy() * np.outer(steps, steps)
    r = (moment / count).numpy() * steps[:, np.newaxis]
    codes = torch.cat(
        (quantized(module.dense_kernel, a.weight), quantized(module.dense_bias, a.bias)[None])
    ).numpy()
    for output in range(codes.shape[1]):
        codes[:, output] = _best_codes(codes[:, output], q, r[:, output], lowest, highest)
    values = torch.from_numpy(codes * steps[:, np.newaxis])
    module.dense_kernel.copy_(values[:-1])
    module.dense_bias.copy_(values[-1])


def _best_codes(codes: Matrix, q: Matrix, r: Matrix, lowest: Matrix, highest: Matrix) -> Matrix:
    """Lower ``w q w - 2 r w`` over integers in a range, by changes of one and of two codes."""
    w = codes.copy()
    diagonal = np.diag(q)
    curvature = np.where(diagonal > 0, diagonal, np.inf)  # a unit that is always 0 has none
    for _ in range(MOST_CHANGES):
        slope = q @ w - r  # half the gradient
        single = np.clip(np.rint(w - slope / curvature), lowest, highest) - w
        gain = single * (2 * slope + diagonal * single)
        best = int(gain.argmin())
        if gain[best] < -_RESOLUTION:
            w[best] += single[best]
            continue
        pairs = np.stack([_pair_gains(w, q, slope, lowest, highest, *pair) for pair in _PAIRS])
        pair, i, j = np.unravel_index(int(pairs.argmin()), pairs.shape)
        if pairs[pair, i, j] >= -_RESOLUTION:
            break
        w[i] += _PAIRS[pair][0]
        w[j] += _PAIRS[pair][1]
    return w


def _pair_gains(
    w: Matrix, q: Matrix, slope: Matrix, lowest: Matrix, highest: Matrix, first: int, second: int
) -> Matrix:
    """Change of the sum by `first` more in one code and `second` more in another, for all pairs."""
    diagonal = np.diag(q)
    by_first, by_second = 2 * first * slope + diagonal, 2 * second * slope + diagonal
    by_first = np.where((w + first < lowest) | (w + first > highest), np.inf, by_first)
    by_second = np.where((w + second < lowest) | (w + second > highest), np.inf, by_second)
    gains = by_first[:, np.newaxis] + by_second + 2 * first * second * q
    np.fill_diagonal(gains, np.inf)
    return np.asarray(gains)


_PAIRS = ((1, 1), (1, -1), (-1, 1), (-1, -1))

_RESOLUTION = 1e-15
"""Gain below which a change is one of rounding errors: without it the search could circle."""
