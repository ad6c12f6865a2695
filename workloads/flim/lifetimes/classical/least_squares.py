"""Least squares whose weights follow the fit: decays and a background in the record's own bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy.typing as npt

from workloads.flim.lifetimes.classical.components import Components
from workloads.flim.lifetimes.classical.each_pixel import LIMITS_NS, Progress, decays_of, fit_each
from workloads.flim.lifetimes.classical.model import Model

REWEIGHTINGS = 3


def fit(
    counts: npt.ArrayLike,
    model: Model,
    *,
    components: int = 2,
    tau_ns: tuple[float, float] = LIMITS_NS,
    fixed: Sequence[float] | None = None,
    background: npt.ArrayLike | None = None,
    progress: Progress | None = None,
) -> Components:
    r"""Fit decays to pixels by iteratively reweighted least squares.

    Minimizes :math:`\sum_t (n_t - \mu_t)^2 / v_t`, equal variances :math:`v_t` at first, then three
    times with those that the fit before expects, :math:`v_t = \mu_t`, but at least a tenth of the
    pixel's counts in a bin on average. Weights of the counts themselves, :math:`1 / \max(n_t, 1)`,
    would trust most the bins that happen to hold little: at few photons that costs a third of the
    accuracy. With the weights of the fit, least squares and maximum likelihood have the same
    solutions (Charnes, Frome and Yu, J. Am. Stat. Assoc. 71, 1976), but for the least variance.

    Parameters and errors are those of `workloads.flim.lifetimes.classical.poisson.fit`.
    """
    decays = decays_of(model, components, tau_ns, fixed)
    return fit_each(counts, model, decays, background, progress, reweightings=REWEIGHTINGS)
