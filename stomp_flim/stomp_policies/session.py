"""One run of a policy written for STOMP: its servers, its queue and what it decides."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

from stomp_flim.errors import InputError, PolicyError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.policy import Assignment, ReadyTask, View
from stomp_flim.stomp_policies.file import StompFile
from stomp_flim.stomp_policies.objects import DroppedJobs
from stomp_flim.stomp_policies.parameters import parameters
from stomp_flim.stomp_policies.server import Server
from stomp_flim.stomp_policies.statistics import count_end, of_run
from stomp_flim.stomp_policies.task import Task


class Session:
    """A run as STOMP shows it to a policy.

    Parameters
    ----------
    file : StompFile
        The policy.
    view : View
        Of the first round.
    configuration : mapping
        The document that the run was read from; empty if it was not.

    Attributes
    ----------
    now : int
        The last cycle in which the policy was asked.
    """

    def __init__(self, file: StompFile, view: View, configuration: Mapping[str, Any]) -> None:
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
        self._tokens: dict[int, Any] = {}  # power that the policy counts as used, by its server
        self._ran_on: dict[tuple[int, int], int] = {}  # the policy's server of job and task
        self._parents: dict[int, dict[int, list[int]]] = {}  # by graph and task
        self._started = 0
        self._stats = of_run(view.platform)
        params = parameters(file.path.stem, view, configuration)
        self._task_types = params["simulation"]["tasks"]
        with redirect_stdout(sys.stderr):
            self._policy = file.policy()
        self._stomp = SimpleNamespace(
            sim_time=0,
            env=SimpleNamespace(now=0),
            servers=self._servers,
            server_types=list(view.platform.servers),
            tasks=self._queue,
            stats=self._stats,
            params=params,
            sched_policy=self._policy,
            num_critical_tasks=0,
            num_tasks_generated=0,
            dags_dropped=DroppedJobs(),
            drop_hint_list=DroppedJobs(),
        )
        for server in self._servers:
            server.stomp_obj = self._stomp
        self._further = file.further
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

    def advance(self, view: View) -> None:
        """Tell the policy what ended since the last round."""
        self.now = self._stomp.sim_time = self._stomp.env.now = view.now
        free = {number for numbers in view.free_servers.values() for number in numbers}
        self._vacate([number for number in self._running if number in free])
        for server in self._running.values():
            server.curr_job_end_time = max(_end(server), view.now)

    def queues(self, view: View) -> Iterator[None]:
        """Queue what became ready; the policy is to be asked after each of the two halves.

        STOMP asks for those that waited, and for jobs that arrive, before it queues what the
        completions of the same instant let become ready.
        """
        known = {(task.dag_id, task.tid) for task in self._queue}
        arrived: list[ReadyTask] = []
        released: list[ReadyTask] = []
        for ready in view.ready:
            if ready[:2] not in known:
                late = ready.ready == view.now and self._follows(ready)
                (released if late else arrived).append(ready)
        self._enqueue(view, arrived)
        yield
        if released:
            self._enqueue(view, released)
            yield

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
        tokens = getattr(self._policy, "avail_ptoks", None)
        further = [self._argument(name) for name in self._further]
        with redirect_stdout(sys.stderr):
            answer = self._policy.assign_task_to_server(view.now, self._queue, *further)
        new = self._starts.copy()
        self._starts.clear()
        _require_fitting(answer, new)
        tasks = [server.task for server in new]
        if len(self._queue) != waiting - len(new) or any(task in self._queue for task in tasks):
            raise PolicyError(
                f"it gave {len(new)} of {waiting} tasks of the queue to servers and left "
                f"{len(self._queue)}, expected the others"
            )
        if answer is None:
            return None
        if tokens is not None:
            self._tokens[answer.id] = tokens - self._policy.avail_ptoks
        return self._start(view, answer)

    def _argument(self, name: str) -> Any:
        if name == "num_critical_tasks":  # by value: the policy cannot count what it starts
            return sum(task.priority > 1 for task in self._queue)
        return getattr(self._stomp, name, self._stomp)

    def _follows(self, ready: ReadyTask) -> bool:
        return bool(self._workload.jobs[ready.job].graph.in_degree[ready.task])

    def _enqueue(self, view: View, new: Sequence[ReadyTask]) -> None:
        stats = self._stats
        for ready in new:
            graph = view.workload.jobs[ready.job].graph
            power = self._task_types[graph.task_names[ready.task]].get("power", {})
            parents = [
                (parent, self._ran_on[ready.job, parent])
                for parent in self._parents_in(graph).get(ready.task, ())
            ]
            task = Task(view, ready, stats["Tasks Generated"], power, parents)
            self._queue.append(task)
            stats["Tasks Generated"] += 1
            self._stomp.num_critical_tasks += task.priority > 1
        self._stomp.num_tasks_generated = stats["Tasks Generated"]
        stats["Max Queue Size"] = max(stats["Max Queue Size"], len(self._queue))

    def _parents_in(self, graph: TaskGraph) -> Mapping[int, Sequence[int]]:
        if id(graph) not in self._parents:
            parents: dict[int, list[int]] = defaultdict(list)
            for parent, task in graph.edges.tolist():
                parents[task].append(parent)
            self._parents[id(graph)] = parents
        return self._parents[id(graph)]

    def _start(self, view: View, server: Server) -> Assignment:
        """Take over what the policy has started."""
        task = server.task
        assert task is not None
        if not view.may_start(task.dag_id, task.tid):
            raise InputError(
                f"memory does not let {task} start, and policies of STOMP's know no memory; "
                "expected a platform without limits to it"
            )
        self._running[view.free_servers[server.type][0]] = server
        self._ran_on[task.dag_id, task.tid] = server.id
        self._started += 1
        self._stats["Running Tasks"] += 1
        self._stats["Busy Servers"] += 1
        self._stats["Available Servers"][server.type] -= 1
        if self._started == view.workload.tasks:
            self._end()
        return Assignment(task.dag_id, task.tid, task.mode[server.type])

    def _vacate(self, numbers: list[int]) -> None:
        """End the tasks on some servers, those that were expected to end first first."""
        numbers.sort(key=lambda number: _end(self._running[number]))
        for number in numbers:
            server = self._running.pop(number)
            end = min(_end(server), self.now)
            count_end(self._stats, server.finish(end))
            self._stats["Busy Servers"] -= 1
            self._stats["Available Servers"][server.type] += 1
            if server.id in self._tokens:
                self._policy.avail_ptoks += self._tokens.pop(server.id)
            with redirect_stdout(sys.stderr):
                self._policy.remove_task_from_server(end, server)
            server.vacate(end)
            self._stats["Running Tasks"] -= 1

    def _end(self) -> None:
        """Let all that runs end: after the last start nothing is decided any more."""
        self.now = max(_end(server) for server in self._running.values())
        self._vacate(list(self._running))
        with redirect_stdout(sys.stderr):
            self._policy.output_final_stats(self.now)


def _end(server: Server) -> int:
    assert server.curr_job_end_time is not None
    return server.curr_job_end_time


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
