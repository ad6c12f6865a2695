"""The figure of the experiment `compare`: a column a case, a row a stage."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from experiments.compare.sweep import Comparison
from experiments.speedup.figure import server_notes, stage_title
from experiments.speedup.results import rows_of
from stomp_flim.plots.over_bound import over_bound
from stomp_flim.plots.style import paper_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_CHARACTERS_PER_INCH = 17
_LEGEND_CHARACTERS_PER_INCH = 11


def draw(frame: pd.DataFrame, comparison: Comparison) -> Figure:
    """Draw the table."""
    from matplotlib.figure import Figure

    cases, stages = comparison.cases, comparison.stages
    width = max(4.2 * len(cases), 5.2)
    with paper_style():
        figure = Figure(figsize=(width, 2.9 * len(stages) + 0.9), layout="constrained")
        panels = figure.subplots(len(stages), len(cases), squeeze=False)
        for row, stage in enumerate(stages):
            for column, case in enumerate(cases):
                ax = over_bound(rows_of(frame, case, stage), panels[row, column])
                of_stage = stage_title(stage, [case]).partition(":")[0].lower()
                ax.set_title(f"{comparison.title(case)}, {of_stage}")
                if column:
                    ax.set_ylabel("")
                if row < len(stages) - 1:
                    ax.set_xlabel("")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        widest = max(map(len, labels)) + 6  # the line and the marker before a label
        figure.legend(
            handles,
            labels,
            loc="outside upper left",
            ncols=max(1, round(_LEGEND_CHARACTERS_PER_INCH * width / widest)),
        )
        note = wrap(_note(comparison), round(_CHARACTERS_PER_INCH * width))
        figure.supxlabel("\n".join(note), x=0.01, horizontalalignment="left", fontsize=7)
    return figure


def _note(comparison: Comparison) -> str:
    text = (
        f"{comparison.steps_text}"
        f"{', published task graphs' if comparison.as_published else ''}. "
        f"{' '.join(server_notes(comparison.cases))} No schedule reaches the grey region."
    )
    cost = comparison.decision
    if cost:
        text += f" A decision takes {cost.cycles} cycles, and rounds begin at least "
        text += f"{cost.interval} cycles apart." if cost.interval else "one after another."
    return text
