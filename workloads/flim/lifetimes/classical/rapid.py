"""Rapid lifetime determination: a lifetime from the counts of two gates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS
from workloads.flim.lifetimes.classical.inversion import (
    LONGEST,
    lifetimes_by,
    single_decays,
)
from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]

GATE_BINS = 10
GATE_DELAY = 0
"""Of gates of 8 to 16 bins, 0 to 3 after the peak, the best ones for 1,000 photons."""
SIGNIFICANT = 2.0
"""Standard deviations by which two gates differ that show a decay."""


def rapid_lifetimes(
    counts: npt.ArrayLike, *, gate_bins: int = GATE_BINS, delay_bins: int = GATE_DELAY
) -> Values:
    r"""Estimate lifetimes by two contiguous gates of equal width, from each TPSF's peak on.

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
        Lifetime in ns; NaN where the gates do not show a decay: the second holds nothing above the
        background, the two differ by no more than twice the standard deviation of their difference,
        the peak leaves no room for them, or the decay would outlast twenty TPSFs.

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
    starts = tpsf.argmax(axis=-1) + delay_bins
    ratio = _ratio(_gates(tpsf, starts, gate_bins), _gates(tpsf - background, starts, gate_bins))
    found = -gate_bins * BIN_WIDTH_NS / np.log(ratio)
    shown = (starts + 2 * gate_bins <= bins) & (found < LONGEST * bins * BIN_WIDTH_NS)
    return np.where(shown, found, np.nan)


def gated_lifetimes(
    counts: npt.ArrayLike,
    model: Model,
    *,
    background: npt.ArrayLike = 0.0,
    gate_ns: float = GATE_BINS * BIN_WIDTH_NS,
    delay_ns: float = 0.0,
) -> Values:
    """Estimate lifetimes by two gates of a record whose response is known.

    The lifetime is that of the single decay with the same ratio of the two, so that response, laser
    period and dead bins are accounted for.

    Parameters
    ----------
    counts : array [..., bins]
        Counts in the record's own bins; those of dead bins are not looked at.
    model : Model
        What the record shows of a decay, such as a `workloads.flim.instrument.forward.Forward`.
    background : array [...]
        Counts of background in each live bin.
    gate_ns, delay_ns : float
        Width of a gate, and time to the first one from the brightest bin of a decay as long as a
        gate.

    Returns
    -------
    float64[...]
        Lifetime in ns; NaN as of `rapid_lifetimes`, and where no decay has the ratio.

    Raises
    ------
    InputError
        If bins differ, or the gates do not fit the record.
    """
    records = np.asarray(counts, dtype=np.float64)
    if records.shape[-1:] != (model.bins,):
        raise InputError(f"counts have the shape {records.shape}, expected [..., {model.bins}]")
    width = max(round(gate_ns / model.bin_width_ns), 1)
    start = round(delay_ns / model.bin_width_ns)
    if gate_ns > 0:
        start += int(model.light(gate_ns).argmax())
    if not (gate_ns > 0 and delay_ns >= 0 and start + 2 * width <= model.bins):
        raise InputError(
            f"two gates of {gate_ns:g} ns, {delay_ns:g} ns after the peak, "
            f"expected gates within the {model.bins} bins of the record"
        )
    live = model.constant > 0
    records = np.where(live, records, 0.0)
    light = records - np.asarray(background, dtype=np.float64)[..., None] * live
    starts = np.full(records.shape[:-1], start)
    ratio = _ratio(_gates(records, starts, width), _gates(light, starts, width))
    tau, decays = single_decays(model)
    seen = _gates(decays, np.full(len(tau), start), width)
    first, second = seen.T
    falls = (second > 0) & (second < first)
    ratios = second[falls] / first[falls]
    # In the double logarithm a single decay's ratio is a straight line.
    return lifetimes_by(-np.log(-np.log(ratio)), tau[falls], -np.log(-np.log(ratios)))


def _gates(values: Values, starts: npt.NDArray[np.intp], width: int) -> Values:
    """Return the sums of two gates: [..., 2]."""
    bins = values.shape[-1]
    cuts = np.minimum(starts[..., None] + np.arange(3) * width, bins)
    before = np.zeros((*values.shape[:-1], bins + 1))
    np.cumsum(values, axis=-1, out=before[..., 1:])
    return np.diff(np.take_along_axis(before, cuts, axis=-1))


def _ratio(counted: Values, light: Values) -> Values:
    """Return the second gate's part of the first, NaN where they show no decay."""
    first, second = light[..., 0], light[..., 1]
    noise = np.sqrt(counted.sum(axis=-1))
    decays = (first - second > SIGNIFICANT * noise) & (second > 0)
    return np.where(decays, second, np.nan) / np.where(decays, first, 1.0)
