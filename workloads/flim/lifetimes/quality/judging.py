"""Flags and uncertainty of lifetimes: what the counts say of a method's result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.flim.instrument import background as backgrounds
from workloads.flim.instrument.background import Background
from workloads.flim.instrument.chain import Instrument
from workloads.flim.lifetimes.quality.evidence import Evidence, groups, weigh
from workloads.flim.lifetimes.quality.flags import MOST_UNCERTAIN, Flag

Values = npt.NDArray[np.float64]

UNEXPLAINED = 0.04
"""Excess of chi-square over a photon's share that a wrong lifetime of 20% makes."""

OUTSIDE = 0.15
"""How far beyond the trained range the counts may say that a lifetime lies."""

FEWEST = 0.25
"""Share of the photons that a network was trained on at least, below which it is biased."""

_LIT = 3.0
_CERTAIN = 5.0
_LEAST_EXPECTED = 0.05
_CHUNK_PIXELS = 4096


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the lifetimes of pixels are worth.

    Parameters
    ----------
    evidence : Evidence
    chi_square : float64[pixels]
        Reduced, of the counts against the reconvolved result; NaN without a lifetime.
    flags : uint16[pixels]
    """

    evidence: Evidence
    chi_square: Values
    flags: npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Limits:
    """What a result must keep to be shown.

    Parameters
    ----------
    uncertainty : float
        Largest half width of the 97% band, as a share of the lifetime.
    range_ns : (float, float), optional
        Lifetimes that a network was trained on.
    photons : float
        Least photons that it was trained on; 0 for other methods.
    """

    uncertainty: float = MOST_UNCERTAIN
    range_ns: tuple[float, float] | None = None
    photons: float = 0.0


def judge(
    counts: npt.NDArray[np.generic],
    tau_ns: Values,
    share: Values,
    mean_ns: Values,
    instrument: Instrument,
    limits: Limits,
    *,
    background: Background | None = None,
) -> Judgement:
    """Judge the results of pixels that hold counts.

    Parameters
    ----------
    counts : array [pixels, bins]
    tau_ns, share : float64[pixels, K]
        Components of the results.
    mean_ns : float64[pixels]
        Their lifetimes.
    instrument : Instrument
    limits : Limits
    background : Background, optional
        By default estimated.
    """
    record = instrument.record
    background = background or backgrounds.estimated(counts, record, instrument.fit)
    evidence = weigh(counts, mean_ns, background, record, instrument.forward)
    live = int(record.live.sum())
    total = counts[:, record.live].sum(axis=1, dtype=np.float64)
    light = total - background.level * live
    noise = np.sqrt(total + (background.deviation * live) ** 2)
    flags = np.zeros(len(counts), np.uint16)
    flags[light < _LIT * noise] |= int(Flag.BACKGROUND)
    chi_square, excess = _residuals(counts, tau_ns, share, background, instrument)
    for beyond in (excess, evidence.misfit - evidence.bins):
        flags[_unexplained(beyond, evidence.bins, light)] |= int(Flag.UNEXPLAINED)
    if limits.range_ns is not None:
        low, high = limits.range_ns
        is_long = evidence.median_ns > (1 + OUTSIDE) * high
        flags[is_long | (evidence.median_ns < (1 - OUTSIDE) * low)] |= int(Flag.OUT_OF_RANGE)
    flags[light < FEWEST * limits.photons] |= int(Flag.DARK)
    flags[~(mean_ns > 0)] |= int(Flag.IMPOSSIBLE)
    flags[~(evidence.uncertainty_ns <= limits.uncertainty * mean_ns)] |= int(Flag.UNCERTAIN)
    return Judgement(evidence, chi_square, flags)


def _unexplained(excess: Values, bins: int, light: Values) -> npt.NDArray[np.bool_]:
    certain = excess > _CERTAIN * np.sqrt(2 * bins)
    return np.asarray(certain & (excess > UNEXPLAINED * np.maximum(light, 1.0)))


def _residuals(
    counts: npt.NDArray[np.generic],
    tau_ns: Values,
    share: Values,
    background: Background,
    instrument: Instrument,
) -> tuple[Values, Values]:
    """Return the reduced chi-square of pixels, and chi-square beyond its expectation."""
    record = instrument.record
    starts = groups(record)
    seen = np.add.reduceat(record.live.astype(np.float64), starts) > 0
    chi_square, usual = np.empty(len(counts)), np.empty(len(counts))
    for start in range(0, len(counts), _CHUNK_PIXELS):
        part = slice(start, start + _CHUNK_PIXELS)
        found = np.where(record.live, counts[part], 0)
        level = background.of(part)
        expected = expected_counts(found, tau_ns[part], share[part], level, instrument)
        few, mean = (np.add.reduceat(each, starts, axis=1)[:, seen] for each in (found, expected))
        least = np.maximum(mean, _LEAST_EXPECTED)
        chi_square[part] = ((few - least) ** 2 / least).sum(axis=1)
        # Bins that expect next to nothing add less than one each.
        usual[part] = ((mean + (mean - least) ** 2) / least).sum(axis=1)
    parameters = 2 * tau_ns.shape[1]
    freedom = max(int(seen.sum()) - parameters, 1)
    return chi_square / np.maximum(usual - parameters, 1.0), chi_square - freedom


def expected_counts(
    counts: npt.NDArray[np.generic],
    tau_ns: Values,
    share: Values,
    background: Background,
    instrument: Instrument,
) -> Values:
    """Return the counts that results let expect: decays reconvolved, of the pixels' photons.

    Parameters
    ----------
    counts : array [pixels, bins]
    tau_ns, share : float64[pixels, K]
    background : Background
    instrument : Instrument

    Returns
    -------
    float64[pixels, bins]
        NaN where a result has no lifetime.
    """
    record = instrument.record
    known = np.isfinite(tau_ns) & (tau_ns > 0)
    light = instrument.forward.light(np.where(known, tau_ns, 1.0))
    shape = np.einsum("pk,pkt->pt", np.where(known, share, 0.0), light)
    total = counts[:, record.live].sum(axis=1, dtype=np.float64)
    constant = background.level[:, None] * record.live
    sums = shape.sum(axis=1)
    scale = np.where(sums > 0, total - constant.sum(axis=1), np.nan) / np.where(sums > 0, sums, 1.0)
    return np.asarray(scale[:, None] * shape + constant)
