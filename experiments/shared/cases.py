"""Models on devices: what is simulated where, and what the servers stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.shared.digests import content, once_a_run
from experiments.shared.labels import servers_text
from hwmodels.devices import xc7k410t
from hwmodels.platforms import (
    NO_CHANGES,
    Changes,
    Provision,
    is_fpga,
    load_fpga,
    provide,
)
from stomp_flim.cli.platform_options import require_memories
from stomp_flim.errors import InputError
from stomp_flim.interchange.graph_file import format_of
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from workloads.facts import Durations
from workloads.models import Model, kind_of, load_model, model_digest

if TYPE_CHECKING:
    import pandas as pd

OWN = "own"
"""The device of a graph file that brings its servers, or whose servers are given one by one."""

NONE_ABLE = ("lanes", "multipliers", "exceeds_device")
"""Columns of `Case.facts` that may have nothing to say."""


@dataclass(frozen=True)
class Setup:
    """How models are read, and what is changed of devices.

    Attributes
    ----------
    durations : {"published", "derived"}, optional
        Of the tasks, by default a model's own.
    changes : Changes
        Of servers, memories and clock.
    format, server_type : str, optional
        Of graph files.
    open_steps : int, optional
        Of networks in ONNX files that leave the number of steps open.
    """

    durations: Durations | None = None
    changes: Changes = NO_CHANGES
    format: str | None = None
    server_type: str | None = None
    open_steps: int | None = None


DEFAULT = Setup()


@dataclass(frozen=True)
class Case:
    """A model on a device, by name.

    Attributes
    ----------
    model, device : str
        As `workloads.models` and `hwmodels.platforms` take them; the device may be `OWN`.
    as_published : bool
        The workload's graphs with the defects of the published ones.
    setup : Setup
        How they are taken.
    """

    model: str
    device: str = "published"
    as_published: bool = False
    setup: Setup = DEFAULT

    def __str__(self) -> str:
        return f"{self.loaded.title} on {self.device_name}, {self.durations} durations"

    @property
    def loaded(self) -> Model:
        """The model, read once."""
        setup, digest = self.setup, _model_digest(self.model, self.setup.format)
        return _model(
            self.model,
            digest,
            setup.format,
            setup.server_type,
            setup.open_steps,
            self.as_published,
        )

    @property
    def device_name(self) -> str:
        """What tables call the device."""
        return self.platform.name

    @property
    def durations(self) -> str:
        """Where durations come from: ``published``, ``derived``, or ``own`` of the graph."""
        return self.loaded.whose_durations(self.setup.durations) or "own"

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the model that there are with such durations."""
        return self.loaded.stages_with(self.setup.durations)

    def steps(self, given: int | None) -> int | None:
        """Return the steps of each stage: those given or else 1, and None for an ONNX file's own.

        A file that leaves them open is read with those given.
        """
        if given is None and kind_of(self.model, self.setup.format) != "imported":
            return 1
        return given

    def steps_column(self, steps: int | None) -> int | str:
        """Return what tables call steps, None those of the model: ``"135+99"`` of stages apart."""
        if steps is not None:
            return steps
        own = self.loaded.steps
        each = set(own.split("+")) - {""}
        return int(each.pop()) if len(each) == 1 else own

    @property
    def provision(self) -> Provision:
        """The servers and what they stand for."""
        digest = _model_digest(self.model, self.setup.format)
        return _provision(self, digest, _device_digest(self.device))

    @property
    def platform(self) -> Platform:
        """The servers."""
        return self.provision.platform

    def graph(self, stage: str, steps: int | None) -> TaskGraph:
        """Return the graph of a stage, made once in each process."""
        fpga = self.device if self._follows_fpga else ""
        wanted = self.setup.durations
        return _graph(self.loaded, stage, steps, wanted, fpga, _device_digest(fpga))

    @property
    def _follows_fpga(self) -> bool:
        return self.durations == "derived" and self.device != OWN and _is_fpga(self.device)

    @property
    def clock_assumed(self) -> bool:
        """Whether neither the graph's file nor anyone else has said the clock."""
        if self.device != OWN or self.setup.changes.clock_ns is not None:
            return False
        format = self.setup.format
        timed = kind_of(self.model, format) == "graph"
        return not timed or format_of(Path(self.model), format) != "wfformat"

    def check(self, graphs: Sequence[TaskGraph]) -> None:
        """Check that the device has the servers of graphs, and that limits limit something.

        Raises
        ------
        InputError
            If there is no server of a type that a graph needs, or a memory that is given is neither
            the device's nor written by any task.
        """
        for graph in graphs:
            self._check_servers(graph)
        self._check_memories(graphs)

    def _check_servers(self, graph: TaskGraph) -> None:
        there = self.platform.servers
        for modes in graph.mode_sets:
            lacking = [next((t for t in mode.demand if t not in there), None) for mode in modes]
            if all(server_type is not None for server_type in lacking):
                raise InputError(
                    f"{self.loaded.name}: a task runs on {lacking[0]!r}, which device "
                    f"{self.device_name!r} lacks ({', '.join(map(repr, there))}); expected "
                    f"--servers {lacking[0]}=N,..., --device FILE.toml, or for a graph that names "
                    "no servers --server-type"
                )

    def _check_memories(self, graphs: Sequence[TaskGraph]) -> None:
        changes = self.setup.changes
        if changes.memories:
            unlimited = replace(self.setup, changes=replace(changes, memories=()))
            platform = replace(self, setup=unlimited).platform
            require_memories(dict(changes.memories), graphs, platform)

    def facts(self, scale: int = 1) -> dict[str, object]:
        """Return the columns of a table that say where its figures come from.

        Durations, servers (so many times those of the device), the clock, lanes of a "DSP" server,
        multipliers of all of them, and whether these or the memory ports are more than the device
        has; None where there is nothing to say.
        """
        provision = self.provision.scaled(scale)
        compared = None if provision.slices is None else provision.warning is not None
        return {
            "durations": self.durations,
            "servers": servers_text(provision.platform),
            "clock_ns": provision.platform.clock_ns,
            "lanes": provision.lanes,
            "multipliers": provision.multipliers,
            "exceeds_device": compared,
        }


def with_facts(rows: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Return rows of a table with the columns of `Case.facts`."""
    import pandas as pd

    columns = {
        name: pd.Series([value] * len(rows), rows.index, object if name in NONE_ABLE else None)
        for name, value in case.facts().items()
    }
    return rows.assign(**columns)


def shown_name(model: str) -> str:
    """Return what tables call a model: a file is named without its folder."""
    return Path(model).name if Path(model).suffix and ":" not in model else model


@once_a_run
def _model_digest(model: str, format: str | None) -> str:
    return model_digest(model, format)


@once_a_run
def _is_fpga(device: str) -> bool:
    return is_fpga(device)


@once_a_run
def _device_digest(device: str) -> str:
    """Return a digest of a device's file, that of a name is empty."""
    path = Path(device)
    read = path.suffix == ".toml" and path.is_file()
    return hashlib.sha256(content(path)).hexdigest() if read else ""


@cache
def _model(
    text: str,
    digest: str,
    format: str | None,
    server_type: str | None,
    open_steps: int | None,
    as_published: bool,
) -> Model:
    model = load_model(text, format, server_type, open_steps)
    if not as_published:
        return model
    if kind_of(text, format) != "registered":
        raise InputError(f"--as-published: {text!r} is no registered workload, expected one")
    joint = "," if ":" in text else ":"
    defective = load_model(f"{text}{joint}as_published=true")
    return replace(defective, name=model.name, title=model.title)


@cache
def _provision(case: Case, model_digest: str, device_digest: str) -> Provision:
    model, changes = case.loaded, case.setup.changes
    if case.device == OWN:
        return Provision(_own_platform(model, changes), model.network, model.granularity)
    bits = 8 if model.network is None else model.network.weight_bits
    try:
        return provide(case.device, model.network, model.granularity, bits, changes)
    except InputError as error:
        if model.network is None and is_fpga(case.device):
            raise InputError(
                f"{model.name}: {error}: --device FILE.toml with [servers], or no --device and "
                "--servers TYPE=N,..."
            ) from error
        raise


def _own_platform(model: Model, changes: Changes) -> Platform:
    """Return the servers that a graph file brings or that are given, which may be new types."""
    if model.platform is not None:
        servers = {**model.platform.servers, **dict(changes.servers)}
        return replace(changes, servers=()).of(replace(model.platform, servers=servers))
    if not changes.servers:
        raise InputError(
            f"device {OWN!r}: {model.name} brings no servers; expected --servers TYPE=N,... or "
            "another device"
        )
    return replace(changes, servers=()).of(Platform(dict(changes.servers), name=OWN))


@cache
def _graph(
    model: Model, stage: str, steps: int | None, durations: Durations | None, fpga: str, digest: str
) -> TaskGraph:
    device = load_fpga(fpga) if fpga else xc7k410t
    return model.graph(stage, steps, durations, device)
