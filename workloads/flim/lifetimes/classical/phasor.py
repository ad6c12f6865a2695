"""The phasor method: a lifetime from the phase of a TPSF's first harmonic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS


def phasors(
    counts: npt.ArrayLike, irf: npt.ArrayLike, *, harmonic: int = 1
) -> npt.NDArray[np.complex128]:
    r"""Return the phasors :math:`g + i s` of TPSFs, freed from the response.

    With :math:`\omega = 2\pi k / T` for the window :math:`T`, the transform
    :math:`\int f(t) e^{i\omega t} dt / \int f(t) dt` of the TPSF above its background (mean of the
    first ten bins) is divided by that of the response.

    Parameters
    ----------
    counts : array [..., bins]
        TPSFs.
    irf : array [bins] or [..., bins]
        Response, on the same bins.
    harmonic : int
        ``k``.

    Returns
    -------
    complex128[...]
        NaN where a TPSF has no light above its background.

    Raises
    ------
    InputError
        If the bins differ or the harmonic is not one of them.
    """
    tpsf, response = (np.asarray(array, dtype=np.float64) for array in (counts, irf))
    bins = tpsf.shape[-1]
    if response.shape[-1] != bins:
        raise InputError(f"response of {response.shape[-1]} bins, expected {bins}")
    if not 1 <= harmonic <= bins // 2:
        raise InputError(f"harmonic {harmonic}, expected 1 to {bins // 2}")
    wave = np.exp(2j * np.pi * harmonic * np.arange(bins) / bins)
    light = tpsf - tpsf[..., :BASELINE_BINS].mean(axis=-1, keepdims=True)
    total = light.sum(axis=-1)
    lit = total > 0
    measured = np.where(lit, (light @ wave) / np.where(lit, total, 1.0), np.nan)
    return np.asarray(measured / ((response @ wave) / response.sum(axis=-1)))


def phase_lifetimes(
    counts: npt.ArrayLike, irf: npt.ArrayLike, *, harmonic: int = 1
) -> npt.NDArray[np.float64]:
    r"""Estimate lifetimes as :math:`\tau_\varphi = s / (\omega g)`.

    That is the lifetime of a mono-exponential decay; of several components it weighs the brighter
    and so the longer ones more than the amplitude-weighted mean does.

    Returns
    -------
    float64[...]
        Lifetime in ns; NaN where the phasor has no phase between 0 and a quarter turn.
    """
    found = phasors(counts, irf, harmonic=harmonic)
    bins = np.shape(counts)[-1]
    # What `workloads.flim.data.tpsf.decay` averages over a bin lies, on average, half a bin behind
    # its edge.
    omega = 2 * np.pi * harmonic / (bins * BIN_WIDTH_NS)
    rotated = found * np.exp(0.5j * omega * BIN_WIDTH_NS)
    meaningful = (np.sign(rotated.real) == 1) & (np.sign(rotated.imag) == 1)
    ratio = rotated.imag / np.where(meaningful, rotated.real, 1.0)
    return np.where(meaningful, ratio / omega, np.nan)
