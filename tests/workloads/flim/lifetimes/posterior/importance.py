"""Importance sampling from the prior: simple, and right where many draws have weight."""

from __future__ import annotations

from typing import Any

import numpy as np

LEAST_DRAWS = 60.0
"""Effective draws with which it is a witness."""

EXPECTED_DRAWS = 50.0
"""Independent draws that a posterior has to be worth, in the mean over pixels."""

SHARES = np.array([0.25, 0.5, 0.75])


def deviations(found: Any, pixels: Any, counts: Any, mean: Any, lifetimes: Any) -> Any:
    """Return by how much quartiles of posteriors differ from those of weighed draws.

    Parameters
    ----------
    found : Posterior
    pixels : array [n]
        Which of its pixels are looked at.
    counts : array [n, bins]
    mean : array [draws, bins]
        Expected counts of draws of the prior, in any unit.
    lifetimes : array [draws]
        Their mean lifetimes.

    Returns
    -------
    array [m, 3]
        In standard deviations of both, of those pixels of which enough draws have weight.
    """
    logarithm = np.log(mean / mean.sum(axis=1, keepdims=True) + 1e-30)
    level = counts @ logarithm.T
    weight = np.exp(level - level.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    draws = 1 / (weight**2).sum(axis=1)
    quartiles = np.stack([found.quantile(share)[pixels] for share in SHARES], axis=1)
    below = np.einsum("pd,pdq->pq", weight, lifetimes[:, None] < quartiles[:, None])
    variance = SHARES * (1 - SHARES) * (1 / draws + 1 / EXPECTED_DRAWS)[:, None]
    return ((below - SHARES) / np.sqrt(variance))[draws > LEAST_DRAWS]


def agree(deviation: Any, least: int) -> None:
    """Check that at least so many pixels could be looked at, and agree."""
    assert len(deviation) >= least
    assert np.abs(deviation.mean(axis=0)).max() < 4 / np.sqrt(len(deviation))
    assert (deviation**2).mean() < 1.5


def even(ranks: Any) -> None:
    """Check that ranks of the truth in posteriors are uniform: a Kolmogorov-Smirnov test."""
    from scipy.stats import kstest

    assert kstest(ranks, "uniform").pvalue > 0.01
