"""Synthetic temporal point spread functions (TPSFs), after arXiv 2410.00948, section 3.1.

A TPSF is a bi-exponential decay convolved with the instrument response function (IRF), scaled to
a number of photons, with Poisson noise. Everything random comes from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.irf import convolve, modeled_irfs
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.timebins import BIN_WIDTH_NS, PEAK_BIN, STEPS

SHORT_LIFETIME_NS = (0.2, 0.8)
LONG_LIFETIME_NS = (0.8, 1.5)
IRF_WIDTH_NS = 0.25


def gaussian_irf(
    center_ns: float = (PEAK_BIN - 1) * BIN_WIDTH_NS, fwhm_ns: float = IRF_WIDTH_NS
) -> npt.NDArray[np.float64]:
    """Return a Gaussian instrument response, integrated over each time bin.

    Parameters
    ----------
    center_ns : float
        Time of the excitation pulse in ns.
    fwhm_ns : float
        Full width at half maximum in ns.

    Returns
    -------
    float64[STEPS]
        Share of the response in each bin; the sum is 1 unless the window cuts it.
    """
    return modeled_irfs(center_ns, fwhm_ns)


def decay(
    tau1_ns: npt.ArrayLike, tau2_ns: npt.ArrayLike, fraction: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    r"""Return :math:`f(t) = A e^{-t/\tau_1} + (1 - A) e^{-t/\tau_2}`, averaged over each bin.

    Parameters
    ----------
    tau1_ns, tau2_ns : array [...]
        Short and long lifetime in ns.
    fraction : array [...]
        Amplitude A of the short component, 0 to 1.

    Returns
    -------
    float64[..., STEPS]
        The decay.
    """
    tau1, tau2, share = (
        np.asarray(value, dtype=np.float64)[..., None] for value in (tau1_ns, tau2_ns, fraction)
    )
    for name, tau in (("short", tau1), ("long", tau2)):
        if not (tau > 0).all():
            raise InputError(f"{name} lifetime {tau.min()} ns, expected more than 0")
    if not ((share >= 0) & (share <= 1)).all():
        raise InputError(f"fractions {share.min()} to {share.max()}, expected 0 to 1")
    return share * _exponential(tau1) + (1 - share) * _exponential(tau2)


def _exponential(tau: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    first_bin = -np.expm1(-BIN_WIDTH_NS / tau) * tau / BIN_WIDTH_NS
    return first_bin * np.exp(-np.arange(STEPS) * BIN_WIDTH_NS / tau)


def expected_counts(
    decays: npt.NDArray[np.float64],
    irf: npt.NDArray[np.float64],
    photons: npt.ArrayLike,
    background: npt.ArrayLike = 0.0,
) -> npt.NDArray[np.float64]:
    """Return the mean counts of TPSFs.

    Parameters
    ----------
    decays : float64[..., STEPS]
        Decays, as `decay` returns them.
    irf : float64[STEPS] or float64[..., STEPS]
        Instrument response, one for all or one for each pixel.
    photons : array [...]
        Mean number of photons that a TPSF holds, without background.
    background : array [...]
        Mean counts of background in every bin.
    """
    shape = convolve(decays, irf)
    total: npt.NDArray[np.float64] = shape.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise InputError("the instrument response lies outside the time window")
    signal = np.asarray(photons, dtype=np.float64)[..., None] * (shape / total)
    return np.asarray(signal + np.asarray(background, dtype=np.float64)[..., None])


@dataclass(frozen=True, eq=False)
class SyntheticImage:
    """A synthetic FLIM image with the truth behind it.

    Parameters
    ----------
    image : MeasuredImage
        The counts, uint16[rows, columns, STEPS].
    tau1_ns, tau2_ns, fraction : float64[rows, columns]
        Short and long lifetime in ns and amplitude of the short one.
    photons : float64[rows, columns]
        Mean number of photons without background.
    """

    image: MeasuredImage
    tau1_ns: npt.NDArray[np.float64]
    tau2_ns: npt.NDArray[np.float64]
    fraction: npt.NDArray[np.float64]
    photons: npt.NDArray[np.float64]


def synthetic_image(size: int = 64, *, seed: int = 0) -> SyntheticImage:
    """Make the image that serves where no measured one is at hand.

    A bright ring of a long mean lifetime around a disk of a short one on a dark ground, with
    both lifetimes rising from left to right and the fraction falling from top to bottom.

    Parameters
    ----------
    size : int
        Rows and columns.
    seed : int
        Seed of the Poisson noise.
    """
    if size < 8:
        raise InputError(f"synthetic image of {size} pixels a side, expected at least 8")
    down, right = np.mgrid[0:size, 0:size] / (size - 1)
    radius = np.hypot(down - 0.5, right - 0.5)
    disk, ring = radius < 0.22, (radius > 0.28) & (radius < 0.42)
    tau1 = _between(SHORT_LIFETIME_NS, right)
    tau2 = _between(LONG_LIFETIME_NS, right)
    fraction = np.where(disk, 0.95 - 0.2 * down, 0.45 - 0.4 * down)
    photons = np.where(disk, 6000.0, np.where(ring, 15000.0, 0.0))
    mean = expected_counts(decay(tau1, tau2, fraction), gaussian_irf(), photons, background=0.2)
    counts = np.random.default_rng(seed).poisson(mean).astype(np.uint16)
    image = MeasuredImage(
        counts, BIN_WIDTH_NS, f"synthetic image ({size} x {size} pixels, seed {seed})"
    )
    return SyntheticImage(image, tau1, tau2, fraction, photons)


def _between(
    limits: tuple[float, float], share: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    low, high = limits
    return low + (high - low) * share
