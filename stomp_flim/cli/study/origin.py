"""With what a run is made: versions of all that figures depend on, and a digest of the sources."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from stomp_flim import __version__, plugins

KINDS = ("policies", "policy_loaders", "devices", "workloads", "experiments")
"""Groups of entry points."""

_LIBRARIES = ("numpy", "numba", "simpy", "scipy", "pandas", "matplotlib", "ortools", "torch")
_SUFFIXES = (".py", ".toml", ".npz", ".html", ".jinja")


@cache
def made_with() -> dict[str, str]:
    """Return versions by name: ours, Python's, of libraries, and of packages with extensions."""
    found = {"stomp-flim": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    points = [point for kind in KINDS for point in plugins.registered(kind).values()]
    for distribution in {id(point.dist): point.dist for point in points}.values():
        if distribution is not None:
            said = distribution.metadata  # parsed anew each time
            found.setdefault(said["Name"], said["Version"])
    return found


@cache
def sources_digest() -> str:
    """Return the SHA-256 over the files of the simulator and of every package with extensions."""
    found = hashlib.sha256()
    for root in sorted(set(_roots())):
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.suffix in _SUFFIXES:
                content = file.read_bytes()
                name = file.relative_to(root.parent).as_posix()
                found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _roots() -> Iterator[Path]:
    modules = {p.module for kind in KINDS for p in plugins.registered(kind).values()}
    for package in {"stomp_flim", *(module.partition(".")[0] for module in modules)}:
        try:
            spec = find_spec(package)
        except (ImportError, ValueError):
            continue
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            yield origin.parent if origin.name == "__init__.py" else origin
