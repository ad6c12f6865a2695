"""A slow simulator that follows the semantics word for word; engines are tested against it.

It shares no code with the engines and trades all speed for being obviously right: every round
sorts and scans all waiting tasks, every instant scans all executions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from stomp_flim import Job, Platform, Schedule, TaskGraph

Key = Callable[[int, int], float]
"""The key of a task of a job; the smallest goes first."""


class Row(NamedTuple):
    """One execution of a task."""

    job: int
    task: int
    mode: int
    ready: int
    start: int
    released: int
    finish: int
    servers: tuple[int, ...]


class Waiting(NamedTuple):
    """A ready task, in the order in which a round scans them: by key, then by entry."""

    key: float
    entry: int
    job: int
    task: int
    ready: int


def rows(schedule: Schedule) -> list[Row]:
    """Return the executions of a schedule in its own order."""
    columns = ("job", "task", "mode", "ready", "start", "released", "finish")
    return [
        Row(*times, tuple(schedule.server[begin:end].tolist()))
        for *times, begin, end in zip(
            *(getattr(schedule, column).tolist() for column in columns),
            schedule.server_offset[:-1].tolist(),
            schedule.server_offset[1:].tolist(),
            strict=True,
        )
    ]


def simulate(
    jobs: Sequence[Job],
    platform: Platform,
    key: Key = lambda job, task: 0,
    rounds: str = "instant",
    orders: Mapping[TaskGraph, Sequence[int]] | None = None,
) -> list[Row]:
    """Return the executions of all tasks in the order in which they were dispatched.

    Where memories are limited, `orders` says in which order each graph is known to fit.
    """
    return _Oracle(jobs, platform, key, rounds, orders or {}).run()


class _Oracle:
    def __init__(
        self,
        jobs: Sequence[Job],
        platform: Platform,
        key: Key,
        rounds: str,
        orders: Mapping[TaskGraph, Sequence[int]],
    ) -> None:
        self.jobs = jobs
        self.capacity = platform.memories
        self.orders = orders
        self.key = key
        self.one_start_an_event = rounds == "event"
        self.free: dict[str, set[int]] = {}
        numbered = 0
        for server_type, count in platform.servers.items():
            self.free[server_type] = set(range(numbered, numbered + count))
            numbered += count
        self.type_of = {n: t for t, numbers in self.free.items() for n in numbers}
        self.predecessors = [
            {task: {u for u, v in job.graph.edges.tolist() if v == task} for task in _tasks(job)}
            for job in jobs
        ]
        self.waiting: list[Waiting] = []
        self.finished: set[tuple[int, int]] = set()
        self.dispatched: list[Row] = []
        self.entered = 0

    def run(self) -> list[Row]:
        now = -1
        while times := [time for time in self.times() if time > now]:
            now = min(times)
            self.instant(now)
        return self.dispatched

    def times(self) -> list[int]:
        arrivals = [job.arrival for job in self.jobs]
        return arrivals + [time for row in self.dispatched for time in (row.released, row.finish)]

    def instant(self, now: int) -> None:
        for number, job in enumerate(self.jobs):
            if job.arrival == now:
                for task in _tasks(job):
                    if not self.predecessors[number][task]:
                        self.enter(number, task, now)
                self.after_event(now)
        for row in list(self.dispatched):
            if row.released == now:
                for server in row.servers:
                    self.free[self.type_of[server]].add(server)
            if row.finish == now:
                self.finished.add((row.job, row.task))
                for task, before in self.predecessors[row.job].items():
                    if row.task in before and self.all_finished(row.job, before):
                        self.enter(row.job, task, now)
            if now in (row.released, row.finish):
                self.after_event(now)
        if not self.one_start_an_event:
            self.round(now, len(self.waiting))

    def after_event(self, now: int) -> None:
        if self.one_start_an_event:
            self.round(now, 1)

    def all_finished(self, job: int, tasks: set[int]) -> bool:
        return all((job, task) in self.finished for task in tasks)

    def enter(self, job: int, task: int, now: int) -> None:
        self.waiting.append(Waiting(self.key(job, task), self.entered, job, task, now))
        self.entered += 1

    def round(self, now: int, limit: int) -> None:
        for waiting in sorted(self.waiting):
            if limit and self.starts(waiting, now):
                self.waiting.remove(waiting)
                limit -= 1

    def starts(self, waiting: Waiting, now: int) -> bool:
        modes = self.jobs[waiting.job].graph.modes(waiting.task)
        for number in sorted(range(len(modes)), key=lambda number: modes[number].latency):
            mode = modes[number]
            if all(len(self.free.get(t, ())) >= units for t, units in mode.demand.items()):
                if not self.has_memory(waiting.job, waiting.task):
                    return False
                held = []
                for server_type, units in mode.demand.items():
                    held += sorted(self.free[server_type])[:units]
                    self.free[server_type] -= set(held)
                self.dispatched.append(
                    Row(
                        waiting.job,
                        waiting.task,
                        number,
                        waiting.ready,
                        now,
                        now + mode.occupancy,
                        now + mode.latency,
                        tuple(sorted(held)),
                    )
                )
                return True
        return False

    def has_memory(self, job: int, task: int) -> bool:
        """Whether the buffer of a task fits, and the claims of all jobs after its start."""
        started = {(row.job, row.task) for row in self.dispatched}
        buffer = self.jobs[job].graph.buffer(task)
        if buffer is None or not self.is_limited(job, task):
            return True
        held = self.held(started, self.finished)[buffer.memory]
        if held + buffer.bits > self.capacity[buffer.memory]:
            return False
        done = started | {(job, task)}
        write = {number for number, other in done if self.is_limited(number, other)}
        claims = [self.claim(number, done) for number in write]
        return all(
            sum(claim[memory] for claim in claims) <= bits for memory, bits in self.capacity.items()
        )

    def is_limited(self, job: int, task: int) -> bool:
        """Whether a task writes into a memory that has a capacity."""
        buffer = self.jobs[job].graph.buffer(task)
        return buffer is not None and buffer.memory in self.capacity

    def claim(self, job: int, done: set[tuple[int, int]]) -> dict[str, int]:
        """Return the most that a job holds if it is finished in its order, by memory."""
        done = {(number, task) for number, task in done if number == job}
        most = self.held(done, done)
        for task in self.orders[self.jobs[job].graph]:
            if (job, task) not in done:
                held = self.held(done | {(job, task)}, done)
                most = {memory: max(bits, held[memory]) for memory, bits in most.items()}
                done = done | {(job, task)}
        return most

    def held(self, started: set[tuple[int, int]], finished: set[tuple[int, int]]) -> dict[str, int]:
        """Return the bits in each memory, where these tasks have started and those finished."""
        held = dict.fromkeys(self.capacity, 0)
        for job, task in started:
            buffer = self.jobs[job].graph.buffer(task)
            readers = self.jobs[job].graph.successors(task).tolist() or [task]
            read = all((job, reader) in finished for reader in readers)
            if buffer is not None and buffer.memory in held and not read:
                held[buffer.memory] += buffer.bits
        return held


def _tasks(job: Job) -> range:
    return range(len(job.graph))
