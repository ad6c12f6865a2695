"""The command `decompositions`: the task graphs of the networks in figures, side by side."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from experiments.shared.options import AsJson
from stomp_flim.errors import InputError, near_names


def decompositions(
    table: Annotated[
        str,
        typer.Option(
            help="defects (of the published task graphs) or arithmetics (the published topology "
            "and the accelerator's)."
        ),
    ] = "defects",
    as_json: AsJson = False,
) -> None:
    """Print the task graphs of the networks in figures: size, work, critical path, makespans.

    The tables are in Markdown, as the documentation shows them.
    """
    from experiments.decompositions.tables import TABLES
    from experiments.shared.markdown import markdown_table

    if table not in TABLES:
        raise InputError(f"--table: unknown table {table!r}; {near_names(table, TABLES)}")
    rows = TABLES[table]()
    heading = next(rows)
    if as_json:
        print(
            json.dumps([dict(zip(map(str, heading), row, strict=True)) for row in rows], indent=2)
        )
        return
    for line in markdown_table(heading, rows):
        print(line, flush=True)
