"""The points of the experiment `speedup`: what is simulated, and all that a result depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from experiments.shared.cases import DEFAULT, Case, Setup
from experiments.shared.digests import point_key
from experiments.shared.sweep import run_all
from stomp_flim.bounds import largest_bound, lower_bounds
from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.instance import Instance
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job, Workload
from stomp_flim.run import Run
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
        The graph of a pixel, as its model makes it; None for the steps of the network.
    device : str
        Where it runs.
    setup : Setup
        How model and device are taken.
    pixels : int
        Jobs, all of which arrive in cycle 0.
    policy : str
        Name of the policy or its file.
    """

    model: str
    stage: str
    steps: int | None
    as_published: bool
    device: str
    pixels: int
    policy: str
    setup: Setup = DEFAULT

    def __str__(self) -> str:
        pixels = f"{self.pixels} pixel{'s' * (self.pixels > 1)}"
        return f"{self.model} {self.stage}, {pixels}, policy {self.policy!r}"

    @property
    def case(self) -> Case:
        """The model on the device."""
        return Case(self.model, self.device, self.as_published, self.setup)

    @property
    def graph(self) -> TaskGraph:
        """The graph of a pixel, made once in each process."""
        return self.case.graph(self.stage, self.steps)

    @property
    def platform(self) -> Platform:
        """The servers."""
        return self.case.platform

    @property
    def workload(self) -> Workload:
        """The pixels."""
        return Workload([Job(self.graph)] * self.pixels)

    @property
    def tasks(self) -> int:
        """Number of tasks that evaluating this point simulates."""
        return len(self.graph) * (1 if self.policy == MANUAL else self.pixels)

    @property
    def run(self) -> Run:
        """What is simulated."""
        return Run(self.workload, self.platform, self.policy)

    def schedule(self) -> Schedule:
        """Simulate all pixels."""
        return simulate(self.run).schedule

    def check_device(self) -> None:
        """Raise `InputError` if the device has no servers for one of the tasks."""
        Instance(Workload([Job(self.graph)]), self.platform)

    def key(self) -> str:
        """Digest of all that the outcome depends on: graph, platform, pixels, policy and code."""
        return point_key(self, self.graph, self.platform, self.policy, pixels=self.pixels)


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
        bounds = lower_bounds(point.workload, point.platform)
        return SpeedupOutcome(makespan, largest_bound(makespan, bounds))
    except (InputError, PolicyError, ScheduleError) as error:
        raise type(error)(f"{point}: {error}") from error


def evaluate_all(
    points: Sequence[SpeedupPoint], journal: Path, processes: int
) -> dict[SpeedupPoint, SpeedupOutcome]:
    """Evaluate points on local processes, but those that the journal knows; see `run_all`."""
    return run_all(points, journal, processes, evaluate, to_entry, from_entry)


def to_entry(point: SpeedupPoint, outcome: SpeedupOutcome) -> dict[str, object]:
    """Return a point and its outcome as an entry of the journal."""
    return {**asdict(point), **outcome._asdict()}


def from_entry(entry: Mapping[str, object] | None) -> SpeedupOutcome | None:
    """Return the outcome in an entry of the journal, or None if there is no whole one."""
    match entry:
        case {"makespan": int(makespan), "lower_bound": int(bound)}:
            possible = 1 <= bound <= makespan and not isinstance(bound, bool)
            return SpeedupOutcome(makespan, bound) if possible else None
    return None
