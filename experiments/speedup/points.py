"""The points of the experiment `speedup`: what is simulated, and all that a result depends on."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import stomp_flim
from stomp_flim import plugins
from stomp_flim.bounds import lower_bound
from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.instance import Instance
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job, Workload
from stomp_flim.schedule import Schedule
from stomp_flim.simulation import simulate

MANUAL = "manual"


class SpeedupOutcome(NamedTuple):
    """Makespan of a point and the lower bound on it, both in cycles."""

    makespan: int
    lower_bound: int


@dataclass(frozen=True)
class SpeedupPoint:
    """A number of pixels of one graph, scheduled by one policy.

    Attributes
    ----------
    model, stage, steps, as_published : str, str, int, bool
        The graph of a pixel, as its workload makes it.
    device : str
        Where it runs.
    pixels : int
        Jobs, all of which arrive in cycle 0.
    policy : str
        Name of the policy or its file.
    """

    model: str
    stage: str
    steps: int
    as_published: bool
    device: str
    pixels: int
    policy: str

    def __str__(self) -> str:
        pixels = f"{self.pixels} pixel{'s' * (self.pixels > 1)}"
        return f"{self.model} {self.stage}, {pixels}, policy {self.policy!r}"

    @property
    def graph(self) -> TaskGraph:
        """The graph of a pixel, made once in each process."""
        return _graph(self.model, self.stage, self.steps, self.as_published)

    @property
    def platform(self) -> Platform:
        """The servers."""
        return plugins.device(self.device)

    @property
    def workload(self) -> Workload:
        """The pixels."""
        return Workload([Job(self.graph)] * self.pixels)

    @property
    def tasks(self) -> int:
        """Number of tasks that evaluating this point simulates."""
        return len(self.graph) * (1 if self.policy == MANUAL else self.pixels)

    def schedule(self) -> Schedule:
        """Simulate all pixels."""
        return simulate(self.workload, self.platform, self.policy).schedule

    def check_device(self) -> None:
        """Raise `InputError` if the device has no servers for one of the tasks."""
        Instance(Workload([Job(self.graph)]), self.platform)

    def key(self) -> str:
        """Digest of all that the outcome depends on: graph, platform, pixels, policy and code."""
        what = {
            "graph": graph_digest(self.graph),
            "servers": list(self.platform.servers.items()),
            "memories": list(self.platform.memories.items()),
            "pixels": self.pixels,
            "policy": self.policy,
            "code": policy_digest(self.policy),
        }
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def evaluate(point: SpeedupPoint) -> SpeedupOutcome:
    """Simulate a point.

    Every task is simulated, except under `manual`: there one pixel is, and its makespan is
    multiplied by the pixels, which is what running them one after another takes.

    Raises
    ------
    InputError, PolicyError, ScheduleError
        As `simulate` does, with the point named.
    """
    try:
        if point.policy == MANUAL:
            one = simulate([Job(point.graph)], point.platform, "fifo")
            makespan = one.makespan * point.pixels
        else:
            makespan = point.schedule().makespan
        return SpeedupOutcome(makespan, lower_bound(point.workload, point.platform))
    except (InputError, PolicyError, ScheduleError) as error:
        raise type(error)(f"{point}: {error}") from error


def to_entry(point: SpeedupPoint, outcome: SpeedupOutcome) -> dict[str, object]:
    """Return a point and its outcome as an entry of the journal."""
    return {**asdict(point), **outcome._asdict()}


def from_entry(entry: Mapping[str, object] | None) -> SpeedupOutcome | None:
    """Return the outcome in an entry of the journal, or None if there is no whole one."""
    match entry:
        case {"makespan": int(makespan), "lower_bound": int(bound)}:
            return SpeedupOutcome(makespan, bound)
    return None


@cache
def _graph(model: str, stage: str, steps: int, as_published: bool) -> TaskGraph:
    options = {"as_published": True} if as_published else {}  # a workload need not know it
    return plugins.workload_graph(model, stage=stage, steps=steps, **options)


@cache
def graph_digest(graph: TaskGraph) -> str:
    """Digest of the tasks, buffers and edges of a graph."""
    modes = [
        [
            (list(mode.demand.items()), mode.latency, mode.occupancy, repr(mode.distribution))
            for mode in modes
        ]
        for modes in graph.mode_sets
    ]
    buffers = [buffer and asdict(buffer) for buffer in graph.buffers or ()]
    digest = hashlib.sha256(json.dumps([modes, buffers]).encode())
    for column in (graph.mode_set, graph.successor_offset, graph.successor):
        digest.update(column.tobytes())
    return digest.hexdigest()


@cache
def policy_digest(policy: str) -> str:
    """Digest of the sources of the simulator and of the policy."""
    name = policy.removeprefix("stomp:").partition(":")[0]
    if name.endswith(".py"):
        own = [Path(name)]
    else:
        own = _sources(plugins.registered("policies")[name].module.partition(".")[0])
    digest = hashlib.sha256()
    for path in [*_sources(stomp_flim.__name__), *own]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(package: str) -> list[Path]:
    """Python files of a package or module, sorted."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return []
    origin = Path(found.origin)
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
