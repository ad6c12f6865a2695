"""Rankers that a fuzzed world may have: registered ones, ones with many ties, and broken ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.policy import AffinePriority, Policy
from stomp_flim.policy.loading import parse

NAMES = (
    "fifo", "hlfet", "etf", "lpt", "spt", "edf", "least-slack", "random:seed=1", "random:seed=2",
)  # fmt: skip
RANKS: dict[str, Callable[[random.Random], float]] = {
    "equal": lambda draw: 1,
    "few": lambda draw: draw.randrange(-2, 3),
    "signed zeros": lambda draw: draw.choice((0.0, -0.0, -1.0)),
    "real": lambda draw: draw.gauss(0, 1),
    "extreme": lambda draw: draw.choice((1e300, -1e300, 5e-324, -5e-324, 0.0, 2.0**53, 1.0)),
}
SLOPES: dict[str, Callable[[random.Random, int], list[float]]] = {
    "none": lambda draw, tasks: [0.0] * tasks,
    "equal": lambda draw, tasks: [0.5] * tasks,
    "few": lambda draw, tasks: [draw.randrange(3) / 2 for _ in range(tasks)],
    "negative": lambda draw, tasks: [draw.randrange(-2, 3) / 2 for _ in range(tasks)],
}
OFFSETS: dict[str, Callable[[random.Random, int], list[float]]] = {
    "rising": lambda draw, jobs: [4.0 * job for job in range(jobs)],
    "falling": lambda draw, jobs: [-1.0 * job for job in range(jobs)],
    "few": lambda draw, jobs: [draw.randrange(4) for _ in range(jobs)],
    "real": lambda draw, jobs: [draw.gauss(0, 3) for _ in range(jobs)],
}


@dataclass(frozen=True)
class Ranks:
    """A ranker that gives each task a number of some kind, whatever the job."""

    kind: str
    seed: int

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> list[float]:
        """Return one number a task."""
        draw = random.Random(self.seed)
        return [RANKS[self.kind](draw) for _ in range(len(graph))]


@dataclass(frozen=True)
class Staggered:
    """A ranker whose keys differ from job to job."""

    slopes: str
    offsets: str
    seed: int

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> AffinePriority:
        """Return numbers of which many are equal."""
        draw = random.Random(self.seed)
        columns: tuple[Any, Any, Any] = (
            [draw.randrange(-2, 3) for _ in range(len(graph))],
            SLOPES[self.slopes](draw, len(graph)),
            OFFSETS[self.offsets](draw, len(jobs)),
        )
        return AffinePriority(*columns)


@dataclass(frozen=True)
class Broken:
    """A ranker that breaks its contract."""

    how: str

    def __call__(self, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> Any:
        """Return what is no number a task, or raise."""
        tasks = len(graph)
        if self.how == "raises":
            raise KeyError("made to fail")
        return {
            "too many": [0] * (tasks + 1),
            "nan": [0] * (tasks - 1) + [float("nan")],
            "infinite": [float("inf")] * tasks,
            "none": None,
            "text": ["high"] * tasks,
            "table": [[0, 1]] * tasks,
            "offsets": AffinePriority([0] * tasks, [0] * tasks, [0] * (len(jobs) + 1)),  # type: ignore[arg-type]
            "too large": AffinePriority([0] * tasks, [1e200] * tasks, [1e200] * len(jobs)),  # type: ignore[arg-type]
        }[self.how]


BREAKS = ("raises", "too many", "nan", "infinite", "none", "text", "table", "offsets", "too large")


@lru_cache(maxsize=256)
def loaded(policy: Any) -> Policy:
    """Return a policy of its name or object; registered ones are looked up once."""
    return parse(policy)


def ranker(draw: random.Random) -> Any:
    """Return a ranker: a name, or an object with a text that makes it again."""
    kind = draw.random()
    if kind < 0.35:
        return draw.choice(NAMES)
    if kind < 0.65:
        return Ranks(draw.choice(tuple(RANKS)), draw.randrange(1000))
    slopes, offsets = draw.choice(tuple(SLOPES)), draw.choice(tuple(OFFSETS))
    return Staggered(slopes, offsets, draw.randrange(1000))
