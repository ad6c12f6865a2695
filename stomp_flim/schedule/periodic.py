"""Periodic schedules: a table that repeats, K jobs every T cycles."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from stomp_flim.arrays import Cycles, Indices, gathered
from stomp_flim.errors import InputError, ScheduleError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import Shown, counted
from stomp_flim.model.workload import Job, Workload
from stomp_flim.schedule import Schedule
from stomp_flim.schedule.modular import most_at_once, overlapping


@dataclass(frozen=True, eq=False, repr=False)
class Periodic(Shown):
    """A schedule of any number of equal jobs that repeats itself: K jobs every T cycles.

    Job j runs as row ``j mod K`` of the table says, ``j // K`` periods later, on the same servers.
    The first start of row 0 is cycle 0, and later rows start later, all within a period.

    Attributes
    ----------
    graph, platform : TaskGraph, Platform
        What each job executes, on what.
    cycles : int
        The period T.
    mode : int32[K, tasks]
        In which mode each task runs, as declared.
    start : int64[K, tasks]
        When it starts in the first period; it may end in a later one.
    server_offset : int64[K * tasks + 1]
        Entry i of the table, by row and task, holds ``server[server_offset[i]:...[i + 1]]``.
    server : int32[held servers]
        Platform-wide server numbers, ascending for each entry.
    bound : Fraction
        Cycles a job that no schedule can beat, in the long run.
    limited_by : str
        What sets the bound.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from policies.planners.modulo.policy import Modulo
    >>> graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=10)
    >>> table = Modulo().period(graph, sf.device("published"))
    >>> table.jobs, table.cycles, table.limited_by
    (8, 325, 'Const mem')
    >>> table.makespan(1000) == table.schedule(1000).makespan
    True
    """

    graph: TaskGraph
    platform: Platform
    cycles: int
    mode: Indices
    start: Cycles
    server_offset: Cycles
    server: Indices
    bound: Fraction
    limited_by: str

    @property
    def jobs(self) -> int:
        """K, the jobs that enter in a period."""
        return len(self.start)

    @property
    def cycles_per_job(self) -> Fraction:
        """The interval at which jobs enter, in the mean (initiation interval)."""
        return Fraction(self.cycles, self.jobs)

    @cached_property
    def latency(self) -> Cycles:
        """int64[K, tasks]: cycles to the result of each entry."""
        return self._of_modes("latency")

    @cached_property
    def occupancy(self) -> Cycles:
        """int64[K, tasks]: cycles for which each entry holds its servers."""
        return self._of_modes("occupancy")

    @cached_property
    def first(self) -> Cycles:
        """int64[K]: first start of each row."""
        first: Cycles = self.start.min(axis=1)
        return first

    @cached_property
    def last(self) -> Cycles:
        """int64[K]: last finish of each row."""
        last: Cycles = (self.start + self.latency).max(axis=1)
        return last

    @cached_property
    def in_flight(self) -> int:
        """Most jobs that have started and not finished, in any cycle."""
        ones = np.ones(self.jobs, np.int64)
        return most_at_once(self.first, self.last, ones, self.cycles)

    @cached_property
    def memory(self) -> dict[str, int]:
        """Most bits that are held in each memory that is written."""
        written = [(task, b) for task, b in enumerate(self.graph.buffers or ()) if b is not None]
        if not written:
            return {}
        finish = self.start + self.latency
        source, target = self.graph.edges.T
        end = np.where(np.bincount(source, minlength=len(self.graph)) > 0, 0, finish)
        for row in range(self.jobs):
            np.maximum.at(end[row], source, finish[row, target])
        peak = {}
        for memory in dict.fromkeys(buffer.memory for _, buffer in written):
            tasks = [task for task, buffer in written if buffer.memory == memory]
            bits = np.array([b.bits for _, b in written if b.memory == memory], np.int64)
            begin, freed = self.start[:, tasks].ravel(), end[:, tasks].ravel()
            peak[memory] = most_at_once(begin, freed, np.tile(bits, self.jobs), self.cycles)
        return peak

    @property
    def start_up(self) -> int:
        """Cycles to the first result."""
        return int(self.last.min())

    @property
    def drain(self) -> int:
        """Cycles from the last entry of a job to the last result, at most."""
        return int((self.last - self.first).max())

    def makespan(self, jobs: int) -> int:
        """Return the cycles that so many jobs take, from the first start to the last result.

        With N jobs of which row k executes ``n_k = ceil((N - k) / K)``, this is the largest
        ``last[k] + (n_k - 1) T`` over the rows with ``n_k > 0``.

        Raises
        ------
        InputError
            If there is no job.
        """
        if jobs < 1:
            raise InputError(f"jobs is {jobs!r}, expected an integer >= 1")
        rows = np.arange(min(self.jobs, jobs))
        before = (jobs - 1 - rows) // self.jobs
        return int((self.last[: len(rows)] + before * self.cycles).max())

    @cached_property
    def overhead(self) -> Fraction:
        """Cycles C such that any N jobs take at most ``N T / K + C``: start-up and drain."""
        return max(
            self.makespan(jobs) - jobs * self.cycles_per_job for jobs in range(1, 2 * self.jobs + 1)
        )

    def guarantee(self, jobs: int) -> Fraction:
        """Return how much longer than the optimum so many jobs can be, at most."""
        least = max(self.bound * jobs, Fraction(self.graph.critical_path))
        return self.makespan(jobs) / least

    def schedule(self, jobs: int) -> Schedule:
        """Return the schedule of so many jobs that all arrive at 0."""
        return self.expand(Workload([Job(self.graph)] * jobs))

    def expand(self, workload: Workload) -> Schedule:
        """Return the schedule of the jobs of a workload, in their order.

        Raises
        ------
        InputError
            If they execute other graphs, or arrive later than the table lets them start.
        """
        number = np.arange(len(workload))
        row, period = number % self.jobs, number // self.jobs
        entry = self.first[row] + period * self.cycles
        if workload.graphs != (self.graph,) or (workload.arrival > entry).any():
            raise InputError(
                f"a table of {self.graph.name!r} for other jobs; expected jobs of this graph, "
                "which arrive before they are to start"
            )
        shape = (len(workload), len(self.graph))
        start = (self.start[row] + (period * self.cycles)[:, np.newaxis]).ravel()
        order = np.argsort(start, kind="stable")
        latency, occupancy = self.latency[row].ravel()[order], self.occupancy[row].ravel()[order]
        ready = np.where(
            self.graph.in_degree > 0,
            self._ready[row] + (period * self.cycles)[:, np.newaxis],
            workload.arrival[:, np.newaxis],
        ).ravel()
        record = (row[:, np.newaxis] * shape[1] + np.arange(shape[1])).ravel()[order]
        offset, server = gathered(self.server_offset, self.server, record)
        start = start[order]
        return Schedule(
            workload,
            self.platform,
            job=(order // shape[1]).astype(np.int32),
            task=(order % shape[1]).astype(np.int32),
            mode=self.mode[row].ravel()[order],
            ready=ready[order],
            start=start,
            released=start + occupancy,
            finish=start + latency,
            server_offset=offset,
            server=server,
        )

    def check(self) -> None:
        """Prove that no repetition breaks a rule: each edge, each server and each memory modulo T.

        Raises
        ------
        ScheduleError
            Naming the first rule broken.
        """
        early = np.argwhere(self.start < np.where(self.graph.in_degree > 0, self._ready, 0))
        for row, task in early[:1].tolist():
            raise ScheduleError(
                f"row {row}, task {task} ({self.graph.task_names[task]!r}) starts at "
                f"{self.start[row, task]}, before cycle {self._ready[row, task]}, when its "
                "predecessors have finished"
            )
        holder = np.repeat(np.arange(self.start.size), np.diff(self.server_offset))
        begin, held = self.start.ravel()[holder], self.occupancy.ravel()[holder]
        for unit in overlapping(self.server, begin, held, self.cycles):
            raise ScheduleError(
                f"server {self.server[unit]} holds two tasks at once, {self.cycles} cycles a period"
            )
        for memory, bits in self.memory.items():
            capacity = self.platform.memories.get(memory, bits)
            if bits > capacity:
                raise ScheduleError(f"memory {memory!r} holds {bits} bits of {capacity}")

    @cached_property
    def _ready(self) -> Cycles:
        """int64[K, tasks]: when the last predecessor of each entry finishes; 0 of sources."""
        ready, finish = np.zeros_like(self.start), self.start + self.latency
        source, target = self.graph.edges.T
        for row in range(self.jobs):
            np.maximum.at(ready[row], target, finish[row, source])
        return ready

    def _of_modes(self, figure: str) -> Cycles:
        sets = self.graph.mode_sets
        table = np.zeros((len(sets), max(map(len, sets))), np.int64)
        for number, modes in enumerate(sets):
            table[number, : len(modes)] = [getattr(mode, figure) for mode in modes]
        values: Cycles = table[self.graph.mode_set, self.mode]
        return values

    def facts(self) -> dict[str, object]:
        """Return period, rate, what limits it and what is in flight."""
        return {
            "period": f"{counted(self.jobs, 'job')} every {counted(self.cycles, 'cycle')}",
            "cycles a job": f"{float(self.cycles_per_job):,.2f}",
            "bound": f"{float(self.bound):,.2f} ({self.limited_by})",
            "in flight": f"{self.in_flight:,}",
        }

    def more_facts(self) -> dict[str, object]:
        """Return start-up, drain, what memories hold and the additive constant."""
        saturating = float(self.graph.critical_path / self.cycles_per_job)
        return {
            "N*": f"{saturating:.2f} jobs",
            "start-up": counted(self.start_up, "cycle"),
            "drain": counted(self.drain, "cycle"),
            "N jobs": f"at most {float(self.cycles_per_job):,.2f} N + {float(self.overhead):,.0f}",
            "memory": ", ".join(f"{bits:,} bits of {m}" for m, bits in self.memory.items()) or "-",
        }
