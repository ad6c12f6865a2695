"""Frame rate against the number of pixels in flight, with what no schedule can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stomp_flim.plots.speedup import pixel_axis
from stomp_flim.plots.style import INK, UNREACHABLE, axes_or_new, marks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LINES = {"free-running": "-", "lock-step": (0, (4, 2))}


def frame_rate(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw one line a policy and mode, with error bars, and the bound over them.

    Parameters
    ----------
    frame : DataFrame
        One row a policy, mode and number of slots, for one platform: columns policy, mode, slots,
        seconds, error (a fraction of the time), cycles and lower_bound.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic; the lines carry labels for a legend.

    Examples
    --------
    >>> import pandas as pd
    >>> from stomp_flim.plots.frame_rate import frame_rate
    >>> columns = ["policy", "mode", "slots", "seconds", "error", "cycles", "lower_bound"]
    >>> mode = "lock-step"
    >>> rows = [("fifo", mode, 8, 3.0, 0.0, 300, 250), ("fifo", mode, 64, 2.0, 0.0, 200, 190)]
    >>> frame_rate(pd.DataFrame(rows, columns=columns)).figure.savefig("frame_rate.png")
    """
    ax = axes_or_new(ax)
    bound = frame.drop_duplicates("slots").sort_values("slots")
    limit = bound["cycles"] / bound["lower_bound"] / bound["seconds"]
    slots = bound["slots"].tolist()
    ax.set_yscale("log")
    pixel_axis(ax, slots)
    ax.set_xlabel("Pixels in flight (slots)")
    ax.set_ylabel("Frames per second")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    colours = marks(frame["policy"])
    for keys, of_line in frame.groupby(["policy", "mode"], sort=False):
        policy, mode = map(str, keys)
        rows = of_line.sort_values("slots")
        rate = 1 / rows["seconds"]
        free = mode == "free-running"
        ax.errorbar(
            rows["slots"],
            rate,
            yerr=rate * rows["error"],
            linestyle=_LINES[mode],
            linewidth=1.4 if free else 1.0,
            color=colours[policy].colour,
            marker=colours[policy].marker,
            markersize=4.5 if free else 5.5,
            markerfacecolor=colours[policy].colour if free else "white",
            markeredgecolor="white" if free else colours[policy].colour,
            markeredgewidth=0.5 if free else 0.9,
            label=f"{policy}, {mode}",
            zorder=3.2 if free else 3,
        )
    ax.plot(slots, limit, ":", color=INK, linewidth=1.2, label="bound", zorder=3.5)
    ax.fill_between(slots, limit, 1e9, color=UNREACHABLE, linewidth=0, zorder=0)
    ax.set_ylim((1 / frame["seconds"]).min() / 2, limit.max() * 2)
    return ax
