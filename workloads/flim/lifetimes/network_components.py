"""The components of a network's outputs: which of them are there, and whether they are possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.flim.lifetimes.lifetimes import Lifetimes

Values = npt.NDArray[np.float64]

ABSENT = 0.06
"""A component of so small a share that is below zero, or has no lifetime, is not there."""


@dataclass(frozen=True, eq=False)
class NetworkComponents:
    """Components of pixels in rising order of lifetime.

    Parameters
    ----------
    tau_ns, share : float64[..., 2]
        Lifetimes and shares of the amplitude; NaN and 0, behind the other, of a component that is
        not there.
    mean_ns : float64[...]
        Amplitude-weighted mean lifetime.
    impossible : bool[...]
        Where a share is below 0 or a lifetime not above it, beyond what rounding makes of a decay
        of one component.
    """

    tau_ns: Values
    share: Values
    mean_ns: Values
    impossible: npt.NDArray[np.bool_]


def network_components(found: Lifetimes) -> NetworkComponents:
    """Return the components of what a network found, NaN where it found nothing.

    A decay of one component leaves the other output near zero, and codes near zero may be
    negative: such a component is taken as absent. Whatever else cannot be is marked, with its
    numbers as they are.

    Parameters
    ----------
    found : Lifetimes
        Of pixels [...].
    """
    inferred = np.isfinite(found.fraction)
    share: Values = np.stack([found.fraction, 1 - found.fraction], axis=-1)
    tau: Values = found.tau_ns[..., 1:]
    wrong = inferred[..., None] & ~((tau > 0) & (share >= 0))
    absent = wrong & (np.abs(share) < ABSENT)
    absent &= ~absent.all(axis=-1, keepdims=True)
    alone = np.broadcast_to(absent.any(axis=-1, keepdims=True), share.shape)
    share = np.where(alone, np.where(absent, 0.0, 1.0), share)
    tau = np.where(absent, np.nan, tau)
    mean = np.where(inferred, np.where(share == 0, 0.0, share * tau).sum(axis=-1), np.nan)
    possible = (share == 0) | ((tau > 0) & (share >= 0) & (share <= 1))
    order = np.argsort(tau, axis=-1)  # NaN comes last
    return NetworkComponents(
        np.take_along_axis(tau, order, axis=-1),
        np.take_along_axis(share, order, axis=-1),
        mean,
        inferred & ~np.all(possible, axis=-1),
    )
