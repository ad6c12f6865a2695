"""Lists on the command line, of extensions among others, as a table or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stomp_flim import plugins
from stomp_flim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def print_extensions(
    kind: str, as_json: bool, columns: Callable[[str, Any], dict[str, Any]] = lambda name, _: {}
) -> None:
    """Print what is registered: names, columns and the first line about each.

    One that is broken is reported on standard error, and the others are listed.

    Parameters
    ----------
    kind : str
        Group of the entry points, see `stomp_flim.plugins`.
    as_json : bool
        Whether as JSON.
    columns : callable
        Makes the columns between name and summary, of the name and what is registered.
    """
    rows = []
    for name in plugins.registered(kind):
        try:
            extension = plugins.load(kind, name)
            rows.append(
                {"name": name} | columns(name, extension) | {"summary": plugins.summary(extension)}
            )
        except InputError as error:
            print(f"warning: {error}", file=sys.stderr)
        except Exception as error:  # whatever a third party's object does when it is looked at
            print(f"warning: {name} cannot be listed: {error}", file=sys.stderr)
    print_rows(rows, as_json)


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows that have the same columns."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column, overflow="fold")
    for values in rows:
        table.add_row(*(Text(str(value)) for value in values.values()))
    print_table(table)


def print_table(table: Table, *, whole: bool = False) -> None:
    """Print a table; outside a terminal, and in one if asked, no line is wrapped."""
    _console(table, whole).print(table)


def whole_text(table: Table) -> str:
    """Return a table as text, in which no line is wrapped."""
    console = _console(table, whole=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip("\n")


def _console(table: Table, whole: bool) -> Console:
    from rich.console import Console
    from rich.measure import Measurement

    console = Console()
    if whole or not console.is_terminal:
        unlimited = console.options.update(width=sys.maxsize)
        longest = Measurement.get(console, unlimited, table).maximum
        console.width = max(console.width, longest)
    return console
