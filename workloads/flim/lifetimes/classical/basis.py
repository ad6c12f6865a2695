"""Decays of every lifetime between limits, from few of them: cubic interpolation in the logarithm.

With steps of 8% of a lifetime the interpolation is off by less than a millionth of a decay's light,
and a fit needs no exponential function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]

STEP = 0.08
"""Largest step from one node to the next, in the logarithm of the lifetime."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Decays of one photon each, in the live bins of a record, at nodes of the lifetime.

    Parameters
    ----------
    low_ns : float
        Lifetime of the first node.
    step : float
        From one node to the next, in the logarithm.
    values, slopes : float64[nodes, live bins]
        Share of a decay's photons in each bin, and its derivative by the number of the node.
    """

    low_ns: float
    step: float
    values: Values
    slopes: Values

    def tau_ns(self, place: npt.ArrayLike) -> Values:
        """Return the lifetimes at places counted in nodes."""
        return self.low_ns * np.exp(self.step * np.asarray(place, dtype=np.float64))

    def place(self, tau_ns: npt.ArrayLike) -> Values:
        """Return the places of lifetimes, which may lie between nodes."""
        places = np.log(np.asarray(tau_ns, dtype=np.float64) / self.low_ns) / self.step
        return np.clip(places, 0.0, len(self.values) - 1.0)


def basis(model: Model, tau_ns: tuple[float, float]) -> Basis:
    """Compute the decays between two lifetimes.

    Raises
    ------
    InputError
        If the limits do not rise from above 0, or no decay between them reaches a live bin.
    """
    low, high = tau_ns
    if not (0 < low < high and math.isfinite(high)):
        raise InputError(f"lifetimes of {low} and {high} ns, expected rising numbers above 0")
    nodes = math.ceil(math.log(high / low) / STEP) + 1
    step = math.log(high / low) / (nodes - 1)
    around = profiles(model, low * np.exp(step * np.arange(-2, nodes + 2)))
    if not around.any(axis=-1).all():
        raise InputError("the response leaves no light in the record")
    # Fourth order: as exact as the cubic between nodes.
    slopes = (8 * (around[3:-1] - around[1:-3]) - (around[4:] - around[:-4])) / 12
    return Basis(low, step, around[2:-2], slopes)


def profiles(model: Model, tau_ns: npt.ArrayLike) -> Values:
    """Return the share of the photons of decays in each live bin: [..., live bins]."""
    tau = np.asarray(tau_ns, dtype=np.float64)
    shares = model.light(tau) / tau[..., None]
    return np.ascontiguousarray(shares[..., model.constant > 0])  # a mask alone transposes them
