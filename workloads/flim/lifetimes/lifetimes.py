"""Lifetimes from the network's output sequences (the accelerator's post-processing)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS

SMALLEST_DENOMINATOR = 1e-6


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """Lifetimes of pixels; NaN where a pixel was masked.

    Parameters
    ----------
    tau_ns : float64[..., 3]
        Lifetime in ns of the full decay, of its short and of its long component.
    fraction : float64[...]
        Fraction of the short component in the amplitude, 0 to 1 for a decay that makes sense.
    mean_ns : float64[...]
        Amplitude-weighted mean lifetime in ns.
    """

    tau_ns: npt.NDArray[np.float64]
    fraction: npt.NDArray[np.float64]
    mean_ns: npt.NDArray[np.float64]


def lifetimes(
    y: npt.ArrayLike,
    *,
    mask: npt.ArrayLike | None = None,
    bin_width_ns: float = BIN_WIDTH_NS,
) -> Lifetimes:
    r"""Compute lifetimes, fraction and mean lifetime in double precision.

    With the outputs :math:`y_c` (0 the full decay, 1 its short, 2 its long component) on bins of
    the width :math:`\Delta`,

    .. math::
        I_c = \Delta \, \mathrm{trapezoid}(y_c), \quad \tau_c = I_c / y_c[0], \quad
        f = \frac{y_1[0]}{y_1[0] + y_2[0]}, \quad \bar\tau = f \tau_1 + (1 - f) \tau_2 .

    Where a denominator is below 1e-6, the lifetime is 0 and the fraction 0.5.

    Parameters
    ----------
    y : array [..., steps, 3]
        Output sequences as values (not as integer codes).
    mask : bool array [...], optional
        False for pixels without a result: all their numbers become NaN.
    bin_width_ns : float
        Width of an output step in ns.

    Raises
    ------
    InputError
        If `y` has not three outputs.
    """
    y = np.asarray(y, dtype=np.float64)
    if y.ndim < 2 or y.shape[-1] != 3 or y.shape[-2] < 1:
        raise InputError(f"outputs have the shape {y.shape}, expected [..., steps, 3]")
    first = y[..., 0, :]
    # For codes of 10 fractional bits the sum is exact: the result depends on no summation order.
    integral = bin_width_ns * (y.sum(axis=-2) - 0.5 * (first + y[..., -1, :]))
    tau = _ratio(integral, first, otherwise=0.0)
    fraction = _ratio(first[..., 1], first[..., 1] + first[..., 2], otherwise=0.5)
    mean = fraction * tau[..., 1] + (1 - fraction) * tau[..., 2]
    if mask is not None:
        dark = ~np.asarray(mask, dtype=bool)
        tau[dark], fraction[dark], mean[dark] = np.nan, np.nan, np.nan
    return Lifetimes(tau, fraction, mean)


def _ratio(
    numerator: npt.NDArray[np.float64], denominator: npt.NDArray[np.float64], otherwise: float
) -> npt.NDArray[np.float64]:
    small = denominator < SMALLEST_DENOMINATOR
    return np.where(small, otherwise, numerator / np.where(small, 1.0, denominator))
