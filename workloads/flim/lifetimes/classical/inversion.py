"""From what a record shows of single decays back to their lifetimes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]

LONGEST = 20.0
"""Longest lifetime that a record can tell, in windows."""
_NODES = 200


def window_ns(model: Model) -> float:
    """Return the laser period, or else the length of the record."""
    return model.period_ns or model.bins * model.bin_width_ns


def single_decays(model: Model) -> tuple[Values, Values]:
    """Return lifetimes from a thousandth of the window to twenty of them, and their light.

    Returns
    -------
    tau_ns : float64[nodes]
    light : float64[nodes, bins]
    """
    tau = window_ns(model) * np.geomspace(1e-3, LONGEST, _NODES)
    return tau, model.light(tau)


def response(model: Model) -> Values:
    """Return the share of the response in each bin, which is what light without lifetime leaves."""
    instant = 1e-4 * model.bin_width_ns
    return model.light(instant) / instant


def lifetimes_by(quantity: Values, tau_ns: Values, of_decays: Values) -> Values:
    """Return the lifetimes whose decays have a quantity.

    Parameters
    ----------
    quantity : float64[...]
    tau_ns, of_decays : float64[nodes]
        Lifetimes, and the quantity of their decays, used as far as it rises.

    Returns
    -------
    float64[...]
        In ns; NaN where no decay has the quantity.
    """
    falls = np.flatnonzero(np.diff(of_decays) <= 0)
    rising = slice(0, falls[0] + 1 if falls.size else None)
    known, logarithm = of_decays[rising], np.log(tau_ns[rising])
    found = np.interp(quantity, known, logarithm, left=np.nan, right=np.nan)
    return np.asarray(np.exp(found))
