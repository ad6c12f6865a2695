"""Bounds that `speedup` computes on request."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.speedup.bounds import BoundPoint, bound_point, from_entry, tightened
from experiments.speedup.points import SpeedupOutcome
from experiments.speedup.sweep import SpeedupSweep
from stomp_flim import ScheduleError
from stomp_flim.bounds.requested import BoundName, RequestedBounds
from stomp_flim.cli.app import app

REQUESTED = RequestedBounds((BoundName.START_COUNTS,), 5)
WORDS = "speedup --model seq2seqlite --stage postprocess --pixels 8,256 --policy hlfet --jobs 1"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Results with a bound of start counts."""
    words = [*WORDS.split(), "--bound", "start-counts", "--bound-seconds", "30"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--json"])
    assert 0 == result.exit_code, result.output
    assert "bounds.csv" in json.loads(result.stdout)["files"]
    return tmp_path


def test_tables_and_page_say_which_bound_holds_where(out: Path) -> None:
    """Post-processing of 256 pixels takes 80 cycles at least, 2 more than the cheap bounds say."""
    table = pd.read_csv(out / "bounds.csv")
    assert [(8, 52, 52), (256, 78, 80)] == list(
        table[["pixels", "cheap_bound", "lower_bound"]].itertuples(index=False, name=None)
    )
    assert ["critical path", "start counts"] == table["lower_bound_name"].tolist()
    frame = pd.read_csv(out / "speedup.csv")
    assert [52, 80] == frame["lower_bound"].tolist()
    assert (frame["gap"] == frame["makespan"] / frame["lower_bound"] - 1).all()
    page = (out / "report.html").read_text()
    assert "Which bound holds where" in page
    assert "--bound start-counts --bound-seconds 30" in page


def test_a_bound_is_one_of_all_policies() -> None:
    """It is computed once, and known by what was asked for."""
    sweep = SpeedupSweep(("seq2seqlite",), ("postprocess",), (256,), ("fifo", "hlfet"))
    one = {bound_point(point, REQUESTED) for point in sweep.points() if point.pixels == 256}
    other = {
        bound_point(point, RequestedBounds((BoundName.START_COUNTS,), 6))
        for point in sweep.points()
    }
    (point,) = one
    assert point.key() not in {each.key() for each in other}


def test_a_bound_above_a_makespan_is_refused() -> None:
    """Then one of the two is wrong; a lower one changes nothing."""
    sweep = SpeedupSweep(("seq2seqlite",), ("postprocess",), (8,), ("fifo",), requested=REQUESTED)
    (point,) = [point for point in sweep.points() if point.pixels == 8]
    outcome = SpeedupOutcome(54, 52)
    where: BoundPoint = bound_point(point, REQUESTED)
    for bound, expected in ((51, 52), (53, 53)):
        found = tightened({point: outcome}, sweep, {where: {"start counts": bound}})
        assert (54, expected) == found[point]
    with pytest.raises(ScheduleError, match="start counts"):
        tightened({point: outcome}, sweep, {where: {"start counts": 55}})


@pytest.mark.parametrize("entry", [None, {}, {"bounds": {}}, {"bounds": {"a": 0}}, {"bounds": [1]}])
def test_an_entry_that_is_not_whole_is_none(entry: dict[str, object] | None) -> None:
    """The bounds are computed again."""
    assert from_entry(entry) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--bound start-count", "--bound: 'start-count'; did you mean 'start-counts'"),
        ("--bound-seconds 0", "--bound-seconds: 0.0, expected a finite number > 0"),
    ],
)
def test_wrong_options_are_errors(words: str, message: str, tmp_path: Path) -> None:
    """One line, before a folder is made."""
    folder = tmp_path / "out"
    result = CliRunner().invoke(app, [*WORDS.split(), *words.split(), "--out", str(folder)])
    assert message in str(result.exception)
    assert not folder.exists()
