"""Execution of a plan in another world: its order and its servers, as early as possible."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from heapq import heappop, heappush

import numpy as np

from stomp_flim.chance.durations import Durations
from stomp_flim.model.workload import Workload
from stomp_flim.schedule import Schedule


def execute(plan: Schedule, workload: Workload, durations: Durations | None) -> Schedule:
    """Execute a plan that was made for other durations.

    Every server runs the tasks that the plan gave it in the order that the plan gave them, every
    task in its planned mode, and every bit of a limited memory passes from buffer to buffer as in
    the plan. A task starts as soon as it is ready, its servers have finished with the tasks before
    it, the memory that it takes over is free and the jobs have finished that the barriers of the
    plan put before its own: nothing else of the planned times is kept. Whatever the durations, the
    schedule is valid, since all of these waits lead back in the order of the planned starts.

    Such chains of tasks over a resource make a fixed schedule a flexible one (Policella, Oddi,
    Smith and Cesta, Generating robust partial order schedules, CP 2004).

    Parameters
    ----------
    plan : Schedule
        A valid schedule of the same jobs, with durations of its own.
    workload : Workload
        The jobs as they are.
    durations : Durations or None
        What executions take; None where the modes of `workload` say it.

    Returns
    -------
    Schedule
        Of `workload`, with the barriers of the plan.
    """
    # In the order of planned starts every predecessor comes first, since no latency is below 1.
    order = np.argsort(plan.start, kind="stable")
    records, job_of, task_of = (
        column[order].tolist() for column in (plan.record, plan.job, plan.task)
    )
    mode = plan.by_record(plan.mode.astype(np.int64)).tolist()
    servers = np.split(plan.server, plan.server_offset[1:-1])
    ready = np.repeat(workload.arrival, np.diff(workload.first_task)).tolist()
    start, released, finish = ([0] * workload.tasks for _ in range(3))
    held: list[list[int]] = [[]] * workload.tasks
    free_at = [0] * sum(plan.platform.servers.values())
    givers = _memory_givers(plan)
    barriers: defaultdict[int, list[int]] = defaultdict(list)
    for before, after in plan.barriers:
        barriers[after].append(before)
    job_finish = [0] * len(workload)
    for place, record, job, task in zip(order.tolist(), records, job_of, task_of, strict=True):
        graph = workload.jobs[job].graph
        if durations is None:
            chosen = graph.modes(task)[mode[record]]
            latency, occupancy = chosen.latency, chosen.occupancy
        else:
            latency = int(durations.latency[record, mode[record]])
            occupancy = int(durations.occupancy[record, mode[record]])
        held[record] = servers[place].tolist()
        now = max(
            ready[record],
            *(free_at[server] for server in held[record]),
            *(job_finish[before] for before in barriers[job]),
            *(finish[reader] for giver in givers[record] for reader in _readers(workload, giver)),
        )
        start[record], released[record], finish[record] = now, now + occupancy, now + latency
        for server in held[record]:
            free_at[server] = now + occupancy
        job_finish[job] = max(job_finish[job], now + latency)
        for successor in graph.successors(task).tolist():
            follower = record - task + successor
            ready[follower] = max(ready[follower], now + latency)
    dispatched = sorted(records, key=start.__getitem__)
    executed = Schedule.from_records(
        workload,
        plan.platform,
        dispatched,
        mode,
        ready,
        start,
        released,
        finish,
        held,
        durations,
    )
    return replace(executed, barriers=plan.barriers)


def _memory_givers(plan: Schedule) -> defaultdict[int, list[int]]:
    """Return for each task by record number the writers whose memory it takes over in the plan.

    What has been free for longest is taken first.
    """
    stored, givers = plan.storage, defaultdict[int, list[int]](list)
    for number, capacity in enumerate(plan.platform.memories.values()):
        of_memory = np.flatnonzero(stored.memory == number)
        of_memory = of_memory[np.argsort(stored.begin[of_memory], kind="stable")]
        free: deque[tuple[int | None, int]] = deque([(None, capacity)])
        held: list[tuple[int, int, int]] = []  # end, writer, bits
        for writer, bits, begin, end in zip(
            plan.record[stored.execution[of_memory]].tolist(),
            *(column[of_memory].tolist() for column in (stored.bits, stored.begin, stored.end)),
            strict=True,
        ):
            heappush(held, (end, writer, bits))
            while held[0][0] <= begin:
                free.append(heappop(held)[1:])
            while bits > 0:
                giver, left = free.popleft()
                if giver is not None:
                    givers[writer].append(giver)
                if left > bits:
                    free.appendleft((giver, left - bits))
                bits -= left
    return givers


def _readers(workload: Workload, writer: int) -> list[int]:
    """Return the tasks, by record number, that free a buffer once all have finished."""
    job, task = workload.task_of(writer)
    successors = workload.jobs[job].graph.successors(task).tolist()
    return [writer - task + successor for successor in successors] or [writer]
