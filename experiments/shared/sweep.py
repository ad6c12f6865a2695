"""Evaluating the points of a sweep: in parallel, with progress shown, each result kept at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, TypeVar

from experiments.shared.digests import forget_sources
from experiments.shared.journal import Journal
from experiments.shared.processes import local_processes
from experiments.shared.progress import progress
from stomp_flim.errors import InputError


class Work(Protocol):
    """A point of a sweep: hashable, and with these."""

    @property
    def tasks(self) -> int:
        """How much work it is."""
        ...

    def key(self) -> str:
        """Digest of all that the outcome depends on."""
        ...


P = TypeVar("P", bound=Work)
R = TypeVar("R")


def run_all(
    points: Sequence[P],
    journal: Path,
    processes: int,
    evaluate: Callable[[P], R],
    to_entry: Callable[[P, R], Mapping[str, Any]],
    from_entry: Callable[[Mapping[str, Any] | None], R | None],
) -> dict[P, R]:
    """Evaluate points on local processes, but those whose outcome the journal knows.

    Parameters
    ----------
    points : sequence
        In the order in which they are started.
    journal : Path
        Where outcomes are kept as they come.
    processes : int
        How many are used at most.
    evaluate : callable
        Makes the outcome of a point, in another process.
    to_entry, from_entry : callable
        How an outcome is written to the journal and read; None if there is none in an entry.

    Raises
    ------
    InputError, PolicyError, ScheduleError
        If a point cannot be evaluated.
    """
    with Journal(journal) as kept:
        forget_sources()
        keys = {point: point.key() for point in points}
        known = {point: from_entry(kept.entries.get(key)) for point, key in keys.items()}
        outcomes = {point: outcome for point, outcome in known.items() if outcome is not None}
        missing = [point for point in points if point not in outcomes]
        if not missing:
            return outcomes
        total, done = (sum(point.tasks for point in each) for each in (points, outcomes))
        with progress() as report, local_processes(min(processes, len(missing))) as executor:
            report("simulated tasks", done, total)
            futures = {executor.submit(evaluate, point): point for point in missing}
            for future in as_completed(futures):
                point = futures[future]
                try:
                    outcome = future.result()
                except BrokenProcessPool as error:
                    raise InputError(
                        f"--jobs {processes}: a process ended before its result, perhaps for lack "
                        f"of memory; finished points are kept in {journal}, try fewer processes"
                    ) from error
                kept.append(keys[point], to_entry(point, outcome))
                outcomes[point] = outcome
                done += point.tasks
                report("simulated tasks", done, total)
    return outcomes
