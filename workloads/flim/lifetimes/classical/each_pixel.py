"""Fits of decays to the pixels of an image, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.lifetimes.classical.basis import Basis, basis, profiles
from workloads.flim.lifetimes.classical.components import Components
from workloads.flim.lifetimes.classical.mixture import fit_pixels
from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]
Progress = Callable[[int, int], object]

LIMITS_NS = (0.03, 10.0)
"""Limits of lifetimes where no others are given."""
MOST_COMPONENTS = 3
AKAIKE = 4.0
"""What a further component must lower the deviance by: twice its two parameters."""
_AT_ONCE = 64
"""Pixels between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Decays:
    """The decays that a fit may use: some of known lifetimes, others to be found within limits.

    Parameters
    ----------
    known_ns : tuple of float
        Known lifetimes in ns.
    found : int
        Decays whose lifetimes are found.
    basis : Basis
        Decays between the limits.
    known : float64[known, live bins]
        The known decays.
    """

    known_ns: tuple[float, ...]
    found: int
    basis: Basis
    known: Values

    def components(
        self, places: Values, amounts: Values, background: Values, deviance: Values
    ) -> Components:
        """Return what photons at places are: decays in order, with amplitudes.

        Parameters
        ----------
        places : float64[pixels, found]
            As a basis counts them.
        amounts : float64[pixels, known + found]
            Photons of each decay.
        background, deviance : float64[pixels]
        """
        known = len(self.known_ns)
        fixed = np.broadcast_to(self.known_ns, (len(places), known))
        tau = np.concatenate((fixed, self.basis.tau_ns(places)), axis=1)
        brightest = np.take_along_axis(tau, amounts.argmax(axis=1)[:, None], axis=1)
        tau[:, known:] = np.where(amounts[:, known:] > 0, tau[:, known:], brightest)
        order = np.argsort(tau, axis=1, kind="stable")
        tau = np.take_along_axis(tau, order, axis=1)
        amplitudes = np.take_along_axis(amounts, order, axis=1) / tau
        total = amplitudes.sum(axis=1)
        dark = total == 0
        tau[dark] = np.nan
        share = amplitudes / np.where(dark, np.nan, total)[:, None]
        return Components(tau, share, total, background, deviance)


def decays_of(
    model: Model, components: int, tau_ns: tuple[float, float], fixed: Sequence[float] | None
) -> Decays:
    """Return the decays that options ask for.

    Raises
    ------
    InputError
        If there are too few or too many of them, or a lifetime is none.
    """
    known = tuple(float(tau) for tau in fixed or ())
    if not 1 <= components <= MOST_COMPONENTS:
        raise InputError(f"{components} components, expected 1 to {MOST_COMPONENTS}")
    if len(known) > components:
        raise InputError(f"{len(known)} known lifetimes, expected at most {components} components")
    for tau in known:
        if not (tau > 0 and np.isfinite(tau)):
            raise InputError(f"known lifetime of {tau} ns, expected a number above 0")
    if len(set(known)) < len(known):
        raise InputError(f"known lifetimes {known} ns, expected each once")
    return Decays(known, components - len(known), basis(model, tau_ns), profiles(model, known))


def live_counts(counts: npt.ArrayLike, model: Model) -> Values:
    """Return the counts in live bins: float64[pixels, live bins].

    Raises
    ------
    InputError
        If the shape is no list of the model's records, or a count is none.
    """
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != model.bins:
        raise InputError(f"counts have the shape {array.shape}, expected (pixels, {model.bins})")
    live = np.ascontiguousarray(array[:, model.constant > 0])
    wrong = ~(np.isfinite(live) & (live >= 0))
    if wrong.any():
        raise InputError(f"counts hold {live[wrong][0]}, expected finite numbers of 0 or more")
    return live


def given_background(background: npt.ArrayLike | None, pixels: int) -> Values:
    """Return the counts of background in each bin of each pixel, 0 where they are to be found.

    Raises
    ------
    InputError
        If there is not one number of 0 or more, or one for each pixel.
    """
    array = np.asarray(0.0 if background is None else background, dtype=np.float64)
    if array.shape not in ((), (pixels,)):
        raise InputError(f"background has the shape {array.shape}, expected ({pixels},)")
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise InputError(f"background of {array[wrong][0]} counts a bin, expected 0 or more")
    return np.full(pixels, array)


def fit_each(
    counts: npt.ArrayLike,
    model: Model,
    decays: Decays,
    background: npt.ArrayLike | None,
    progress: Progress | None,
    *,
    reweightings: int = 0,
    least_gain: float = AKAIKE,
) -> Components:
    """Fit every pixel, as `workloads.flim.lifetimes.classical.mixture.fit_pixels` does it."""
    light = live_counts(counts, model)
    pixels, bins = light.shape
    given = given_background(background, pixels)
    constant = background is None
    known = len(decays.known)
    places = np.zeros((pixels, decays.found))
    amounts = np.zeros((pixels, known + decays.found + constant))
    deviance = np.zeros(pixels)
    for start in range(0, pixels, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        fit_pixels(
            *(light[some], given[some], reweightings, decays.basis.values, decays.basis.slopes),
            *(
                decays.known,
                constant,
                0.5 * least_gain,
                places[some],
                amounts[some],
                deviance[some],
            ),
        )
        if progress is not None:
            progress(min(start + _AT_ONCE, pixels), pixels)
    found = amounts[:, -1] / bins if constant else given
    return decays.components(places, amounts[:, : known + decays.found], found, deviance)
