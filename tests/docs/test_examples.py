"""The examples in docstrings: they run, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
from pages import REPOSITORY

PACKAGES = ("stomp_flim", "hwmodels", "policies", "workloads", "experiments")
MODULES = sorted(
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    for package in PACKAGES
    for path in (REPOSITORY / package).rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)
"""Modules in which something has an example."""

PUBLIC = (
    *("stomp_flim", "stomp_flim.policy", "stomp_flim.testing", "stomp_flim.bounds"),
    *("stomp_flim.frame", "stomp_flim.replay", "stomp_flim.chance.arrivals"),
    *(f"stomp_flim.plots.{name}" for name in ("occupancy", "memory")),
    *(f"stomp_flim.plots.{name}" for name in ("latency", "over_bound", "frame_rate", "tradeoff")),
    *(f"stomp_flim.interchange.{name}" for name in ("stg", "dot", "psplib", "wfformat")),
    *(f"stomp_flim.interchange.{name}" for name in ("perfetto", "parquet")),
    *("hwmodels.network", "hwmodels.published", "workloads.published.decomposition"),
)
"""Modules whose public functions and classes all have an example."""

SINGLE = {
    "stomp_flim.plots.gantt": ("gantt",),
    "stomp_flim.plots.speedup": ("Claim", "speedup"),
    "hwmodels.device": ("Device", "load_device"),
    "hwmodels.gru.kernel": ("infer",),
}
"""Of these modules, the names that a user needs."""


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they print is what they show; what they write goes to the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    printed: list[str] = []
    for example in doctest.DocTestFinder().find(importlib.import_module(module), globs={}):
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(example, out=printed.append)
    assert not printed, "".join(printed)


@pytest.mark.parametrize("module", [*PUBLIC, *SINGLE])
def test_public_names_have_an_example(module: str) -> None:
    """Every function and class that a user may call."""
    public = _public(module)
    assert public
    assert [] == [name for name, of in public.items() if ">>>" not in (inspect.getdoc(of) or "")]


def _public(module: str) -> dict[str, Any]:
    """Return the functions and classes of a module that are its own or that it exports."""
    of = importlib.import_module(module)
    own = [name for name, value in vars(of).items() if getattr(value, "__module__", "") == module]
    names = SINGLE.get(module) or getattr(of, "__all__", own)
    values = {name: getattr(of, name) for name in names if not name.startswith("_")}
    return {n: v for n, v in values.items() if inspect.isclass(v) or inspect.isfunction(v)}
