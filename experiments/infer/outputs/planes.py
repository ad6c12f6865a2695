"""A map of lifetimes as named planes, one a quantity."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workloads.flim.lifetimes.lifetime_map import LifetimeMap


def lifetime_name(method: str) -> str:
    """Return what the lifetime of a method is; only components have an amplitude-weighted mean.

    Examples
    --------
    >>> from experiments.infer.outputs.planes import lifetime_name
    >>> lifetime_name("poisson"), lifetime_name("phasor")
    ('mean lifetime', 'phase lifetime')
    """
    return "phase lifetime" if method == "phasor" else "mean lifetime"


def planes(found: LifetimeMap) -> dict[str, npt.NDArray[Any]]:
    """Return the quantities of a map, arrays [rows, columns], by names with their units."""
    components = {}
    for k in range(found.tau_ns.shape[-1]):
        components[f"lifetime {k + 1} (ns)"] = found.tau_ns[..., k]
        components[f"share {k + 1}"] = found.share[..., k]
    return {
        f"{lifetime_name(found.method)} (ns)": found.mean_ns,
        "uncertainty (ns)": found.uncertainty_ns,
        **components,
        "background (counts a bin)": found.background,
        "counts": found.intensity,
        "reduced chi-square": found.chi_square,
        "flags": found.flags,
        "mask": found.valid,
    }


def stack(found: LifetimeMap) -> npt.NDArray[np.float32]:
    """Return the planes as one array [planes, rows, columns]."""
    return np.stack([plane.astype(np.float32) for plane in planes(found).values()])
