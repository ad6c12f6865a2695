"""The figure of the experiment `speedup`: a column a model, speed-up above and latency below."""

from __future__ import annotations

from itertools import chain
from textwrap import wrap
from typing import TYPE_CHECKING

from experiments.shared.labels import model_title
from experiments.speedup.hls_baseline import baseline_note, draw_baseline, has_baseline
from experiments.speedup.results import Results, claims
from experiments.speedup.sweep import SUM, SpeedupSweep
from stomp_flim import plugins
from stomp_flim.plots.latency import latency
from stomp_flim.plots.speedup import speedup
from stomp_flim.plots.style import paper_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_NOTE_POINTS = 7
_CHARACTERS_PER_INCH = 17

STAGE_TITLES = {
    "encoder": "Encoder",
    "decoder": "Decoder",
    "postprocess": "Post-processing",
    SUM: "Encoder + decoder + post-processing",
    "pipeline": "Pipeline: encoder, decoder and post-processing in one graph",
}


def draw(results: Results, stage: str) -> Figure:
    """Draw one stage of the table."""
    from matplotlib.figure import Figure

    sweep = results.sweep
    platform = plugins.device(sweep.device)
    with paper_style():
        columns = len(sweep.models)
        width = max(3.6 * columns, 5.0)
        figure = Figure(figsize=(width, 6.4), layout="constrained")
        axes = figure.subplots(2, columns, squeeze=False, height_ratios=(1.2, 1))
        for column, model in enumerate(sweep.models):
            rows = results.rows(model, stage)
            upper = speedup(rows, axes[0, column], claims=claims(sweep, model, stage))
            lower = latency(rows, platform.clock_ns, axes[1, column])
            if has_baseline(sweep, model, stage):
                draw_baseline(upper, lower, sweep.pixels, sweep.steps)
            upper.set_title(model_title(model))
            if column:
                upper.set_ylabel("")
                lower.set_ylabel("")
        handles: dict[str, Artist] = {}
        for ax in axes[0]:
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        ncols = min(3 * columns, 4)
        figure.legend(handles=list(handles.values()), loc="outside upper left", ncols=ncols)
        note = [wrap(line, round(_CHARACTERS_PER_INCH * width)) for line in _note(sweep, stage)]
        figure.supxlabel(
            "\n".join(chain(*note)), x=0.01, horizontalalignment="left", fontsize=_NOTE_POINTS
        )
    return figure


def _note(sweep: SpeedupSweep, stage: str) -> list[str]:
    platform = plugins.device(sweep.device)
    servers = ", ".join(f"{count} {name}" for name, count in platform.servers.items())
    lines = [
        f"{STAGE_TITLES[stage]}, {sweep.steps} step{'s' * (sweep.steps > 1)}"
        f"{', published task graphs' if sweep.as_published else ''}.",
        f"Servers: {servers}; clock {platform.clock_ns:g} ns.",
        "No schedule reaches the grey region.",
    ]
    if "DSP" in platform.servers:
        lines.append(
            "A “DSP” server is a vector unit as wide as the hidden state, not a DSP slice."
        )
    if any(has_baseline(sweep, model, stage) for model in sweep.models):
        lines.append(baseline_note())
    return lines
