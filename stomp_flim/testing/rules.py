"""The rules of the conformance kit, each a function of schedules: what breaks it, or None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from stomp_flim.model.graph import TaskGraph
from stomp_flim.schedule import Schedule
from stomp_flim.testing.worlds import World

_COLUMNS = ("job", "task", "mode", "ready", "start", "released", "finish")
_GRAPH_COLUMNS = (
    "mode_set",
    "successor_offset",
    "successor",
    "edges",
    "in_degree",
    "shortest_latency",
    "head",
    "tail",
)


def difference(one: Schedule, other: Schedule) -> str | None:
    """Return the first execution in which two schedules differ."""
    if len(one) != len(other):
        return f"{len(one)} executions in one schedule and {len(other)} in the other"
    for position in range(len(one)):
        first, second = _execution(one, position), _execution(other, position)
        if first != second:
            return f"number {position} of the starts is {first} once, and {second} once"
    return None


def _execution(schedule: Schedule, position: int) -> str:
    job, task, mode, ready, start, released, finish = (
        int(getattr(schedule, column)[position]) for column in _COLUMNS
    )
    first, last = schedule.server_offset[position : position + 2]
    return (
        f"job {job}, task {task} in mode {mode} at {start} (ready {ready}, released {released}, "
        f"finish {finish}) on servers {schedule.server[first:last].tolist()}"
    )


def idle(schedule: Schedule) -> str | None:
    """Return a task that waits though it fits on the free servers."""
    workload, servers = schedule.workload, schedule.platform.servers
    types, holder = list(servers), schedule.holder
    events = np.unique([schedule.ready, schedule.released, schedule.finish])
    for now in events.tolist():
        waiting = np.flatnonzero((schedule.ready <= now) & (now < schedule.start))
        if not len(waiting):
            continue
        holds = ((schedule.start <= now) & (now < schedule.released))[holder]
        busy = np.bincount(schedule.server_type_number[holds], minlength=len(types)).tolist()
        free = {t: servers[t] - taken for t, taken in zip(types, busy, strict=True)}
        for place in waiting.tolist():
            job, task = int(schedule.job[place]), int(schedule.task[place])
            for mode in workload.jobs[job].graph.modes(task):
                if fits(mode.demand, free):
                    return (
                        f"at cycle {now} job {job}, task {task} waits, ready since "
                        f"{schedule.ready[place]}, and {dict(mode.demand)} is free: {free}"
                    )
    return None


def fits(demand: Mapping[str, int], free: Mapping[str, int]) -> bool:
    """Return whether a demand fits on free servers."""
    return all(units <= free.get(server_type, 0) for server_type, units in demand.items())


def foresight(one: Schedule, other: Schedule) -> str | None:
    """Return a decision that differs before anything that was to be seen does.

    To be seen are arrivals, results and servers that become free; a decision of an instant comes
    after them.
    """
    seen, decided = _first_difference(_observed(one), _observed(other)), None
    for first, second in zip(_decisions(one), _decisions(other), strict=False):
        if first != second:
            decided = min(first, second)
            break
    if decided is None or (seen is not None and decided[0] >= seen):
        return None
    now, job, task, mode = decided
    since = "never" if seen is None else f"only at cycle {seen}"
    return (
        f"at cycle {now} it starts job {job}, task {task} in mode {mode} in one of two worlds that "
        f"differ {since}"
    )


def _decisions(schedule: Schedule) -> Iterable[tuple[int, int, int, int]]:
    columns = (schedule.start, schedule.job, schedule.task, schedule.mode)
    return zip(*(column.tolist() for column in columns), strict=True)


def _observed(schedule: Schedule) -> set[tuple[int, str, int, int]]:
    arrivals = [(job.arrival, "arrives", n, 0) for n, job in enumerate(schedule.workload.jobs)]
    columns = (schedule.released, schedule.finish, schedule.job, schedule.task)
    return set(arrivals).union(
        *(
            ((released, "releases", job, task), (finish, "finishes", job, task))
            for released, finish, job, task in zip(*(c.tolist() for c in columns), strict=True)
        )
    )


def _first_difference(
    one: set[tuple[int, str, int, int]], other: set[tuple[int, str, int, int]]
) -> int | None:
    return min((event[0] for event in one ^ other), default=None)


def snapshot(world: World) -> dict[str, object]:
    """Return all that a policy can reach of a world and must not change, by what it is."""
    values: dict[str, object] = {
        f"job {number}": (job.arrival, job.priority, job.deadline, id(job.graph))
        for number, job in enumerate(world.jobs)
    }
    values["platform"] = (dict(world.platform.servers), world.platform.clock_ns)
    for graph in dict.fromkeys(job.graph for job in world.jobs):
        values |= {f"graph {graph.name!r}, {what}": value for what, value in _contents(graph)}
    return values


def _contents(graph: TaskGraph) -> Iterable[tuple[str, object]]:
    yield "tasks", graph.task_names
    for number, modes in enumerate(graph.mode_sets):
        yield (
            f"modes {number}",
            [(dict(mode.demand), mode.latency, mode.occupancy) for mode in modes],
        )
    for column in _GRAPH_COLUMNS:
        yield column, getattr(graph, column).tobytes()


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> str | None:
    """Return what has changed between two snapshots."""
    changed = [what for what, value in before.items() if after.get(what) != value]
    return f"it has changed {changed[0]}" if changed else None
