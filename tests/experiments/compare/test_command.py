"""Tests of the command `stomp-flim compare`, end to end."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from typer.testing import CliRunner, Result

import stomp_flim as sf
from experiments.compare.figure import draw
from experiments.compare.sweep import Comparison
from stomp_flim import DecisionCost, InputError
from stomp_flim.cli.app import app

MINE = "def mine(graph, platform, jobs):\n    return -graph.bottom_level\n"
SMALL = ["--pixels", "1,4", "--stage", "postprocess", "--jobs", "1"]


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["compare", *words])


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a policy to a file."""
    path = tmp_path_factory.mktemp("policy") / "mine.py"
    path.write_text(MINE)
    return f"{path}:mine"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, mine: str) -> Path:
    """Results of a small comparison."""
    folder = tmp_path_factory.mktemp("compare") / "new"
    result = _run(*SMALL, "--policy", mine, "--policy", "hlfet", "--out", str(folder))
    assert 0 == result.exit_code, result.output
    assert "mine.py:mine" in result.stdout
    assert "Seq2SeqLite, postprocess: " in result.stdout
    return folder


def test_writes_table_verdict_and_figure(out: Path) -> None:
    """Nothing is left but what is announced and the journal; the images can be read."""
    announced = {"compare.csv", "verdict.txt", "compare.png", "compare.svg", "study.toml"}
    assert announced | {"compare.journal"} == {path.name for path in out.iterdir()}
    with Image.open(out / "compare.png") as image:
        assert min(image.size) >= 600
    ElementTree.parse(out / "compare.svg")


def test_the_table_holds_what_single_runs_say(out: Path, mine: str) -> None:
    """Makespan, bound and gap of each point."""
    frame = pd.read_csv(out / "compare.csv")
    graph = sf.workload_graph("seq2seqlite", stage="postprocess", steps=1)
    assert 4 == len(frame)
    for row in frame.itertuples():
        policy = mine if row.policy == "mine.py:mine" else row.policy
        alone = sf.simulate([sf.Job(graph)] * row.pixels, sf.device("published"), policy)
        assert (alone.makespan, alone.lower_bound) == (row.makespan, row.lower_bound)
        assert alone.gap == pytest.approx(row.gap)


def test_goes_on_where_it_was(out: Path, mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command simulates nothing again; as JSON it prints rows and verdict."""
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr("experiments.shared.sweep.local_processes", None)
    result = _run(*SMALL, "--policy", mine, "--policy", "hlfet", "--out", str(out), "--json")
    assert 0 == result.exit_code, result.output
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    printed = json.loads(result.stdout)
    assert (out / "verdict.txt").read_text() == "".join(f"{s}\n" for s in printed["verdict"])
    written = pd.read_csv(out / "compare.csv").drop(columns="version")
    pd.testing.assert_frame_equal(written, pd.DataFrame(printed["rows"]))


def test_decisions_are_charged(out: Path, mine: str, tmp_path: Path) -> None:
    """A makespan is then no shorter than the decisions for all tasks, and other points are kept."""
    words = [*SMALL, "--policy", mine, "--policy", "hlfet", "--out", str(tmp_path)]
    result = _run(*words, "--decision-cycles", "2", "--decision-interval", "5")
    assert 0 == result.exit_code, result.output
    frame = pd.read_csv(tmp_path / "compare.csv")
    tasks = len(sf.workload_graph("seq2seqlite", stage="postprocess", steps=1))
    assert (frame["makespan"] > 2 * tasks * frame["pixels"]).all()
    assert {2} == set(frame["decision_cycles"])
    assert {5} == set(frame["decision_interval"])
    one, other = (Comparison(decision=DecisionCost(n)).points()[0].key() for n in (0, 1))
    assert one != other


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--policy", "hlfett"], "unknown policy 'hlfett'; did you mean 'hlfet'"),
        (["--policy", "nowhere.py:f"], "nowhere.py: no such policy file"),
        (["--pixels", "1,x"], "--pixels: 'x', expected whole numbers"),
        (["--stage", "encodr"], "unknown stage 'encodr'; did you mean 'encoder'"),
        (["--decision-cycles", "-1"], "decision cycles is -1, expected an integer >= 0"),
        (["--decision-cycles", "1", "--policy", "heft"], "policy 'heft' is a planner"),
        (["--jobs", "0"], "--jobs: 0, expected an integer >= 1"),
    ],
)
def test_bad_input_is_an_error_before_any_work(
    words: list[str], message: str, tmp_path: Path
) -> None:
    """One clear error, and not even the folder is made."""
    result = _run(*words, "--out", str(tmp_path / "out"))
    assert isinstance(result.exception, InputError), result.output
    assert message in str(result.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "comparison",
    [
        Comparison(pixels=(1, 64)),
        Comparison(
            models=("seq2seq", "seq2seqlite"),
            stages=("sum", "pipeline"),
            pixels=(1, 2, 4, 8),
            policies=("fifo", "manual", "manual-lanes:lanes=8", "manual-lanes:lanes=4"),
        ),
        Comparison(policies=("fifo",), decision=DecisionCost(3, 9)),
    ],
    ids=["one graph", "four graphs", "decisions"],
)
def test_the_figure_is_whole(comparison: Comparison) -> None:
    """A panel a graph with a title, labelled axes at the edges, one legend, and nothing clipped."""
    rows = [
        {"model": model, "device": "published", "stage": stage, "pixels": pixels, "policy": policy}
        | {"makespan": 100 * (1 + place) + pixels, "lower_bound": 100}
        for model in comparison.models
        for stage in comparison.stages
        for pixels in comparison.pixels
        for place, policy in enumerate(comparison.policies)
    ]
    figure = draw(pd.DataFrame(rows), comparison)
    FigureCanvasAgg(figure).draw()
    box = figure.get_tightbbox()
    assert 0 <= box.x0
    assert 0 <= box.y0
    assert box.x1 <= figure.get_figwidth()
    assert box.y1 <= figure.get_figheight()
    assert len(comparison.models) * len(comparison.stages) == len(figure.axes)
    assert all(ax.get_title(loc="left") for ax in figure.axes)
    assert "Makespan over lower bound" == figure.axes[0].get_ylabel()
    assert "Pixels in parallel" == figure.axes[-1].get_xlabel()
    (legend,) = figure.legends
    assert ["bound", *comparison.policies] == [text.get_text() for text in legend.get_texts()]
    assert ("A decision takes 3 cycles" in figure.get_supxlabel()) == bool(comparison.decision)
