"""Lists on the command line: of commands, and of extensions as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from stomp_flim import plugins

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Group(TyperGroup):
    """Commands of which ``--help`` lists the whole first sentence, wrapped rather than cut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, plugins.summary(of.callback)) for name, of in commands.items() if of]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def row(name: str, extension: Any, **columns: Any) -> dict[str, Any]:
    """Return the row of a registered extension: name, columns and the first line about it."""
    return {"name": name, **columns, "summary": plugins.summary(extension)}


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows that have the same columns."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column, overflow="fold")
    for values in rows:
        table.add_row(*(str(value) for value in values.values()))
    Console().print(table)
