"""Error of lifetimes over the number of photons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stomp_flim.plots.style import axes_or_new, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def lifetime_error(
    rows: Sequence[Mapping[str, Any]],
    ax: Axes | None = None,
    *,
    methods: Sequence[str] | None = None,
) -> Axes:
    """Draw the median relative error of the mean lifetime, one line a method.

    Parameters
    ----------
    rows : sequence of mapping
        Of method, photons and median_error.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.
    methods : sequence of str, optional
        All methods of several panels, so that one looks the same in each; the legend is left to
        the figure.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic, the error in percent.
    """
    ax = axes_or_new(ax)
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        lines.setdefault(row["method"], []).append((row["photons"], 100 * row["median_error"]))
    looks = marks(methods or lines)
    for method, points in lines.items():
        photons, error = zip(*sorted(points), strict=True)
        look = looks[method]
        ax.plot(photons, error, look.line, color=look.colour, marker=look.marker, label=method)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("Photons of a pixel")
    ax.set_ylabel("Median error of the mean lifetime (%)")
    if lines and methods is None:
        ax.legend()
    return ax
