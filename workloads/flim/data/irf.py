"""Instrument response functions (IRFs), one for each pixel, on the network's time bins.

A response is a Gaussian, or a Gaussian convolved with an exponential tail (exponentially modified,
as detectors with a slow return show it), integrated over each bin; or it was measured.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.machine_code import kept
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS

_ASYMPTOTIC = 20.0
"""Where three terms of the series of erfcx have reached ten digits."""


def modeled_irfs(
    center_ns: npt.ArrayLike,
    fwhm_ns: npt.ArrayLike,
    tail_ns: npt.ArrayLike = 0.0,
    *,
    steps: int = STEPS,
    bin_width_ns: float = BIN_WIDTH_NS,
) -> npt.NDArray[np.float64]:
    """Return exponentially modified Gaussian responses, integrated over each time bin.

    Parameters
    ----------
    center_ns : array [...]
        Centre of the Gaussian in ns after the window begins.
    fwhm_ns : array [...]
        Its full width at half maximum in ns.
    tail_ns : array [...]
        Time constant of the exponential tail in ns; 0 leaves the Gaussian alone.
    steps, bin_width_ns : int, float
        Time bins of the window and their width in ns; by default the network's.

    Returns
    -------
    float64[..., steps]
        Share of the response in each bin; the sum is 1 unless the window cuts it.

    Raises
    ------
    InputError
        If a width is not positive, a tail negative, or a width or a tail longer than the window.
    """
    center, fwhm, tail = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (center_ns, fwhm_ns, tail_ns))
    )
    window = steps * bin_width_ns
    if not (fwhm > 0).all():
        raise InputError(f"IRF width {fwhm.min():g} ns, expected more than 0")
    if not (tail >= 0).all():
        raise InputError(f"IRF tail {tail.min():g} ns, expected 0 or more")
    for name, value in (("width", fwhm), ("tail", tail)):
        if not (value < window).all():
            raise InputError(
                f"IRF {name} {value.max():g} ns, expected less than the window of {window:g} ns"
            )
    deviation = fwhm / math.sqrt(8 * math.log(2))
    responses = np.empty((center.size, steps))
    _integrate(center.ravel(), deviation.ravel(), tail.ravel(), bin_width_ns, responses)
    return responses.reshape(*center.shape, steps)


def measured_irfs(counts: npt.ArrayLike, *, source: str = "IRF") -> npt.NDArray[np.float64]:
    """Normalize measured responses that lie on the network's bins.

    Parameters
    ----------
    counts : array [..., bins]
        Counts or shares of each bin; fewer bins than the window has are padded with 0.
    source : str
        What an error calls the response, such as its file.

    Returns
    -------
    float64[..., STEPS]
        Responses of the sum 1.

    Raises
    ------
    InputError
        If a response is longer than the window, has a negative or no value, or only zeros.
    """
    measured = np.asarray(counts, dtype=np.float64)
    if measured.ndim == 0 or measured.shape[-1] == 0:
        raise InputError(f"{source}: has the shape {measured.shape}, expected [..., bins]")
    bins = measured.shape[-1]
    if bins > STEPS:
        raise InputError(
            f"{source}: holds {bins} time bins, expected at most the window of {STEPS}"
        )
    if not (np.isfinite(measured) & (measured >= 0)).all():
        raise InputError(f"{source}: holds {measured.min()}, expected finite numbers >= 0")
    total = measured.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise InputError(f"{source}: holds a response of zeros only")
    padding = [(0, 0)] * (measured.ndim - 1) + [(0, STEPS - bins)]
    return np.pad(measured / total, padding)


def convolve(
    decays: npt.NDArray[np.float64], irf: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Convolve decays [..., STEPS] with responses [STEPS] or [..., STEPS], within the window."""
    shape = np.broadcast_shapes(decays.shape, irf.shape)
    decays, irf = (
        np.ascontiguousarray(np.broadcast_to(array, shape), np.float64).reshape(-1, STEPS)
        for array in (decays, irf)
    )
    convolved = np.zeros((len(decays), STEPS))
    _convolve(decays, irf, convolved)
    return convolved.reshape(shape)


@kept(error_model="numpy")
def _convolve(decays: Any, irf: Any, convolved: Any) -> None:
    for pixel in range(len(decays)):
        for lag in range(decays.shape[1]):
            share = irf[pixel, lag]
            if share != 0.0:  # most bins of a response are dark
                for step in range(decays.shape[1] - lag):
                    convolved[pixel, lag + step] += share * decays[pixel, step]


@kept(error_model="numpy")
def _integrate(center: Any, deviation: Any, tail: Any, width: Any, responses: Any) -> None:
    for pixel in range(len(responses)):
        before = cumulative(-center[pixel], deviation[pixel], tail[pixel])
        for step in range(responses.shape[1]):
            after = cumulative((step + 1) * width - center[pixel], deviation[pixel], tail[pixel])
            responses[pixel, step] = max(after - before, 0.0)
            before = after


@kept(error_model="numpy")
def cumulative(time: Any, deviation: Any, tail: Any) -> Any:
    """Return the share of a response before a time, counted from the centre of the Gaussian.

    ``Phi(t/s) - exp(s^2/2k^2 - t/k) Phi(t/s - s/k)`` with the tail ``k``; the product is written
    with ``erfcx(y) = exp(y^2) erfc(y)`` where its factors would overflow and underflow.
    """
    u = time / (deviation * math.sqrt(2.0))
    gaussian = 0.5 * math.erfc(-u)
    if tail == 0.0:
        return gaussian
    y = deviation / (tail * math.sqrt(2.0)) - u
    if y < 0.0:
        exponent = 0.5 * (deviation / tail) ** 2 - time / tail
        return gaussian - 0.5 * math.exp(exponent) * math.erfc(y)
    if y < _ASYMPTOTIC:
        scaled = math.exp(y * y) * math.erfc(y)
    else:
        inverse = 1.0 / (2.0 * y * y)
        scaled = (1.0 - inverse * (1.0 - 3.0 * inverse)) / (y * math.sqrt(math.pi))
    return gaussian - 0.5 * math.exp(-u * u) * scaled
