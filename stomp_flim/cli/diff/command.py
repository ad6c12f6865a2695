"""The command ``stomp-flim diff``: two folders of results, what differs in them and how much."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from stomp_flim.cli.commands import DIFFERS
from stomp_flim.cli.diff.folders import FolderDiff, compare_folders
from stomp_flim.cli.diff.printed import print_diff
from stomp_flim.cli.diff.tables import Pair
from stomp_flim.cli.lists import AsJson


def diff(
    a: Annotated[Path, typer.Argument(help="Folder of results.", show_default=False)],
    b: Annotated[Path, typer.Argument(help="Folder of results.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Compare two folders of results: what differs in the studies, and figures with ratios.

    Compares study.toml and every CSV file. The exit status is 0 where nothing differs, 1 where
    something does, and 2 where there is an error, as that of diff.
    """
    found = compare_folders(a, b)
    if as_json:
        print(json.dumps(_document(a, b, found), indent=2))
    else:
        print_diff(a, b, found)
    if not found.equal:
        raise typer.Exit(DIFFERS)


def _document(a: Path, b: Path, found: FolderDiff) -> dict[str, Any]:
    return {
        "a": str(a),
        "b": str(b),
        "equal": found.equal,
        "study": {key: _pair(pair) for key, pair in found.study.items()},
        "only": _pair(found.only),
        "tables": [
            {
                "name": table.name,
                "keys": table.keys,
                "paired": table.paired,
                "equal": table.equal,
                "columns": _pair(table.columns),
                "only": _pair(table.only),
                "everywhere": _pairs(table.everywhere),
                "rows": [{"key": key, "cells": _pairs(cells)} for key, cells in table.rows],
            }
            for table in found.tables
        ],
    }


def _pairs(pairs: Mapping[str, Pair]) -> dict[str, Any]:
    return {column: {**_pair(pair), "ratio": _finite(pair.ratio)} for column, pair in pairs.items()}


def _pair(pair: Pair) -> dict[str, Any]:
    return {"a": _finite(pair.a), "b": _finite(pair.b)}


def _finite(value: Any) -> Any:
    """Return a value that JSON knows: infinity is a text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
