"""The background of each pixel: counts a bin that do not come from its decay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.flim.instrument.decay_fit import DecayFit
from workloads.flim.instrument.record import Record

Values = npt.NDArray[np.float64]

QUIET = 0.01
"""Before the pulse is where light is expected at less than this share of its peak."""

_LEAST_BINS = 3


@dataclass(frozen=True, eq=False)
class Background:
    """Background of pixels.

    Parameters
    ----------
    level : float64[pixels]
        Counts a live bin.
    deviation : float64[pixels]
        Its standard deviation; 0 where it was given.
    seen : bool
        Whether it was given, or bins before the pulse show it.
    """

    level: Values
    deviation: Values
    seen: bool = True

    def of(self, pixels: npt.NDArray[np.intp] | slice) -> Background:
        """Return the background of some of the pixels."""
        return Background(self.level[pixels], self.deviation[pixels], self.seen)


def estimated(counts: npt.NDArray[np.generic], record: Record, fit: DecayFit) -> Background:
    r"""Estimate the background of pixels from the bins before the pulse.

    Of the :math:`P` counts before the pulse and :math:`N` in all, :math:`P = b n_P + \omega S` and
    :math:`N = b n + S`, where :math:`\omega` is the share of the light that earlier pulses leave
    there, from the fit of all pixels. As counts are few, a pixel's own level is drawn towards the
    one that its brightness suggests, the more the less pixels differ (empirical Bayes).

    Parameters
    ----------
    counts : array [pixels, bins]
    record : Record
    fit : DecayFit
        Of the record's decay.
    """
    live = record.live
    total = counts[:, live].sum(axis=1, dtype=np.float64)
    light = fit.expected - np.where(live, fit.background, 0.0)
    common = float(np.clip(fit.background * live.sum() / max(fit.expected.sum(), 1e-300), 0, 1))
    suggested = common * total / live.sum()
    loud = np.flatnonzero(light > QUIET * light.max() + light[0])
    before = live & (np.arange(record.bins) < (loud[0] if loud.size else 0))
    if before.sum() < _LEAST_BINS or not light.sum() > 0:
        return Background(suggested, 0.3 * suggested, seen=False)
    share = float(light[before].sum() / light.sum())
    bins = before.sum() - share * live.sum()
    own = (counts[:, before].sum(axis=1, dtype=np.float64) - share * total) / bins
    noise = (np.maximum(own, suggested) * before.sum() + share * total + 0.25) / bins**2
    spread = max(float(np.mean((own - suggested) ** 2 - noise)), 0.0)
    trust = spread / (spread + noise)
    level = np.clip(suggested + trust * (own - suggested), 0.0, total / live.sum())
    return Background(level, np.sqrt(trust * noise))
