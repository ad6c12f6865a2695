"""Lifetimes of the networks and of the classical methods on the same pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from experiments.accuracy.tables import module_outputs
from hwmodels.gru.preprocess import BASELINE_BINS
from workloads.flim import zoo
from workloads.flim.data.pixels import Pixels, Recipe
from workloads.flim.lifetimes.classical import least_squares, poisson
from workloads.flim.lifetimes.classical.model import NetworkBins
from workloads.flim.lifetimes.classical.phasor import phase_lifetimes
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes
from workloads.flim.lifetimes.decay_metrics import median_relative_error
from workloads.flim.lifetimes.lifetimes import lifetimes
from workloads.flim.lifetimes.posterior.pixels import posterior
from workloads.flim.training.evaluation import held_out, outputs

if TYPE_CHECKING:
    from workloads.flim.training.networks import EncoderDecoder

Method = Callable[[Pixels], npt.NDArray[np.float64]]

PHOTONS = (300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0)

LIMIT = "limit: posterior median"
LIMIT_PHOTONS = (300.0, 1000.0, 10_000.0)
LEAST_DRAWS = 100
"""Effective draws, in the median over pixels, below which a limit is not shown."""


def classical_methods() -> dict[str, Method]:
    """Return the methods that need no training; all but the first know each pixel's response."""
    return {
        "rapid determination": lambda pixels: rapid_lifetimes(pixels.counts),
        "phasor": _each(phasor),
        "least squares": _each(lambda *pixel: least_squares.fit(*pixel).mean_ns),
        "Poisson fit": _each(lambda *pixel: poisson.fit(*pixel).mean_ns),
    }


def _each(
    method: Callable[[npt.NDArray[Any], NetworkBins], npt.NDArray[np.float64]],
) -> Method:
    """Return a method for pixels of which each has its own response."""
    return lambda pixels: np.concatenate(
        [
            method(counts[np.newaxis], NetworkBins(irf))
            for counts, irf in zip(pixels.counts, pixels.irf, strict=True)
        ]
    )


def phasor(counts: npt.NDArray[Any], bins: NetworkBins) -> npt.NDArray[np.float64]:
    """Return phase lifetimes above the background that the first bins show."""
    background = counts[..., :BASELINE_BINS].mean(axis=-1)
    return phase_lifetimes(counts, bins, background=background)


def network_methods(recipe: Recipe, folder: Path = zoo.FOLDER) -> dict[str, Method]:
    """Return the networks of a zoo that are for a recipe's lifetimes, by the integer kernel."""

    def method(entry: zoo.Entry) -> Method:
        arithmetic = entry.specification.arithmetic
        return lambda pixels: lifetimes(outputs(entry.weights, pixels, arithmetic)).mean_ns

    entries = {name: zoo.read(name, folder) for name in zoo.names(folder)}
    wanted = recipe.short_ns[0], recipe.long_ns[1]
    return {name: method(entry) for name, entry in entries.items() if entry.lifetimes_ns == wanted}


def module_method(module: EncoderDecoder) -> Method:
    """Return a network in the numbers that it computes with."""
    return lambda pixels: lifetimes(module_outputs(module, pixels)).mean_ns


def lifetime_rows(
    methods: Mapping[str, Method],
    count: int,
    recipe: Recipe | None = None,
    photons: Sequence[float] = PHOTONS,
    progress: Callable[[int, int], object] | None = None,
) -> list[dict[str, Any]]:
    """Measure the error of the mean lifetime over the number of photons.

    Parameters
    ----------
    methods : mapping of str to callable
        Each returns the mean lifetime of every pixel in ns.
    count : int
        Held-out pixels for each number of photons, the same for all methods.
    recipe : Recipe, optional
        Ranges of the pixels, by default the narrow ones.
    photons : sequence of float
    progress : callable, optional
        Called as ``progress(done, all)``.

    Returns
    -------
    list of dict
        lifetimes (the range, in words), method, photons, pixels, median_error (relative) and bias
        (median of found / true - 1).
    """
    rows, recipe = [], recipe or Recipe()
    for number in photons:
        pixels = held_out(count, photons=number, recipe=recipe)
        for name, method in methods.items():
            rows.append(_row(recipe, name, number, pixels, method(pixels)))
            if progress is not None:
                progress(len(rows), len(photons) * len(methods))
    return rows


def limit_rows(count: int, recipe: Recipe) -> list[dict[str, Any]]:
    """Measure the posterior median, which no method can beat, where enough draws have weight.

    Parameters
    ----------
    count : int
        Held-out pixels for each number of photons, those of `lifetime_rows`.
    recipe : Recipe
        Their ranges.

    Returns
    -------
    list of dict
        As of `lifetime_rows`.
    """
    rows = []
    for number in LIMIT_PHOTONS:
        pixels = held_out(count, photons=number, recipe=recipe)
        found = posterior(pixels, recipe.with_photons(number))
        if np.median(found.effective_draws) >= LEAST_DRAWS:
            rows.append(_row(recipe, LIMIT, number, pixels, found.median_ns))
    return rows


def _row(
    recipe: Recipe, method: str, photons: float, pixels: Pixels, found: npt.NDArray[np.float64]
) -> dict[str, Any]:
    return {
        "lifetimes": f"{recipe.short_ns[0]:g} to {recipe.long_ns[1]:g} ns",
        "method": method,
        "photons": photons,
        "pixels": len(found),
        "median_error": median_relative_error(found, pixels.mean_ns),
        "bias": float(np.nanmedian(found / pixels.mean_ns - 1)),
    }
