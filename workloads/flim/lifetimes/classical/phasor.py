"""The phasor method: a lifetime from the phase of a record's first harmonic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.lifetimes.classical.inversion import (
    lifetimes_by,
    response,
    single_decays,
    window_ns,
)
from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]


def phasors(
    counts: npt.ArrayLike,
    model: Model,
    *,
    background: npt.ArrayLike = 0.0,
    harmonic: int = 1,
) -> npt.NDArray[np.complex128]:
    r"""Return the phasors :math:`g + i s` of records, freed from the response.

    With :math:`\omega = 2\pi k / T`, where :math:`T` is the laser period, or the length of the
    record where no period is known, the transform
    :math:`\sum_t n_t e^{i\omega t} / \sum_t n_t` of the counts above the background is divided by
    that of the response (Digman et al., Biophys. J. 94, 2008). Where all of a period is recorded,
    single decays lie on the universal semicircle. Dead bins, and what the record does not reach,
    are missing in both sums, which moves phasors off it.

    Parameters
    ----------
    counts : array [..., bins]
        Counts in the record's own bins; those of dead bins are not looked at.
    model : Model
        What the record shows of a decay, such as a `workloads.flim.instrument.forward.Forward`.
    background : array [...]
        Counts of background in each live bin.
    harmonic : int
        ``k``.

    Returns
    -------
    complex128[...]
        NaN where there is no light above the background.

    Raises
    ------
    InputError
        If the bins differ, the harmonic is not one of them, or a background is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.instrument.forward import Forward
    >>> from workloads.flim.lifetimes.classical.phasor import phase_lifetimes, phasors
    >>> forward = Forward(0.05, np.eye(1, 250, 40)[0], 1, period_ns=12.5)
    >>> phasors(1000 * forward.light(2.0), forward).round(2).item()
    (0.5+0.5j)
    >>> phase_lifetimes(1000 * forward.light(2.0) + 3, forward, background=3).round(3).item()
    2.0
    """
    records = np.asarray(counts, dtype=np.float64)
    if records.shape[-1:] != (model.bins,):
        raise InputError(f"counts have the shape {records.shape}, expected [..., {model.bins}]")
    if not 1 <= harmonic <= model.bins // 2:
        raise InputError(f"harmonic {harmonic}, expected 1 to {model.bins // 2}")
    below = np.asarray(background, dtype=np.float64)
    if not (np.isfinite(below) & (below >= 0)).all():
        raise InputError(f"background of {below.min()} counts a bin, expected 0 or more")
    live = model.constant > 0
    light = records[..., live] - below[..., None]
    times = model.bin_width_ns * np.flatnonzero(live)
    wave = np.exp(2j * np.pi * harmonic / window_ns(model) * times)
    pulse = response(model)[live]
    total = light.sum(axis=-1)
    found = (light @ wave) / np.where(total > 0, total, 1.0) / ((pulse @ wave) / pulse.sum())
    return np.where(total > 0, found, np.nan)


def phase_lifetimes(
    counts: npt.ArrayLike,
    model: Model,
    *,
    background: npt.ArrayLike = 0.0,
    harmonic: int = 1,
) -> Values:
    r"""Estimate lifetimes as those of single decays whose phasors have the same phase.

    Of a whole period that is :math:`\tau_\varphi = s / (\omega g)`; of a record that ends before
    the light does, or has dead bins, the phase of single decays is computed for just its live bins.
    Of several components the phase weighs the brighter and so the longer ones more than the
    amplitude-weighted mean does. Parameters and errors are those of `phasors`.

    Returns
    -------
    float64[...]
        Lifetime in ns; NaN where no decay has the phase.
    """
    found = np.angle(phasors(counts, model, background=background, harmonic=harmonic))
    tau, light = single_decays(model)
    phases = np.angle(phasors(light, model, harmonic=harmonic))
    return lifetimes_by(found, tau, np.unwrap(phases))
