"""What experiments leave behind: files that are whole, and an exit status when interrupted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stomp_flim import __version__
from stomp_flim.cli.commands import INTERRUPTED
from stomp_flim.cli.study import study_file
from stomp_flim.files import replacing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_DATED = {
    "png": ("Software",),
    "svg": ("Date", "Creator"),
    "pdf": ("CreationDate", "Creator", "Producer"),
}
"""What a file says of when and by what it was written."""


def image(figure: Figure, kind: str, *, tight: bool = False) -> bytes:
    """Return a figure as a file without date or version, so that equal figures are equal files.

    Parameters
    ----------
    figure : matplotlib figure
        What is drawn.
    kind : {"png", "svg", "pdf"}
        Format of the file.
    tight : bool
        Whether white space around what is drawn is cut off.
    """
    from stomp_flim.plots.style import paper_style

    buffer = io.BytesIO()
    metadata = dict.fromkeys(_DATED[kind])
    with paper_style():
        figure.savefig(
            buffer, format=kind, metadata=metadata, bbox_inches="tight" if tight else None
        )
    return buffer.getvalue()


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as a file whose last column is the version that made it.

    Parameters
    ----------
    table : DataFrame
        Its index is left out.
    """
    made = table.assign(version=__version__)
    return made.to_csv(index=False, lineterminator="\n").encode()


def write_files(contents: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write files, each whole or not at all, with the study of the command; return their names.

    Parameters
    ----------
    contents : mapping of str to bytes
        By name.
    folder : Path
        Where.
    """
    contents = {**contents, **study_file(folder)}
    for name, content in contents.items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(content)
    return list(contents)


@contextmanager
def resumable() -> Iterator[None]:
    """Turn Ctrl-C into one line and its exit status, for commands that go on where they were."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED) from None
