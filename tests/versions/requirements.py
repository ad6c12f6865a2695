"""What `pyproject.toml` and `constraints.txt` ask for, as sets of versions to try."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = "stomp-flim["
"""How an extra that takes in others begins."""
BOUND = re.compile(r"(?P<name>[a-z0-9-]+)>=(?P<version>\d+(?:\.\d+)*)(?:,<\d+(?:\.\d+)*)?")
"""The form of every requirement: a lowest version, and rarely one that is too new."""


def project() -> dict[str, list[str]]:
    """Return the requirements of the base (under an empty name) and of each extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def constraints() -> list[str]:
    """Return the versions that the commands of the Makefile hold still."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def asked() -> dict[str, str]:
    """Return every requirement, of the base and of all extras, by the name of its package."""
    found = {line for lines in project().values() for line in lines if not line.startswith(OWN)}
    return {bound(line)["name"]: line for line in sorted(found)}


def bound(line: str) -> re.Match[str]:
    """Return the parts of a requirement, or raise a `ValueError` where it has another form."""
    match = BOUND.fullmatch(line)
    if not match:
        raise ValueError(f"pyproject.toml: {line!r}, expected name>=version or name>=version,<next")
    return match


def lowest() -> dict[str, str]:
    """Return the lowest version of everything, ``name==version`` by name."""
    return {name: f"{name}=={bound(line)['version']}" for name, line in asked().items()}


def newest() -> dict[str, str]:
    """Return what an installer may choose from, by name; only torch is the one of our commands.

    Other builds of it bring gigabytes of libraries for graphics processors, so that one version of
    torch is tried: the lowest of `pyproject.toml` is it too.
    """
    (torch,) = (line for line in constraints() if line.startswith("torch=="))
    return asked() | {"torch": torch}


SETS = {"lowest": lowest, "newest": newest}
