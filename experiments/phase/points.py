"""A point that `phase` is measured at: makespans, the tightest bound, what they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiments.shared.digests import point_key
from stomp_flim import Job, Platform, TaskGraph, Workload, simulate, summarize
from stomp_flim.bounds import lower_bounds, start_count_bound
from stomp_flim.errors import InputError, PolicyError, ScheduleError

POLICIES = ("fifo", "hlfet", "phase")
PLANNER = "forward-backward"
"""Begins where `phase` ends, and takes seconds to minutes: only where `phase` is not close."""
GUIDED = "start-counts"
"""Begins where that ends: only where it is not close, and with time for linear programs."""
CLOSE = 1
"""Per cent of the bound beyond which more is tried: the planner, and the bound of start counts."""


@dataclass(frozen=True)
class PhasePoint:
    """Some equal pixels on a platform.

    Attributes
    ----------
    name : str
        Of the graph, for reports.
    graph, platform, pixels : TaskGraph, Platform, int
        What is simulated where.
    start_counts : float
        Seconds for the bound of start counts, and for the schedules that its program leads to,
        where no policy is close; 0 for none.
    """

    name: str
    graph: TaskGraph
    platform: Platform
    pixels: int
    start_counts: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}, {self.pixels} pixels"

    @property
    def tasks(self) -> int:
        """Number of tasks that a policy schedules."""
        return len(self.graph) * self.pixels

    def key(self) -> str:
        """Digest of all that the outcome depends on; the digest of one policy is that of all."""
        limits = {"pixels": self.pixels, "start_counts": self.start_counts}
        return point_key(self, self.graph, self.platform, GUIDED, **limits)


@dataclass(frozen=True)
class PhaseOutcome:
    """Makespans at a point by policy, the tightest bound on them and its name."""

    makespan: dict[str, int]
    bound: int
    bound_name: str

    def gap(self, policy: str = "phase") -> float:
        """Return how far a policy is above the bound, as a fraction of it."""
        return self.makespan[policy] / self.bound - 1

    @property
    def best(self) -> str:
        """The policy of the shortest schedule, of equal ones the last tried."""
        return min(reversed(self.makespan), key=self.makespan.__getitem__)

    def is_within(self, per_cent: int, policy: str = "phase") -> bool:
        """Return whether a policy is at most so many per cent above the bound."""
        return 100 * self.makespan[policy] <= (100 + per_cent) * self.bound

    @property
    def is_worse(self) -> bool:
        """Whether `phase` is worse than the better of FIFO and HLFET."""
        return self.makespan["phase"] > min(self.makespan["fifo"], self.makespan["hlfet"])


def evaluate(point: PhasePoint) -> PhaseOutcome:
    """Simulate a point under all policies and bound it.

    Raises
    ------
    InputError, PolicyError, ScheduleError
        As `summarize` does, with the point named.
    """
    workload = Workload([Job(point.graph)] * point.pixels)
    try:
        makespan = {p: summarize(workload, point.platform, p).makespan for p in POLICIES}
        bounds = lower_bounds(workload, point.platform)
        outcome = _compared(makespan, bounds)
        if not outcome.is_within(CLOSE):
            makespan[PLANNER] = simulate(workload, point.platform, PLANNER).makespan
            outcome = _compared(makespan, bounds)
        if point.start_counts and not outcome.is_within(CLOSE, outcome.best):
            bounds["start counts"] = start_count_bound(
                workload, point.platform, time_limit=point.start_counts
            )
            guided = f"{GUIDED}:time_limit={point.start_counts}"
            makespan[GUIDED] = simulate(workload, point.platform, guided).makespan
            outcome = _compared(makespan, bounds)
    except (InputError, PolicyError, ScheduleError) as error:
        raise type(error)(f"{point}: {error}") from error
    return outcome


def to_entry(point: PhasePoint, outcome: PhaseOutcome) -> dict[str, Any]:
    """Return a point and its outcome as an entry of the journal."""
    return {"name": point.name, "pixels": point.pixels, **asdict(outcome)}


def from_entry(entry: Mapping[str, Any] | None) -> PhaseOutcome | None:
    """Return the outcome in an entry of the journal, or None if there is no whole one."""
    match entry:
        case {"makespan": dict(makespan), "bound": int(bound), "bound_name": str(name)}:
            if makespan.keys() - {PLANNER, GUIDED} != set(POLICIES):
                return None
            if not all(isinstance(m, int) and 1 <= bound <= m for m in makespan.values()):
                return None
            return PhaseOutcome(makespan, bound, name)
    return None


def _compared(makespan: dict[str, int], bounds: dict[str, int]) -> PhaseOutcome:
    name = max(bounds, key=bounds.__getitem__)
    return PhaseOutcome(dict(makespan), bounds[name], name)
