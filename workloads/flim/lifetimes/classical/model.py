"""What classical methods know of a record: the counts that a decay leaves in its bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workloads.flim.data.irf import convolve
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.data.tpsf import decay

Values = npt.NDArray[np.float64]


class Model(Protocol):
    """What `workloads.flim.instrument.forward.Forward` says of a record."""

    @property
    def bin_width_ns(self) -> float:
        """Distance from one time bin to the next in ns."""

    @property
    def period_ns(self) -> float | None:
        """Laser period in ns, where it is known."""

    @property
    def bins(self) -> int:
        """Time bins of the record."""

    @property
    def constant(self) -> Values:
        """Shape of a background that does not change with time: 1 in live bins, else 0."""

    def light(self, tau_ns: npt.ArrayLike) -> Values:
        """Return the counts that decays of amplitude one leave in the bins: [..., bins], in ns."""


@dataclass(frozen=True, eq=False)
class NetworkBins:
    """A response on the network's time bins, as the synthetic pixels have it.

    They are made by a discrete convolution (`workloads.flim.data.irf.convolve`), which takes all
    light of the response's bin from the bin's beginning on.

    Parameters
    ----------
    irf : float64[STEPS]
        Share of the response in each bin.
    """

    irf: Values
    bin_width_ns: float = BIN_WIDTH_NS
    period_ns: float | None = None
    bins: int = STEPS

    @property
    def constant(self) -> Values:
        """All bins are live."""
        return np.ones(self.bins)

    def light(self, tau_ns: npt.ArrayLike) -> Values:
        """Return the counts that decays of amplitude one leave in the bins: [..., bins], in ns."""
        tau = np.asarray(tau_ns, dtype=np.float64)
        decays = decay(tau, tau, np.ones(tau.shape))
        return BIN_WIDTH_NS * convolve(decays, np.asarray(self.irf, dtype=np.float64))
