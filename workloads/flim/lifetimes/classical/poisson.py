"""Maximum likelihood with Poisson statistics: decays and a background in the record's own bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy.typing as npt

from workloads.flim.lifetimes.classical.components import Components
from workloads.flim.lifetimes.classical.each_pixel import (
    AKAIKE,
    LIMITS_NS,
    Progress,
    decays_of,
    fit_each,
)
from workloads.flim.lifetimes.classical.model import Model


def fit(
    counts: npt.ArrayLike,
    model: Model,
    *,
    components: int = 2,
    tau_ns: tuple[float, float] = LIMITS_NS,
    fixed: Sequence[float] | None = None,
    background: npt.ArrayLike | None = None,
    least_gain: float = AKAIKE,
    progress: Progress | None = None,
) -> Components:
    r"""Fit decays to pixels by maximum likelihood.

    Maximizes :math:`\sum_t n_t \ln\mu_t - \mu_t` of the counts :math:`n_t` over amplitudes and
    background of 0 or more and lifetimes within their limits, where
    :math:`\mu_t = \sum_k a_k L_t(\tau_k) + b` with the model's light :math:`L`
    (Maus et al., Anal. Chem. 73, 2001, show what it gains over least squares).

    Parameters
    ----------
    counts : array [pixels, bins]
        Counts in the record's own bins; those of dead bins are not looked at.
    model : Model
        What the record shows of a decay, such as a `workloads.flim.instrument.forward.Forward`.
    components : {1, 2, 3}
        Decays of a pixel at most.
    tau_ns : (float, float)
        Limits of the lifetimes in ns.
    fixed : sequence of float, optional
        Known lifetimes in ns, at most as many as components; the others are found.
    background : array [pixels] or float, optional
        Counts of background in each live bin; by default it is found, pixel by pixel.
    least_gain : float
        By how much a further component must lower the deviance to be taken, by default as Akaike's
        criterion has it: noise asks for a second lifetime in half of the pixels that have one.
        With 0 the likelihood alone decides.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)``.

    Raises
    ------
    InputError
        If shapes, limits or numbers do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.instrument.forward import Forward
    >>> from workloads.flim.lifetimes.classical.poisson import fit
    >>> forward = Forward(0.05, np.eye(1, 256, 40)[0], 1, period_ns=12.8)
    >>> found = fit([900 * forward.light(0.5) + 100 * forward.light(2.0) + 1], forward)
    >>> found.tau_ns.round(3).tolist(), found.share.round(3).tolist()
    ([[0.5, 2.0]], [[0.9, 0.1]])
    >>> found.mean_ns.round(3).tolist(), found.background.round(3).tolist()
    ([0.65], [1.0])
    """
    decays = decays_of(model, components, tau_ns, fixed)
    return fit_each(counts, model, decays, background, progress, least_gain=least_gain)
