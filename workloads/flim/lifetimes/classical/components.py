"""What a fit says of pixels: lifetimes, their shares, the background, and how well it explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workloads.flim.lifetimes.classical.model import Model

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Components:
    r"""Decays :math:`A \sum_k s_k e^{-t/\tau_k}` over a background.

    Where fewer components than asked for explain the counts as well, the others have the share 0
    and the lifetime of one that has light.

    Parameters
    ----------
    tau_ns : float64[..., components]
        Lifetimes in ns, rising; NaN where there is no light.
    share : float64[..., components]
        Amplitude of each component as a share of all, 0 to 1; NaN where there is no light.
    amplitude : float64[...]
        All amplitudes together, in counts a ns at the pulse; 0 where there is no light.
    background : float64[...]
        Counts of background in each live bin.
    deviance : float64[...]
        :math:`2 \sum_t (\mu_t - n_t + n_t \ln(n_t / \mu_t))` of the counts :math:`n` and what is
        expected, :math:`\mu`: about the number of bins less that of parameters where the model
        holds and bins hold several counts.
    """

    tau_ns: Values
    share: Values
    amplitude: Values
    background: Values
    deviance: Values

    @property
    def mean_ns(self) -> Values:
        """Amplitude-weighted mean lifetime in ns."""
        return np.asarray((self.share * self.tau_ns).sum(axis=-1))


def expected(components: Components, model: Model) -> Values:
    """Return the mean counts that fitted components leave in the bins.

    Parameters
    ----------
    components : Components
    model : Model
        Such as a `workloads.flim.instrument.forward.Forward`.

    Returns
    -------
    float64[..., bins]
    """
    lit = np.isfinite(components.tau_ns)
    amplitudes = components.amplitude[..., None] * np.where(lit, components.share, 0.0)
    light = model.light(np.where(lit, components.tau_ns, 1.0))
    decays = np.einsum("...k,...kt->...t", amplitudes, light)
    return np.asarray(decays + components.background[..., None] * model.constant)
