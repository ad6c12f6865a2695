"""The figure of the experiment `speedup`: a column a case, speed-up above and latency below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from textwrap import wrap
from typing import TYPE_CHECKING

from experiments.shared.cases import Case
from experiments.shared.labels import servers_text
from experiments.speedup.hls_baseline import baseline_note, draw_baseline, has_baseline
from experiments.speedup.results import Results, claims
from experiments.speedup.sweep import SUM, SpeedupSweep
from stomp_flim.model.platform import Platform
from stomp_flim.plots.latency import latency
from stomp_flim.plots.speedup import speedup
from stomp_flim.plots.style import paper_style
from workloads.models import WHOLE

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
    WHOLE: "Whole graph",
}


def draw(results: Results, stage: str) -> Figure:
    """Draw one stage of the table."""
    from matplotlib.figure import Figure

    sweep = results.sweep
    with paper_style():
        columns = len(sweep.cases)
        width = max(3.6 * columns, 5.0)
        figure = Figure(figsize=(width, 6.4), layout="constrained")
        axes = figure.subplots(2, columns, squeeze=False, height_ratios=(1.2, 1))
        for column, case in enumerate(sweep.cases):
            rows = results.rows(case, stage)
            upper = speedup(rows, axes[0, column], claims=claims(sweep, case, stage))
            lower = latency(rows, case.platform.clock_ns, axes[1, column])
            if has_baseline(case, stage):
                draw_baseline(upper, lower, sweep.pixels, case.steps(sweep.steps) or 1)
            upper.set_title(sweep.title(case))
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
    lines = [
        f"{stage_title(stage, sweep.cases)}, {sweep.steps_text}"
        f"{', published task graphs' if sweep.as_published else ''}.",
        *server_notes(sweep.cases),
        "No schedule reaches the grey region.",
    ]
    if any("DSP" in case.platform.servers for case in sweep.cases):
        lines.append(
            "A “DSP” server is a vector unit as wide as the hidden state, not a DSP slice."
        )
    if any(has_baseline(case, stage) for case in sweep.cases):
        lines.append(baseline_note())
    return lines


def stage_title(stage: str, cases: Sequence[Case]) -> str:
    """Return what figures and pages call a stage; one of an unusual network as it calls itself.

    That of a pipeline names the stages in it, where they are those of all cases.
    """
    title = STAGE_TITLES.get(stage, stage.capitalize())
    if stage != "pipeline":
        return title
    parts = {tuple(each for each in case.stages if each != stage) for case in cases}
    if len(parts) > 1:
        return f"{title}: all stages in one graph"
    *most, last = (STAGE_TITLES.get(each, each.capitalize()).lower() for each in parts.pop())
    return f"{title}: {', '.join(most)} and {last} in one graph" if most else f"{title}: {last}"


def server_notes(cases: Sequence[Case]) -> list[str]:
    """Return a line on the servers of each different platform, and on derived durations."""
    derived = any(case.durations == "derived" for case in cases)
    several = len({servers_and_clock(case.platform) for case in cases}) > 1
    lines = []
    for case in cases:
        whose = f" for {case.loaded.title} on {case.device_name}" if several else ""
        lines.append(f"Servers{whose}: {servers_and_clock(case.platform)}.")
    notes = list(dict.fromkeys(lines))
    return [*notes, "Durations are derived from models of the hardware."] if derived else notes


def servers_and_clock(platform: Platform) -> str:
    """Return the servers and the clock of a platform in words."""
    return f"{servers_text(platform)}; clock {platform.clock_ns:g} ns"
