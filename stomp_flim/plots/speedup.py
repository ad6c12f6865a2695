"""Speed-up over manual scheduling against the number of pixels, with what no schedule can reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from stomp_flim.plots.style import INK, UNREACHABLE, axes_or_new, marks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


_MOST_TICKS = 10


class Claim(NamedTuple):
    """A speed-up that somebody states: at how many pixels, how much, and who says so.

    Examples
    --------
    >>> from stomp_flim.plots.speedup import Claim
    >>> Claim(pixels=64, speedup=52.0, source="arXiv 2410.07364").speedup
    52.0
    """

    pixels: int
    speedup: float
    source: str


def speedup(frame: pd.DataFrame, ax: Axes | None = None, *, claims: Sequence[Claim] = ()) -> Axes:
    """Draw one line a policy, the bound over them, and claims as rings.

    The bound on the speed-up is ``manual_makespan / lower_bound``; the region above it is shaded.

    Parameters
    ----------
    frame : DataFrame
        One row a policy and number of pixels, for one graph: columns policy, pixels, speedup,
        lower_bound and manual_makespan (both in cycles).
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.
    claims : sequence of Claim
        Speed-ups to be marked as somebody's statement.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic; the lines and rings carry labels for a legend.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("fifo", 1, 50, 50), ("fifo", 8, 90, 60), ("hlfet", 8, 66, 60)]
    >>> frame = pd.DataFrame(rows, columns=["policy", "pixels", "makespan", "lower_bound"])
    >>> frame["manual_makespan"] = 50 * frame["pixels"]
    >>> frame["speedup"] = frame["manual_makespan"] / frame["makespan"]
    >>> from stomp_flim.plots.speedup import Claim, speedup
    >>> ax = speedup(frame, claims=[Claim(8, 6.0, "a paper")])
    >>> ax.figure.savefig("speedup.png")
    """
    ax = axes_or_new(ax)
    bound = frame.drop_duplicates("pixels").sort_values("pixels")
    limit = bound["manual_makespan"] / bound["lower_bound"]
    top = 2 * max(limit.max(), *(claim.speedup for claim in claims), 1.0)
    pixel_axis(ax, bound["pixels"].tolist())
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    ax.set_ylim(0.8, top)
    ax.fill_between(bound["pixels"], limit, top, color=UNREACHABLE, linewidth=0, zorder=0)
    policy_lines(ax, frame, frame["speedup"])
    ax.plot(bound["pixels"], limit, "--", color=INK, linewidth=1, label="bound", zorder=3.5)
    for claim in claims:
        ax.plot(
            [claim.pixels],
            [claim.speedup],
            linestyle="none",
            marker="o",
            markersize=11,
            markerfacecolor="none",
            markeredgecolor=INK,
            label=f"claimed ({claim.source})",
            zorder=4,
        )
        ax.annotate(
            f"{claim.speedup:.1f}× claimed",
            (claim.pixels, claim.speedup),
            xytext=(claim.pixels, 0.97),  # above the bound, where no line can be
            textcoords=ax.get_xaxis_transform(),
            horizontalalignment="right",
            verticalalignment="top",
            arrowprops={"arrowstyle": "-", "linewidth": 0.6, "shrinkB": 6},
        )
    ax.set_ylabel("Speed-up over one pixel at a time")
    return ax


def policy_lines(
    ax: Axes, frame: pd.DataFrame, values: pd.Series[float], *, widening: float = 0.0
) -> None:
    """Draw values over the pixels, one marked and labelled line a policy in order of appearance.

    With `widening`, in points, each marker is that much larger than the one drawn over it, and
    lines are wider by a third of it, so that policies that are equal somewhere are all seen.
    """
    from matplotlib import rcParams

    lines = marks(frame["policy"])
    for below, (policy, mark) in zip(reversed(range(len(lines))), lines.items(), strict=True):
        rows = frame[frame["policy"] == policy].sort_values("pixels")
        ax.plot(
            rows["pixels"],
            values[rows.index],
            color=mark.colour,
            marker=mark.marker,
            markeredgecolor="white",
            markeredgewidth=0.5,
            linewidth=rcParams["lines.linewidth"] + below * widening / 3,
            markersize=rcParams["lines.markersize"] + below * widening,
            label=policy,
            zorder=3,
        )


def pixel_axis(ax: Axes, pixels: Sequence[int]) -> None:
    """Make the horizontal axis one of pixels: logarithmic, a tick for each number if they fit."""
    from matplotlib.ticker import NullLocator

    ax.set_xscale("log", base=2)
    if len(pixels) <= _MOST_TICKS:
        ax.set_xticks(pixels)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(min(pixels) / 1.2, max(pixels) * 1.2)
    ax.set_xlabel("Pixels in parallel")
