"""Maximum likelihood for an image whose pixels share their lifetimes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workloads.flim.lifetimes.classical.ascent import profile_at, solve
from workloads.flim.lifetimes.classical.components import Components
from workloads.flim.lifetimes.classical.each_pixel import (
    LIMITS_NS,
    Decays,
    Progress,
    decays_of,
    fit_each,
    given_background,
    live_counts,
)
from workloads.flim.lifetimes.classical.model import Model
from workloads.flim.lifetimes.classical.shared import add_pixels

Values = npt.NDArray[np.float64]

_STEPS = 200
_AT_ONCE = 256
"""Pixels between two reports of progress."""
_APART = 6.0
"""Nodes, of 8% each, between two lifetimes of a start at least."""


def fit_global(
    counts: npt.ArrayLike,
    model: Model,
    *,
    components: int = 2,
    tau_ns: tuple[float, float] = LIMITS_NS,
    fixed: Sequence[float] | None = None,
    background: npt.ArrayLike | None = None,
    progress: Progress | None = None,
) -> Components:
    r"""Fit decays that all pixels share, in amplitudes of their own.

    Maximizes the likelihood of all pixels together, that of
    `workloads.flim.lifetimes.classical.poisson.fit`, over lifetimes that are the same in all of
    them: what differs between pixels tells lifetimes apart that no pixel alone could (Verveer,
    Squire and Bastiaens, Biophys. J. 78, 2000). The search begins at a fit to the sum of all
    pixels.

    Parameters
    ----------
    counts, model, components, tau_ns, fixed
        As of `workloads.flim.lifetimes.classical.poisson.fit`.
    background : array [pixels] or float, optional
        Counts of background in each live bin; by default that of the sum of all pixels, in equal
        parts. One found in each pixel would shorten lifetimes, since it is never negative.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)``, in each step of the search anew.

    Returns
    -------
    Components
        The lifetimes are equal in all pixels that have light.

    Raises
    ------
    InputError
        If shapes, limits or numbers do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.instrument.forward import Forward
    >>> from workloads.flim.lifetimes.classical.global_fit import fit_global
    >>> forward = Forward(0.05, np.eye(1, 256, 40)[0], 1, period_ns=12.8)
    >>> fraction = np.array([[0.2], [0.8]])
    >>> image = 800 * (fraction * forward.light(0.6) + (1 - fraction) * forward.light(2.4))
    >>> fit_global(image, forward).share.round(3).tolist()
    [[0.2, 0.8], [0.8, 0.2]]
    """
    decays = decays_of(model, components, tau_ns, fixed)
    light = live_counts(counts, model)
    given = given_background(background, len(light))
    total = fit_each(
        np.sum(counts, axis=0, dtype=np.float64, keepdims=True),
        *(model, decays, None if background is None else given.sum(), None),
        least_gain=0.0,
    )
    if background is None:
        given = np.full(len(light), total.background.item() / len(light))
    image = _Image(light, given, decays, progress)
    each = np.repeat(light.sum(axis=1, keepdims=True) / components, components, axis=1)
    here = image.at(_start(total.tau_ns[0], decays), each)
    tolerance = min(1e-2, 1e-10 * light.sum()) + 1e-14 * light.sum()
    damping, last = 1e-3, len(decays.basis.values) - 1.0
    for _ in range(_STEPS):
        if damping > 1e12 or not decays.found:
            break
        step = np.zeros(decays.found)
        inside = np.where(here.gradient > 0, here.places > 0, here.places < last)
        solve(here.curvature, inside, damping, here.gradient, step)
        there = image.at(np.clip(here.places + step, 0.0, last), here.amounts)
        gain = here.objective - there.objective
        if gain < 0:
            damping *= 5.0
            continue
        here, damping = there, max(damping / 5.0, 1e-9)
        if gain < tolerance and damping <= 1e-2:
            break
    known = (*decays.known_ns, *decays.basis.tau_ns(here.places).tolist())
    shared = replace(decays, known_ns=known, found=0)
    nowhere = np.empty((len(light), 0))
    return shared.components(nowhere, here.amounts, given, 2 * here.halves)


@dataclass(frozen=True, eq=False)
class _State:
    """Places of the shared lifetimes, the best amplitudes there, and which way is downhill."""

    places: Values
    amounts: Values
    halves: Values
    gradient: Values
    curvature: Values

    @property
    def objective(self) -> float:
        return float(self.halves.sum())


@dataclass(frozen=True, eq=False)
class _Image:
    light: Values
    given: Values
    decays: Decays
    progress: Progress | None

    def at(self, places: Values, amounts: Values) -> _State:
        """Find the amplitudes for places of the lifetimes, from those of others on."""
        pixels, bins = self.light.shape
        amounts = amounts.copy()
        found, table = self.decays.found, self.decays.basis
        profiles, changes = np.empty((found, bins)), np.empty((found, bins))
        for place, profile, change in zip(places, profiles, changes, strict=True):
            profile_at(table.values, table.slopes, place, profile, change)
        rows = np.concatenate((self.decays.known, profiles))
        halves, gradient, curvature = np.empty(pixels), np.zeros(found), np.zeros((found, found))
        for start in range(0, pixels, _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            add_pixels(
                *(self.light[some], self.given[some], rows, changes),
                *(amounts[some], halves[some], gradient, curvature),
            )
            if self.progress is not None:
                self.progress(min(start + _AT_ONCE, pixels), pixels)
        return _State(places, amounts, halves, gradient, curvature)


def _start(tau_ns: Values, decays: Decays) -> Values:
    """Return places for lifetimes that the sum of all pixels has, pushed apart if need be."""
    if np.isnan(tau_ns).any():
        return np.zeros(decays.found)
    known = np.isin(tau_ns, decays.known_ns)
    places = np.sort(decays.basis.place(tau_ns[~known]))
    missing = decays.found - len(places)
    if missing or (np.diff(places) < _APART).any():
        middle = decays.basis.place(np.exp(np.log(tau_ns).mean()))
        places = middle + 2 * _APART * (np.arange(decays.found) - (decays.found - 1) / 2)
    return np.clip(places, 0.0, len(decays.basis.values) - 1.0)
