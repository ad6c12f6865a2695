"""Task graphs from files of any format, by the ending of their names or by the format's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stomp_flim.errors import InputError, near_names
from stomp_flim.interchange import dot, psplib, stg, wfformat
from stomp_flim.interchange.stomp import graph as stomp
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform

SERVER_TYPE = "processor"
"""Of tasks whose file names none, where none is given."""


@dataclass(frozen=True)
class GraphFormat:
    """How files of a format are read.

    Attributes
    ----------
    endings : tuple of str
        Of the names of its files.
    read : callable
        Returns the graph of a file, and the servers that the file brings or None. It takes the
        server type of tasks that name none, or None.
    names_servers : bool
        Whether its files always say on which servers their tasks run.
    """

    endings: tuple[str, ...]
    read: Callable[[Path, str], tuple[TaskGraph, Platform | None]]
    names_servers: bool


FORMATS = {
    "stg": GraphFormat((".stg",), lambda path, on: (stg.read_graph(path, on), None), False),
    "dot": GraphFormat((".dot", ".gv"), lambda path, on: (dot.read_graph(path, on), None), False),
    "wfformat": GraphFormat((".json",), lambda path, _: wfformat.read_graph(path), True),
    "psplib": GraphFormat((".sm",), lambda path, _: psplib.read_graph(path), True),
    "stomp": GraphFormat(
        (".graphml",),
        lambda path, _: (stomp.read_graph(path, table_of(path)), None),
        True,
    ),
}
"""By name, as ``--format`` takes them."""


def read_graph(
    path: Path | str, format: str | None = None, server_type: str | None = None
) -> tuple[TaskGraph, Platform | None]:
    """Read a task graph.

    Parameters
    ----------
    path : path
        The file; of STOMP's two the ``.graphml``, with the table of tasks beside it.
    format : {"stg", "dot", "wfformat", "psplib", "stomp"}, optional
        By default what the ending of the name says.
    server_type : str, optional
        What tasks run on whose file does not say it (STG; DOT in part), ``"processor"`` by default.

    Returns
    -------
    graph : TaskGraph
        The tasks.
    platform : Platform or None
        The servers that the file brings (WfFormat, PSPLIB).

    Raises
    ------
    InputError
        If the format is unknown, a server type is given where the file names its own, or the file
        is not what it should be.

    Examples
    --------
    >>> from pathlib import Path
    >>> from stomp_flim.interchange.graph_file import read_graph
    >>> _ = Path("chain.dot").write_text("digraph { a [latency=5]; b [latency=3]; a -> b }")
    >>> graph, platform = read_graph("chain.dot", server_type="core")
    >>> graph.critical_path, graph.server_types, platform
    (8, ('core',), None)
    """
    path = Path(path)
    name = format_of(path, format)
    found = FORMATS[name]
    if server_type is not None and found.names_servers:
        raise InputError(
            f"{path}: server type {server_type!r} given, expected none: a file of the format "
            f"{name!r} says itself where its tasks run"
        )
    if server_type == "":
        raise InputError(f"{path}: server type '' given, expected a name")
    return found.read(path, SERVER_TYPE if server_type is None else server_type)


def format_of(path: Path, format: str | None = None) -> str:
    """Return the name of a file's format.

    Raises
    ------
    InputError
        If the name given is unknown, or the ending of the file says none.
    """
    if format is not None:
        if format not in FORMATS:
            raise InputError(f"unknown format {format!r}; {near_names(format, FORMATS)}")
        return format
    for name, known in FORMATS.items():
        if path.suffix.lower() in known.endings:
            return name
    endings = ", ".join(ending for known in FORMATS.values() for ending in known.endings)
    raise InputError(
        f"{path}: its name does not tell the format, expected an ending of {endings}, or the "
        f"format by name: {', '.join(FORMATS)}"
    )


def files_of(path: Path, format: str | None = None) -> tuple[Path, ...]:
    """Return all files that a graph is read from.

    Raises
    ------
    InputError
        As `format_of` does.
    """
    return (path, table_of(path)) if format_of(path, format) == "stomp" else (path,)


def table_of(graphml: Path) -> Path:
    """Return the table of the tasks of STOMP's GraphML: the same name, or IBM's spelling of it."""
    table = graphml.with_suffix(".txt")
    ibm = graphml.with_name(f"dag_{graphml.stem.removeprefix('dag')}.txt")
    return ibm if ibm.is_file() and not table.is_file() else table
