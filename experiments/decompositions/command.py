"""The command `decompositions`: the task graphs of the networks in figures, side by side."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from stomp_flim.cli.lists import AsJson


def decompositions(
    table: Annotated[
        Literal["defects", "arithmetics"],
        typer.Option(
            help="The published task graphs and their defects, or the published topology and the "
            "accelerator's."
        ),
    ] = "defects",
    as_json: AsJson = False,
) -> None:
    """Print the task graphs of the networks in figures: size, work, critical path, makespans.

    The tables are in Markdown, as the documentation shows them.
    """
    from experiments.decompositions.tables import TABLES
    from experiments.shared.markdown import markdown_table

    rows = TABLES[table]()
    heading = next(rows)
    if as_json:
        print(
            json.dumps([dict(zip(map(str, heading), row, strict=True)) for row in rows], indent=2)
        )
        return
    for line in markdown_table(heading, rows):
        print(line, flush=True)
