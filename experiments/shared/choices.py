"""What the options of a command choose: models, devices, and how they are taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import typer

from experiments.shared.cases import OWN, Case, Setup, shown_name
from experiments.shared.digests import forget_sources
from experiments.shared.options import require_distinct, require_positive
from hwmodels.platforms import ALL, Changes, fpga_names
from stomp_flim.cli.platform_options import counts
from stomp_flim.errors import InputError
from workloads.facts import Durations
from workloads.models import kind_of


def setup_of(
    durations: Durations | None,
    servers: str | None,
    memory: str | None,
    clock_ns: float | None,
    format: str | None = None,
    server_type: str | None = None,
) -> Setup:
    """Return the setup that the options of a command say.

    Raises
    ------
    InputError
        If one of them is not what it should be.
    """
    if clock_ns is not None:
        require_positive("--clock-ns", clock_ns)
    changes = Changes(counts("--servers", servers), counts("--memory", memory), clock_ns)
    return Setup(durations, changes, format, server_type)


class Chosen(NamedTuple):
    """Models and devices, and the stages that all models have."""

    models: tuple[str, ...]
    devices: tuple[str, ...]
    stages: tuple[str, ...]


def chosen(
    models: Sequence[str], devices: Sequence[str] | None, setup: Setup, steps: int | None = None
) -> tuple[Chosen, Setup]:
    """Return what a command runs, and how it is taken.

    Files are read anew, whatever an earlier command of the same process has read.

    Parameters
    ----------
    models, devices : sequence of str
        As `Case` has them; no devices are the default.
    setup : Setup
        How they are taken.
    steps : int, optional
        What the command has been given, for ONNX files that leave their number open.

    Raises
    ------
    InputError
        If a model is unknown, or its file is not what it should be.
    """
    forget_sources()
    kinds = [kind_of(model, setup.format) for model in models]
    if "imported" in kinds:
        setup = replace(setup, open_steps=steps)
    for option, value in (("--format", setup.format), ("--server-type", setup.server_type)):
        if value is not None and "graph" not in kinds:
            raise InputError(
                f"{option}: {value!r}, expected none: no model is the file of a task graph"
            )
    found = tuple(devices or (default_device(models, setup),))
    stages = [Case(model, setup=setup).stages for model in models]
    common = [stage for stage in stages[0] if all(stage in others for others in stages)]
    return Chosen(tuple(models), found, tuple(common)), setup


def tell(remarks: Iterable[str]) -> None:
    """Print what a reader has to know on standard error."""
    for remark in remarks:
        typer.echo(f"note: {remark}", err=True)


def default_device(models: Iterable[str], setup: Setup) -> str:
    """Return the device where none is named: a graph file's own, or the published servers.

    Raises
    ------
    InputError
        If a model is unknown, or its file is not what it should be.
    """
    for model in models:
        if kind_of(model, setup.format) == "graph":
            brought = Case(model, setup=setup).loaded.platform
            if brought is not None or setup.changes.servers:
                return OWN
    return "published"


def expand(
    models: Sequence[str], devices: Sequence[str], as_published: bool, setup: Setup
) -> tuple[list[Case], list[str]]:
    """Return each model on each device, and what is left out of all FPGAs and why.

    Parameters
    ----------
    models, devices : sequence of str
        As `Case` has them; a device `hwmodels.platforms.ALL` is every registered FPGA.
    as_published, setup : bool, Setup
        As `Case` has them.

    Raises
    ------
    InputError
        If a model or a device is unknown or given twice, a device has no servers for a model, or
        two have one name.
    """
    require_distinct("model", [shown_name(model) for model in models])
    require_distinct("device", devices)
    cases, left_out = [], []
    for model in models:
        for device in devices:
            if device != ALL:
                cases.append(Case(model, device, as_published, setup))
                continue
            for name in fpga_names():
                case = Case(model, name, as_published, setup)
                try:
                    _ = case.provision
                except InputError as error:
                    if case.loaded.network is None:
                        raise
                    left_out.append(f"left out: {error}")
                else:
                    cases.append(case)
    if not cases:
        raise InputError(f"no device is left of {ALL!r}: {left_out[0]}")
    for model in models:
        require_distinct("name of a device", [c.device_name for c in cases if c.model == model])
    return cases, left_out
