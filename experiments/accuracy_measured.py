"""A measured image: the network's lifetimes beside least squares on the same pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads import zoo
from workloads.classical.least_squares import fit
from workloads.inference import infer_image
from workloads.irf import convolve, modeled_irfs
from workloads.measured import MeasuredImage, bin_pixels, read
from workloads.timebins import BIN_WIDTH_NS
from workloads.tpsf import decay


def compare(
    path: Path, *, network: str = zoo.DEFAULT, binning: int = 1, pixels: int = 300
) -> dict[str, Any]:
    """Compare the mean lifetimes of a network and of least squares over bright pixels.

    Bright are the pixels of at least the median intensity; of them `pixels` are taken, evenly over
    the ranks of the intensity. The response, which was not measured, is a Gaussian fitted with a
    bi-exponential decay to the sum of all pixels.

    Parameters
    ----------
    path : Path
        Image, as the command `infer` reads it.
    network : str
        Of the zoo.
    binning : int
        Blocks of so many pixels a side are summed.
    pixels : int
        Pixels to fit.

    Returns
    -------
    dict
        Number of pixels; Spearman's rank correlation; quartiles in ns of both methods; centre and
        width of the response in ns; lifetimes and fraction of the sum of all pixels.

    Raises
    ------
    InputError
        If the image cannot be read, or too few pixels have a result.
    """
    from scipy.stats import spearmanr

    image: MeasuredImage = bin_pixels(read(path), binning)
    entry = zoo.read(network)
    result = infer_image(image, entry.weights)
    resampled = result.time_bins.with_background(result.time_bins.resample(image.counts))
    ranks = np.argsort(image.counts.sum(axis=-1), axis=None)[image.counts[..., 0].size // 2 :]
    bright = ranks[np.linspace(0, len(ranks) - 1, min(pixels, len(ranks))).round().astype(int)]
    rows, columns = np.unravel_index(bright, image.shape)
    center, width, tau1, tau2, fraction = fitted_response(resampled.sum(axis=(0, 1)))
    fitted = fit(resampled[rows, columns], modeled_irfs(center, width)).mean_ns
    found = result.lifetimes.mean_ns[rows, columns]
    both = np.isfinite(fitted) & np.isfinite(found)
    if both.sum() < 10:
        raise InputError(f"{path}: {both.sum()} pixels with both results, expected at least 10")
    return {
        "image": path.name,
        "network": network,
        "pixels": int(both.sum()),
        "spearman": float(spearmanr(found[both], fitted[both]).statistic),
        "network_ns": np.quantile(found[both], (0.25, 0.5, 0.75)).tolist(),
        "least_squares_ns": np.quantile(fitted[both], (0.25, 0.5, 0.75)).tolist(),
        "response_ns": [center, width],
        "sum_of_all": {"tau1_ns": tau1, "tau2_ns": tau2, "fraction": fraction},
    }


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
