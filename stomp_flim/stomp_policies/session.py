"""One run of a policy written for STOMP: its servers, its queue and what it decides."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

from stomp_flim.errors import PolicyError
from stomp_flim.policy import Assignment, View
from stomp_flim.stomp_policies.file import StompFile
from stomp_flim.stomp_policies.objects import Server, Task


class Session:
    """A run as STOMP shows it to a policy.

    Parameters
    ----------
    file : StompFile
        The policy.
    view : View
        Of the first round.

    Attributes
    ----------
    now : int
        The last cycle in which the policy was asked.
    """

    def __init__(self, file: StompFile, view: View) -> None:
        self.now = view.now
        self._workload, self._platform = view.workload, view.platform
        self._starts: list[Server] = []  # since the policy was asked
        self._servers = [
            Server(number, server_type, self._starts)
            for server_type, first in view.platform.first_server.items()
            for number in range(first, first + view.platform.servers[server_type])
        ]
        self._queue: list[Task] = []
        self._running: dict[int, Server] = {}  # by the number that the run gave to the server
        self._started = 0
        self._stats = {"Tasks Generated": 0, "Tasks Serviced": 0, "Running Tasks": 0}
        self._count()
        params = _params(file, view)
        with redirect_stdout(sys.stderr):
            self._policy = file.policy()
        stomp = SimpleNamespace(
            sim_time=0,
            servers=self._servers,
            tasks=self._queue,
            stats=self._stats,
            params=params,
            sched_policy=self._policy,
        )
        dags_dropped: list[int] = []
        self._stomp = stomp
        self._further = (dags_dropped, stomp)[: file.arguments - 2]
        with redirect_stdout(sys.stderr):
            self._policy.init(self._servers, self._stats, params)

    def continues(self, view: View) -> bool:
        """Whether a view is one of this run, as far as can be told."""
        return (
            view.workload is self._workload
            and view.platform is self._platform
            and view.now >= self.now
            and self._started < view.workload.tasks
        )

    def update(self, view: View) -> None:
        """Tell the policy what happened since the last round."""
        self.now = self._stomp.sim_time = view.now
        free = {number for numbers in view.free_servers.values() for number in numbers}
        self._vacate([number for number in self._running if number in free])
        for server in self._running.values():
            server.curr_job_end_time = max(server.curr_job_end_time, view.now)
        for ready in view.ready[len(self._queue) :]:  # the others are in the queue already
            self._queue.append(Task(view, ready, self._stats["Tasks Generated"]))
            self._stats["Tasks Generated"] += 1

    def decide(self, view: View) -> Assignment | None:
        """Ask the policy for one assignment.

        Raises
        ------
        PolicyError
            If what it assigned, returned and took from the queue does not fit together.
        """
        if not self._queue:
            return None
        waiting = len(self._queue)
        with redirect_stdout(sys.stderr):
            answer = self._policy.assign_task_to_server(view.now, self._queue, *self._further)
        new = self._starts.copy()
        self._starts.clear()
        _require_fitting(answer, new)
        tasks = [server.curr_task for server in new]
        if len(self._queue) != waiting - len(new) or any(task in self._queue for task in tasks):
            raise PolicyError(
                f"it gave {len(new)} of {waiting} tasks of the queue to servers and left "
                f"{len(self._queue)}, expected the others"
            )
        if answer is None:
            return None
        return self._start(view, answer)

    def _start(self, view: View, server: Server) -> Assignment:
        """Take over what the policy has started."""
        task = server.curr_task
        assert task is not None
        if not view.may_start(task.dag_id, task.tid):
            raise PolicyError(
                f"memory does not let {task} start, and policies of STOMP's know no memory; "
                "expected a platform without limits to it"
            )
        self._running[view.free_servers[server.type][0]] = server
        self._started += 1
        self._count()
        if self._started == view.workload.tasks:
            self._end()
        return Assignment(task.dag_id, task.tid, task.mode[server.type])

    def _vacate(self, numbers: list[int]) -> None:
        """End the tasks on some servers, those that were expected to end first first."""
        numbers.sort(key=lambda number: self._running[number].curr_job_end_time)
        for number in numbers:
            server = self._running.pop(number)
            end = min(server.curr_job_end_time, self.now)
            server.finish(end)
            with redirect_stdout(sys.stderr):
                self._policy.remove_task_from_server(end, server)
            server.vacate(end)
            self._stats["Tasks Serviced"] += 1
            self._count()

    def _end(self) -> None:
        """Let all that runs end: after the last start nothing is decided any more."""
        self.now = max(server.curr_job_end_time for server in self._running.values())
        self._vacate(list(self._running))
        with redirect_stdout(sys.stderr):
            self._policy.output_final_stats(self.now)

    def _count(self) -> None:
        busy = len(self._running)
        self._stats["Running Tasks"] = self._stats["Busy Servers"] = busy
        self._stats["Available Servers"] = len(self._servers) - busy


def _require_fitting(answer: object, new: list[Server]) -> None:
    """Raise a PolicyError unless the policy returned the one server that it gave a task."""
    if new == ([] if answer is None else [answer]):
        return
    if len(new) > 1:
        raise PolicyError(f"it gave tasks to {new} in one call, expected one server")
    if new:
        raise PolicyError(f"it gave a task to {new[0]} and returned {answer!r}, expected {new[0]}")
    if not isinstance(answer, Server):
        raise PolicyError(f"it returned {answer!r}, expected a server or None")
    if answer.busy:
        raise PolicyError(f"it returned {answer}, which {answer.occupation}")
    raise PolicyError(
        f"it returned {answer} without a task, expected server.assign_task(sim_time, task)"
    )


def _params(file: StompFile, view: View) -> dict[str, Any]:
    """Return what STOMP's configuration would say of a run."""
    tasks: dict[str, Any] = {}
    for graph in view.workload.graphs:
        for number, name in enumerate(graph.task_names):
            if name not in tasks:
                times = {t: m.latency for m in graph.modes(number) for t in m.demand}
                tasks[name] = {
                    "mean_service_time": times,
                    "stdev_service_time": dict.fromkeys(times, 0.0),
                }
    name = file.path.stem
    return {
        "general": {"logging_level": "INFO", "random_seed": 0, "working_dir": ".", "basename": ""},
        "simulation": {
            "sched_policy_module": f"policies.{name}",
            "policy": name,
            "servers": {t: {"count": count} for t, count in view.platform.servers.items()},
            "tasks": tasks,
            "max_tasks_simulated": view.workload.tasks,
            "max_queue_size": view.workload.tasks,
            "arrival_time_scale": 1.0,
            "contention": False,
            "drop": False,
            "promote": False,
            "pwr_mgmt": False,
            "power_mgmt_enabled": False,
        },
    }
