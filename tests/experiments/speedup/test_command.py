"""Tests of the command `stomp-flim speedup`, end to end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from stomp_flim import InputError
from stomp_flim.cli.app import app

SMALL = ["--model", "seq2seqlite", "--pixels", "1,2,8"]


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["speedup", *words])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small sweep, made by two processes."""
    folder = tmp_path_factory.mktemp("speedup") / "new" / "folder"
    result = _run(
        *SMALL, "--stage", "sum", "--stage", "pipeline", "--jobs", "2", "--out", str(folder)
    )
    assert 0 == result.exit_code, result.output
    return folder


def test_writes_table_figures_and_page(out: Path) -> None:
    """Nothing is left but what is announced and the journal."""
    expected = {
        "speedup.csv",
        "speedup.png",
        "speedup.svg",
        "speedup-pipeline.png",
        "speedup-pipeline.svg",
        "report.html",
        "study.toml",
        "speedup.journal",
    }
    assert expected == {path.name for path in out.iterdir()}


def test_table_holds_what_was_asked_for(out: Path) -> None:
    """The bound limits every speed-up; those of `manual` and of FIFO at one pixel are 1."""
    frame = pd.read_csv(out / "speedup.csv")
    assert 2 * 3 * 5 == len(frame)
    assert (frame["speedup"] <= frame["manual_makespan"] / frame["lower_bound"]).all()
    assert (frame[(frame["policy"] == "fifo") & (frame["pixels"] == 1)]["speedup"] == 1).all()
    assert (frame[frame["policy"] == "manual"]["speedup"] == 1).all()


def test_one_process_and_another_order_of_policies_change_nothing(
    out: Path, tmp_path: Path
) -> None:
    """A row is a row, whoever computed it and when."""
    names = ["hlfet", "manual", "phase", "fifo", "manual-lanes"]
    policies = [f"--policy={name}" for name in names]
    stages = ["--stage", "pipeline", "--stage", "sum"]
    result = _run(*SMALL, *stages, *policies, "--jobs", "1", "--out", str(tmp_path))
    assert 0 == result.exit_code, result.output
    key = ["stage", "pixels", "policy"]
    expected, actual = (
        pd.read_csv(folder / "speedup.csv").set_index(key).sort_index()
        for folder in (out, tmp_path)
    )
    pd.testing.assert_frame_equal(expected, actual)


def test_an_interrupted_run_goes_on(out: Path, tmp_path: Path) -> None:
    """With half of the journal, the same command adds the other half and writes equal files."""
    lines = (out / "speedup.journal").read_text().splitlines(keepends=True)
    kept = len(lines) // 2
    (tmp_path / "speedup.journal").write_text("".join(lines[:kept]) + lines[kept][:20])
    result = _run(*SMALL, "--stage", "sum", "--stage", "pipeline", "--out", str(tmp_path))
    assert 0 == result.exit_code, result.output
    for name in ("speedup.csv", "speedup.svg", "report.html"):
        assert (out / name).read_bytes() == (tmp_path / name).read_bytes()
    added = (tmp_path / "speedup.journal").read_text().splitlines()[kept + 1 :]
    assert len(lines) - kept == len(added)


def test_a_finished_run_simulates_nothing(out: Path) -> None:
    """The journal does not grow, and --json prints the table alone."""
    before = (out / "speedup.journal").read_bytes()
    result = _run(*SMALL, "--stage", "sum", "--stage", "pipeline", "--json", "--out", str(out))
    assert before == (out / "speedup.journal").read_bytes()
    printed = json.loads(result.stdout)
    frame = pd.read_csv(out / "speedup.csv").drop(columns="version")
    pd.testing.assert_frame_equal(frame, pd.DataFrame(printed["rows"]))
    assert "speedup.csv" in printed["files"]


def test_the_page_needs_nothing_beside_it(out: Path) -> None:
    """No reference leaves the page, it is small, and it names no path of this machine."""
    page = (out / "report.html").read_text()
    references = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]+)""", page)
    assert references
    assert all(reference.startswith("data:image/") for reference in references)
    assert "http" not in page
    assert "<script" not in page
    assert len(page) < 5e6
    assert str(out) not in page
    assert str(Path.home()) not in page
    assert "stomp-flim speedup --model seq2seqlite --stage sum --stage pipeline" in page


def test_the_page_describes_its_pictures_and_what_a_dsp_is(out: Path) -> None:
    """Each picture has a text in its place and a caption; a "DSP" server is explained."""
    page = (out / "report.html").read_text()
    pictures = re.findall(r"<img [^>]*>", page)
    assert 2 + 1 + 4 == len(pictures)
    assert all(re.search(r'alt="[^"]{20,}"', picture) for picture in pictures)
    assert len(pictures) == page.count("<figcaption>")
    assert "and not a DSP slice of an FPGA" in page
    assert "Seq2SeqLite: lanes per server 32, 4,096 multipliers: 4,096 DSP48E1, of which" in page
    assert "more than the 1,540 of xc7k410t, for which the same papers made" in page
    assert "vector unit of 32 lanes" in page


def test_the_page_holds_every_figure_of_the_table(out: Path) -> None:
    """Makespans and bounds are all there, in the table of their stage."""
    page = (out / "report.html").read_text()
    cells = set(re.findall(r"<td[^>]*>([^<]*)</td>", page))
    for row in pd.read_csv(out / "speedup.csv").itertuples():
        assert {f"{row.makespan:,}", f"{row.lower_bound:,}", f"{row.speedup:.2f}×"} <= cells


def test_figures_can_be_opened(out: Path) -> None:
    """The SVG is XML without references, the PNG is as large as a figure in print."""
    root = ElementTree.fromstring((out / "speedup.svg").read_text())
    assert root.tag.endswith("svg")
    with Image.open(out / "speedup.png") as image:
        image.load()
        assert min(image.size) >= 900


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--pixels", "1,x"], "--pixels: 'x', expected whole numbers"),
        (["--pixels", "1,,2"], "--pixels: '', expected whole numbers"),
        (["--pixels", "2.5"], "--pixels: '2.5', expected whole numbers"),
        (["--pixels", "0"], "--pixels: 0, expected an integer >= 1"),
        (["--pixels", "4,4"], "number of pixels 4 is given twice"),
        (
            ["--model", "seq2seqlight"],
            "unknown model 'seq2seqlight'; did you mean 'seq2seqlite'",
        ),
        (["--stage", "encodr"], "unknown stage 'encodr'; did you mean 'encoder'"),
        (["--policy", "fiffo"], "unknown policy 'fiffo'; did you mean 'fifo'"),
        (["--policy", "manual-lanes:lanes=200"], "expected at least one for each of 200 lanes"),
        (["--device", "published2"], "unknown device 'published2'; did you mean 'published'"),
        (["--steps", "0"], "--steps: 0, expected an integer >= 1"),
        (["--jobs", "0"], "--jobs: 0, expected an integer >= 1"),
    ],
)
def test_bad_input_is_an_error_before_any_work(
    words: list[str], message: str, tmp_path: Path
) -> None:
    """One clear error, and not even the folder is made."""
    out = tmp_path / "out"
    result = _run(*words, "--out", str(out))
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Here because a file stands in its place."""
    (tmp_path / "file").write_text("")
    result = _run(*SMALL, "--out", str(tmp_path / "file" / "out"))
    assert isinstance(result.exception, InputError)
    assert "cannot be used as output folder" in str(result.exception)


def test_the_command_line_exits_with_2_and_one_line() -> None:
    """As every command of the project does."""
    command = [sys.executable, "-m", "stomp_flim", "speedup", "--pixels", "0", "--out", "nowhere"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 2 == result.returncode
    assert ["error: --pixels: 0, expected an integer >= 1"] == result.stderr.splitlines()
