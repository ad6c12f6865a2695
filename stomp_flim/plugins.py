"""Extensions by entry point: built-in ones and a third party's are found the same way."""

from __future__ import annotations

import inspect
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform


@cache
def registered(kind: str) -> dict[str, EntryPoint]:
    """Return the entry points of the group ``stomp_flim.<kind>`` by name, sorted."""
    found = entry_points(group=f"stomp_flim.{kind}")
    return {point.name: point for point in sorted(found, key=lambda point: point.name)}


def load(kind: str, name: str) -> Any:
    """Return what is registered under a name.

    Raises
    ------
    InputError
        If nothing has that name, or it cannot be imported.
    """
    points = registered(kind)
    if name not in points:
        raise InputError(f"unknown {_singular(kind)} {name!r}; {near_names(name, points)}")
    try:
        return points[name].load()
    except (
        Exception,
        SystemExit,
    ) as error:  # whatever its module does
        raise InputError(
            f"{_singular(kind)} {name!r} ({points[name].value}) cannot be loaded: {error}"
        ) from error


def summary(extension: object) -> str:
    """Return what an extension says of itself, or the first line of its documentation."""
    own = getattr(extension, "summary", None)
    return own if isinstance(own, str) else (inspect.getdoc(extension) or "").partition("\n")[0]


def _singular(kind: str) -> str:
    return kind.removesuffix("ies") + "y" if kind.endswith("ies") else kind.removesuffix("s")


def workload_graph(
    name: str, *, stage: str = "pipeline", steps: int = 1, **options: Any
) -> TaskGraph:
    """Return a registered workload as a task graph.

    Parameters
    ----------
    name : str
        For example ``"seq2seqlite"``; ``stomp-flim workloads`` lists them.
    stage : str
        Part of the inference; the workload names them.
    steps : int
        Time steps.
    **options
        Further parameters of the workload.

    Raises
    ------
    InputError
        If the workload, a stage or an option is unknown.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> len(sf.workload_graph("seq2seqlite", stage="encoder", steps=2))
    798
    """
    factory = load("workloads", name)
    known = inspect.signature(factory).parameters
    for option in options:
        if option not in known:
            raise InputError(
                f"workload {name!r}: unknown option {option!r}; {near_names(option, known)}"
            )
    graph: TaskGraph = factory(stage=stage, steps=steps, **options)
    return graph


def device(name: str) -> Platform:
    """Return the platform of a registered device.

    Raises
    ------
    InputError
        If the device is unknown.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> dict(sf.device("published").servers)
    {'DSP': 128, 'Shared mem': 128, 'Const mem': 128, 'data mem': 256}
    """
    platform: Platform = load("devices", name)()
    return platform
