"""The response of an instrument on a record's bins: known by its width, measured, or estimated.

Where nothing is known of it, Gaussians of any width are tried on the decay of all pixels, with any
lifetimes behind them, and a tail is added where that explains clearly more. One histogram cannot
tell a tail that is part of the response from one more component of the decay: such a tail has to be
measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.instrument.decay_fit import fit_decay
from workloads.flim.instrument.forward import Forward
from workloads.flim.instrument.record import Record

Values = npt.NDArray[np.float64]

WIDTHS_NS = (0.05, 0.12, 0.25, 0.5)
"""Widths from which the best one is searched."""

LIMITS_NS = (0.02, 1.0)
"""Widths that a response may have."""

TAILS_NS = (0.0, 0.06, 0.12, 0.2, 0.3)
"""Time constants of tails that are tried."""

TRUSTED_COUNTS = 1e6
"""Counts of which differences between responses are believed: models of them are not better."""

FURTHEST_NS, STEP_NS = 1.0, 0.1
"""How far from the rise of the image a measured response is tried, and at which distances."""

NARROW_BINS, UNLIKE_GAUSSIAN = 6.0, 0.05
"""Of a measured response narrower than so many bins a Gaussian with a tail is taken, if that
deviates from it by at most this share."""

CLEARLY_TAILED = 0.25
"""A tail is part of that Gaussian if it leaves at most this share of the misfit without it."""

FINE = 10.0
"""Fine steps in the width of a response: of 4 its place is found late by a sixteenth of it."""

WIDEST_NS, MOST_SKEWED = 2.0, 1.6
"""A measured response holds its light, but for an eighth at either end, within this time, and rises
not so much more slowly than it falls."""

_ITERATIONS = 600

CLEAR = 30.0
"""A measured response is moved, and a tail is added, if that improves the deviance by so much."""


@dataclass(frozen=True, eq=False)
class Response:
    """A response on the bins of a record.

    Parameters
    ----------
    forward : Forward
        The record as it shows decays under the response.
    about : str
        The response in words.
    is_estimated : bool
        Whether nothing was known of it.
    """

    forward: Forward
    about: str
    is_estimated: bool = False


@dataclass(frozen=True)
class Optics:
    """What is known of an instrument besides its response.

    Parameters
    ----------
    period_ns, gate_ns : float, optional
        Laser period, and width of gates where it is not that of a bin.
    """

    period_ns: float | None = None
    gate_ns: float | None = None


def gaussian(record: Record, optics: Optics, fwhm_ns: float) -> Response:
    """Return the Gaussian of a known width, at the time that the image says.

    Raises
    ------
    InputError
        If the width is not above 0, or as long as the record.
    """
    if not 0 < fwhm_ns < record.length_ns:
        raise InputError(
            f"response of {fwhm_ns:g} ns, expected more than 0 and less than the record's "
            f"{record.length_ns:g} ns"
        )
    forward = _placed(record, optics, fwhm_ns, 0.0).forward
    return Response(forward, f"a Gaussian of {fwhm_ns:g} ns (given)")


def estimated(record: Record, optics: Optics) -> Response:
    """Return the response that explains the decay of all pixels, with no more tail than needed."""
    tried = [(tail, *_widest(record, optics, tail)) for tail in TAILS_NS]
    least = min(placed.misfit for _, _, placed in tried)
    enough = least + CLEAR * max(believed(record), least / record.live.sum())
    tail, fwhm, placed = next(each for each in tried if each[2].misfit <= enough)
    words = f"a Gaussian of {fwhm:.2g} ns" + (f" with a tail of {tail:g} ns" if tail else "")
    return Response(placed.forward, f"{words} (estimated)", is_estimated=True)


def measured(
    record: Record, optics: Optics, counts: npt.ArrayLike, bin_width_ns: float, *, source: str
) -> Response:
    """Return a measured response, moved to where the image needs it.

    Parameters
    ----------
    record : Record
    optics : Optics
    counts : array [bins]
        Histogram of the response, of a scattering or fast sample.
    bin_width_ns : float
        Width of its bins in ns.
    source : str
        What an error calls it, such as its file.

    Raises
    ------
    InputError
        If the histogram shows no pulse, or one that is no response.
    """
    pulse = above_background(counts, source=source)
    edges = np.asarray(np.arange(pulse.size + 1) * bin_width_ns, np.float64)
    cumulative = np.concatenate([[0.0], np.cumsum(pulse)]) / pulse.sum()
    _require_pulse(edges, cumulative, source)
    share = _between(pulse, edges, cumulative)
    early, as_measured, late = (float(np.interp(q, cumulative, edges)) for q in (0.12, 0.5, 0.88))
    per_bin = min(max(math.ceil(FINE * record.width_ns / (late - early)), 1), 16)
    fine = np.arange(record.bins * per_bin + 1) * record.width_ns / per_bin

    def response(shift: float) -> Values:
        return np.diff(share(fine - shift))

    here = _best(record, optics, per_bin, response, [0.0])
    around = np.arange(-FURTHEST_NS, FURTHEST_NS, STEP_NS)
    moved = _best(record, optics, per_bin, response, around + record.rise_ns - as_measured)
    unmoved = here.misfit - moved.misfit < CLEAR * believed(record)
    best = here if unmoved and abs(record.rise_ns - as_measured) < FURTHEST_NS else moved
    about = f"measured, {source}" + (f", moved by {best.place:.3g} ns" if best is moved else "")
    return Response(best.forward, about)


def from_reference(
    record: Record,
    optics: Optics,
    counts: npt.ArrayLike,
    bin_width_ns: float,
    lifetime_ns: float,
    *,
    source: str,
) -> Response:
    r"""Return the response that a reference dye of one known lifetime shows.

    The dye's decay is deconvolved by the iteration of Richardson (J. Opt. Soc. Am. 62, 1972) and
    Lucy (Astron. J. 79, 1974), which keeps a response at 0 or above and raises its likelihood at
    each step; the background is one more part of it.

    Parameters
    ----------
    record, optics
        Of the image.
    counts : array [bins]
        Histogram of the reference, best of as many counts as the image.
    bin_width_ns : float
        Width of its bins in ns.
    lifetime_ns : float
        Lifetime of the dye in ns.
    source : str
        What an error calls it, such as its file.

    Raises
    ------
    InputError
        If the lifetime is not above 0, or the histogram shows no pulse.
    """
    if not 0 < lifetime_ns < np.inf:
        raise InputError(f"reference lifetime {lifetime_ns:g} ns, expected more than 0")
    histogram = np.asarray(counts, dtype=np.float64)
    above_background(histogram, source=source)
    bins = histogram.size
    pulse = np.zeros(bins)
    pulse[0] = 1.0
    decay = Forward(bin_width_ns, pulse).light(lifetime_ns)
    parts = [np.pad(decay[: bins - start], (start, 0)) for start in range(bins)]
    matrix = np.vstack([*parts, np.ones(bins)])
    seen = matrix.sum(axis=1)
    amounts = np.full(bins + 1, histogram.sum() / seen.sum())
    for _ in range(_ITERATIONS):
        expected = np.maximum(amounts @ matrix, 1e-12)
        amounts *= matrix @ (histogram / expected) / seen
    about = f"{source}, a reference of {lifetime_ns:g} ns"
    return measured(record, optics, amounts[:-1], bin_width_ns, source=about)


def above_background(counts: npt.ArrayLike, *, source: str) -> Values:
    """Return what of a pulse lies above its background and its noise.

    Raises
    ------
    InputError
        If nothing does, or what should be counts is none.
    """
    histogram = np.asarray(counts, dtype=np.float64)
    if histogram.ndim != 1 or not (np.isfinite(histogram) & (histogram >= 0)).all():
        raise InputError(
            f"{source}: a response of the shape {histogram.shape} with values from "
            f"{histogram.min(initial=0):g} to {histogram.max(initial=0):g}, expected one histogram "
            "of counts of 0 or more"
        )
    level = float(np.median(histogram)) if histogram.size else 0.0
    pulse = histogram - level
    pulse[pulse < 3 * math.sqrt(level)] = 0.0
    if not pulse.max(initial=0) > 6 * math.sqrt(level):
        raise InputError(f"{source}: shows no pulse above its background, expected a response")
    return pulse


def _require_pulse(edges: Values, cumulative: Values, source: str) -> None:
    """Refuse a measured response that is much too long, or runs backwards."""
    first, early, middle, late, last = np.interp((0.05, 0.12, 0.5, 0.88, 0.95), cumulative, edges)
    if late - early > WIDEST_NS:
        raise InputError(
            f"{source}: three quarters of its light take {late - early:.3g} ns, "
            f"expected a response of at most {WIDEST_NS:g} ns"
        )
    rise, fall = middle - first, last - middle
    if rise > MOST_SKEWED * fall and rise - fall > 2 * (edges[1] - edges[0]):
        raise InputError(
            f"{source}: rises in {rise:.3g} ns and falls in {fall:.3g} ns, "
            "expected a response that falls more slowly: its time axis may be reversed"
        )


@dataclass(frozen=True, eq=False)
class _Placed:
    forward: Forward
    place: float
    misfit: float


def _placed(record: Record, optics: Optics, fwhm: float, tail: float) -> _Placed:
    reach = fwhm + 0.7 * tail + record.width_ns
    places = np.linspace(record.rise_ns - reach, record.rise_ns + 0.7 * reach, 7)
    return _best(record, optics, *_pulse(record, fwhm, tail), places)


def _pulse(record: Record, fwhm: float, tail: float) -> tuple[int, Callable[[float], Values]]:
    """Return the fine steps of a bin, and the response in them by the place of its centre."""
    per_bin = min(max(math.ceil(FINE * record.width_ns / fwhm), 1), 16)
    step, steps = record.width_ns / per_bin, record.bins * per_bin
    return per_bin, lambda center: modeled_irfs(center, fwhm, tail, steps=steps, bin_width_ns=step)


def _widest(record: Record, optics: Optics, tail: float) -> tuple[float, _Placed]:
    """Return the width that explains a record best with a tail, and the response of it."""
    from scipy.optimize import minimize

    starts = [w for w in WIDTHS_NS if w < record.length_ns / 4] or [WIDTHS_NS[0]]
    start, found = min(
        ((fwhm, _placed(record, optics, fwhm, tail)) for fwhm in starts),
        key=lambda each: each[1].misfit,
    )

    def misfit(parameters: Values) -> float:
        fwhm = float(np.clip(np.exp(parameters[1]), *LIMITS_NS))
        return _best(record, optics, *_pulse(record, fwhm, tail), [parameters[0]]).misfit

    low = np.array([found.place, math.log(start)])
    simplex = low + np.array([[0.0, 0.0], [0.02, 0.0], [0.0, 0.3]])
    options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 0.5, "maxfev": 80}
    place, logarithm = minimize(misfit, low, method="Nelder-Mead", options=options).x
    fwhm = float(np.clip(np.exp(logarithm), *LIMITS_NS))
    return fwhm, _best(record, optics, *_pulse(record, fwhm, tail), [place])


def _between(pulse: Values, edges: Any, cumulative: Values) -> Callable[[Values], Values]:
    """Return the share of a measured response before any time.

    Where a pulse is hardly wider than its bins, they do not say where in them it lies: the
    exponentially modified Gaussian that they let expect does. Elsewhere it is smooth, not level,
    within them.
    """
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import least_squares
    from scipy.stats import exponnorm, norm

    bin_width = float(edges[1] - edges[0])
    early, middle, late = (float(np.interp(q, cumulative, edges)) for q in (0.12, 0.5, 0.88))
    if late - early < NARROW_BINS * bin_width:

        def modeled(parameters: Values, times: Values) -> Values:
            center, deviation, *tail = parameters[0], *np.exp(parameters[1:])
            if tail:
                return np.asarray(exponnorm.cdf(times, tail[0] / deviation, center, deviation))
            return np.asarray(norm.cdf(times, center, deviation))

        def misfit(parameters: Values) -> Values:
            return np.asarray(np.diff(modeled(parameters, edges)) - np.diff(cumulative))

        start = [middle, math.log(max((late - early) / 2.35, 0.15 * bin_width))]
        found = least_squares(misfit, start)
        tailed = least_squares(misfit, [*found.x, found.x[1] - 1])
        if tailed.cost < CLEARLY_TAILED * found.cost:
            found = tailed
        if 2 * found.cost < UNLIKE_GAUSSIAN**2 * float(np.square(np.diff(cumulative)).sum()):
            return lambda times: modeled(found.x, times)
    smooth = PchipInterpolator(edges, cumulative)
    return lambda times: np.asarray(smooth(np.clip(times, 0.0, edges[-1])))


def _best(
    record: Record,
    optics: Optics,
    per_bin: int,
    response: Callable[[float], Values],
    places: Sequence[float] | Values,
) -> _Placed:
    """Return the best place of a response: of some, and then between the neighbours of the best."""
    from scipy.optimize import minimize_scalar

    def forward(place: float) -> Forward:
        shape = np.maximum(response(place), 1e-300)
        return Forward(
            record.width_ns, shape, per_bin, record.live, optics.period_ns, optics.gate_ns
        )

    def misfit(place: float) -> float:
        return fit_decay(record.decay, forward(place)).deviance

    misfits = [misfit(place) for place in places]
    best = int(np.argmin(misfits))
    found, least = float(places[best]), misfits[best]
    if len(places) > 1:
        bounds = float(places[max(best - 1, 0)]), float(places[min(best + 1, len(places) - 1)])
        finer = minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-3})
        if finer.fun < least:
            found, least = float(finer.x), float(finer.fun)
    return _Placed(forward(found), found, least)


def believed(record: Record) -> float:
    """Return by how much a deviance of a record is too large to be believed to the last unit."""
    return max(1.0, record.counts / TRUSTED_COUNTS)
