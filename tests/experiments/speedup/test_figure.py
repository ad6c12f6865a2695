"""Tests of the figure of the experiment `speedup`."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.shared.cases import Case
from experiments.speedup.figure import draw, stage_title
from experiments.speedup.points import SpeedupOutcome
from experiments.speedup.results import Results, points
from experiments.speedup.sweep import SpeedupSweep
from hwmodels.network_file import write_network
from hwmodels.recurrent import RecurrentLayer, RecurrentNetwork, Stage


def _draw(stage: str, *models: str) -> Figure:
    """Draw a figure over made-up outcomes."""
    sweep = SpeedupSweep(models, (stage,), (1, 64, 256))
    outcomes = {p: SpeedupOutcome(300 + 10 * p.pixels, 200 + 9 * p.pixels) for p in points(sweep)}
    figure = draw(Results(sweep, outcomes), stage)
    FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize("models", [("seq2seqlite",), ("seq2seq", "seq2seqlite")])
def test_nothing_is_clipped(models: tuple[str, ...]) -> None:
    """Every text lies within the figure, whether for one model or two."""
    figure = _draw("sum", *models)
    box = figure.get_tightbbox()
    assert 0 <= box.x0
    assert 0 <= box.y0
    assert box.x1 <= figure.get_figwidth()
    assert box.y1 <= figure.get_figheight()


def test_a_column_a_model_with_named_panels_and_one_legend() -> None:
    """Policies, bound and claim are told apart by the legend, once each."""
    figure = _draw("sum", "seq2seq", "seq2seqlite")
    assert 4 == len(figure.axes)
    assert ["Seq2Seq", "Seq2SeqLite"] == [ax.get_title(loc="left") for ax in figure.axes[:2]]
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    policies = ["manual", "manual-lanes", "fifo", "hlfet", "phase"]
    expected = [*policies, "bound", "claimed (arXiv 2410.07364)", "HLS lanes (calibrated)"]
    assert expected == labels
    assert "vector unit as wide as the hidden state" in figure.get_supxlabel()


@pytest.mark.parametrize(("stage", "expected"), [("sum", 1), ("pipeline", 0), ("encoder", 0)])
def test_claims_stand_only_where_they_were_made(stage: str, expected: int) -> None:
    """The claims are for the stages of an inference as separate jobs."""
    figure = _draw(stage, "seq2seq")
    assert expected == sum("claimed" in text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize(
    ("model", "stage", "expected"),
    [
        ("seq2seqlite", "sum", True),
        ("seq2seqlite", "pipeline", True),
        ("seq2seqlite", "encoder", False),
        ("seq2seq", "sum", False),
    ],
)
def test_the_published_lanes_stand_beside_whole_inferences_of_their_network(
    model: str, stage: str, expected: bool
) -> None:
    """A lane a pixel up to 6; 64 pixels take 11 rounds of 6 lanes, 256 take 43."""
    upper = _draw(stage, model).axes[0]
    lines = [line for line in upper.lines if line.get_label() == "HLS lanes (calibrated)"]
    assert expected == bool(lines)
    if lines:
        assert [1, 64 / 11, 256 / 43] == pytest.approx(list(lines[0].get_ydata()))


def test_a_pipeline_is_of_the_stages_that_there_are(tmp_path: Path) -> None:
    """Those of the published networks are three; a network to one output has one."""
    path = tmp_path / "one.toml"
    stage = Stage("encoder", 3, (RecurrentLayer("lstm", 1, 4),))
    write_network(RecurrentNetwork("one", (stage,)), path)
    lite, one = Case("seq2seqlite"), Case(str(path), "xc7k410t")
    whole = "Pipeline: encoder, decoder and post-processing in one graph"
    assert whole == stage_title("pipeline", [lite, Case("seq2seq")])
    assert "Pipeline: encoder" == stage_title("pipeline", [one])
    assert "Pipeline: all stages in one graph" == stage_title("pipeline", [lite, one])
    assert "Post-processing" == stage_title("postprocess", [lite])
