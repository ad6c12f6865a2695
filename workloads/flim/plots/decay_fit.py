"""The decay of a pixel: counts, the result as counts, and what is left between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.plots.style import FAINT, UNREACHABLE, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_USUAL = 4.0
"""Weighted residuals that the axis shows at least."""


def weighted_residuals(counts: npt.ArrayLike, expected: npt.ArrayLike) -> npt.NDArray[np.float64]:
    r"""Return :math:`(n - \mu) / \sqrt\mu`, whose variance is 1 where the result is right.

    Parameters
    ----------
    counts, expected : array [...]
        Counts, and their means after the result.

    Returns
    -------
    float64[...]
        NaN where no count is expected.

    Examples
    --------
    >>> from workloads.flim.plots.decay_fit import weighted_residuals
    >>> weighted_residuals([110, 0], [100, 0])
    array([ 1., nan])
    """
    found, mean = (np.asarray(values, dtype=np.float64) for values in (counts, expected))
    known = mean > 0
    return np.where(known, (found - mean) / np.sqrt(np.where(known, mean, 1.0)), np.nan)


def decay_fit(
    times_ns: npt.ArrayLike,
    counts: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    title: str = "",
    axes: tuple[Axes, Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Draw counts and result on a logarithmic axis, with the weighted residuals below.

    Parameters
    ----------
    times_ns : array [bins]
        Time of each bin in ns.
    counts, expected : array [bins]
        Counts, and their means after the result, convolved with the response.
    title : str
        Which pixel it is.
    axes : (matplotlib axes, matplotlib axes), optional
        Where to draw counts and residuals, which share their x axis; by default a new figure.

    Returns
    -------
    (matplotlib axes, matplotlib axes)

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from workloads.flim.plots.decay_fit import decay_fit
    >>> times = 0.1 * np.arange(100)
    >>> expected = 500 * np.exp(-times / 2)
    >>> both = Figure().subplots(2, sharex=True)
    >>> upper, lower = decay_fit(times, expected.round(), expected, axes=tuple(both))
    >>> upper.get_ylabel(), lower.get_ylabel()
    ('Counts', 'Residual')
    """
    times, found, mean = (np.asarray(a, dtype=np.float64) for a in (times_ns, counts, expected))
    if times.ndim != 1 or not times.shape == found.shape == mean.shape:
        raise InputError(
            f"times {times.shape}, counts {found.shape}, result {mean.shape}, expected [bins] each"
        )
    if axes is None:
        import matplotlib.pyplot as plt

        _, (upper, lower) = plt.subplots(2, sharex=True, height_ratios=(3, 1))
        axes = upper, lower
    ax, below = axes
    measured, result = marks(["counts", "result"]).values()
    ax.plot(times, np.where(found > 0, found, np.nan), ".", color=measured.colour, label="counts")
    ax.plot(times, np.where(mean > 0, mean, np.nan), color=result.colour, label="result")
    ax.set_yscale("log")
    ax.set_ylim(0.5, max(found.max(initial=1), mean.max(initial=1)) * 2)
    ax.set(ylabel="Counts", title=title)
    ax.legend(loc="upper right")
    left = weighted_residuals(found, mean)
    reach = float(max(_USUAL, np.nanmax(np.abs(left), initial=0.0)))
    below.axhspan(-2, 2, color=UNREACHABLE, zorder=0)
    below.axhline(0, color=FAINT, linewidth=0.8)
    below.plot(times, left, ".", color=measured.colour, markersize=2.5)
    below.set(xlabel="Time (ns)", ylabel="Residual", ylim=(-1.05 * reach, 1.05 * reach))
    return axes
