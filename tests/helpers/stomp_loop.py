"""A slow loop of events like that of IBM's STOMP, to test policies written for it.

It shares no code with the engines or the adapter. One task arrives or finishes at a time, arrivals
first, and the policy is asked once after each. Which server finishes first is kept in one variable:
a start replaces it if it ends strictly earlier, and after each finish the servers are looked
through for the last of the earliest.
"""

from __future__ import annotations

import runpy
import sys
from types import ModuleType, SimpleNamespace


class Server:
    """A server with what the example policies use."""

    def __init__(self, number, server_type):
        self.id, self.type = number, server_type
        self.busy, self.curr_task, self.curr_job_end_time = False, None, 0

    def assign_task(self, sim_time, task):
        """Start a task."""
        self.busy, self.curr_task = True, task
        task.start, task.server = sim_time, self.id
        self.curr_job_end_time = task.end = sim_time + task.mean_service_time_dict[self.type]


def run(path, jobs, platform):
    """Return start, end and server of each job, which is a single task."""
    servers = []
    for server_type, count in platform.servers.items():
        servers += [Server(len(servers) + number, server_type) for number in range(count)]
    policy = _policy(path)
    counts = {name: {"count": count} for name, count in platform.servers.items()}
    params = {"simulation": {"servers": counts, "drop": False}}
    policy.init(servers, {}, params)
    tasks = [_task(job) for job in jobs]
    coming = sorted(tasks, key=lambda task: task.arrival_time)
    queue = []
    following = None
    while coming or following:
        finishes = following.curr_job_end_time if following else None
        if coming and (finishes is None or coming[0].arrival_time <= finishes):
            now = coming[0].arrival_time
            queue.append(coming.pop(0))
        else:
            now = finishes
            following.busy = False
            following = None
            for server in servers:
                if server.busy and not (
                    following and following.curr_job_end_time < server.curr_job_end_time
                ):
                    following = server
        further = [[], SimpleNamespace(sim_time=now)]
        count = policy.assign_task_to_server.__code__.co_argcount - 3
        server = policy.assign_task_to_server(now, queue, *further[:count])
        if server and (following is None or server.curr_job_end_time < following.curr_job_end_time):
            following = server
    return [(task.start, task.end, task.server) for task in tasks]


def _task(job):
    times = {t: mode.latency for mode in job.graph.modes(0) for t in mode.demand}
    return SimpleNamespace(
        arrival_time=job.arrival,
        deadline=float("inf") if job.deadline is None else job.deadline,
        mean_service_time_dict=times,
        mean_service_time_list=sorted(times.items(), key=lambda item: item[1]),
    )


def _policy(path):
    stub = ModuleType("stomp")
    stub.BaseSchedulingPolicy = object
    sys.modules["stomp"] = stub
    try:
        return runpy.run_path(str(path))["SchedulingPolicy"]()
    finally:
        del sys.modules["stomp"]
