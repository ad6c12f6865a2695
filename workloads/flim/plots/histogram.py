"""How a quantity is spread over the pixels of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stomp_flim.plots.style import FAINT, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

BARS = 50

_COLOUR = "#0072b2"


def histogram(
    values: npt.ArrayLike,
    *,
    label: str,
    limits: tuple[float, float] | None = None,
    colours: Colormap | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram of pixels; those beyond its axis are told of in words.

    Parameters
    ----------
    values : array [...]
        A value a pixel; those that are not finite are left out.
    label : str
        What they are, with the unit.
    limits : (float, float), optional
        Of the axis; by default from the smallest value to the 99th percentile.
    colours : matplotlib colormap, optional
        From the lower to the upper limit; by default one colour.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from workloads.flim.plots.histogram import histogram
    >>> ax = histogram([1.0, 2.0, 2.0], label="Lifetime (ns)", ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Lifetime (ns)', 'Pixels')
    """
    all_values = np.asarray(values, dtype=np.float64)
    known = all_values[np.isfinite(all_values)]
    ax = axes_or_new(ax)
    ax.set_axisbelow(True)
    if known.size:
        low, high = limits or (float(known.min()), float(np.percentile(known, 99)))
        if not low < high:
            low, high = low - 0.5, low + 0.5
        pixels, edges = np.histogram(known, bins=BARS, range=(low, high))
        share = np.linspace(0, 1, BARS)
        ax.bar(
            edges[:-1], pixels, width=np.diff(edges), align="edge",
            color=_COLOUR if colours is None else colours(share),
        )  # fmt: skip
        beyond = int(known.size - pixels.sum())
        if beyond:
            ax.text(
                0.98, 0.98, f"{beyond:,} beyond", transform=ax.transAxes,
                ha="right", va="top", color=FAINT,
            )  # fmt: skip
        ax.set_xlim(low, high)
    ax.set(xlabel=label, ylabel="Pixels")
    return ax
