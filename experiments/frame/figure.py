"""The figure of the experiment `frame`: a panel a platform, frame rate over slots."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from experiments.frame.sweep import FrameSweep
from stomp_flim.plots.frame_rate import frame_rate
from stomp_flim.plots.style import FAINT, INK, paper_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES = {"camera": ":", "accelerator": "-.", "limit": "-"}
_CHARACTERS_PER_INCH = 17
_MARGIN = 1.5  # inches for the names of the marks


def draw(frame: pd.DataFrame, sweep: FrameSweep) -> Figure:
    """Draw the table."""
    from matplotlib.figure import Figure

    platforms = sweep.platforms
    width = 4.6 * len(platforms) + _MARGIN
    with paper_style():
        figure = Figure(figsize=(width, 5.2), layout="constrained")
        panels = figure.subplots(1, len(platforms), squeeze=False, sharey=True)[0]
        for ax, platform in zip(panels, platforms, strict=True):
            frame_rate(frame[frame["platform"] == platform], ax)
            ax.set_title(f"Platform “{platform}”")
            ax.set_ylabel("" if ax is not panels[0] else "Frames per second")
        rates = [mark.frames_per_second for mark in sweep.marks()]
        low = min(panel.get_ylim()[0] for panel in panels)
        high = max(panel.get_ylim()[1] for panel in panels)
        for ax in panels:
            ax.set_ylim(min(low, min(rates) / 1.5), max(high, max(rates) * 1.5))
            _mark(ax, sweep, named=ax is panels[-1])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=3)
        note = "\n".join(wrap(_note(sweep), round(_CHARACTERS_PER_INCH * width)))
        figure.supxlabel(note, x=0.01, horizontalalignment="left", fontsize=7)
    return figure


def _mark(ax: Axes, sweep: FrameSweep, *, named: bool) -> None:
    """Draw the rates to compare with, named beside the last panel."""
    for mark in sweep.marks():
        colour = FAINT if mark.kind == "camera" else INK
        ax.axhline(
            mark.frames_per_second,
            linestyle=_LINES[mark.kind],
            color=colour,
            linewidth=0.8,
            zorder=1,
        )
        if named:
            ax.annotate(
                mark.name,
                (1, mark.frames_per_second),
                xycoords=ax.get_yaxis_transform(),
                xytext=(3, 0),
                textcoords="offset points",
                verticalalignment="center",
                fontsize=7,
                color=colour,
                annotation_clip=False,
            )


def _note(sweep: FrameSweep) -> str:
    steps = f", {sweep.steps_text} steps" * bool(sweep.steps_text)
    text = (
        f"{sweep.cases[0].loaded.title}{steps}, {sweep.pixels:,} pixels. No schedule with so many "
        "pixels in flight reaches the grey region. Bars: stated errors where the rate of a long "
        "run is extrapolated; all else is exact. Camera rates are examples."
    )
    if any(mark.kind == "limit" for mark in sweep.marks()):
        text += (
            " A “DSP” server is a vector unit as wide as the hidden state, not a DSP slice: the "
            "lanes and the limit of 1540 multipliers are those of another device."
        )
    return text
