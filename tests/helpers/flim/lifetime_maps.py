"""Maps of lifetimes with every flag in them, made without computing any lifetime."""

from __future__ import annotations

import numpy as np

from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.lifetimes.quality.flags import REASONS, Flag


def lifetime_map(
    rows: int = 6, columns: int = 5, components: int = 2, method: str = "poisson", seed: int = 1
) -> LifetimeMap:
    """Return a map whose first pixels have a flag each, the second two; the first holds NaN."""
    rng = np.random.default_rng(seed)
    shape = (rows, columns)
    tau = np.sort(rng.uniform(0.2, 3.0, (*shape, components)), axis=-1)
    share = rng.dirichlet(np.ones(components), shape) if components else np.empty((*shape, 0))
    mean = (share * tau).sum(axis=-1) if components else rng.uniform(0.2, 3.0, shape)
    flags = np.zeros(rows * columns, np.uint16)
    for pixel, flag in enumerate(list(REASONS)[: flags.size]):
        flags[pixel] = flag
    flags[1:2] |= np.uint16(Flag.UNCERTAIN)
    dark = (flags == Flag.DARK).reshape(shape)
    tau[dark] = share[dark] = mean[dark] = np.nan
    return LifetimeMap(
        method=method,
        about="Poisson fit of two lifetimes",
        tau_ns=tau,
        share=share,
        mean_ns=mean,
        uncertainty_ns=np.where(dark, np.nan, rng.uniform(0.01, 0.2, shape)),
        chi_square=rng.uniform(0.8, 1.2, shape),
        intensity=rng.poisson(2000, shape),
        background=rng.uniform(0, 3, shape),
        flags=flags.reshape(shape),
    )
