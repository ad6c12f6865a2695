"""Extensions by entry point: built-in ones and a third party's are found the same way."""

from __future__ import annotations

import inspect
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from stomp_flim.errors import InputError, near_names
from stomp_flim.foreign_output import foreign_output
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform


@cache
def registered(kind: str) -> dict[str, EntryPoint]:
    """Return the entry points of the group ``stomp_flim.<kind>`` by name, sorted."""
    found = entry_points(group=f"stomp_flim.{kind}")
    return {point.name: point for point in sorted(found, key=lambda point: point.name)}


@foreign_output()
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
        hidden = hidden_package(error, points[name].module)
        raise InputError(
            f"{_singular(kind)} {name!r} ({points[name].value}) cannot be loaded: {error}{hidden}"
        ) from error


def hidden_package(error: BaseException, module: str = "") -> str:
    """Return a clause that names the file that hides a package of ours, or nothing.

    ``import`` takes what comes first on the path: a user's folder ``policies`` or a file
    ``workloads.py`` beside a script is in the way of all that is to be imported from ours.

    Parameters
    ----------
    error : exception
        What an import raised.
    module : str, optional
        What was to be imported, where the error does not say it.
    """
    for name in (str(getattr(error, "name", None)), module):
        package = name.partition(".")[0]
        own, found = Path(__file__).parents[1] / package, sys.modules.get(package)
        places = [getattr(found, "__file__", None), *getattr(found, "__path__", ())]
        place = next((Path(place) for place in places if place), None)
        if package and place and own.is_dir() and not place.is_relative_to(own):
            return f"; {place} hides the package of that name in {own}, and needs another name"
    return ""


def summary(extension: object) -> str:
    """Return what an extension says of itself, or the first line of its documentation."""
    own = getattr(extension, "summary", None)
    return own if isinstance(own, str) else (inspect.getdoc(extension) or "").partition("\n")[0]


def _singular(kind: str) -> str:
    return kind.removesuffix("ies") + "y" if kind.endswith("ies") else kind.removesuffix("s")


@foreign_output()
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


@foreign_output()
def device(name: str) -> Platform:
    """Return the platform of a registered device.

    An FPGA has servers for a network. A name alone says none, and means Seq2SeqLite, 32 lanes a
    server; ``hwmodels.platforms.provide(name, network).platform`` has those for another one.

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
