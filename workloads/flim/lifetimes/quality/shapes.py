"""Decays of any kind, drawn: what a pixel may hold before its counts are seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

DRAWS = 60_000
LIFETIMES_NS = (0.04, 8.0)
COMPONENTS = (0.6, 0.25, 0.15)
"""Shares of decays with one, two and three components."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """Decays in rising order of their mean lifetime.

    Parameters
    ----------
    tau_ns, share : float64[draws, 3]
        Lifetimes in ns and shares of the amplitude; a share of 0 is no component.
    mean_ns : float64[draws]
        Amplitude-weighted mean lifetime.
    """

    tau_ns: Values
    share: Values
    mean_ns: Values


@cache
def shapes(draws: int = DRAWS, seed: int = 0) -> Shapes:
    """Draw decays of one to three components, of lifetimes uniform in the logarithm.

    Of two components the shares are uniform, and of three they are uniform over the triangle.
    """
    generator = np.random.default_rng(seed)
    low, high = np.log(LIFETIMES_NS)
    tau = np.exp(generator.uniform(low, high, (draws, 3)))
    share = generator.dirichlet(np.ones(3), draws)
    first, number = generator.uniform(size=draws), generator.choice(3, draws, p=COMPONENTS)
    share[number == 1] = np.column_stack([first, 1 - first, np.zeros(draws)])[number == 1]
    share[number == 0] = (1.0, 0.0, 0.0)
    mean = (share * tau).sum(axis=1)
    order = np.argsort(mean)
    return Shapes(tau[order], share[order], mean[order])
