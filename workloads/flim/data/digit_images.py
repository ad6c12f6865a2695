"""Synthetic images with structure: handwritten-looking digits, drawn here from a few strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.pixels import Pixels, Range, Recipe, two_components
from workloads.flim.data.timebins import BIN_WIDTH_NS
from workloads.flim.data.tpsf import decay, expected_counts

SIZE = 28
"""Pixels a side."""

# Corners of the strokes of each digit, as (right, down) on a square of side 1.
_TOP, _LEFT, _RIGHT = (0.5, 0.15), (0.3, 0.32), (0.7, 0.32)
_STROKES: tuple[tuple[tuple[float, float], ...], ...] = (
    (_TOP, (0.68, 0.3), (0.68, 0.68), (0.5, 0.85), (0.32, 0.68), (0.32, 0.3), _TOP),
    ((0.38, 0.3), (0.54, 0.15), (0.54, 0.85)),
    (_LEFT, _TOP, _RIGHT, (0.32, 0.85), (0.7, 0.85)),
    (_LEFT, _TOP, _RIGHT, (0.48, 0.48), (0.7, 0.68), (0.5, 0.85), (0.3, 0.72)),
    ((0.62, 0.85), (0.62, 0.15), (0.28, 0.62), (0.74, 0.62)),
    ((0.68, 0.15), (0.36, 0.15), (0.33, 0.46), (0.66, 0.5), (0.64, 0.8), (0.32, 0.82)),
    (
        (0.62, 0.15),
        (0.36, 0.48),
        (0.34, 0.74),
        (0.52, 0.85),
        (0.68, 0.68),
        (0.5, 0.52),
        (0.36, 0.6),
    ),
    ((0.3, 0.15), (0.7, 0.15), (0.44, 0.85)),
    (_TOP, _LEFT, (0.68, 0.66), (0.5, 0.85), (0.32, 0.66), _RIGHT, _TOP),
    ((0.64, 0.42), (0.46, 0.48), (0.34, 0.3), (0.5, 0.15), (0.66, 0.3), (0.6, 0.85)),
)


def digit_mask(digit: int, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Draw a digit with a hand that is never quite the same: shifted, turned, sheared, thick.

    Parameters
    ----------
    digit : int
        0 to 9.
    generator : numpy Generator

    Returns
    -------
    bool[SIZE, SIZE]
        True on the strokes.

    Raises
    ------
    InputError
        If there is no such digit.
    """
    if not 0 <= digit < len(_STROKES):
        raise InputError(f"digit {digit}, expected 0 to {len(_STROKES) - 1}")
    turn, shear = generator.uniform(-0.2, 0.2), generator.uniform(-0.25, 0.25)
    scale, thickness = generator.uniform(0.85, 1.15), generator.uniform(0.05, 0.09)
    matrix = scale * np.array([[np.cos(turn), shear - np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = (np.array(_STROKES[digit]) - 0.5) @ matrix.T + generator.uniform(-0.05, 0.05, 2) + 0.5
    down, right = np.mgrid[0:SIZE, 0:SIZE] / (SIZE - 1)
    points = np.stack((right, down), axis=-1)[..., None, :]
    starts, along = corners[:-1], np.diff(corners, axis=0)
    share = ((points - starts) * along).sum(axis=-1) / (along**2).sum(axis=-1)
    nearest = starts + np.clip(share, 0, 1)[..., None] * along
    return np.asarray(np.hypot(*np.moveaxis(points - nearest, -1, 0)).min(axis=-1) < thickness)


def digit_pixels(recipe: Recipe, count: int, generator: np.random.Generator) -> Pixels:
    """Draw digits until their strokes hold a number of pixels, and measure these.

    Within a digit, lifetimes, fraction and photons vary smoothly between values drawn at its four
    corners; the response is one for the digit but for a small jitter of its centre.

    Parameters
    ----------
    recipe : Recipe
        Ranges.
    count : int
        Pixels.
    generator : numpy Generator
        Source of everything random.
    """
    drawn: list[npt.NDArray[np.float64]] = []
    while sum(len(rows) for rows in drawn) < count:
        mask = digit_mask(int(generator.integers(10)), generator)
        down, right = np.argwhere(mask).T / (SIZE - 1)
        corner = np.stack(
            ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right)
        )
        drawn.append(_digit(recipe, corner, generator))
    tau1, tau2, fraction, photons, dark, center, fwhm, tail = np.concatenate(drawn)[:count].T
    tau1, tau2 = np.minimum(tau1, tau2), np.maximum(tau1, tau2)
    irf = modeled_irfs(center, fwhm, tail)
    mean = expected_counts(decay(tau1, tau2, fraction), irf, photons, dark)
    return two_components(generator.poisson(mean), irf, tau1, tau2, fraction, photons, dark)


def _digit(
    recipe: Recipe, corner: npt.NDArray[np.float64], generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the parameters of a digit's pixels, a row each."""

    def smooth(limits: Range) -> npt.NDArray[np.float64]:
        return generator.uniform(*limits, 4) @ corner

    def constant(limits: Range) -> npt.NDArray[np.float64]:
        return np.full(corner.shape[1], generator.uniform(*limits))

    jitter = generator.normal(0.0, 0.05, corner.shape[1])
    center = np.clip(constant(recipe.center_bins) + jitter, *recipe.center_bins)
    low, high = np.log(recipe.photons)
    return np.stack(
        (
            smooth(recipe.short_ns),
            smooth(recipe.long_ns),
            smooth(recipe.fraction),
            np.exp(smooth((low, high))),
            constant(recipe.dark_counts),
            (center + 0.5) * BIN_WIDTH_NS,
            constant(recipe.fwhm_ns),
            constant(recipe.tail_ns),
        ),
        axis=1,
    )
