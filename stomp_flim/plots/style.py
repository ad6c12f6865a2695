"""What the figures have in common: type sizes, and colours that colour-blind readers can tell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

INK = "#222222"
FAINT = "#8a8a8a"
UNREACHABLE = "#ececec"

_SETTINGS = {
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.dpi": 144,
    "font.size": 8,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.4,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "svg.hashsalt": "stomp-flim",  # equal figures give equal files
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.color": INK,
    "ytick.labelsize": 7.5,
    "ytick.major.width": 0.6,
}


class Mark(NamedTuple):
    """How one of several lines is told from the others: colour and marker, then the line itself."""

    colour: str
    marker: str
    line: str = "-"


# Okabe and Ito, "Color Universal Design" (2008), the darker ones first; grey in place of black.
_MARKS = (
    Mark("#6b6b6b", "o"),
    Mark("#d55e00", "s"),
    Mark("#0072b2", "D"),
    Mark("#009e73", "^"),
    Mark("#cc79a7", "v"),
    Mark("#e69f00", "P"),
    Mark("#56b4e9", "X"),
)

_LINES = ("-", "--", ":")


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """Return a mark for each name, in order of first appearance.

    They repeat after the seventh, with dashed and then with dotted lines.
    """
    count = len(_MARKS)
    return {
        name: _MARKS[i % count]._replace(line=_LINES[i // count % len(_LINES)])
        for i, name in enumerate(dict.fromkeys(names))
    }


def axes_or_new(ax: Axes | None) -> Axes:
    """Return the axes, or those of a new figure of pyplot."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    return ax


def draw_steps(
    ax: Axes,
    values: npt.ArrayLike,
    edges: npt.ArrayLike,
    *,
    colour: str,
    label: str | None,
    fill: bool,
) -> None:
    """Draw values between edges as a line of steps, with the area under it if `fill`."""
    if fill:
        ax.stairs(values, edges, fill=True, color=colour, alpha=0.3, linewidth=0)
    ax.stairs(values, edges, baseline=None, color=colour, label=label)


def paper_style() -> AbstractContextManager[None]:
    """Return a context in which new figures and axes look as in a paper."""
    import matplotlib as mpl

    return mpl.rc_context(_SETTINGS)  # type: ignore[arg-type]
