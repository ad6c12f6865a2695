"""Options that several commands share, and the lists that they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from stomp_flim.cli.commands import names_of
from stomp_flim.errors import InputError
from stomp_flim.model.workload import MOST_PIXELS
from workloads.facts import Durations

STAGE_NAMES = ("encoder", "decoder", "postprocess", "sum", "pipeline", "whole")
"""For completion; a network of another form has others."""

MOST_STEPS = 10_000
"""Of a network: its graphs have hundreds of tasks for each."""

Out = Annotated[Path, typer.Option("--out", help="Folder for the results.", show_default=False)]
PixelCounts = Annotated[str, typer.Option(metavar="N,N,...", help="Pixels in parallel.")]
Steps = Annotated[
    int | None,
    typer.Option(help="Time steps of encoder and decoder. Default: 1, of an ONNX file its own."),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        autocompletion=names_of("workloads"),
        help="Workload as NAME or NAME:key=value, trained network by name, network file .toml, or "
        "file of a task graph; repeatable.",
    ),
]
Devices = Annotated[
    list[str] | None,
    typer.Option(
        "--device",
        autocompletion=names_of("devices"),
        help="Device by name, data sheet or platform file .toml, or all (FPGAs that are shipped); "
        "repeatable. Default: published, or the servers that the file of a graph brings.",
    ),
]
Stages = Annotated[
    list[str] | None,
    typer.Option(
        "--stage",
        autocompletion=lambda incomplete: [n for n in STAGE_NAMES if n.startswith(incomplete)],
        help="encoder, decoder, postprocess, sum (of these), or pipeline (all in one graph); those "
        "of a network of another form; whole for the file of a graph; repeatable.",
    ),
]
DurationsOf = Annotated[
    Durations | None,
    typer.Option(
        "--durations",
        help="Durations of a network's tasks: as published, or derived from models of the "
        "hardware. Default: the model's own.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="Format of graph files whose names do not tell it."),
]
ServerType = Annotated[
    str | None,
    typer.Option("--server-type", help="Servers of tasks whose file names none."),
]
AsPublished = Annotated[
    bool, typer.Option("--as-published", help="Graphs with the published ones' defects.")
]
Jobs = Annotated[int | None, typer.Option(help="Processes. Default: one for each available core.")]
PresetName = Literal["tiny", "minutes", "zoo", "night"]
"""Sizes of trainings."""


def policies_option(kind: str, default: str) -> Any:
    """Return the option of several policies, as help calls one and those that are the default."""
    return typer.Option(
        "--policy",
        autocompletion=names_of("policies"),
        help=f"{kind}, as NAME, NAME:key=value or FILE.py:NAME; repeatable. Default: {default}.",
    )


N = TypeVar("N", int, float)


def numbers(option: str, text: str, kind: Callable[[str], N]) -> tuple[N, ...]:
    """Parse numbers with commas between them.

    Parameters
    ----------
    option : str
        Whose value it is, for the error: ``"--pixels"``.
    text : str
        For example ``"1,8,64"``.
    kind : {int, float}
        What each is.

    Raises
    ------
    InputError
        If one of them is no such number.
    """
    found = []
    for item in text.split(","):
        try:
            found.append(kind(item))
        except ValueError:
            what = "whole numbers with commas, such as 1,8,64"
            if kind is not int:
                what = "numbers with commas, such as 0.5,1,25"
            raise InputError(f"{option}: {item!r}, expected {what}") from None
    return tuple(found)


def require_positive(option: str, *values: float, most: int = MOST_PIXELS) -> None:
    """Check that numbers are positive: whole ones 1 or more, others finite.

    The memory that a count needs is not taken to find out that there is too little.

    Parameters
    ----------
    option : str
        Whose values they are, for the error: ``"--pixels"``.
    *values : int or float
        As they were parsed.
    most : int
        What a whole number may be.

    Raises
    ------
    InputError
        If one of them is not.
    """
    for value in values:
        if isinstance(value, int):
            if value < 1:
                raise InputError(f"{option}: {value}, expected an integer >= 1")
            if value > most:
                raise InputError(f"{option}: {value:,}, expected at most {most:,}")
        elif not 0 < value < float("inf"):
            raise InputError(f"{option}: {value}, expected a finite number > 0")


def require_distinct(what: str, values: Sequence[object]) -> None:
    """Check that a list holds something, and nothing twice.

    Parameters
    ----------
    what : str
        One of its values, for the error: ``"stage"``.
    values : sequence
        As the user gave them.

    Raises
    ------
    InputError
        If the list is empty, or a value is given twice.
    """
    if not values:
        raise InputError(f"no {what} given, expected at least one")
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"{what} {value!r} is given twice, expected each once")
