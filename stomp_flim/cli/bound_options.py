"""Options of commands that compute bounds on request."""

from __future__ import annotations

from typing import Annotated

import typer

from stomp_flim.bounds.requested import BoundName

Bounds = Annotated[
    list[BoundName] | None,
    typer.Option(
        "--bound",
        help="Bound to compute beside those that cost little: start-counts, a linear program "
        "(extra 'optimal').",
    ),
]
BoundSeconds = Annotated[
    float,
    typer.Option(help="Seconds for such a bound, of each number of pixels of each graph."),
]
