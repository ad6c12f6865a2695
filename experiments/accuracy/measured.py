"""A measured image: the lifetimes of networks beside classical methods on the same pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.irf import convolve, modeled_irfs
from workloads.flim.data.measured import MeasuredImage, bin_pixels
from workloads.flim.data.reading import read
from workloads.flim.data.timebins import BIN_WIDTH_NS
from workloads.flim.data.tpsf import decay
from workloads.flim.lifetimes.classical import least_squares, poisson
from workloads.flim.lifetimes.classical.model import NetworkBins
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes
from workloads.flim.lifetimes.inference import LifetimeImage, infer_image

BINNINGS = (1, 4)
"""Pixels a side that are summed."""

LEAST_PIXELS = 10


def compare_binned(path: Path) -> list[dict[str, Any]]:
    """Compare, as `compare` does, pixel by pixel and in blocks, where that leaves enough pixels."""
    rows, columns = read(path).shape
    return [
        compare(path, binning=binning)
        for binning in BINNINGS
        if binning == 1 or (rows // binning) * (columns // binning) >= 4 * LEAST_PIXELS
    ]


def compare(
    path: Path,
    *,
    networks: Sequence[str] = (zoo.DEFAULT, zoo.WIDE),
    binning: int = 1,
    pixels: int = 300,
) -> dict[str, Any]:
    """Compare the mean lifetimes of networks and classical methods over bright pixels.

    Bright are the pixels of at least the median intensity; of them `pixels` are taken, evenly over
    the ranks of the intensity. The response, which was not measured, is a Gaussian fitted with a
    bi-exponential decay to the sum of all pixels. Poisson fits are taken with lifetimes free in
    each pixel, and with those of the sum in all of them.

    Parameters
    ----------
    path : Path
        Image, as the command `infer` reads it.
    networks : sequence of str
        Of the zoo.
    binning : int
        Blocks of so many pixels a side are summed.
    pixels : int
        Pixels to fit.

    Returns
    -------
    dict
        ``image`` and ``binning``; ``pixels``, those with all results; by method, ``quartiles_ns``
        of the mean lifetime and ``spearman``, its rank correlation with each method;
        ``response_ns``, centre and width of the response; ``sum_of_all``, lifetimes and fraction of
        the sum of all pixels.

    Raises
    ------
    InputError
        If the image cannot be read, or too few pixels have all results.
    """
    from scipy.stats import spearmanr

    image: MeasuredImage = bin_pixels(read(path), binning)
    results = {name: _inferred(image, zoo.read(name)) for name in networks}
    bins = results[networks[0]].time_bins
    resampled = bins.with_background(bins.resample(image.counts))
    ranks = np.argsort(image.counts.sum(axis=-1), axis=None)[image.counts[..., 0].size // 2 :]
    bright = ranks[np.linspace(0, len(ranks) - 1, min(pixels, len(ranks))).round().astype(int)]
    rows, columns = np.unravel_index(bright, image.shape)
    center, width, tau1, tau2, fraction = fitted_response(resampled.sum(axis=(0, 1)))
    model, counts = NetworkBins(modeled_irfs(center, width)), resampled[rows, columns]
    found = {name: result.lifetimes.mean_ns[rows, columns] for name, result in results.items()}
    found |= {
        "rapid determination": rapid_lifetimes(counts),
        "least squares": least_squares.fit(counts, model).mean_ns,
        "Poisson fit": poisson.fit(counts, model).mean_ns,
        "Poisson fit, lifetimes of the sum": poisson.fit(counts, model, fixed=(tau1, tau2)).mean_ns,
    }
    methods, values = list(found), np.array(list(found.values()))
    values = values[:, np.isfinite(values).all(axis=0)]
    if values.shape[1] < LEAST_PIXELS:
        raise InputError(
            f"{path}: {values.shape[1]} pixels with all results, expected at least {LEAST_PIXELS}"
        )
    correlation = spearmanr(values, axis=1).statistic
    return {
        "image": path.name,
        "binning": binning,
        "pixels": values.shape[1],
        "quartiles_ns": {
            method: np.quantile(of_pixels, (0.25, 0.5, 0.75)).tolist()
            for method, of_pixels in zip(methods, values, strict=True)
        },
        "spearman": {
            method: dict(zip(methods, row, strict=True))
            for method, row in zip(methods, correlation.tolist(), strict=True)
        },
        "response_ns": [center, width],
        "sum_of_all": {"tau1_ns": tau1, "tau2_ns": tau2, "fraction": fraction},
    }


def _inferred(image: MeasuredImage, entry: zoo.Entry) -> LifetimeImage:
    return infer_image(image, entry.weights, arithmetic=entry.specification.arithmetic)


def fitted_response(counts: npt.NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    """Fit a Gaussian response and a bi-exponential decay to one TPSF of many photons.

    Returns
    -------
    center_ns, width_ns, tau1_ns, tau2_ns, fraction : float
    """
    from scipy.optimize import least_squares

    light = counts / counts.max()
    peak = float(counts.argmax()) * BIN_WIDTH_NS

    def residuals(parameters: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        center, width, tau1, tau2, fraction, scale, background = parameters
        model = convolve(decay(tau1, tau2, fraction), modeled_irfs(center, width))
        return np.asarray((scale * model + background - light) / np.sqrt(light + 0.01))

    found = least_squares(
        residuals,
        [peak - 0.1, 0.25, 0.5, 2.0, 0.5, 1.0, 0.01],
        bounds=([peak - 1.5, 0.05, 0.02, 0.05, 0, 0, 0], [peak + 0.5, 1.0, 5, 10, 1, 10, 0.5]),
    ).x
    center, width, tau1, tau2, fraction = (float(value) for value in found[:5])
    if tau1 > tau2:
        tau1, tau2, fraction = tau2, tau1, 1 - fraction
    return center, width, tau1, tau2, fraction
