"""The command `inspect`: what is inside files of FLIM images, and how it is read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from stomp_flim.cli.lists import AsJson, print_rows
from workloads.flim.data.reading import Contents, Entry, contents, expand


def inspect(
    files: Annotated[
        list[str],
        typer.Argument(help="FLIM images, or patterns such as '*.sdt'.", metavar="FILE..."),
    ],
    as_json: AsJson = False,
) -> None:
    """Say what is inside files of FLIM images, and with which options `infer` reads it."""
    found = [contents(path) for path in expand(files)]
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    for number, each in enumerate(found):
        typer.echo(("\n" if number else "") + f"{each.source}: {each.content}")
        print_rows(_rows(each), as_json=False)


def _rows(found: Contents) -> list[dict[str, Any]]:
    return [
        {
            "holds": entry.kind,
            "channel": _shown(entry.channel),
            "frames": entry.frames,
            "shape": " x ".join(map(str, entry.shape)),
            "bin (ns)": _shown(entry.bin_width_ns, ".4g"),
            "period (ns)": _shown(entry.period_ns, ".4g"),
            "counts": _shown(entry.counts, ",.0f"),
            "brightest": _shown(entry.brightest, ",.0f"),
            "infer": _verdict(entry),
        }
        for entry in found.entries
    ]


def _shown(value: float | None, form: str = "") -> str:
    return "-" if value is None else format(value, form)


def _verdict(entry: Entry) -> str:
    if not entry.is_read:
        return f"no: {entry.how}"
    return f"yes, with {entry.how}" if entry.how else "yes"
