"""The figure of the experiment `tradeoff` where there are several: best frame rate by device."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from experiments.tradeoff.sweep import TradeoffSweep
from stomp_flim.plots.style import INK, marks, paper_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_CHARACTERS_PER_INCH = 17


def draw(answer: pd.DataFrame, sweep: TradeoffSweep) -> Figure:
    """Draw the fastest accelerator of each network on each device, and the camera.

    Parameters
    ----------
    answer : DataFrame
        See `experiments.tradeoff.answer.answers`.
    sweep : TradeoffSweep
        Any of those that it is of: pixels and frame rate are common to all.
    """
    from matplotlib.figure import Figure

    devices = list(dict.fromkeys(answer["device"]))
    place = {device: i for i, device in enumerate(devices)}
    width = max(4.8, 0.75 * len(devices) + 1.2)
    with paper_style():
        figure = Figure(figsize=(width, 4.4), layout="constrained")
        ax = figure.subplots()
        for name, mark in marks(dict.fromkeys(answer["network"])).items():
            rows = answer[(answer["network"] == name) & answer["fastest_frames_per_second"].notna()]
            ax.plot(
                [place[device] for device in rows["device"]],
                rows["fastest_frames_per_second"],
                linestyle="none",
                marker=mark.marker,
                color=mark.colour,
                label=name,
            )
        ax.axhline(
            sweep.frame_rate,
            color=INK,
            linestyle=":",
            linewidth=1,
            label=f"camera, {sweep.frame_rate:g}/s",
        )
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.set_xlim(-0.5, len(devices) - 0.5)
        ax.set_xticks(range(len(devices)), devices, rotation=45, horizontalalignment="right")
        ax.set_ylabel("Frames per second")
        figure.legend(loc="outside upper left", ncols=3)
        note = wrap(
            f"{sweep.pixels:,} pixels a frame; the fastest accelerator of each network on each "
            "device. Look-up tables and timing are not modelled.",
            round(_CHARACTERS_PER_INCH * width),
        )
        figure.supxlabel("\n".join(note), x=0.01, horizontalalignment="left", fontsize=7)
    return figure
