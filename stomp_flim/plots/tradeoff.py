"""Frame rate against what it costs, one point a design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stomp_flim.plots.style import INK, axes_or_new, marks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def tradeoff(frame: pd.DataFrame, cost: str, ax: Axes | None = None) -> Axes:
    """Draw designs by cost and frame rate, coloured by what they wait for, and the best of them.

    Parameters
    ----------
    frame : DataFrame
        One row a design: columns frames_per_second, waits_for (text), pareto (whether no other
        other is as good in every respect and better in one) and `cost`.
    cost : str
        The column on the horizontal axis.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic. Designs of the Pareto front are filled, the others faint; the
        stairs are the best rate for at most that cost. Points and stairs carry labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from stomp_flim.plots.tradeoff import tradeoff
    >>> columns = ["frames_per_second", "waits_for", "pareto", "dsp"]
    >>> rows = [(0.4, "lanes", True, 48), (0.3, "ports", False, 96), (0.8, "lanes", True, 96)]
    >>> tradeoff(pd.DataFrame(rows, columns=columns), "dsp").figure.savefig("tradeoff.png")
    """
    ax = axes_or_new(ax)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for waits_for, mark in marks(sorted(frame["waits_for"].unique())).items():
        rows = frame[frame["waits_for"] == waits_for]
        for front, alpha, size, label in ((False, 0.25, 3, None), (True, 0.9, 18, waits_for)):
            shown = rows[rows["pareto"] == front]
            ax.scatter(
                shown[cost],
                shown["frames_per_second"],
                s=size,
                marker=mark.marker,
                color=mark.colour,
                alpha=alpha,
                linewidth=0,
                label=label,
                rasterized=not front,  # thousands of faint points would make the file heavy
                zorder=3 if front else 2,
            )
    best = frame.sort_values([cost, "frames_per_second"], ascending=[True, False])
    rate = best["frames_per_second"].cummax()
    rising = best[rate > rate.shift(fill_value=0.0)]
    ax.plot(
        [*rising[cost], frame[cost].max()],
        [*rising["frames_per_second"], rate.iloc[-1]],
        drawstyle="steps-post",
        color=INK,
        linewidth=0.9,
        label="best for at most this cost",
        zorder=2.5,
    )
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_ylabel("Frames per second")
    return ax
