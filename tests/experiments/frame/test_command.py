"""Tests of the command `stomp-flim frame`, end to end."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import stomp_flim as sf
from experiments.frame.sweep import FrameSweep
from policies.planners.modulo.policy import Modulo
from stomp_flim import InputError
from stomp_flim.cli.app import app
from stomp_flim.interchange import dot, wfformat

SMALL = ["--steps", "1", "--pixels", "500", "--slots", "8,1", "--scale", "1,2", "--jobs", "1"]


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["frame", *words])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small frame on two platforms."""
    folder = tmp_path_factory.mktemp("frame") / "new"
    result = _run(*SMALL, "--out", str(folder))
    assert 0 == result.exit_code, result.output
    return folder


def test_writes_tables_and_figure(out: Path) -> None:
    """Nothing is left but what is announced and the journal; the images can be read."""
    announced = {"frame.csv", "marks.csv", "frame.png", "frame.svg", "study.toml"}
    assert announced | {"frame.journal"} == {path.name for path in out.iterdir()}
    with Image.open(out / "frame.png") as image:
        assert image.width > 1000
    ElementTree.parse(out / "frame.svg")


def test_table_holds_what_was_asked_for(out: Path) -> None:
    """A row a platform, policy, mode and number of slots; the figures are those of a brute run.

    A table that repeats has no batches, and so only one mode.
    """
    frame = pd.read_csv(out / "frame.csv")
    assert 2 * 2 * (2 * 2 + 1) == len(frame)
    assert {"free-running"} == set(frame.loc[frame["policy"] == "modulo", "mode"])
    assert (frame["gap"] >= 0).all()
    assert ["published", "2 × published"] == list(frame["platform"].unique())
    pd.testing.assert_series_equal(
        frame["seconds"], frame["cycles"] * 4.5e-9, check_names=False, rtol=1e-12
    )
    graph = sf.workload_graph("seq2seqlite", stage="pipeline", steps=1)
    for row in frame[
        (frame["platform"] == "published") & (frame["mode"] == "free-running")
    ].itertuples():
        assert row.error == 0
        if row.policy == "modulo":
            brute = Modulo().period(graph, sf.device("published"), row.slots).schedule(500)
            brute.check()
        else:
            jobs = [sf.Job(graph)] * 500
            brute = sf.summarize(jobs, sf.device("published"), row.policy, slots=row.slots)
        assert brute.makespan == row.cycles


def test_goes_on_where_it_was(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command simulates nothing again, and writes the same bytes."""
    before = {name: (out / name).read_bytes() for name in ("frame.csv", "frame.svg", "frame.png")}
    monkeypatch.setattr("experiments.shared.sweep.local_processes", None)
    result = _run(*SMALL, "--out", str(out), "--json")
    assert 0 == result.exit_code, result.output
    assert before == {name: (out / name).read_bytes() for name in before}
    assert 20 == len(json.loads(result.stdout)["rows"])


def test_marks_are_the_hardware_facts() -> None:
    """Lanes of 106,949 cycles, 855,360 multiply-accumulates on 1540 multipliers, at 4.5 ns."""
    seconds = {mark.name: 1 / mark.frames_per_second for mark in FrameSweep().marks()}
    assert 15.77 == pytest.approx(seconds["8 HLS lanes"], abs=0.005)
    assert 31.54 == pytest.approx(seconds["4 HLS lanes"], abs=0.005)
    assert 0.655 == pytest.approx(seconds["1540 multipliers"], abs=0.0005)
    assert 0.04 == pytest.approx(seconds["camera 25/s"])
    whole = FrameSweep(pixels=250_000).marks()[-1]
    assert 0.625 == pytest.approx(1 / whole.frames_per_second, abs=0.0005)


def test_marks_of_hardware_belong_to_the_published_network() -> None:
    """What was measured for 135 steps of one network says nothing about another."""
    assert {"camera"} == {mark.kind for mark in FrameSweep(steps=10).marks()}
    assert {"camera"} == {mark.kind for mark in FrameSweep(model="seq2seq").marks()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--slots", "8,many"], "--slots: 'many', expected whole numbers with commas"),
        (["--slots", "8,0"], "--slots: 0, expected an integer >= 1"),
        (["--slots", "8,8"], "number of slots 8 is given twice"),
        (["--camera", "fast"], "--camera: 'fast', expected numbers"),
        (["--camera", "nan"], "--camera: nan, expected a finite number > 0"),
        (["--mode", "free"], "--mode: 'free'; "),
        (["--policy", "manual"], "policy 'manual' is a planner, expected a ranker"),
        (["--policy", "modulo", "--mode", "lock-step"], "'modulo', whose table is free-running"),
        (["--device", "publishd"], "publishd"),
        (["--pixels", "0"], "--pixels: 0, expected an integer >= 1"),
        (["--error", "0"], "--error: 0.0, expected a finite number > 0"),
        (["--jobs", "0"], "--jobs: 0, expected an integer >= 1"),
    ],
)
def test_bad_options_get_one_clear_error(tmp_path: Path, words: list[str], message: str) -> None:
    """It names the option, the value and what was expected."""
    result = _run("--out", str(tmp_path), "--steps", "1", *words)
    assert isinstance(result.exception, InputError), result.output
    assert message in str(result.exception)


@pytest.mark.parametrize("ending", ["dot", "json"])
def test_a_clock_that_nobody_has_said_is_told(tmp_path: Path, ending: str) -> None:
    """Frames a second of a graph file without one are at a guess; WfFormat has times in seconds."""
    path = tmp_path / f"g.{ending}"
    graph = sf.TaskGraph.from_tasks([sf.Task("a", [sf.Mode({"p": 1}, 5)])], [], "g")
    if ending == "dot":
        dot.write_graph(graph, path)
    else:
        wfformat.write_graph(graph, path, sf.Platform({"p": 2}, clock_ns=1e6))
    words = ["--model", str(path), "--servers", "p=2", "--pixels", "10", "--slots", "1"]
    words += ["--policy", "fifo", "--jobs", "1", "--out", str(tmp_path / "out")]
    note = "note: seconds and frame rates are at an assumed clock of 1 ns, since g.dot says none"
    silent = _run(*words)
    assert 0 == silent.exit_code, silent.output
    assert (ending == "dot") == (note in silent.stderr) == ("assumed" in silent.stderr)
    assert "assumed" not in _run(*words, "--clock-ns", "4").stderr
