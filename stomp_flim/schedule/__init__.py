"""Schedules: what ran when and where, and the proof that it was allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from stomp_flim.arrays import Cycles, Indices
from stomp_flim.chance.durations import Durations
from stomp_flim.errors import ScheduleError
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import Shown, counted
from stomp_flim.model.workload import Workload
from stomp_flim.schedule.storage import Storage, steps, storage

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Schedule(Shown):
    """The executions of all tasks of a workload, as columns in dispatch order.

    Attributes
    ----------
    workload, platform : Workload, Platform
        What was scheduled, on what.
    job, task, mode : int32[executions]
        Which task ran, in which mode as declared.
    ready, start, released, finish : int64[executions]
        Cycles in which its last predecessor finished (or its job arrived), it started, its servers
        became free and its result was there.
    server_offset : int64[executions + 1]
        Execution i held ``server[server_offset[i]:server_offset[i + 1]]``.
    server : int32[held servers]
        Platform-wide server numbers, ascending for each execution.
    durations : Durations, optional
        What executions must take; by default what the modes say, which are means where random.
    bounds : mapping of str to int
        Lower bounds on the makespan that whoever made the schedule claims, by name. They are shown
        where the planner says ``confirms_bounds`` (`stomp_flim.policy.Planner`).
    barriers : sequence of (int, int)
        Pairs of jobs of which the second starts nothing before the first has finished, also where
        the schedule is a plan that is executed in another world (`stomp_flim.schedule.replan`).

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> schedule = result.schedule
    >>> schedule.check()  # raises where a rule is broken
    >>> schedule.makespan, len(schedule.start), schedule.busy["DSP"]
    (52, 108, 128)
    """

    workload: Workload
    platform: Platform
    job: Indices
    task: Indices
    mode: Indices
    ready: Cycles
    start: Cycles
    released: Cycles
    finish: Cycles
    server_offset: Cycles
    server: Indices
    durations: Durations | None = None
    bounds: Mapping[str, int] = field(default_factory=dict)
    barriers: Sequence[tuple[int, int]] = ()

    @classmethod
    def from_records(
        cls,
        workload: Workload,
        platform: Platform,
        dispatched: Sequence[int],
        mode: Sequence[int],
        ready: Sequence[int],
        start: Sequence[int],
        released: Sequence[int],
        finish: Sequence[int],
        held: Sequence[Sequence[int]],
        durations: Durations | None = None,
    ) -> Schedule:
        """Make a schedule of columns by record number, for engines written in Python.

        Parameters
        ----------
        workload, platform : Workload, Platform
            What was scheduled, on what.
        dispatched : sequence of int
            Record numbers in dispatch order.
        mode, ready, start, released, finish : sequence of int
            By record number.
        held : sequence of sequence of int
            Servers by record number, each ascending.
        durations : Durations, optional
            What executions must take.
        """
        order = np.array(dispatched, np.int64)
        job = np.searchsorted(workload.first_task, order, side="right") - 1
        held = [held[record] for record in dispatched]
        units = np.fromiter(map(len, held), np.int64, len(held))
        return cls(
            workload,
            platform,
            job=job.astype(np.int32),
            task=(order - workload.first_task[job]).astype(np.int32),
            mode=np.array(mode, np.int32)[order],
            ready=np.array(ready, np.int64)[order],
            start=np.array(start, np.int64)[order],
            released=np.array(released, np.int64)[order],
            finish=np.array(finish, np.int64)[order],
            server_offset=np.concatenate([[0], np.cumsum(units)]),
            server=np.fromiter(chain.from_iterable(held), np.int32, int(units.sum())),
            durations=durations,
        )

    def __len__(self) -> int:
        return len(self.task)

    def facts(self) -> dict[str, object]:
        """Return the makespan, and of what it is on which platform."""
        return {
            "makespan": counted(self.makespan, "cycle"),
            "executions": f"{len(self):,}",
            "jobs": f"{len(self.workload):,}",
            "platform": self.platform.name,
        }

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finishes."""
        return int(self.finish.max(initial=0))

    @cached_property
    def server_type_number(self) -> Indices:
        """int32[held servers]: position in the platform of the type of each held server."""
        firsts = list(self.platform.first_server.values())
        return (np.searchsorted(firsts, self.server, side="right") - 1).astype(np.int32)

    @property
    def holder(self) -> Cycles:
        """int64[held servers]: the execution that holds each server of `server`."""
        return np.repeat(np.arange(len(self)), np.diff(self.server_offset))

    @property
    def busy(self) -> dict[str, int]:
        """Server-cycles that each server type is held."""
        span = (self.released - self.start)[self.holder]
        cycles = np.zeros(len(self.platform.servers), np.int64)
        np.add.at(cycles, self.server_type_number, span)
        return dict(zip(self.platform.servers, cycles.tolist(), strict=True))

    @cached_property
    def storage(self) -> Storage:
        """What its executions hold in memories, and until when."""
        return storage(self.workload, self.platform, self.record, self.start, self.finish)

    @cached_property
    def record(self) -> Cycles:
        """int64[executions]: number of each execution's task among all tasks of the workload."""
        return self.workload.first_task[self.job] + self.task

    def by_record(self, column: Cycles) -> Cycles:
        """Rearrange a column of the schedule by record number, the order of the jobs' tasks."""
        arranged = np.empty_like(column)
        arranged[self.record] = column
        return arranged

    def to_frame(self) -> pd.DataFrame:
        """Return one row a held server, by job and task in input order.

        Returns
        -------
        DataFrame
            Columns job, task, name, mode, server_type, server, ready, start, released, finish.
        """
        import pandas as pd

        execution = self.holder
        types = np.array(list(self.platform.servers), dtype=object)
        names = [np.array(graph.task_names, dtype=object) for graph in self.workload.graphs]
        number = self.workload.graph_number
        first_name = np.concatenate([[0], np.cumsum([len(column) for column in names])])
        frame = pd.DataFrame(
            {
                "job": self.job[execution],
                "task": self.task[execution],
                "name": np.concatenate(names)[first_name[number[self.job]] + self.task][execution],
                "mode": self.mode[execution],
                "server_type": types[self.server_type_number],
                "server": self.server,
                "ready": self.ready[execution],
                "start": self.start[execution],
                "released": self.released[execution],
                "finish": self.finish[execution],
            }
        )
        return frame.sort_values(["job", "task", "server"], kind="stable", ignore_index=True)

    def check(self) -> None:
        """Prove that the schedule is complete and breaks no rule.

        Every task runs once, in one of its modes, after its arrival and its predecessors, for the
        time and on the servers that the mode asks for, no server holds two tasks at once, no
        memory holds more than its capacity, and jobs keep to the barriers between them.

        Raises
        ------
        ScheduleError
            Naming the first rule broken, by start of the offending task.
        """
        self._check_complete()
        self._check_modes()
        self._check_precedence()
        self._check_servers()
        self._check_memories()
        self._check_barriers()

    def _name(self, execution: int) -> str:
        job, task = int(self.job[execution]), int(self.task[execution])
        return f"job {job}, task {task} ({self.workload.jobs[job].graph.task_names[task]!r})"

    def _first(self, broken: Cycles) -> int:
        """Of the executions that break a rule, the one that starts first."""
        return int(broken[np.argmin(self.start[broken])])

    def _check_complete(self) -> None:
        workload = self.workload
        sizes = np.diff(workload.first_task)
        known = (self.job >= 0) & (self.job < len(workload))
        known[known] &= (self.task[known] >= 0) & (self.task[known] < sizes[self.job[known]])
        for execution in np.flatnonzero(~known):
            raise ScheduleError(
                f"unknown task: job {self.job[execution]}, task {self.task[execution]} is not in "
                "the workload"
            )
        times = np.bincount(self.record, minlength=workload.tasks)
        for record in np.flatnonzero(times != 1):
            job = int(np.searchsorted(workload.first_task, record, side="right")) - 1
            task = int(record - workload.first_task[job])
            name = workload.jobs[job].graph.task_names[task]
            raise ScheduleError(
                f"job {job}, task {task} ({name!r}) is executed {times[record]} times, "
                "expected once"
            )

    def _check_modes(self) -> None:
        """Durations and servers are those of the mode."""
        types, servers = list(self.platform.servers), sum(self.platform.servers.values())
        for unit in np.flatnonzero((self.server < 0) | (self.server >= servers)):
            raise ScheduleError(
                f"{self._name(self.holder[unit])} holds server {self.server[unit]}, expected 0 to "
                f"{servers - 1}"
            )
        held = np.zeros((len(self), len(types)), np.int32)
        np.add.at(held, (self.holder, self.server_type_number), 1)
        latency, occupancy = self.finish - self.start, self.released - self.start
        graph_number = self.workload.graph_number[self.job]
        for number, graph in enumerate(self.workload.graphs):
            of_graph = np.flatnonzero(graph_number == number)
            mode_set = graph.mode_set[self.task[of_graph]]
            for set_number, modes in enumerate(graph.mode_sets):
                of_set = of_graph[mode_set == set_number]
                unknown = of_set[(self.mode[of_set] < 0) | (self.mode[of_set] >= len(modes))]
                if len(unknown):
                    bad = self._first(unknown)
                    raise ScheduleError(
                        f"{self._name(bad)} runs in mode {self.mode[bad]}, expected 0 to "
                        f"{len(modes) - 1}"
                    )
                for mode_number, mode in enumerate(modes):
                    chosen = of_set[self.mode[of_set] == mode_number]
                    expected = np.tile([mode.latency, mode.occupancy], (len(chosen), 1))
                    if self.durations is not None:
                        expected = self.durations.of(self.record[chosen], mode_number)
                    actual = np.column_stack([latency[chosen], occupancy[chosen]])
                    wrong = chosen[(actual != expected).any(axis=1)]
                    if len(wrong):
                        bad = self._first(wrong)
                        (right,) = expected[chosen == bad].tolist()
                        raise ScheduleError(
                            f"{self._name(bad)} has latency {latency[bad]} and occupancy "
                            f"{occupancy[bad]}, expected {right[0]} and {right[1]}"
                        )
                    demand = np.array([mode.demand.get(t, 0) for t in types])
                    lacks = any(t not in types for t in mode.demand)
                    wrong = chosen[(held[chosen] != demand).any(axis=1) | lacks]
                    if len(wrong):
                        bad = self._first(wrong)
                        holds = {t: n for t, n in zip(types, held[bad].tolist(), strict=True) if n}
                        raise ScheduleError(
                            f"{self._name(bad)} holds {holds}, expected {dict(mode.demand)}"
                        )

    def _check_precedence(self) -> None:
        start, finish = self.by_record(self.start), self.by_record(self.finish)
        ready = np.repeat(self.workload.arrival, np.diff(self.workload.first_task))
        for job, first in zip(self.workload.jobs, self.workload.first_task, strict=False):
            source, target = job.graph.edges.T
            np.maximum.at(ready, target + first, finish[source + first])
        early = np.flatnonzero(self.start < ready[self.record])
        if len(early):
            bad = self._first(early)
            job_number, task = int(self.job[bad]), int(self.task[bad])
            first = int(self.workload.first_task[job_number])
            edges = self.workload.jobs[job_number].graph.edges
            before = edges[edges[:, 1] == task, 0]
            late = [p for p in before.tolist() if finish[first + p] > start[first + task]]
            cause = f"the arrival of its job at {self.workload.arrival[job_number]}"
            if late:
                graph = self.workload.jobs[job_number].graph
                cause = (
                    f"its predecessor {late[0]} ({graph.task_names[late[0]]!r}) finishes at "
                    f"{finish[first + late[0]]}"
                )
            raise ScheduleError(f"{self._name(bad)} starts at {self.start[bad]}, before {cause}")
        wrong = np.flatnonzero(self.ready != ready[self.record])
        if len(wrong):
            bad = self._first(wrong)
            raise ScheduleError(
                f"{self._name(bad)} is recorded ready at {self.ready[bad]}, expected "
                f"{ready[self.record[bad]]}"
            )

    def _check_servers(self) -> None:
        holder = self.holder
        order = np.lexsort((self.start[holder], self.server))
        server, execution = self.server[order], holder[order]
        overlap = np.flatnonzero(
            (server[1:] == server[:-1])
            & (self.start[execution[1:]] < self.released[execution[:-1]])
        )
        if len(overlap):
            second = overlap[np.argmin(self.start[execution[overlap + 1]])] + 1
            raise ScheduleError(
                f"server {server[second]} holds two tasks at {self.start[execution[second]]}: "
                f"{self._name(execution[second - 1])} and {self._name(execution[second])}"
            )

    def _check_memories(self) -> None:
        stored = self.storage
        for number, (memory, capacity) in enumerate(self.platform.memories.items()):
            held = steps(stored, number)
            full = np.flatnonzero(held.bits > capacity)
            if len(full):
                time = held.time[full[0]]
                writes = (stored.memory == number) & (stored.begin == time)
                writer = stored.execution[np.flatnonzero(writes)[0]]
                raise ScheduleError(
                    f"memory {memory!r} holds {held.bits[full[0]]:,} bits at {time}, where "
                    f"{self._name(int(writer))} starts, expected at most its capacity of "
                    f"{capacity:,}"
                )

    def _check_barriers(self) -> None:
        jobs = len(self.workload)
        begin, end = np.full(jobs, np.iinfo(np.int64).max), np.zeros(jobs, np.int64)
        np.minimum.at(begin, self.job, self.start)
        np.maximum.at(end, self.job, self.finish)
        for before, after in self.barriers:
            if not (0 <= before < jobs and 0 <= after < jobs):
                raise ScheduleError(
                    f"a barrier stands between jobs {before} and {after}, expected jobs 0 to "
                    f"{jobs - 1}"
                )
            if begin[after] < end[before]:
                raise ScheduleError(
                    f"job {after} starts at {begin[after]}, before job {before} finishes at "
                    f"{end[before]}, with a barrier between them"
                )
