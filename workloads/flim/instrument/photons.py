"""Counts into photons: some modules add more than one count for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

LEAST_VALUES = 64
"""Bins with light that must agree: of few, any numbers may have a common divisor."""


def counts_per_photon(counts: npt.NDArray[Any]) -> int:
    """Return how many counts each photon adds: the largest number that divides all.

    Becker & Hickl modules can be set so. Noise is that of photons, and their number says how far a
    lifetime can be trusted.

    Parameters
    ----------
    counts : array [...]

    Returns
    -------
    int
        1 where counts are no whole numbers, or few.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.instrument.photons import counts_per_photon
    >>> photons = np.random.default_rng(0).poisson(3.0, (8, 8, 16))
    >>> counts_per_photon(photons), counts_per_photon(4 * photons)
    (1, 4)
    """
    lit = counts[counts > 0]
    if lit.size < LEAST_VALUES or len(np.unique(lit[:LEAST_VALUES])) < 2:
        return 1
    if lit.dtype.kind == "f":
        if (lit != np.floor(lit)).any() or lit.max() >= 2**53:
            return 1
        lit = lit.astype(np.int64)
    return int(np.gcd.reduce(np.unique(lit)))
