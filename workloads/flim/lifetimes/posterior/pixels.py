"""Posteriors where the response is not known: of pixels of a `Recipe`, on the network's bins."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.machine_code import kept
from workloads.flim.data.irf import cumulative
from workloads.flim.data.pixels import Pixels, Range, Recipe
from workloads.flim.data.records import SOURCES
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.lifetimes.posterior.annealing import Effort, Values
from workloads.flim.lifetimes.posterior.prior import even, logarithmic, ordered
from workloads.flim.lifetimes.posterior.result import Kind, Posterior, in_chunks

_CHUNK = 128
_DARKEST = 1e-12  # in parts of the light, so that a logarithm exists
_WIDTHS, _TAILS = 6.0, 25.0  # deviations and time constants behind which a response is dark
_FWHM = math.sqrt(8 * math.log(2))


def posterior(
    pixels: Pixels, recipe: Recipe, *, seed: int = 0, effort: Effort | None = None
) -> Posterior:
    """Weigh what a recipe draws by the counts of pixels that were drawn from it.

    Parameters
    ----------
    pixels : Pixels
        Of the recipe; their counts alone are looked at.
    recipe : Recipe
        Ranges of everything that was drawn.
    seed : int
        Of the draws.
    effort : Effort, optional

    Examples
    --------
    >>> from workloads.flim.data.pixels import Recipe, batch
    >>> from workloads.flim.lifetimes.posterior.pixels import posterior
    >>> recipe = Recipe().with_photons(10_000)
    >>> pixels = batch(recipe, 3, seed=1, index=0)
    >>> found = posterior(pixels, recipe)
    >>> bool((abs(found.median_ns / pixels.mean_ns - 1) < 0.2).all())
    True
    """

    def kinds(chunk: slice) -> list[Kind]:
        return [decays_of(recipe, pixels.counts[chunk])]

    return in_chunks(len(pixels.counts), _CHUNK, kinds, seed, effort or Effort())


def open_ranges(recipe: Recipe) -> list[str]:
    """Return what a recipe leaves open, a coordinate of the cube for each."""
    ranges: dict[str, Range] = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    return [name for name, (low, high) in ranges.items() if low < high]


def drawn(recipe: Recipe, points: Values) -> dict[str, Values]:
    """Return what points [..., dimensions] of the cube stand for, by the names of the ranges."""
    ranges: dict[str, Range] = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    names = open_ranges(recipe)
    values = {name: np.full(points.shape[:-1], 0.0) for name in ranges}
    values |= {name: points[..., place] for place, name in enumerate(names)}
    one_range = ranges["short_ns"] == ranges["long_ns"] and ranges["fraction"] == (0.0, 1.0)
    if one_range and "short_ns" in names:  # as well ordered as not
        both = ordered(np.stack((values["short_ns"], values["long_ns"]), axis=-1))
        values["short_ns"], values["long_ns"] = both[..., 0], both[..., 1]
    found = {
        name: (logarithmic if name == "photons" else even)(values[name], limits)
        for name, limits in ranges.items()
    }
    short, long = found["short_ns"], found["long_ns"]
    return found | {"short_ns": np.minimum(short, long), "long_ns": np.maximum(short, long)}


def decays_of(recipe: Recipe, counts: npt.NDArray[Any]) -> Kind:
    """Return the decays of a recipe as an explanation of counts [pixels, STEPS]."""
    counts = np.ascontiguousarray(counts, np.float64)

    def likelihood(rows: npt.NDArray[np.int64], points: Values) -> Values:
        found = np.empty(points.shape[:-1])
        of = drawn(recipe, points)
        dark = of["dark_counts"] / of["photons"]
        center, deviation = (of["center_bins"] + 0.5) * BIN_WIDTH_NS, of["fwhm_ns"] / _FWHM
        decay = of["short_ns"], of["long_ns"], of["fraction"]
        _likelihood(rows, *decay, dark, center, deviation, of["tail_ns"], counts, found)
        return found

    def mean_ns(points: Values) -> Values:
        of = drawn(recipe, points)
        share = of["fraction"]
        return np.asarray(share * of["short_ns"] + (1 - share) * of["long_ns"])

    return Kind(1.0, len(open_ranges(recipe)), likelihood, mean_ns)


@kept(SOURCES, error_model="numpy")
def _likelihood(
    pixels: Any, tau1: Any, tau2: Any, fraction: Any, dark: Any,
    center: Any, deviation: Any, tail: Any, counts: Any, found: Any,
) -> None:  # fmt: skip
    """Write log-likelihoods of decays as `workloads.flim.data.tpsf` has them."""
    light = np.empty(STEPS)
    for row in range(len(pixels)):
        pixel = pixels[row]
        for point in range(tau1.shape[1]):
            middle, wide, slow = center[row, point], deviation[row, point], tail[row, point]
            first = max(int((middle - _WIDTHS * wide) / BIN_WIDTH_NS), 0)
            last = int((middle + _WIDTHS * wide + _TAILS * slow) / BIN_WIDTH_NS) + 1
            short, long = tau1[row, point], tau2[row, point]
            left1, left2 = math.exp(-BIN_WIDTH_NS / short), math.exp(-BIN_WIDTH_NS / long)
            gain1 = fraction[row, point] * (1.0 - left1) * short
            gain2 = (1.0 - fraction[row, point]) * (1.0 - left2) * long
            held1 = held2 = total = 0.0
            before = cumulative(first * BIN_WIDTH_NS - middle, wide, slow)
            light[:first] = 0.0
            for t in range(first, STEPS):
                excited = 0.0
                if t < last:
                    after = cumulative((t + 1) * BIN_WIDTH_NS - middle, wide, slow)
                    excited = max(after - before, 0.0)
                    before = after
                held1 = held1 * left1 + excited * gain1
                held2 = held2 * left2 + excited * gain2
                light[t] = held1 + held2
                total += light[t]
            level = (dark[row, point] + _DARKEST) * total  # what a bin holds beside the light
            sums = held = 0.0
            for t in range(STEPS):
                if counts[pixel, t] > 0.0:
                    sums += counts[pixel, t] * math.log(light[t] + level)
                    held += counts[pixel, t]
            found[row, point] = sums - held * math.log(total + STEPS * level)
