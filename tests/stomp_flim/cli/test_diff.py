"""The command ``stomp-flim diff``: rows in pairs, what differs in them, and the exit status."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stomp_flim import InputError
from stomp_flim.cli.app import app
from stomp_flim.cli.diff.tables import Pair, compare_tables, read_table

FIGURES = ["makespan", "gap"]


@st.composite
def tables(draw):
    """Return a table of pixels x policies, some of them left out, with a column for all rows."""
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from([1, 8, 64]), st.sampled_from(["fifo", "hlfet", "p:a=1"])),
            min_size=1,
            unique=True,
        )
    )
    makespan = st.integers(0, 10**6)
    gap = st.integers(0, 9000).map(lambda eighths: eighths / 8)
    device = draw(st.sampled_from(["published", "mine"]))
    rows = [("m", pixels, policy, draw(makespan), draw(gap), device) for pixels, policy in keys]
    return pd.DataFrame(rows, columns=["model", "pixels", "policy", *FIGURES, "device"])


@given(tables())
def test_a_table_equals_itself_in_any_order_of_rows(table):
    """Rows are found by their keys."""
    found = compare_tables("t.csv", table, table.iloc[::-1].reset_index(drop=True))
    assert found.equal
    assert len(table) == found.paired


@given(tables(), tables())
def test_pairs_are_those_of_a_join(a, b):
    """Pandas' own, over all key columns that do not have one value in each table."""
    found = compare_tables("t.csv", a, b)
    several = [k for k in ("pixels", "policy") if a[k].nunique() > 1 or b[k].nunique() > 1]
    keys = [*found.keys]
    assert several[: len(keys)] == keys
    if keys != several:
        assert not a.duplicated(keys).any()
        assert not b.duplicated(keys).any()
    joined = a.merge(b, on=keys, how="outer", indicator=True) if keys else a.merge(b, how="cross")
    both = joined["_merge"] == "both" if keys else pd.Series([True])
    assert both.sum() == found.paired
    assert len(a) - both.sum() == len(found.only.a)
    assert len(b) - both.sum() == len(found.only.b)
    expected = {
        (*(row[key] for key in keys), row[f"{figure}_x"], row[f"{figure}_y"])
        for row in joined[both].to_dict("records")
        for figure in FIGURES
        if row[f"{figure}_x"] != row[f"{figure}_y"]
    }
    actual = {
        (*key.values(), pair.a, pair.b)
        for key, cells in [*found.rows, ({}, found.everywhere)]
        for column, pair in cells.items()
        if column in FIGURES and not pair.equal
    }
    assert {each[-2:] for each in expected} == {each[-2:] for each in actual}
    assert found.equal == (
        a.sort_values(["pixels", "policy"]).values.tolist()
        == b.sort_values(["pixels", "policy"]).values.tolist()
    )


@given(tables(), tables())
def test_the_other_way_round_is_the_same_with_ratios_upside_down(a, b):
    """A and B are names, nothing else."""
    there, back = compare_tables("t.csv", a, b), compare_tables("t.csv", b, a)
    assert there.keys == back.keys
    assert (there.only.a, there.only.b) == (back.only.b, back.only.a)
    assert len(there.rows) == len(back.rows)
    turned = {tuple(key.items()): cells for key, cells in back.rows}
    for key, cells in there.rows:
        for column, pair in cells.items():
            other = turned[tuple(key.items())][column]
            assert (pair.a, pair.b) == (other.b, other.a)
            if pair.ratio and other.ratio:
                assert math.isclose(pair.ratio, 1 / other.ratio)


def test_what_all_rows_have_pairs_none():
    """Two devices are compared row by row, and the device is told once."""
    a = pd.DataFrame({"device": "x", "pixels": [1, 2], "makespan": [10, 20], "policy": "fifo"})
    b = pd.DataFrame({"device": "y", "pixels": [1, 2], "makespan": [10, 25], "policy": "fifo"})
    found = compare_tables("t.csv", a, b)
    assert ("pixels",) == found.keys
    assert {"device": Pair("x", "y")} == found.everywhere
    assert [({"pixels": 2}, {"makespan": Pair(20, 25)})] == found.rows
    assert 1.25 == found.rows[0][1]["makespan"].ratio


def test_rows_of_the_same_key_are_paired_in_their_order():
    """Where no column tells them apart that is no figure, whose value would be no name."""
    a = pd.DataFrame({"name": ["x", "x", "y"], "seconds": [1.0, 1.0, 2.0]})
    b = pd.DataFrame({"name": ["y", "x", "x"], "seconds": [2.0, 1.0, 3.0]})
    found = compare_tables("t.csv", a, b)
    assert [({"name": "x", "#": 2}, {"seconds": Pair(1.0, 3.0)})] == found.rows


def test_columns_of_one_table_are_named():
    """As a newer version may have them; the others are compared."""
    a = pd.DataFrame({"pixels": [1], "makespan": [10]})
    b = pd.DataFrame({"pixels": [1], "makespan": [10], "version": ["2"]})
    found = compare_tables("t.csv", a, b)
    assert not found.equal
    assert Pair([], ["version"]) == found.columns


def test_what_is_no_number_has_no_ratio():
    """Nor has what is 0 in the first, or a truth value."""
    for pair in (Pair("a", "b"), Pair(0, 1), Pair(True, False), Pair(1, "1")):
        assert pair.ratio is None
    assert 0 == Pair(2, 0).ratio


def test_empty_cells_and_texts_like_nan_are_what_they_are(tmp_path):
    """An empty cell equals an empty cell."""
    (tmp_path / "t.csv").write_text("name,limit,x\na,,nan\nb,NA,1\n")
    table = read_table(tmp_path / "t.csv")
    assert compare_tables("t.csv", table, table).equal
    assert ["", "NA"] == table["limit"].tolist()


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return two folders of results with studies, the second with its policy elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name, pixels, seconds in (("a", 1, 0.5), ("b", 2, 1.0)):
        Path(name).mkdir()
        Path(name, "study.toml").write_text(
            f'command = "c"\npixels = [{pixels}]\npolicy = ["{name}/../p.py:f"]\n[made_with]\n'
            f'numpy = "2.{pixels}"\n[digests]\nstudy = "{name}"\nsources = "0"\n[digests.files]\n'
            f'"{name}/../p.py" = "77"\n'
        )
        Path(name, "c.csv").write_text(f"pixels,policy,seconds\n{pixels},fifo,{seconds}\n")
    return Path("a"), Path("b")


def run(*words):
    """Run the command."""
    return CliRunner().invoke(app, ["diff", *map(str, words)])


def test_equal_folders_have_the_status_0(folders):
    """And are told to be."""
    result = run("a", "a")
    assert 0 == result.exit_code
    assert result.stdout.endswith("no differences\n")
    assert json.loads(run("a", "a", "--json").stdout)["equal"] is True


def test_folders_that_differ_have_the_status_1(folders):
    """Studies by key, files by their content, and figures side by side."""
    result = run("a", "b")
    assert 1 == result.exit_code
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "A is a, B is b" == lines[0]
    assert {"pixels 1 2", "made_with.numpy 2.1 2.2"} <= {*lines}
    assert "policy" not in result.stdout
    assert "c.csv: 1 rows paired, 1 of them equal" in lines
    assert "in all rows: pixels 1 in A, 2 in B, B/A 2" in lines
    assert "in all rows: seconds 0.5 in A, 1 in B, B/A 2" in lines
    document = json.loads(run("a", "b", "--json").stdout)
    assert {"pixels": {"a": [1], "b": [2]}, "made_with.numpy": {"a": "2.1", "b": "2.2"}} == (
        document["study"]
    )
    assert {"a": 0.5, "b": 1.0, "ratio": 2.0} == document["tables"][0]["everywhere"]["seconds"]


def test_another_content_of_a_file_is_a_difference(folders):
    """Whatever its name is."""
    path = Path("b/study.toml")
    path.write_text(path.read_text().replace('"77"', '"78"'))
    study = json.loads(run("a", "b", "--json").stdout)["study"]
    assert {"a": ["p.py (77):f"], "b": ["p.py (78):f"]} == study["policy"]


def test_what_only_one_folder_has_is_a_difference(folders):
    """A table, or the study."""
    Path("b/c.csv").rename("b/d.csv")
    Path("a/study.toml").unlink()
    result = run("a", "b")
    assert 1 == result.exit_code
    assert "only in A: c.csv" in result.stdout
    assert "only in B: study.toml, d.csv" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("a", "nowhere"),
            "nowhere: holds no study.toml and no .csv, expected a folder of results",
        ),
        (("a", "bad"), "bad/c.csv: is not a table in CSV: "),
        (("a", "none"), "none/c.csv: is not a table in CSV: No columns"),
    ],
)
def test_what_is_no_result_is_an_error(folders, words, message):
    """One line, and the exit status 2."""
    for name, text in (("bad", 'a,b\n1,2\n1,2,"3'), ("none", "")):
        Path(name).mkdir()
        Path(name, "c.csv").write_text(text)
    result = run(*words)
    assert isinstance(result.exception, InputError), result.output
    assert str(result.exception).startswith(message)
