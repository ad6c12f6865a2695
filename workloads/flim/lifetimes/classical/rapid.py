"""Rapid lifetime determination: a lifetime from the counts of two gates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS

GATE_BINS = 10
GATE_DELAY = 0
"""Of gates of 8 to 16 bins, 0 to 3 after the peak, the best ones for 1,000 photons."""


def rapid_lifetimes(
    counts: npt.ArrayLike, *, gate_bins: int = GATE_BINS, delay_bins: int = GATE_DELAY
) -> npt.NDArray[np.float64]:
    r"""Estimate lifetimes by two contiguous gates of equal width.

    With the counts :math:`D_0, D_1` of the gates above the background (mean of the first ten bins)
    and their width :math:`w`, a mono-exponential decay has the lifetime
    :math:`\tau = w / \ln(D_0 / D_1)` (Ballew and Demas, Anal. Chem. 61, 1989).

    Parameters
    ----------
    counts : array [..., bins]
        TPSFs on bins of 0.09 ns.
    gate_bins : int
        Width of a gate.
    delay_bins : int
        Bins from a TPSF's peak to its first gate.

    Returns
    -------
    float64[...]
        Lifetime in ns; NaN where the gates do not show a decay.

    Raises
    ------
    InputError
        If the gates do not fit the TPSFs.
    """
    tpsf = np.asarray(counts, dtype=np.float64)
    bins = tpsf.shape[-1]
    if gate_bins < 1 or delay_bins < 0 or delay_bins + 2 * gate_bins > bins:
        raise InputError(
            f"two gates of {gate_bins} bins, {delay_bins} after the peak, "
            f"expected gates within the {bins} bins of a TPSF"
        )
    background = tpsf[..., :BASELINE_BINS].mean(axis=-1, keepdims=True)
    before = np.zeros((*tpsf.shape[:-1], bins + 1))
    np.cumsum(tpsf - background, axis=-1, out=before[..., 1:])
    start = tpsf.argmax(axis=-1, keepdims=True) + delay_bins
    cuts = np.minimum(start + np.arange(3) * gate_bins, bins)
    first, second = np.moveaxis(np.diff(np.take_along_axis(before, cuts, axis=-1)), -1, 0)
    decays = (first > second) & (second > 0)
    ratio = np.where(decays, first, np.e) / np.where(decays, second, 1.0)
    return np.where(decays, gate_bins * BIN_WIDTH_NS / np.log(ratio), np.nan)
