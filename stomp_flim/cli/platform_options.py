"""Options that change the servers of a platform, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform

Servers = Annotated[
    str | None,
    typer.Option("--servers", metavar="TYPE=N,...", help="Change numbers of servers."),
]
Memories = Annotated[
    str | None,
    typer.Option("--memory", metavar="NAME=BITS,...", help="Limit memories that tasks write into."),
]
ClockNs = Annotated[
    float | None, typer.Option("--clock-ns", help="Change the clock period, in ns.")
]


def counts(option: str, text: str | None) -> tuple[tuple[str, int], ...]:
    """Parse names with numbers.

    Parameters
    ----------
    option : str
        Whose value it is, for the error: ``"--servers"``.
    text : str, optional
        For example ``"DSP=200,Const mem=64"``; none means nothing.

    Raises
    ------
    InputError
        If there is a name without a number, a number that is none or not above 0, or a name twice.

    Examples
    --------
    >>> from stomp_flim.cli.platform_options import counts
    >>> counts("--servers", "DSP=200,Const mem=64")
    (('DSP', 200), ('Const mem', 64))
    """
    found: dict[str, int] = {}
    for item in [] if text is None else text.split(","):
        name, equals, number = item.rpartition("=")
        name, number = name.strip(), number.strip()
        if not equals or not name:
            raise InputError(f"{option}: {shown(item)}, expected names with numbers, such as DSP=8")
        if not (number.isascii() and number.replace("_", "").isdigit()) or len(number) > 18:
            raise InputError(f"{option}: {name} is {shown(number)}, expected an integer >= 1")
        if name in found:
            raise InputError(f"{option}: {name} is given twice, expected once")
        found[name] = int(number)
        if found[name] < 1:
            raise InputError(f"{option}: {name} is {number}, expected an integer >= 1")
    return tuple(found.items())


def require_memories(
    memories: Iterable[str], graphs: Iterable[TaskGraph], platform: Platform
) -> None:
    """Check that what is to be limited is something.

    Parameters
    ----------
    memories : iterable of str
        What ``--memory`` names.
    graphs : iterable of TaskGraph
        Whose tasks may write into it.
    platform : Platform
        Which may limit it already.

    Raises
    ------
    InputError
        If no task writes into a memory and the platform does not limit it.
    """
    written = (buffer for graph in graphs for buffer in graph.buffers or ())
    known = {buffer.memory for buffer in written if buffer is not None} | {*platform.memories}
    for memory in memories:
        if memory not in known:
            raise InputError(
                f"--memory: {memory!r}, into which no task writes; {near_names(memory, known)}"
            )
