r"""What a training lowers: the error of decays, and that of the lifetimes that are read off them.

A decay hardly shows an offset of a thousandth in a hundred bins, while the lifetime, an integral,
is off by percents. So the lifetime has a term of its own: its relative error, squared only where
that is below what so many photons leave open at best. A squared error would be ruled by the dim
pixels, which no network can tell better; one in units of those deviations by the bright ones, and
learns by fits and starts.
"""

from __future__ import annotations

import torch
from torch import Tensor

from workloads.flim.data.timebins import BIN_WIDTH_NS

LEAST_AMPLITUDE = 0.2
"""Amplitude below which a decay is not yet one, and its lifetime no ratio to learn from."""

LEAST_LIFETIME_NS = 0.02

DEVIATION, LEAST_DEVIATION = 1.5, 0.01
"""Relative deviation of a lifetime found from one photon, and from any number of them."""


def decay_loss(outputs: Tensor, target: Tensor, integral_weight: float) -> Tensor:
    """Mean squared error of the decays, and of their means over time with a weight.

    Parameters
    ----------
    outputs, target : Tensor, pixels x steps x outputs
    integral_weight : float
    """
    error = outputs - target
    squared: Tensor = (error**2).mean()
    return squared + integral_weight * (error.mean(dim=1) ** 2).mean()


def lifetime_loss(outputs: Tensor, mean_ns: Tensor, photons: Tensor) -> Tensor:
    r"""Mean relative error of the mean lifetime, rounded off within the deviation of the photons.

    With :math:`e = \ln(\hat\tau / \tau)` and :math:`\sigma^2 = a^2 / n + b^2` it is
    :math:`\sqrt{\sigma^2 + e^2} - \sigma`: linear far from the truth, whose best answer is the
    posterior median, and smooth near it.

    Parameters
    ----------
    outputs : Tensor, pixels x steps x 3
    mean_ns : Tensor, pixels
        Amplitude-weighted mean lifetime.
    photons : Tensor, pixels
    """
    # The post-processing's mean over components is the integral of their sum by its amplitude.
    total = outputs[..., 1] + outputs[..., 2]
    integral = BIN_WIDTH_NS * (total.sum(1) - 0.5 * (total[:, 0] + total[:, -1]))
    found = (integral / total[:, 0].clamp_min(LEAST_AMPLITUDE)).clamp_min(LEAST_LIFETIME_NS)
    deviation = torch.sqrt(DEVIATION**2 / photons + LEAST_DEVIATION**2)
    error: Tensor = torch.hypot(deviation, torch.log(found / mean_ns)) - deviation
    return error.mean()
