"""Recurrence: a state of the compiled engine that comes back, later in time and in jobs.

Equal jobs that wait for slots are a clockwork: what a run does follows from its state alone. Where
two states are equal but for a shift of time, of job numbers and of entry sequences, the run between
them repeats for as long as jobs wait. Equality is found by comparing the states in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stomp_flim.engines.compiled.compilation import compiled
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.compiled.state import RELEASE, State
from stomp_flim.engines.compiled.tables import NONE, Array, Tables


@dataclass(frozen=True)
class Period:
    """What repeats.

    Attributes
    ----------
    begin : int
        Jobs that had finished when the state was first seen.
    jobs, cycles : int
        Jobs that finish in a period, and how long it takes.
    """

    begin: int
    jobs: int
    cycles: int


class _Snapshot(NamedTuple):
    """A state relative to its time, to the jobs that have entered and to its entry sequence.

    Attributes
    ----------
    now, finished : int
        When it was, and how many jobs had finished: what recurrence shifts.
    free : int64[server types]
        Free servers.
    flight : int64[jobs in flight, 3]
        Age in jobs, age in entry sequences, and sinks left, by entry.
    tasks : int64[tasks that run or wait, 5]
        What runs, in the order in which it will end, and what waits, line by line.
    missing : unsigned [jobs in flight, tasks]
        Predecessors that have not finished.
    """

    now: int
    finished: int
    free: Array
    flight: Array
    tasks: Array
    missing: Array


class Recurrence:
    """Looks at the states of a run until one comes back (Brent, BIT 20, 1980).

    The state after 1, 2, 4, 8, ... looks is kept and compared with all that follow until the next
    one is kept, so that a period is found after a number of looks that is in proportion to the
    transient and the period, with one state in memory.

    Parameters
    ----------
    engine : CompiledEngine
        A run of equal jobs of one graph that all arrive at 0, without a record, whose keys are the
        same for all jobs.
    """

    def __init__(self, engine: CompiledEngine) -> None:
        self._engine = engine
        self._kept: _Snapshot | None = None
        self._looks = 0
        self._oldest = 0

    def look(self) -> Period | None:
        """Compare the state between two instants; return the period if it has come back."""
        state, kept = self._engine.state, self._kept
        job, flight = self._flight()
        self._looks += 1
        if (
            kept is not None
            and np.array_equal(kept.flight, flight)
            and np.array_equal(kept.free, state.free)
        ):
            found = self._snapshot(job, flight)
            if np.array_equal(kept.tasks, found.tasks) and np.array_equal(
                kept.missing, found.missing
            ):
                return Period(kept.finished, found.finished - kept.finished, found.now - kept.now)
        if self._looks & (self._looks - 1) == 0:
            self._kept = self._snapshot(job, flight)
        return None

    def _flight(self) -> tuple[Array, Array]:
        """Jobs in flight, and what `_Snapshot.flight` says of them."""
        run, jobs = self._engine.state.run[0], self._engine.tables.jobs
        while self._oldest < run["entered"] and jobs["sinks"][self._oldest] == 0:
            self._oldest += 1
        job = self._oldest + np.flatnonzero(jobs["sinks"][self._oldest : run["entered"]])
        rows = jobs[job]
        age = run["sequence"] - rows["sequence"]
        return job, np.column_stack([run["entered"] - job, age, rows["sinks"]]).astype(np.int64)

    def _snapshot(self, job: Array, flight: Array) -> _Snapshot:
        tables, state = self._engine.tables, self._engine.state
        tasks = np.empty((len(state.cells) + len(tables.lines), 5), np.int64)
        used = _tasks(tables, state, tasks)
        missing = state.missing.reshape(-1, len(tables.nodes))
        slot = tables.jobs["base"][job] // np.uint32(len(tables.nodes))
        run = state.run[0]
        return _Snapshot(
            int(run["now"]),
            int(run["finished"]),
            state.free.copy(),
            flight,
            tasks[:used].copy(),
            missing[slot],
        )


@compiled
def _tasks(tables: Tables, state: State, rows: Array) -> int:
    """Write a row for each cell that runs or waits and for each line of sources; count them."""
    run = state.run[0]
    entered, sequence, now = np.int64(run.entered), np.int64(run.sequence), np.int64(run.now)
    ring = len(state.buckets)
    count = 0
    for later in range(1, ring + 1):
        number = state.buckets[np.uint64(now + later) & np.uint64(ring - 1)].first
        while number != NONE:
            cell = state.cells[number]
            row = rows[count]
            row[0], row[1], row[2] = later, entered - cell.job, cell.node
            row[3], row[4] = cell.option, cell.event
            if cell.event == RELEASE:  # its cell knows no more than what it frees
                row[1], row[2] = -1, -1
            count += 1
            number = cell.following
    for line_number in range(len(tables.lines)):
        line = tables.lines[line_number]
        row = rows[count]
        if line.cursor != NONE:
            cursor = tables.cursors[line.cursor]
            row[0], row[1] = -1 - line_number, entered - cursor.next_job
            row[2], row[3], row[4] = cursor.next_source, -1, -1
            count += 1
            continue
        number = line.first
        while number != NONE:
            cell = state.cells[number]
            row = rows[count]
            row[0], row[1], row[2] = -1 - line_number, entered - cell.job, cell.node
            row[3], row[4] = sequence - cell.sequence, -1
            count += 1
            number = cell.following
    return count
