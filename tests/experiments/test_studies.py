"""Every experiment that writes results writes its study, and a run of the study is the run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import typer.main
from typer.testing import CliRunner, Result

from experiments.phase import sets
from experiments.phase.points import PhasePoint
from stomp_flim import InputError, Mode, Platform, Task, TaskGraph, plugins
from stomp_flim.cli.app import app
from stomp_flim.cli.study.options import options
from tests.workloads.imported import models
from tests.workloads.imported.building import saved
from workloads.flim.data.tpsf import synthetic_image

SMALL = {
    "speedup": "--model seq2seqlite --stage postprocess --pixels 1 --policy fifo "
    "--policy mine.py:longest --jobs 1",
    "compare": "--stage postprocess --pixels 2 --policy fifo --policy mine.py:longest "
    "--decision-cycles 2 --jobs 1",
    "frame": "--steps 1 --pixels 12 --slots 2,1 --policy mine.py:longest --camera 1,2.5 --jobs 1",
    "tradeoff": "--lanes 4,4 --ports 1 --bits 8 --in-flight 1",
    "phase": "--set between --jobs 1",
    "infer": "--input image.npy --bin-width 0.09 --pixel-binning 4",
    "import": "net.onnx --steps 3",
    "train": "--preset tiny --network seq2seqlite-4 --jobs 1",
    "accuracy": "--preset tiny --pixels 2 --lifetime-pixels 2 --training networks --jobs 1",
}
ON_SERVERS = {"speedup", "compare", "frame", "phase"}
NO_DEVICE = {"marks.csv", "losses.csv", "tables.csv", "lifetimes.csv"}
"""Tables whose figures come from no servers."""

NO_RESULTS = {"decompositions", "inspect", "stepwise"}
SAME = (".csv", ".npz", ".svg", ".html", ".txt", ".md", ".toml")
"""Files that hold no times of the clock and no places."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with small files, and with one point of the set ``between``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "def longest(graph, platform, jobs):\n    return graph.bottom_level\n"
    )
    saved(models.published(1, 4, 3)[0], tmp_path, "net.onnx")
    np.save(tmp_path / "image.npy", synthetic_image(8, seed=5).image.counts)
    graph = TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, 2)])], [], name="a")
    point = PhasePoint("a, b", graph, Platform({"DSP": 2}), 9)

    def between() -> Iterator[PhasePoint]:
        yield point

    monkeypatch.setitem(sets.SETS, "between", between)
    return tmp_path


@pytest.fixture(autouse=True)
def torch_as_before() -> Iterator[None]:
    """Training sets how PyTorch computes, in this process here."""
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(before[0])
    torch.use_deterministic_algorithms(before[1])


def run(*words: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, list(words))


def test_all_experiments_are_here() -> None:
    """Those of ours that write results; others have no study to keep."""
    ours = {
        name
        for name, point in plugins.registered("experiments").items()
        if point.module.startswith("experiments.")
    }
    assert ours - NO_RESULTS == SMALL.keys()


@pytest.mark.parametrize(
    "command",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "accuracy")) for name in SMALL],
)
def test_a_run_of_the_study_is_the_run(command: str, folder: Path) -> None:
    """Byte for byte, in another folder of results and without what the first one has kept."""
    suffix = ".npz" if command == "infer" else ""
    one, two = (f"results/{name}{suffix}" for name in ("one", "two"))
    Path("results").mkdir()
    first = run(command, *SMALL[command].split(), "--out", one)
    assert 0 == first.exit_code, first.output
    study = "results/one.study.toml" if command == "infer" else "results/one/study.toml"
    second = run(command, "--study", study, "--out", two)
    assert 0 == second.exit_code, (second.output, second.exception)
    assert "warning: " not in second.stderr
    written = [
        file
        for file in sorted((folder / "results").rglob("*"))
        if file.suffix in SAME and "one" in file.relative_to(folder).as_posix()
    ]
    assert written
    for table in (file for file in written if file.suffix == ".csv"):
        columns = table.read_text().splitlines()[0].split(",")
        assert columns[-1] == "version", table.name
        if table.name not in NO_DEVICE:
            expected = {"device", "clock_ns"} | ({"servers"} if command in ON_SERVERS else set())
            assert expected <= {*columns}, table.name
    for file in written:
        again = Path(str(file).replace("results/one", "results/two"))
        assert file.read_bytes() == again.read_bytes(), file.name
    if command != "infer":  # which writes no folder
        assert 0 == run("diff", one, two).exit_code


@pytest.mark.parametrize("command", SMALL)
def test_no_option_has_the_name_of_what_else_is_in_a_study(command: str) -> None:
    """A key would be both."""
    group = typer.main.get_command(app)
    known = options(group.get_command(None, command))  # type: ignore[attr-defined]
    assert known
    assert not {"command", "made-with", "digests"} & known.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pixels = [4, 4]", "s.toml: number of pixels 4 is given twice, expected each once"),
        ("policy = ['fifo', 'fifo']", "s.toml: policy 'fifo' is given twice, expected each once"),
        ("pixels = [1, 'x']", "s.toml: --pixels: 'x', expected whole numbers with commas"),
        ("pixels = 0", "s.toml: --pixels: 0, expected an integer >= 1"),
        ("policy = 'fiffo'", "s.toml: unknown policy 'fiffo'; did you mean 'fifo'?"),
        ("stage = 'encodr'", "s.toml: unknown stage 'encodr'; did you mean 'encoder' or 'decoder'"),
        ("steps = 1e3", "s.toml: steps: 1000.0, expected a whole number"),
        ("polcy = 'fifo'", "s.toml: unknown key 'polcy' with value 'fifo'; did you mean 'policy'?"),
    ],
)
def test_a_wrong_study_is_an_error_that_names_it(text: str, message: str, folder: Path) -> None:
    """Before any work, and not even the folder is made."""
    Path("s.toml").write_text(f'command = "speedup"\n{text}\n')
    result = run("speedup", "--study", "s.toml", "--out", "out")
    assert isinstance(result.exception, InputError), result.output
    assert message in str(result.exception)
    assert not Path("out").exists()


def test_a_study_names_what_a_run_took_by_itself(folder: Path) -> None:
    """Defaults too, so that another version with other defaults repeats the same."""
    result = run("speedup", "--stage", "postprocess", "--pixels", "1", "--out", "out")
    assert 0 == result.exit_code, result.output
    study = tomllib.loads(Path("out/study.toml").read_text())
    assert ["seq2seq", "seq2seqlite"] == study["model"]
    assert ["manual", "manual-lanes", "fifo", "hlfet", "phase"] == study["policy"]
    assert (1, ["published"], False) == (study["steps"], study["device"], study["as-published"])
    assert {"out", "jobs", "json"}.isdisjoint(study)
    assert f"Study {study['digests']['study'][:12]}; " in Path("out/report.html").read_text()


def test_a_study_lies_where_a_command_puts_its_results_by_itself(folder: Path) -> None:
    """Beside the results of one image and among those of several, wherever that is by default."""
    for name in ("a", "b"):
        np.savez(f"{name}.npz", counts=synthetic_image(8).image.counts, bin_width_ns=0.09)
    for names, study in (
        (["a.npz"], "lifetimes.study.toml"),
        (["[ab].npz"], "lifetimes/study.toml"),
    ):
        result = run(
            "infer", *(word for name in names for word in ("--input", name)), "--no-figure"
        )
        assert 0 == result.exit_code, result.output
        written = tomllib.loads(Path(study).read_text())["input"]
        assert names == [Path(each).name for each in written]
