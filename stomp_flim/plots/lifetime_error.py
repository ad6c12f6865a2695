"""Error of lifetimes over the number of photons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
        All methods of several panels, so that one has the same colour and marker in each.

    Returns
    -------
    matplotlib axes
        Both directions logarithmic, the error in percent.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        lines.setdefault(row["method"], []).append((row["photons"], 100 * row["median_error"]))
    order = list(methods or lines)
    for method, points in lines.items():
        photons, error = zip(*sorted(points), strict=True)
        index = order.index(method)
        ax.plot(
            photons,
            error,
            color=f"C{index}",
            marker="osD^v<>P*X"[index % 10],
            markersize=4,
            linewidth=1.2,
            label=method,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("Photons of a pixel")
    ax.set_ylabel("Median error of the mean lifetime (%)")
    if lines:
        ax.legend(fontsize="small")
    return ax
