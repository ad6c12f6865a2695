"""Latency against the number of pixels, with what no schedule can undercut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stomp_flim.plots.speedup import pixel_axis, policy_lines
from stomp_flim.plots.style import INK, UNREACHABLE, axes_or_new

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def latency(frame: pd.DataFrame, clock_ns: float, ax: Axes | None = None) -> Axes:
    """Draw the time until all pixels are done, one line a policy, and the bound under them.

    Parameters
    ----------
    frame : DataFrame
        One row a policy and number of pixels, for one graph: columns policy, pixels, makespan and
        lower_bound (both in cycles).
    clock_ns : float
        Clock period in ns.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic, the time in µs; the lines carry labels for a legend.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("fifo", 1, 50, 50), ("fifo", 8, 90, 60), ("hlfet", 8, 66, 60)]
    >>> frame = pd.DataFrame(rows, columns=["policy", "pixels", "makespan", "lower_bound"])
    >>> from stomp_flim.plots.latency import latency
    >>> latency(frame, clock_ns=4.5).figure.savefig("latency.png")
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    ax = axes_or_new(ax)
    bound = frame.drop_duplicates("pixels").sort_values("pixels")
    limit = bound["lower_bound"] * clock_ns / 1000
    pixel_axis(ax, bound["pixels"].tolist())
    bottom, top = limit.min() / 1.6, frame["makespan"].max() * clock_ns / 1000 * 1.6
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if top / bottom < 200 else (1,)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.fill_between(bound["pixels"], bottom, limit, color=UNREACHABLE, linewidth=0, zorder=0)
    policy_lines(ax, frame, frame["makespan"] * clock_ns / 1000)
    ax.plot(bound["pixels"], limit, "--", color=INK, linewidth=1, label="bound", zorder=3.5)
    ax.set_ylim(bottom, top)
    ax.set_ylabel("Latency of all pixels (µs)")
    return ax
