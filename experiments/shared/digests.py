"""Digests of all that a cached result depends on: what was simulated, and the code that did it."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import hwmodels
import stomp_flim
from stomp_flim import plugins
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform

F = TypeVar("F", bound=Callable[..., Any])

_KEPT: list[Any] = []
"""What is kept until `forget_sources`."""

_ALWAYS = (stomp_flim.__name__, hwmodels.__name__)
"""Packages whose sources every result depends on: the simulator and the hardware models."""


def once_a_run(function: F) -> F:
    """Return a function that remembers its results until `forget_sources`."""
    kept = cache(function)
    _KEPT.append(kept)
    return kept  # type: ignore[return-value]


def point_key(
    point: object, graph: TaskGraph, platform: Platform, policy: str, **parameters: object
) -> str:
    """Digest all that the outcome of a point of a sweep depends on.

    Parameters
    ----------
    point : dataclass
        Its modules say how it is evaluated.
    graph : TaskGraph
        What is simulated, by value: whatever the workload and the hardware models say.
    platform : Platform
        Where, by value: whatever the device's file says, memories included.
    policy : str
        Name of the policy or its file.
    **parameters
        All else, such as the number of pixels, as values that print what they are.
    """
    evaluated_by = [
        Path(inspect.getfile(kind)) for kind in type(point).__mro__ if is_dataclass(kind)
    ]
    return _digest(
        repr((policy, sorted(parameters.items()))),
        graph_digest(graph),
        repr([(field.name, _plain(getattr(platform, field.name))) for field in fields(platform)]),
        policy_digest(policy),
        *map(content, evaluated_by),
    )


def forget_sources() -> None:
    """Read every file again: within one run of an experiment none is read twice."""
    for function in _KEPT:
        function.cache_clear()


@cache
def graph_digest(graph: TaskGraph) -> str:
    """Digest a graph: names, modes, operations, buffers and edges of its tasks."""
    modes = [
        [
            (list(mode.demand.items()), mode.latency, mode.occupancy, repr(mode.distribution))
            for mode in modes
        ]
        for modes in graph.mode_sets
    ]
    columns = (graph.mode_set, graph.successor_offset, graph.successor)
    return _digest(
        repr((graph.name, graph.task_names, modes, graph.operations, graph.buffers)),
        *(column.tobytes() for column in columns),
    )


@once_a_run
def policy_digest(policy: str) -> str:
    """Digest the sources of the simulator and of a policy, with whatever the policy imports.

    Modules beside a policy file count, and those beside them, and any other that is neither of
    Python's own library nor installed by a package manager. A parameter that names a file counts
    with its content.
    """
    name, *rest = policy.removeprefix("stomp:").split(":")
    if name.endswith(".py"):
        own = [Path(name)]
    else:
        own = _sources(plugins.registered("policies")[name].module.partition(".")[0])
    simulator = [path for package in _ALWAYS for path in _sources(package)]
    values = [item.partition("=")[2] for item in ":".join(rest).split(",")]
    read = [Path(value) for value in values if value and Path(value).is_file()]
    return _digest(*map(content, [*simulator, *_with_imports(own), *read]))


def _with_imports(files: Sequence[Path]) -> list[Path]:
    """Return files and what they import, directly or not, in a fixed order."""
    found = dict.fromkeys(path.resolve() for path in files)
    waiting = list(found)
    while waiting:
        file = waiting.pop()
        for module in dict.fromkeys(_imported(file)):
            if module.partition(".")[0] in _ALWAYS:
                continue
            for path in (*_beside(file, module), *_sources(module.partition(".")[0])):
                if path not in found:
                    found[path] = None
                    waiting.append(path)
    return list(found)


def _imported(file: Path) -> Iterator[str]:
    """Yield the names of the modules that a file imports, wherever in it."""
    try:
        tree = ast.parse(content(file))
    except (SyntaxError, ValueError):
        return  # the policy cannot be loaded, which is said elsewhere
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}." if node.module else "") + a.name for a in node.names)


def _beside(file: Path, module: str) -> list[Path]:
    """Return the module or package of that name in the folder of a file."""
    top = file.parent / module.partition(".")[0]
    if top.is_dir():
        return _files_of(top)
    single = top.with_name(f"{top.name}.py")
    return [single] if single.is_file() else []


@once_a_run
def _sources(module: str) -> list[Path]:
    """Return the files of a package or module that a user or developer may change."""
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    if found is None or found.origin is None or module in sys.stdlib_module_names:
        return []
    origin = Path(found.origin).resolve()
    own = module in _ALWAYS or module in _registered()
    if origin.suffix != ".py" or (not own and any(map(origin.is_relative_to, _installed()))):
        return []
    return _files_of(origin.parent) if origin.name == "__init__.py" else [origin]


def _files_of(folder: Path) -> list[Path]:
    return sorted(path.resolve() for path in folder.rglob("*.py"))


def _registered() -> set[str]:
    return {point.module.partition(".")[0] for point in plugins.registered("policies").values()}


def _installed() -> set[Path]:
    return {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")}


def _plain(value: Any) -> Any:
    """Return a mapping as its items, since it may print as something else."""
    return list(value.items()) if hasattr(value, "items") else value


@once_a_run
def content(file: Path) -> bytes:
    """Return what is in a file, which is read once a run."""
    return file.read_bytes()


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))  # or "ab", "c" would be "a", "bc"
        digest.update(content)
    return digest.hexdigest()
