"""Execution of a plan in another world: its order and its servers, as early as possible."""

from __future__ import annotations

import numpy as np

from stomp_flim.chance.durations import Durations
from stomp_flim.model.workload import Workload
from stomp_flim.schedule import Schedule


def execute(plan: Schedule, workload: Workload, durations: Durations | None) -> Schedule:
    """Execute a plan that was made for other durations.

    Every server runs the tasks that the plan gave it in the order that the plan gave them, every
    task in its planned mode. A task starts as soon as it is ready and its servers have finished
    with the tasks before it: nothing else of the planned times is kept.

    Parameters
    ----------
    plan : Schedule
        A valid schedule of the same jobs, with durations of its own.
    workload : Workload
        The jobs as they are.
    durations : Durations or None
        What executions take; None where the modes of `workload` say it.
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
    for place, record, job, task in zip(order.tolist(), records, job_of, task_of, strict=True):
        graph = workload.jobs[job].graph
        if durations is None:
            chosen = graph.modes(task)[mode[record]]
            latency, occupancy = chosen.latency, chosen.occupancy
        else:
            latency = int(durations.latency[record, mode[record]])
            occupancy = int(durations.occupancy[record, mode[record]])
        held[record] = servers[place].tolist()
        now = max(ready[record], *(free_at[server] for server in held[record]))
        start[record], released[record], finish[record] = now, now + occupancy, now + latency
        for server in held[record]:
            free_at[server] = now + occupancy
        for successor in graph.successors(task).tolist():
            follower = record - task + successor
            ready[follower] = max(ready[follower], now + latency)
    dispatched = sorted(records, key=start.__getitem__)
    return Schedule.from_records(
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
