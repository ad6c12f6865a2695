"""Counts that could not rise further: a full counter, and more photons than a detector can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

LEAST_VALUES = 6
"""With fewer different counts in the upper half equal maxima are chance."""

MOST_PER_PULSE = 0.05
"""Photons a laser pulse beyond which the first of two hides the second (pile-up)."""

_VALUES = 8
_CHANCE = 1e-6


def saturated(counts: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Return the pixels that touch a ceiling.

    A ceiling is the largest count of an image if more bins hold it than chance allows: of noise,
    no more of them than of any of the few values next below it, since ever fewer reach higher.

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
    from scipy.special import betainc

    top = counts.max()
    values, numbers = np.unique(counts[counts > top / 2], return_counts=True)
    if len(values) < LEAST_VALUES:
        return np.zeros(counts.shape[:-1], bool)
    at_top, below = int(numbers[-1]), int(numbers[-_VALUES:-1].sum())
    share = 1 / min(len(values), _VALUES)
    # One bin is at the top in any case.
    chance = betainc(at_top - 1, below + 1, share) if at_top > 1 else 1.0
    if chance > _CHANCE:
        return np.zeros(counts.shape[:-1], bool)
    return np.asarray((counts == top).any(axis=-1))


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
