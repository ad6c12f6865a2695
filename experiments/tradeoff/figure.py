"""The figure of the experiment `tradeoff`: frame rate over DSP slices, RAM blocks and latency."""

from __future__ import annotations

from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from experiments.speedup.hls_baseline import LABEL
from experiments.tradeoff.sweep import TradeoffSweep
from hwmodels import devices
from hwmodels.network import SEQ2SEQLITE
from hwmodels.published.hls import Lanes
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.plots.style import INK, UNREACHABLE, paper_style
from stomp_flim.plots.tradeoff import tradeoff

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HLS_LANES = (1, 4, 6)
"""Of the published accelerator; those of 4 were built, 6 is the most that fit on its device."""

_WIDTH = 9.6
_CHARACTERS_PER_INCH = 17


def draw(frame: pd.DataFrame, sweep: TradeoffSweep) -> Figure:
    """Draw the table."""
    from matplotlib.figure import Figure

    device = sweep.device
    frame = frame.assign(latency_ms=1e3 * frame["latency_seconds"])
    with paper_style():
        figure = Figure(figsize=(_WIDTH, 4.6), layout="constrained")
        panels = figure.subplots(1, 3, sharey=True)
        columns = {
            "dsp": f"{device.dsp.kind} slices",
            "ram_blocks": f"{device.block_ram.kind} blocks",
            "latency_ms": "Latency of a pixel (ms)",
        }
        for ax, (column, label) in zip(panels, columns.items(), strict=True):
            tradeoff(frame, column, ax)
            ax.set_xlabel(label)
            ax.axhline(sweep.frame_rate, color=INK, linestyle=":", linewidth=1)
            ax.label_outer()
        _mark_limits(panels[0], sweep)
        panels[0].set_title(f"{sweep.network.name} on {device.name}")
        panels[1].axvline(device.block_ram.count, color=INK, linestyle="-.", linewidth=0.8)
        panels[2].annotate(
            f"camera, {sweep.frame_rate:g}/s",
            (1, sweep.frame_rate),
            xycoords=panels[2].get_yaxis_transform(),
            xytext=(-2, -2),
            textcoords="offset points",
            horizontalalignment="right",
            verticalalignment="top",
            fontsize=7,
            color=INK,
        )
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4)
        note = "\n".join(wrap(_note(sweep), round(_CHARACTERS_PER_INCH * _WIDTH)))
        figure.supxlabel(note, x=0.01, horizontalalignment="left", fontsize=7)
    return figure


def _mark_limits(ax: Axes, sweep: TradeoffSweep) -> None:
    """Draw what no design reaches, the slices of the device, and the published lanes."""
    device = sweep.device
    low, high = ax.get_xlim()
    bottom, top = ax.get_ylim()
    slices = np.geomspace(low, 1.5 * max(high, device.dsp.count), 50)
    limit = slices / device.dsp.count / sweep.limit_seconds
    top = max(top, 2 / sweep.limit_seconds)
    ax.plot(slices, limit, "--", color=INK, linewidth=1, label="physical limit", zorder=3.5)
    ax.fill_between(slices, limit, top, color=UNREACHABLE, linewidth=0, zorder=0)
    ax.axvline(device.dsp.count, color=INK, linestyle="-.", linewidth=0.8, label="of the device")
    shape = RecurrentNetwork.of(sweep.network).encoder_decoder()
    published = shape is not None and replace(shape, name=SEQ2SEQLITE.name) == SEQ2SEQLITE
    if published and device == devices.xc7k410t:
        lanes = [Lanes(count) for count in HLS_LANES]
        rates = [1 / lane.frame_seconds(sweep.pixels) for lane in lanes]
        ax.plot(
            [lane.dsp for lane in lanes],
            rates,
            linestyle="none",
            marker="*",
            markersize=9,
            color=INK,
            label=LABEL,
            zorder=4,
        )
        for lane, rate in zip(lanes, rates, strict=True):
            ax.annotate(
                f"{lane.count}",
                (lane.dsp, rate),
                xytext=(5, -3),
                textcoords="offset points",
                fontsize=7,
            )
        bottom = min(bottom, rates[0] / 2)
    ax.set_xlim(low, slices[-1])
    ax.set_ylim(bottom, top)


def _note(sweep: TradeoffSweep) -> str:
    steps = "+".join(str(stage.steps) for stage in RecurrentNetwork.of(sweep.network).stages)
    return (
        f"{sweep.pixels:,} pixels a frame, {steps} steps, clock {sweep.device.clock.ns:g} "
        "ns. A point is an accelerator; its colour tells what it waits for. Large points are "
        "Pareto-optimal in frame rate, latency, DSP slices and RAM blocks, among those of equal "
        "weight bits. Physical limit: one multiply-accumulate a slice and cycle. Numbers at the "
        "stars: lanes of the published accelerator. Look-up tables and timing are not modelled."
    )
