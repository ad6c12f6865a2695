"""Photon counts to the input codes of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Specification
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.errors import InputError

BASELINE_BINS = 10
"""Time bins before the pulse, whose mean is the background."""

_CHUNK = 1 << 14
"""Pixels at a time: the double precision copies stay small beside an image."""


def preprocess(
    counts: ArrayLike, specification: Specification | None = None
) -> NDArray[np.int16] | NDArray[np.int32]:
    """Subtract the background of each pixel, normalize to its peak and quantize.

    In double precision, as the published accelerator's host does:
    ``v = max(raw - mean(raw[0:10]), 0)``; ``n = v / max(v)``, or 0 where no bin is above the
    background; ``x = INPUT(n)``, published ``floor(n * 2^14)``.

    Parameters
    ----------
    counts : array of numbers, ... x bins
        Photon counts of each pixel, not negative; fractions of a count come from resampling.
    specification : Specification, optional
        Gives the number of bins and the INPUT format; by default the published Seq2SeqLite.

    Returns
    -------
    int16 array, ... x bins
        INPUT codes, int32 if the format has more than 16 bits. A pixel without photons is all 0.

    Raises
    ------
    InputError
        If the bins are not as many as the network's steps, or a count is negative or not finite.
    """
    specification = specification or Specification(SEQ2SEQLITE, SEQ2SEQLITE_8_BIT)
    bins, target = specification.network.steps, specification.arithmetic.input
    raw = np.asarray(counts)
    if raw.dtype.kind not in "iuf":
        raise InputError(f"photon counts are {raw.dtype}, expected real numbers")
    if raw.ndim == 0 or raw.shape[-1] != bins:
        raise InputError(
            f"photon counts have shape {raw.shape}, expected {bins} time bins on the last axis"
        )
    pixels = raw.reshape(-1, bins)
    x = np.empty(pixels.shape, np.int16 if target.bits <= 16 else np.int32)
    for start in range(0, len(pixels), _CHUNK):
        chunk = pixels[start : start + _CHUNK].astype(np.float64)
        _check(chunk, start)
        v = np.maximum(chunk - chunk[:, :BASELINE_BINS].mean(axis=1, keepdims=True), 0.0)
        peak = v.max(axis=1, keepdims=True)
        n = np.divide(v, peak, out=np.zeros_like(v), where=peak > 0)
        x[start : start + _CHUNK] = target.quantize(n)
    return x.reshape(raw.shape)


def _check(chunk: NDArray[np.floating[Any]], start: int) -> None:
    wrong = ~(np.isfinite(chunk) & (chunk >= 0))
    if wrong.any():
        pixel, position = np.argwhere(wrong)[0]
        raise InputError(
            f"photon count of pixel {start + pixel}, bin {position} is {chunk[pixel, position]}, "
            "expected a finite number >= 0"
        )
