"""Non-linear least squares: a bi-exponential decay convolved with the response, pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hwmodels.preprocess import BASELINE_BINS
from stomp_flim.errors import InputError
from workloads.irf import convolve
from workloads.timebins import BIN_WIDTH_NS, STEPS
from workloads.tpsf import decay


@dataclass(frozen=True, eq=False)
class Fits:
    """What was fitted to pixels; NaN where a TPSF has no light or the fit found no end.

    Parameters
    ----------
    tau1_ns, tau2_ns, fraction : float64[pixels]
        Short and long lifetime and the amplitude of the short one.
    """

    tau1_ns: npt.NDArray[np.float64]
    tau2_ns: npt.NDArray[np.float64]
    fraction: npt.NDArray[np.float64]

    @property
    def mean_ns(self) -> npt.NDArray[np.float64]:
        """Amplitude-weighted mean lifetime in ns."""
        return self.fraction * self.tau1_ns + (1 - self.fraction) * self.tau2_ns


def fit(
    counts: npt.ArrayLike,
    irf: npt.ArrayLike,
    *,
    tau_ns: tuple[float, float] = (0.05, 5.0),
    components: int = 2,
    progress: Callable[[int, int], object] | None = None,
) -> Fits:
    r"""Fit decays by least squares, weighted by the counts.

    Minimizes :math:`\sum_t (n_t - b - (a_1 E_{\tau_1} + a_2 E_{\tau_2})_t)^2 / \max(n_t, 1)`, where
    :math:`E_\tau` is an exponential convolved with the response and :math:`b` the mean of the first
    ten bins, over :math:`a_1, a_2 \ge 0` and the lifetimes within their limits, with the
    trust-region method of SciPy.

    Parameters
    ----------
    counts : array [pixels, STEPS]
        TPSFs.
    irf : array [STEPS] or [pixels, STEPS]
        Response, the same for all or each pixel's own.
    tau_ns : (float, float)
        Limits of the lifetimes in ns.
    components : {1, 2}
        Exponentials; with 1 the fraction is 1.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)``.

    Raises
    ------
    InputError
        If shapes or limits do not fit.
    """
    tpsf = np.asarray(counts, dtype=np.float64)
    if tpsf.ndim != 2 or tpsf.shape[1] != STEPS:
        raise InputError(f"TPSFs have the shape {tpsf.shape}, expected (pixels, {STEPS})")
    if components not in (1, 2):
        raise InputError(f"{components} components, expected 1 or 2")
    low, high = tau_ns
    if not 0 < low < high:
        raise InputError(f"lifetimes from {low} to {high} ns, expected rising limits above 0")
    responses = np.broadcast_to(np.asarray(irf, dtype=np.float64), tpsf.shape)
    found = np.full((len(tpsf), 3), np.nan)
    for pixel, (signal, response) in enumerate(zip(tpsf, responses, strict=True)):
        light = signal - signal[:BASELINE_BINS].mean()
        if light.sum() > 0:
            deviation = np.sqrt(np.maximum(signal, 1.0))
            found[pixel] = _fit_one(light, deviation, response, tau_ns, components)
        if progress is not None:
            progress(pixel + 1, len(tpsf))
    return Fits(*found.T)


def _fit_one(
    light: npt.NDArray[np.float64],
    deviation: npt.NDArray[np.float64],
    response: npt.NDArray[np.float64],
    limits: tuple[float, float],
    components: int,
) -> tuple[float, float, float]:
    from scipy.optimize import least_squares

    low, high = limits
    total = light.sum()

    def residuals(parameters: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        taus, amplitudes = parameters[:components], parameters[components:]
        parts = convolve(decay(taus, taus, np.ones(components)), response)
        return np.asarray((total * (amplitudes @ parts) - light) / deviation)

    # Starts at the mean arrival time after the response's, which is a single decay's lifetime.
    bins = np.arange(STEPS)
    arrival = (light @ bins) / total - (response @ bins) / response.sum()
    guess = float(np.clip(arrival * BIN_WIDTH_NS, 1.5 * low, 0.6 * high))
    amplitude = BIN_WIDTH_NS / guess  # of a decay that holds one photon
    if components == 1:
        start = [guess, amplitude]
        bounds = ([low, 0.0], [high, np.inf])
    else:
        taus = np.clip([0.5 * guess, 1.5 * guess], low * 1.01, high * 0.99)
        start = [*taus, amplitude / 2, amplitude / 2]
        bounds = ([low, low, 0.0, 0.0], [high, high, np.inf, np.inf])
    result = least_squares(residuals, start, bounds=bounds, x_scale="jac", max_nfev=200)
    if not result.success:
        return np.nan, np.nan, np.nan
    if components == 1:
        return result.x[0], result.x[0], 1.0
    (first, second), (a1, a2) = result.x[:2], result.x[2:]
    if first > second:
        first, second, a1, a2 = second, first, a2, a1
    return first, second, a1 / (a1 + a2) if a1 + a2 > 0 else np.nan
