"""Any decay under one response: non-negative lifetimes of a grid, fitted to one histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.flim.instrument.forward import Forward

Values = npt.NDArray[np.float64]

LIFETIMES_NS = np.geomspace(0.03, 12.0, 48)
"""Neighbours differ by an eighth: two of them make any lifetime between, to 0.01%."""

_PASSES = 3
_LEAST_EXPECTED = 0.05


@dataclass(frozen=True, eq=False)
class DecayFit:
    """The best sum of exponentials and a constant under a response.

    Parameters
    ----------
    deviance : float
        Of Poisson counts.
    expected : float64[bins]
        Counts of the fit; 0 in dead bins.
    background : float
        Its constant part, counts a live bin.
    """

    deviance: float
    expected: Values
    background: float


def fit_decay(histogram: Values, forward: Forward) -> DecayFit:
    """Fit a histogram of many photons by non-negative least squares, weighted by what it expects.

    Weights of counts themselves would favour the bins that hold few by chance: the fit is repeated
    with the weights of its own first result.

    Parameters
    ----------
    histogram : float64[bins]
        Counts, as of the sum of all pixels.
    forward : Forward
        With the response to be tried.
    """
    from scipy.optimize import nnls

    live = np.asarray(forward.live)
    parts = np.vstack([forward.light(LIFETIMES_NS), forward.constant])[:, live]
    counts = histogram[live]
    expected = np.maximum(counts, 1.0)
    for _ in range(_PASSES):
        weighted = parts / np.sqrt(np.maximum(expected, _LEAST_EXPECTED))
        scale = np.linalg.norm(weighted, axis=1)  # columns of one length: better conditioned
        amplitudes, _ = nnls(
            (weighted / scale[:, None]).T,
            counts / np.sqrt(np.maximum(expected, _LEAST_EXPECTED)),
            maxiter=1000,
        )
        expected = (amplitudes / scale) @ parts
    whole = np.zeros(forward.bins)
    whole[live] = expected
    return DecayFit(deviance(counts, expected), whole, float(amplitudes[-1] / scale[-1]))


def deviance(counts: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    r"""Return :math:`2 \sum (n \ln(n / \mu) - n + \mu)`; counts without expectation cost much."""
    n = np.asarray(counts, np.float64)
    mean = np.maximum(np.asarray(expected, np.float64), 1e-6 * max(float(n.max(initial=0)), 1e-9))
    logarithm = n * np.log(np.where(n > 0, n, 1.0) / mean)
    return float(2 * (logarithm - n + mean).sum())
