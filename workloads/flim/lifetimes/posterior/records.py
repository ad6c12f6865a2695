"""Posteriors where the response is not known: of pixels of the field, on their records.

The period and the time bins are known, as files tell them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.machine_code import kept
from workloads.flim.data.field import FieldRecipe
from workloads.flim.data.records import SOURCES, Records, add_light, fill_response, steps_in_bin
from workloads.flim.lifetimes.posterior.annealing import Effort, Values
from workloads.flim.lifetimes.posterior.prior import even, logarithmic, or_none, ordered, simplex
from workloads.flim.lifetimes.posterior.result import Kind, Posterior, by_number, in_chunks

_CHUNK = 32
_DARKEST = 1e-30  # so that a logarithm exists


def posterior_of_records(
    records: Records,
    counts: npt.ArrayLike,
    recipe: FieldRecipe,
    *,
    seed: int = 0,
    effort: Effort | None = None,
) -> Posterior:
    """Weigh what a recipe draws, responses included, by the counts of records.

    Parameters
    ----------
    records : Records
        Of which width and number of the time bins and the laser period are known.
    counts : array [pixels, bins]
        As of `Records.counts`.
    recipe : FieldRecipe
        Ranges of what is not known.
    seed : int
        Of the draws.
    effort : Effort, optional

    Raises
    ------
    InputError
        If there are not as many rows of counts as records.
    """
    rows = np.asarray(counts, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != len(records.width_ns) or rows.shape[1] < records.bins.max():
        raise InputError(
            f"counts of the shape {rows.shape}, expected {len(records.width_ns)} rows of at least "
            f"{records.bins.max()} time bins"
        )

    def kinds(chunk: slice) -> list[Kind]:
        seen = (
            np.ascontiguousarray(rows[chunk]),
            records.bins[chunk],
            records.width_ns[chunk],
            records.period_ns[chunk],
        )
        return by_number(recipe, lambda number, share: _kind(recipe, number, share, seen))

    return in_chunks(len(rows), _CHUNK, kinds, seed, effort or Effort())


def _kind(recipe: FieldRecipe, number: int, share: float, seen: tuple[Any, ...]) -> Kind:
    """Return decays of so many lifetimes: they, their shares, the background and the response."""

    def decays(points: Values) -> tuple[Values, Values]:
        tau = logarithmic(ordered(points[..., :number]), recipe.tau_ns)
        return tau, simplex(points[..., number : 2 * number - 1])

    def likelihood(pixels: npt.NDArray[np.int64], points: Values) -> Values:
        dark, width, part, tail, before = np.moveaxis(points[..., 2 * number - 1 :], -1, 0)
        found = np.empty(points.shape[:2])
        tau, amplitude = decays(points)
        background = or_none(dark, recipe.clean, recipe.background)
        fwhm, slow = logarithmic(width, recipe.fwhm_ns), logarithmic(tail, recipe.tail_ns)
        smeared = or_none(part, 1 - recipe.tailed, recipe.tail_share)
        place = even(before, recipe.before_ns)
        counts, bins, bin_width, period = seen
        _likelihood(
            pixels, tau, amplitude, background, fwhm, smeared, slow, place,
            counts, bins, bin_width, period, found,
        )  # fmt: skip
        return found

    def mean_ns(points: Values) -> Values:
        tau, amplitude = decays(points)
        return np.asarray((tau * amplitude).sum(axis=-1))

    return Kind(share, 2 * number + 4, likelihood, mean_ns)


@kept(SOURCES, error_model="numpy")
def _likelihood(
    pixels: Any, tau: Any, share: Any, background: Any,
    fwhm: Any, tail_share: Any, tail: Any, before: Any,
    counts: Any, bins: Any, width: Any, period: Any, found: Any,
) -> None:  # fmt: skip
    record = np.empty(counts.shape[1])
    for row in range(len(pixels)):
        pixel = pixels[row]
        number = bins[pixel]
        light = record[:number]
        for point in range(tau.shape[1]):
            per_bin = steps_in_bin(width[pixel], fwhm[row, point])
            step = width[pixel] / per_bin
            response = np.empty(number * per_bin)
            first, last = fill_response(
                fwhm[row, point], tail_share[row, point], tail[row, point], before[row, point],
                step, response,
            )  # fmt: skip
            light[:] = 0.0
            for k in range(tau.shape[2]):
                add_light(
                    share[row, point, k], tau[row, point, k],
                    response, first, last, per_bin, step, period[pixel], light,
                )  # fmt: skip
            lit = (1.0 - background[row, point]) / light.sum()
            dark = background[row, point] / number + _DARKEST
            sums = 0.0
            for i in range(number):
                if counts[pixel, i] > 0.0:
                    sums += counts[pixel, i] * math.log(lit * light[i] + dark)
            found[row, point] = sums
