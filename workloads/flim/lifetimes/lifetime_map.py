"""Lifetimes of an image by any method, with what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

Method = Literal["network", "poisson", "least-squares", "phasor", "rapid"]
"""Ways to find lifetimes."""


@dataclass(frozen=True, eq=False)
class LifetimeMap:
    """Lifetimes of R x C pixels with K components; NaN where a pixel has no result.

    Parameters
    ----------
    method : Method
        How they were found.
    about : str
        What exactly was computed, in words: the network and its trained range, or the fit.
    tau_ns, share : float64[R, C, K]
        Lifetimes in rising order, and their shares of the amplitude.
    mean_ns : float64[R, C]
        The lifetime that the method finds: the amplitude-weighted mean, but the phase lifetime of
        the phasor.
    uncertainty_ns : float64[R, C]
        Half width of the band around `mean_ns` that holds the lifetime with 97%, as the pixel's
        counts say.
    chi_square : float64[R, C]
        Reduced chi-square of the counts against the result, convolved with the response.
    intensity : array [R, C]
        Counts over the whole record.
    background : float64[R, C]
        Counts a bin that do not come from the decay.
    flags : uint16[R, C]
        Bits of `workloads.flim.lifetimes.quality.flags.Flag`; 0 where a result is valid.
    """

    method: Method
    about: str
    tau_ns: Values
    share: Values
    mean_ns: Values
    uncertainty_ns: Values
    chi_square: Values
    intensity: npt.NDArray[np.generic]
    background: Values
    flags: npt.NDArray[np.uint16]

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Pixels [R, C] with a result and no flag."""
        return np.asarray((self.flags == 0) & np.isfinite(self.mean_ns))
