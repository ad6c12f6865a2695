"""Slow loops of events like those of STOMP, to test policies written for it.

They share no code with the engines or the adapter. `run` is IBM's master: one task arrives or
finishes at a time, arrivals first, and the policy is asked once after each. Which server finishes
first is kept in one variable: a start replaces it if it ends strictly earlier, and after each
finish the servers are looked through for the last of the earliest.

`run_graphs` are the versions with task graphs: two processes with a queue of events each. The
scheduler takes arrivals of an instant, then the servers that finish, and asks for what waits until
no free server is left to ask for. Only when it sleeps does the other process learn what finished
and hand over the tasks that this made ready, which arrive then, in the same instant.
"""

from __future__ import annotations

import heapq
import runpy
import sys
from itertools import count
from types import ModuleType, SimpleNamespace

POWER = {
    "drop": False,
    "pwr_mgmt": False,
    "pwr_model": "simple",
    "total_ptoks": 1000,
    "slack_perc": 0,
    "dvfs": 1,
    "base_clk": 1.0,
    "min_clk_f": 0.1,
    "v_nom": 0.8,
    "v_th": 0.35,
    "v_min": 0.45,
    "power_scale": 2.5,
}
ARRIVAL, FINISH, SCHEDULE = range(3)  # in this order within an instant


class Server:
    """A server with what the example policies use."""

    def __init__(self, number, server_type):
        self.id, self.type = number, server_type
        self.busy, self.task, self.curr_job_end_time = False, None, None
        self.reserved = False
        self.stats = {"Tasks Serviced per Type": {}}

    def communication_cost(self, task):
        """Return 0: no data moves."""
        return 0.0

    def assign_task(self, sim_time, task, service_time_scale=1):
        """Start a task."""
        assert service_time_scale == 1
        self.busy, self.task = True, task
        task.start, task.server = sim_time, self.id
        self.curr_job_end_time = task.end = sim_time + task.mean_service_time_dict[self.type]

    def release(self, now, policy):
        """End the task and forget it."""
        done = self.stats["Tasks Serviced per Type"]
        done[self.task.type] = done.get(self.task.type, 0) + 1
        self.task.departure_time = now
        if hasattr(policy, "avail_ptoks"):
            policy.avail_ptoks += self.task.ptoks_used
        policy.remove_task_from_server(now, self)
        self.busy, self.task, self.curr_job_end_time = False, None, None


def run(path, jobs, platform):
    """Return start, end and server of each job, which is a single task, under IBM's master."""
    servers, policy = _begin(path, platform)
    tasks = [_task(job, number, 0, job.arrival) for number, job in enumerate(jobs)]
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
            following.release(now, policy)
            following = None
            for server in servers:
                if server.busy and not (
                    following and following.curr_job_end_time < server.curr_job_end_time
                ):
                    following = server
        server = _ask(policy, now, queue)
        if server and (following is None or server.curr_job_end_time < following.curr_job_end_time):
            following = server
    return [(task.start, task.end, task.server) for task in tasks]


def run_graphs(path, jobs, platform):
    """Return job, task, start, end and server of each task, by start and order of the starts."""
    servers, policy = _begin(path, platform)
    number = count()
    events, finished, queue, done = [], [], [], []
    missing = [job.graph.in_degree.tolist() for job in jobs]

    def put(time, kind, what=None):
        heapq.heappush(events, (time, kind, next(number), what))

    def hand_over(job, task, time):
        put(time, ARRIVAL, _task(jobs[job], job, task, time))

    for job, degrees in enumerate(missing):
        for task, degree in enumerate(degrees):
            if not degree:
                hand_over(job, task, jobs[job].arrival)
    while events:
        now, kind, _, what = heapq.heappop(events)
        if kind == ARRIVAL:
            queue.append(what)
        elif kind == FINISH:
            task = what.task
            what.release(now, policy)
            finished.append(task)
        else:
            for _ in [server for server in servers if not server.busy]:
                server = _ask(policy, now, queue) if queue else None
                if server is not None:
                    done.append(server.task)
                    put(server.curr_job_end_time, FINISH, server)
        if kind != SCHEDULE and queue and (not events or events[0][0] > now):
            put(now, SCHEDULE)
        if not events or events[0][0] > now:  # the scheduler sleeps
            for task in finished:
                for successor in jobs[task.dag_id].graph.successors(task.tid).tolist():
                    missing[task.dag_id][successor] -= 1
                    if not missing[task.dag_id][successor]:
                        hand_over(task.dag_id, successor, now)
            finished.clear()
    return [(task.dag_id, task.tid, task.start, task.end, task.server) for task in done]


def _begin(path, platform):
    servers = []
    for server_type, number in platform.servers.items():
        servers += [Server(len(servers) + place, server_type) for place in range(number)]
    policy = _policy(path)
    counts = {name: {"count": number} for name, number in platform.servers.items()}
    policy.init(servers, {}, {"simulation": {"servers": counts, **POWER}})
    return servers, policy


def _ask(policy, now, queue):
    """Ask a policy with as many arguments as it takes."""
    critical = sum(task.priority > 1 for task in queue)
    stomp = SimpleNamespace(sim_time=now, num_critical_tasks=critical)
    code = policy.assign_task_to_server.__code__
    counts = code.co_varnames[code.co_argcount - 1] == "num_critical_tasks"
    further = {
        3: [],
        4: [_Dropped()],
        5: [_Dropped(), stomp],
        6: [_Dropped(), _Dropped(), critical if counts else stomp],
    }[code.co_argcount]
    return policy.assign_task_to_server(now, queue, *further)


class _Dropped(list):
    def contains(self, item):
        return item in self


def _task(job, number, task, ready):
    times = {t: mode.latency for mode in job.graph.modes(task) for t in mode.demand}
    due = float("inf") if job.deadline is None else job.arrival + job.deadline
    return SimpleNamespace(
        type=job.graph.task_names[task],
        dag_id=number,
        tid=task,
        priority=job.priority,
        arrival_time=ready,
        dtime=due,
        deadline=due - ready,
        mean_service_time_dict=times,
        mean_service_time_list=sorted(times.items(), key=lambda item: item[1]),
        power_dict=dict.fromkeys(times, 1),
        per_server_service_dict=times,
        max_time=float(max(times.values())),
        calc_slack=lambda now, service, remaining=0: due - now - service - remaining,
        rank=-1,
        rank_type=0,
        possible_server_idx=None,
        possible_mean_service_time=None,
        reserved_server_id=None,
    )


def _policy(path):
    stub = ModuleType("stomp")
    stub.BaseSchedulingPolicy = object
    sys.modules["stomp"] = stub
    try:
        return runpy.run_path(str(path))["SchedulingPolicy"]()
    finally:
        del sys.modules["stomp"]
