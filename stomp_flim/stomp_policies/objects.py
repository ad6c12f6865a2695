"""What a policy written for STOMP touches: servers, tasks and the class that it derives from.

Names and meanings are STOMP's; times are cycles. An attribute that is not here does not exist, and
a policy that asks for it ends with an error that names its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import inf
from typing import Any

from stomp_flim.errors import PolicyError
from stomp_flim.policy import ReadyTask, View


class BaseSchedulingPolicy:
    """The class ``stomp.BaseSchedulingPolicy``; a policy adds ``assign_task_to_server``.

    Attributes
    ----------
    ta_time, to_time, ro_time : timedelta
        Counters of the policy's own: wall-clock time to assign tasks, to order them and to rank
        them. Nothing reads them here.
    """

    ta_time = to_time = ro_time = timedelta()

    def init(
        self, servers: Sequence[Server], stomp_stats: dict[str, Any], stomp_params: dict[str, Any]
    ) -> None:
        """Begin a run."""
        self.servers = servers
        self.stomp_stats = stomp_stats
        self.stomp_params = stomp_params

    def remove_task_from_server(self, sim_time: int, server: Server) -> None:
        """Learn that a server has finished its task."""

    def output_final_stats(self, sim_time: int) -> None:
        """End a run."""


class Task:
    """A task that waits or runs.

    Attributes
    ----------
    type : str
        Name of the task in its graph.
    trace_id, tid : int
        Its number among all tasks that became ready, and in its graph.
    dag_id : int
        Its job.
    priority : int
        Of its job.
    arrival_time : int
        When it became ready.
    deadline, dtime : float
        What was left of its job's deadline then, and the job's whole deadline; infinite without.
    mean_service_time_list : list of (str, int)
        Server types with the mean service time, the fastest first, equal ones as in the platform.
    mean_service_time_dict : dict of str to int
        The same by server type.
    stdev_service_time_dict : dict of str to float
        Deviations by server type: always 0, for no policy sees a distribution.
    per_server_services : list of int
        Service times as far as the run lets policies know them, in the order of the list above.
    per_server_service_dict : dict of str to int
        The same by server type.
    rank, rank_type : float
        For the policy to set.
    task_service_time, curr_job_start_time : int or None
        Its service time on its server as far as it is known, and when it started, once it did.
    departure_time, task_lifetime : int or None
        When it ended, and that less its arrival, once it did.
    """

    def __init__(self, view: View, ready: ReadyTask, trace_id: int) -> None:
        job = view.workload.jobs[ready.job]
        self.mode = _modes(view, ready)
        modes = job.graph.modes(ready.task)
        self.type = job.graph.task_names[ready.task]
        self.trace_id = trace_id
        self.tid = ready.task
        self.dag_id = ready.job
        self.priority = job.priority
        self.arrival_time = ready.ready
        self.dtime = inf if job.deadline is None else job.deadline
        self.deadline = self.dtime + job.arrival - ready.ready
        self.mean_service_time_dict = {t: modes[m].latency for t, m in self.mode.items()}
        self.mean_service_time_list = sorted(
            self.mean_service_time_dict.items(), key=lambda item: item[1]
        )
        self.stdev_service_time_dict = dict.fromkeys(self.mode, 0.0)
        self.per_server_service_dict = {
            server_type: view.latency(ready.job, ready.task, self.mode[server_type]) or mean
            for server_type, mean in self.mean_service_time_list
        }
        self.per_server_services = list(self.per_server_service_dict.values())
        self.rank = self.rank_type = 0.0
        self.task_service_time: int | None = None
        self.curr_job_start_time: int | None = None
        self.departure_time: int | None = None
        self.task_lifetime: int | None = None

    def __repr__(self) -> str:
        return f"task {self.type!r} (job {self.dag_id}, task {self.tid})"


class Server:
    """A server.

    Attributes
    ----------
    id, type : int, str
        Its number, counted through all types, and its type.
    busy : bool
        Whether it has a task.
    curr_task : Task or None
        Its task.
    curr_service_time, curr_job_start_time, curr_job_end_time : int
        Of its task; of the last one where it has none, at first 0. Service time and end are as far
        as the run lets policies know them; a task that should have ended is expected to end now.
    curr_job_end_time_estimated : int
        The same with the mean service time.
    last_usage_time, busy_time : int
        When it last finished a task, at first 0, and for how long it has been busy until then.
    num_reqs : int
        How many tasks it was given.
    """

    def __init__(self, number: int, server_type: str, starts: list[Server]) -> None:
        self._starts = starts  # of all servers, for the run to read
        self.id = number
        self.type = server_type
        self.busy = False
        self.curr_task: Task | None = None
        self.curr_service_time = self.curr_job_start_time = self.curr_job_end_time = 0
        self.curr_job_end_time_estimated = 0
        self.last_usage_time = self.busy_time = self.num_reqs = 0

    def assign_task(self, sim_time: int, task: Task) -> None:
        """Start a task now.

        Raises
        ------
        PolicyError
            If the server is busy, or the task is none, has started before or cannot run here.
        """
        if not isinstance(task, Task):
            raise PolicyError(f"{self!r} is assigned {task!r}, expected a task of the queue")
        if self.busy:
            raise PolicyError(f"{self!r} is assigned {task!r} and {self.occupation}")
        if task.curr_job_start_time is not None:
            raise PolicyError(f"{self!r} is assigned {task!r}, which has been started before")
        if self.type not in task.mode:
            raise PolicyError(
                f"{self!r} is assigned {task!r}, which runs on {', '.join(task.mode)} only"
            )
        self._starts.append(self)
        self.busy = True
        self.num_reqs += 1
        self.curr_task = task
        self.curr_service_time = task.per_server_service_dict[self.type]
        self.curr_job_start_time = sim_time
        self.curr_job_end_time = sim_time + self.curr_service_time
        self.curr_job_end_time_estimated = sim_time + task.mean_service_time_dict[self.type]
        task.task_service_time = self.curr_service_time
        task.curr_job_start_time = sim_time

    def finish(self, sim_time: int) -> None:
        """End the task, which the server still has until `vacate`."""
        assert self.curr_task is not None
        self.curr_job_end_time = self.curr_task.departure_time = sim_time
        self.curr_task.task_lifetime = sim_time - self.curr_task.arrival_time

    def vacate(self, sim_time: int) -> None:
        """Be free again."""
        self.busy = False
        self.curr_task = None
        self.busy_time += sim_time - self.curr_job_start_time
        self.last_usage_time = sim_time

    @property
    def occupation(self) -> str:
        """What it does, for messages."""
        if not self.busy:
            return "is free"
        return f"is busy with {self.curr_task!r} until cycle {self.curr_job_end_time}"

    def __repr__(self) -> str:
        return f"server {self.id} ({self.type})"


def _modes(view: View, ready: ReadyTask) -> dict[str, int]:
    """Return the mode of a task on each server type of the platform that can run it."""
    graph = view.workload.jobs[ready.job].graph
    modes: dict[str, int] = {}
    for number, mode in enumerate(graph.modes(ready.task)):
        (server_type, units), *others = mode.demand.items()
        if others or units != 1 or mode.occupancy != mode.latency or server_type in modes:
            raise PolicyError(
                f"graph {graph.name!r}: task {ready.task} ({graph.task_names[ready.task]!r}) has "
                f"mode {dict(mode.demand)} with latency {mode.latency} and occupancy "
                f"{mode.occupancy}, expected for a policy of STOMP's one unit of one server type, "
                "held for the latency, and one mode for a type"
            )
        modes[server_type] = number
    return {t: modes[t] for t in view.platform.servers if t in modes}
