"""How far found decays lie from the true ones: the measures of arXiv 2410.00948, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DecayErrors:
    """Errors of decays: of each pixel, and of all of them taken together.

    Parameters
    ----------
    rmse : float64[pixels]
        Root of the mean squared error over time.
    r2 : float64[pixels]
        1 - squared error / squared deviation of the true decay from its mean over time.
    l2 : float64[pixels]
        Euclidean norm of the error.
    dtw : float64[pixels]
        Euclidean dynamic-time-warping distance; NaN where it was not asked for.
    pooled_rmse, pooled_r2 : float
        Of all values of all pixels as one sample.
    """

    rmse: Values
    r2: Values
    l2: Values
    dtw: Values
    pooled_rmse: float
    pooled_r2: float


def decay_errors(found: npt.ArrayLike, truth: npt.ArrayLike, *, dtw: bool = False) -> DecayErrors:
    """Measure the errors of decays.

    Parameters
    ----------
    found, truth : array [pixels, steps]
    dtw : bool
        Also compute the dynamic-time-warping distance (needs `dtaidistance`).

    Raises
    ------
    InputError
        If the shapes differ or hold no pixel.
    """
    y, t = np.asarray(found, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if y.shape != t.shape or y.ndim != 2 or y.size == 0:
        raise InputError(f"decays of the shapes {y.shape} and {t.shape}, expected equal ones")
    squared = (y - t) ** 2
    spread = (t - t.mean(axis=1, keepdims=True)) ** 2
    distances = np.full(len(y), np.nan)
    if dtw:
        from dtaidistance.dtw import distance_fast

        distances = np.array([distance_fast(a, b) for a, b in zip(y, t, strict=True)])
    return DecayErrors(
        rmse=np.sqrt(squared.mean(axis=1)),
        r2=1 - squared.sum(axis=1) / spread.sum(axis=1),
        l2=np.sqrt(squared.sum(axis=1)),
        dtw=distances,
        pooled_rmse=float(np.sqrt(squared.mean())),
        pooled_r2=float(1 - squared.sum() / ((t - t.mean()) ** 2).sum()),
    )


def median_relative_error(found: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Return the median over pixels of ``|found / truth - 1|``; a pixel without a result counts 1.

    A method that gives up on the difficult pixels does not look better for it.
    """
    error = np.abs(np.asarray(found) / np.asarray(truth) - 1)
    return float(np.median(np.where(np.isfinite(error), error, 1.0)))
