"""The tables of decompositions that the documentation shows, and the command that prints them."""

from __future__ import annotations

import json

import pages
import pytest
from typer.testing import CliRunner

from experiments.decompositions import tables
from experiments.decompositions.tables import arithmetics, defects
from stomp_flim.cli.app import app


@pytest.mark.parametrize(
    ("page", "heading", "table"),
    [("decomposition.md", "graph", defects), ("replay.md", "stage", arithmetics)],
)
def test_documented_figures_are_true(page, heading, table):
    """Tasks, edges, work, critical path and makespans are those of the graphs."""
    expected = [list(map(str, row)) for row in table()]
    assert expected == pages.table(page, f"{heading} | steps")


def test_the_command_prints_a_table_and_its_rows(monkeypatch):
    """As Markdown, and as one JSON document with numbers."""
    monkeypatch.setattr(tables, "ARITHMETICS", (("postprocess", 1),))
    words = ["decompositions", "--table", "arithmetics"]
    heading, *rows = ([str(cell) for cell in row] for row in arithmetics())
    lines = CliRunner().invoke(app, words).stdout.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [heading, *rows] == [cells[0], *cells[2:]]
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert [dict(zip(heading, row, strict=True)) for row in rows] == [
        {name: str(cell) for name, cell in row.items()} for row in document
    ]
    assert all(isinstance(row["critical path"], int) for row in document)


def test_an_unknown_table_is_an_error():
    """With near names."""
    result = CliRunner().invoke(app, ["decompositions", "--table", "defect"])
    assert "--table: 'defect'; did you mean 'defects'" in str(result.exception)
