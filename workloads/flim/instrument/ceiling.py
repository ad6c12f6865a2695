"""Counts that could not rise further: a full counter, and more photons than a detector can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

LEAST_CEILING = 12
"""Below so many counts equal maxima are chance."""

MOST_PER_PULSE = 0.05
"""Photons a laser pulse beyond which the first of two hides the second (pile-up)."""

_TOO_MANY = 4.0


def saturated(counts: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Return the pixels that touch a ceiling.

    A ceiling is the largest count of an image if far more bins hold it than hold the counts just
    below it: noise leaves few bins at the very top.

    Parameters
    ----------
    counts : array [..., bins]

    Returns
    -------
    bool[...]

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.instrument.ceiling import saturated
    >>> decay = 1000 * np.exp(-np.arange(100) / 20)
    >>> counts = np.random.default_rng(0).poisson(decay, (4, 100))
    >>> saturated(counts).any(), saturated(np.minimum(counts, 255)).all()
    (np.False_, np.True_)
    """
    top = counts.max()
    if top < LEAST_CEILING:
        return np.zeros(counts.shape[:-1], bool)
    at_top = counts == top
    margin = max(1.0, 0.02 * float(top))
    below = int(((counts >= top - margin) & ~at_top).sum())
    number = int(at_top.sum())
    if number < 3 or number <= _TOO_MANY * below:
        return np.zeros(counts.shape[:-1], bool)
    return np.asarray(at_top.any(axis=-1))


def piled_up(intensity: npt.NDArray[Any], pulses: float | None) -> npt.NDArray[np.bool_]:
    """Return the pixels with more photons a pulse than a detector tells apart.

    Parameters
    ----------
    intensity : array [...]
        Counts of pixels.
    pulses : float, optional
        Laser pulses that each pixel saw; where they are not known nothing can be said.
    """
    if pulses is None:
        return np.zeros(intensity.shape, bool)
    return np.asarray(intensity > MOST_PER_PULSE * pulses)
