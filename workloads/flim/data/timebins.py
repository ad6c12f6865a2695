"""From a record's time bins to the network's: 135 of 0.09 ns, with the peak where it belongs.

The network was made for TPSFs of one kind: dark at first, since the preprocessing subtracts the
mean of the bins 0 to 9 as background, and brightest about a third into the window. In the test
sequences published for the accelerator the peak lies in the bins 35 to 59, whose middle is
47. So an image whose peak lies in that range keeps its time axis, and any other is
moved, as a whole, until its peak lies in bin 47. One shift serves all pixels: they share one
excitation pulse, and a shift for each would follow their photon noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hwmodels.gru.preprocess import BASELINE_BINS
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.errors import InputError

STEPS = SEQ2SEQLITE.steps
BIN_WIDTH_NS = 0.09
PEAK_BIN = 47
PEAK_RANGE = (35, 59)

BACKGROUND_BINS = 5
"""First bins of a record that show its background; the pulse rises within the five after them."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class TimeBins:
    """Where the network's time bins lie on a record's time axis.

    Parameters
    ----------
    edges : float64[STEPS + 1]
        Edges of the network's bins, counted in bins of the record: 0 is where the record begins.
    record_bins : int
        Bins of the record.
    background_known : bool
        Whether the record begins early enough before its peak to show the background.
    left_out : int
        Dead bins before the part of a record that is laid out here.
    """

    edges: npt.NDArray[np.float64]
    record_bins: int
    background_known: bool = False
    left_out: int = 0

    @property
    def coverage(self) -> npt.NDArray[np.float64]:
        """Share of each of the network's bins that the record covers, 0 to 1."""
        inside = np.clip(self.edges, 0, self.record_bins)
        return np.diff(inside) / np.diff(self.edges)

    @property
    def shift_ns(self) -> float:
        """Time in ns by which the whole record was moved to later bins."""
        return (
            float((-self.left_out - self.edges[0]) / (self.edges[1] - self.edges[0])) * BIN_WIDTH_NS
        )

    def resample(self, counts: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Distribute counts over the network's bins.

        The counts of a bin are taken as spread evenly over it. With ``C(t)`` the counts before the
        time ``t``, linear within a bin, a new bin from ``a`` to ``b`` receives ``C(b) - C(a)``: the
        new bins hold together what the record holds between the outer edges, none lost, none made.
        Bins that the record does not cover receive none.

        Parameters
        ----------
        counts : array [..., record_bins]
            Counts of the record.

        Returns
        -------
        float64[..., STEPS]
            Counts in the network's bins.

        Raises
        ------
        InputError
            If the number of bins differs.
        """
        if counts.shape[-1] != self.record_bins:
            raise InputError(f"{counts.shape[-1]} time bins, expected {self.record_bins}")
        before = np.zeros((*counts.shape[:-1], self.record_bins + 1))
        np.cumsum(counts, axis=-1, out=before[..., 1:])
        inside = np.clip(self.edges, 0, self.record_bins)
        whole = np.minimum(inside.astype(np.intp), self.record_bins - 1)
        at_edges = before[..., whole] + (inside - whole) * counts[..., whole]
        return np.diff(at_edges, axis=-1)

    def with_background(self, resampled: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Add the background of the time before the record, which the record cannot show.

        The preprocessing takes the bins 0 to 9 as background. Where a record that was moved begins
        later, they would hold nothing and the background would look like light. They receive, for
        the share that was not recorded, the mean of the record's first bins instead, if these lie
        before the pulse (`background_known`); counts that were recorded do not change.

        Parameters
        ----------
        resampled : float64[..., STEPS]
            Counts as `resample` returns them.
        """
        unseen = 1 - self.coverage
        first = int(np.argmax(unseen < _ROUNDING))
        if first == 0 or not self.background_known:
            return resampled
        level = resampled[..., first : first + BACKGROUND_BINS].mean(axis=-1, keepdims=True)
        filled = resampled.copy()
        filled[..., :first] += unseen[:first] * level
        return filled


def align(decay: npt.ArrayLike, bin_width_ns: float, *, peak_bin: int | None = None) -> TimeBins:
    """Lay the network's time bins over a record so that its peak lies where it is expected.

    Parameters
    ----------
    decay : array [bins]
        Counts of the whole image in each time bin.
    bin_width_ns : float
        Width of a bin in ns.
    peak_bin : int, optional
        Bin for the peak; without it the rule at the top of this module holds.

    Raises
    ------
    InputError
        If there are no counts, if `peak_bin` is not behind the bins of the baseline, or if the
        record covers less than half of the network's window.
    """
    decay = np.asarray(decay)
    if not decay.any():
        raise InputError("no photon in the whole image, expected a decay")
    if peak_bin is not None and not BASELINE_BINS <= peak_bin < STEPS:
        raise InputError(f"peak bin {peak_bin}, expected {BASELINE_BINS} to {STEPS - 1}")
    ratio = bin_width_ns / BIN_WIDTH_NS
    if abs(ratio - 1) < 1e-6:  # a width of 0.09 that was stored in 32 bits
        ratio = 1.0
    peak = int(decay.argmax())
    edges = np.arange(STEPS + 1, dtype=np.float64)
    unmoved = (peak + 0.5) * ratio - 0.5
    if peak_bin is None and PEAK_RANGE[0] <= unmoved <= PEAK_RANGE[1]:
        edges = edges / ratio
    else:  # the centre of the peak's bin on the centre of the network's bin
        target = PEAK_BIN if peak_bin is None else peak_bin
        edges = (edges - (target + 0.5)) / ratio + (peak + 0.5)
    bins = TimeBins(edges, decay.size, background_known=unmoved >= BASELINE_BINS)
    covered = bins.coverage.mean()
    if covered < 0.5:
        raise InputError(
            f"{decay.size} time bins of {bin_width_ns:.6g} ns cover {covered:.0%} of the "
            f"network's {STEPS} bins of {BIN_WIDTH_NS} ns, expected at least half"
        )
    return bins
