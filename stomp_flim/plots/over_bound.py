"""How far policies are from the best possible: makespans over their lower bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stomp_flim.plots.speedup import pixel_axis, policy_lines
from stomp_flim.plots.style import INK, UNREACHABLE, axes_or_new

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LOGARITHMIC_FROM = 4.0
_WIDENING = 1.4  # points


def over_bound(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw makespan divided by lower bound over pixels, one line a policy.

    Parameters
    ----------
    frame : DataFrame
        One row a policy and number of pixels, for one graph: columns policy, pixels, makespan and
        lower_bound (both in cycles).
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes
        The region below 1, which no schedule reaches, is shaded. The vertical axis is logarithmic
        where a makespan is more than 4 times its bound.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("fifo", 1, 50, 50), ("fifo", 8, 90, 60), ("hlfet", 8, 66, 60)]
    >>> frame = pd.DataFrame(rows, columns=["policy", "pixels", "makespan", "lower_bound"])
    >>> from stomp_flim.plots.over_bound import over_bound
    >>> over_bound(frame).figure.savefig("over_bound.png")
    """
    ax = axes_or_new(ax)
    ratio = frame["makespan"] / frame["lower_bound"]
    highest = max(float(ratio.max()), 1.01)
    pixel_axis(ax, sorted(frame["pixels"].unique().tolist()))
    if highest > _LOGARITHMIC_FROM:
        ax.set_yscale("log", base=2)
        low, high = highest**-0.08, highest**1.08
    else:
        low, high = 1 - 0.1 * (highest - 1), 1 + 1.08 * (highest - 1)
    ax.set_ylim(low, high)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}×")
    ax.axhspan(low, 1, color=UNREACHABLE, linewidth=0, zorder=0)
    ax.axhline(1, linestyle="--", color=INK, linewidth=1, label="bound", zorder=2)
    policy_lines(ax, frame, ratio, widening=_WIDENING)
    ax.set_ylabel("Makespan over lower bound")
    return ax
