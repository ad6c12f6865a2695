"""Least squares: a bi-exponential decay convolved with the response, pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim.errors import InputError
from workloads.flim.data.irf import convolve
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.data.tpsf import decay


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
    if components not in (1, 2):
        raise InputError(f"{components} components, expected 1 or 2")
    tpsf = _tpsfs(counts, tau_ns)
    if np.shape(irf) not in ((STEPS,), tpsf.shape):
        raise InputError(
            f"response of the shape {np.shape(irf)}, expected ({STEPS},) or {tpsf.shape}"
        )
    responses = np.broadcast_to(np.asarray(irf, dtype=np.float64), tpsf.shape)
    found = np.full((len(tpsf), 3), np.nan)
    for pixel, (signal, response) in enumerate(zip(tpsf, responses, strict=True)):
        light, deviation = _light(signal)
        if light.sum() > 0:
            found[pixel] = _fit_one(light, deviation, response, tau_ns, components)
        if progress is not None:
            progress(pixel + 1, len(tpsf))
    return Fits(*found.T)


def fit_fractions(counts: npt.ArrayLike, irf: npt.ArrayLike, tau_ns: tuple[float, float]) -> Fits:
    r"""Fit amplitudes to pixels that share their lifetimes, weighted by the counts.

    Minimizes the same sum as `fit`, over :math:`a_1, a_2 \ge 0` alone: lifetimes that are known, or
    were fitted to the sum of all pixels, make the problem linear and the result steady.

    Parameters
    ----------
    counts : array [pixels, STEPS]
        TPSFs.
    irf : array [STEPS]
        Response of all pixels.
    tau_ns : (float, float)
        The short and the long lifetime in ns.

    Raises
    ------
    InputError
        If shapes or lifetimes do not fit.
    """
    from scipy.optimize import nnls

    tpsf, (short, long) = _tpsfs(counts, tau_ns), tau_ns
    if np.shape(irf) != (STEPS,):
        raise InputError(f"response of the shape {np.shape(irf)}, expected ({STEPS},)")
    parts = convolve(decay(tau_ns, tau_ns, np.ones(2)), np.asarray(irf, dtype=np.float64))
    fraction = np.full(len(tpsf), np.nan)
    for pixel, signal in enumerate(tpsf):
        light, deviation = _light(signal)
        amplitudes, _ = nnls((parts / deviation).T, light / deviation)
        if amplitudes.sum() > 0:
            fraction[pixel] = amplitudes[0] / amplitudes.sum()
    lit = np.where(np.isnan(fraction), np.nan, 1.0)
    return Fits(short * lit, long * lit, fraction)


def _tpsfs(counts: npt.ArrayLike, tau_ns: tuple[float, float]) -> npt.NDArray[np.float64]:
    tpsf = np.asarray(counts, dtype=np.float64)
    if tpsf.ndim != 2 or tpsf.shape[1] != STEPS:
        raise InputError(f"TPSFs have the shape {tpsf.shape}, expected (pixels, {STEPS})")
    low, high = tau_ns
    if not 0 < low < high:
        raise InputError(f"lifetimes of {low} and {high} ns, expected rising numbers above 0")
    return tpsf


def _light(
    signal: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what is above the background, and the deviation of the counts."""
    return signal - signal[:BASELINE_BINS].mean(), np.sqrt(np.maximum(signal, 1.0))


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
