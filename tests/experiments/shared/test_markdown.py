"""Tables in Markdown."""

from __future__ import annotations

from experiments.shared.markdown import markdown_table


def test_a_table_has_a_line_a_row_and_a_cell_a_column() -> None:
    """A bar in a cell makes no column."""
    lines = list(markdown_table(["a", "b"], [[1, "x|y"], ["", 2.5]]))
    assert ["| a | b |", "|---|---|", r"| 1 | x\|y |", "|  | 2.5 |"] == lines
