"""A round that looks at every ready task, where memory may tell each of them to wait."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from stomp_flim.instance import Choice
from stomp_flim.model.workload import Workload

Start = Callable[[int, Choice], bool]
"""Start the task with a record number in the first mode that fits; False if it must wait now."""


class RankedScan:
    """A round in key order, equal keys by entry sequence.

    Of the jobs of a graph that have not begun, none can start a task that another could not: where
    one must wait, the same task of those behind it waits too until the round is over.

    Parameters
    ----------
    keys : sequence of float
        Key of each task by record number, smallest first.
    choices : sequence of Choice
        By record number.
    start : Start
        Starts a task.
    workload : Workload
        The jobs.
    """

    def __init__(
        self, keys: Sequence[float], choices: Sequence[Choice], start: Start, workload: Workload
    ) -> None:
        self._workload = workload
        self._begun: set[int] = set()
        self._keys = keys
        self._choices = choices
        self._start = start
        self._entry = count()
        self._ready: list[tuple[float, int, int]] = []

    def enter(self, record: int, now: int) -> None:
        """Let a task enter that became ready."""
        insort(self._ready, (self._keys[record], next(self._entry), record))

    def round(self, now: int, free: Mapping[str, int], limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        waiting = []
        held_back: set[tuple[int, int]] = set()
        for entry in self._ready:
            record = entry[2]
            job, task = self._workload.task_of(record)
            alike = int(self._workload.graph_number[job]), task
            if limit == 0 or (job not in self._begun and alike in held_back):
                waiting.append(entry)
            elif self._start(record, self._choices[record]):
                self._begun.add(job)
                if limit is not None:
                    limit -= 1
            else:
                waiting.append(entry)
                if job not in self._begun:
                    held_back.add(alike)
        self._ready = waiting
