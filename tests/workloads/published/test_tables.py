"""The table of the published defects that the documentation shows."""

from __future__ import annotations

from pathlib import Path

from workloads.published.tables import rows

DOCUMENT = Path(__file__).parents[3] / "docs/background/decomposition.md"


def test_documented_figures_are_true():
    """Tasks, edges, work, critical path and makespan of a pixel are those of the graphs."""
    table = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| graph |", "| seq2seq"))
    ]
    expected = list(rows(pixels=(1,)))
    assert expected == [row[: len(expected[0])] for row in table]
