"""Commands run from tests, and the tables that they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from stomp_flim.cli.app import app


def run(*words: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, [str(word) for word in words])


def rows(out: Path, *words: object) -> list[dict[str, Any]]:
    """Return the table of a command."""
    result = run(*words, "--jobs", 1, "--out", out, "--json")
    assert result.exception is None, result.exception
    found: list[dict[str, Any]] = json.loads(result.stdout)["rows"]
    return found
