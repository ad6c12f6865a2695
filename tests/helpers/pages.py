"""The pages of the documentation, wherever in ``docs`` they stand, and the tables on them."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def page(name: str) -> str:
    """Return the text of a page by its file name, such as ``phase.md``."""
    (path,) = (REPOSITORY / "docs").rglob(name)
    return path.read_text(encoding="utf-8")


def words(name: str) -> str:
    """Return the text of a page with every line break as a space, to look for sentences in."""
    return " ".join(page(name).split())


def table(name: str, heading: str) -> list[list[str]]:
    """Return the rows of a table by the cells of its heading, ``a | b``, that it begins with.

    The heading is the first row; the line below it is left out.
    """
    lines = page(name).splitlines()
    (first,) = (i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]
