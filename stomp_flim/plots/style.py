"""What the figures have in common: type sizes, and colours that colour-blind readers can tell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import NamedTuple

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
    """How one of several lines is told from the others: by its colour and by its marker."""

    colour: str
    marker: str


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


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """Return a mark for each name, in order of first appearance; they repeat after the seventh."""
    return {name: _MARKS[i % len(_MARKS)] for i, name in enumerate(dict.fromkeys(names))}


def paper_style() -> AbstractContextManager[None]:
    """Return a context in which new figures and axes look as in a paper."""
    import matplotlib as mpl

    return mpl.rc_context(_SETTINGS)  # type: ignore[arg-type]
