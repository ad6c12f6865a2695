"""A server as STOMP shows it to a policy; see `stomp_flim.stomp_policies.task` for the rules."""

from __future__ import annotations

from typing import Any

from stomp_flim.errors import InputError, PolicyError
from stomp_flim.stomp_policies.statistics import count_end, of_server
from stomp_flim.stomp_policies.task import Task


class Server:
    """A server.

    Parameters
    ----------
    number, server_type : int, str
        Its number, counted through all types, and its type.
    starts : list of Server
        Of all servers, for the run to read: a start appends its server.

    Attributes
    ----------
    id, type : int, str
        Its number and its type.
    busy : bool
        Whether it has a task.
    task : Task or None
        Its task.
    curr_service_time, curr_job_start_time, curr_job_end_time : int or None
        Of its task, None where it has none. Service time and end are as far as the run lets
        policies know them; a task that should have ended is expected to end now.
    curr_job_end_time_estimated : int or None
        The end with the mean service time.
    last_usage_started_at : int or None
        When its task started, None where it has none.
    last_stopped_at, busy_time : int
        When it last finished a task, at first 0, and the service times of all that it was given.
    num_reqs : int
        How many tasks it was given.
    last_dag_id, last_task_id : int or None
        Job and number of the last task that it was given.
    curr_job_ptoks : number
        What its task says in ``ptoks_used``, 0 where it has none.
    stats : dict
        Statistics of what it has finished, as STOMP keeps them.
    stomp_obj : object
        What policies are given under that name.
    reserved, pmode
        For the policy to set; False and None at first.
    """

    def __init__(self, number: int, server_type: str, starts: list[Server]) -> None:
        self._starts = starts
        self.id = number
        self.type = server_type
        self.stomp_obj: Any = None
        self.pmode = None
        self.reserved = False
        self.num_reqs = self.busy_time = self.last_stopped_at = 0
        self.last_dag_id: int | None = None
        self.last_task_id: int | None = None
        self.stats = of_server()
        self.reset()

    def reset(self) -> None:
        """Have no task."""
        self.busy = False
        self.task: Task | None = None
        self.curr_service_time: int | None = None
        self.curr_job_start_time: int | None = None
        self.curr_job_end_time: int | None = None
        self.curr_job_end_time_estimated: int | None = None
        self.last_usage_started_at: int | None = None
        self.curr_job_ptoks: Any = 0

    def communication_cost(self, task: Task) -> float:
        """Return what it takes to bring data here: nothing, in this model."""
        return 0.0

    def assign_task(
        self, sim_time: int, task: Task, service_time_scale: float | None = None
    ) -> None:
        """Start a task now.

        Raises
        ------
        PolicyError
            If the server is busy, or the task is none, has started before or cannot run here.
        InputError
            If the service time is scaled, for durations belong to the workload here.
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
        if service_time_scale not in (None, 1):
            raise InputError(
                f"{self!r} is assigned {task!r} with its service time scaled by "
                f"{service_time_scale!r}, expected 1: clocks have one frequency here"
            )
        self._starts.append(self)
        self.busy = True
        self.task = task
        self.num_reqs += 1
        self.last_dag_id, self.last_task_id = task.dag_id, task.tid
        self.curr_service_time = task.per_server_service_dict[self.type]
        self.busy_time += self.curr_service_time
        self.curr_job_start_time = self.last_usage_started_at = sim_time
        self.curr_job_end_time = sim_time + self.curr_service_time
        self.curr_job_end_time_estimated = sim_time + task.mean_service_time_dict[self.type]
        self.curr_job_ptoks = task.ptoks_used
        task.server_type = self.type
        task.task_service_time = self.curr_service_time
        task.curr_job_start_time = sim_time

    def finish(self, sim_time: int) -> Task:
        """End the task, which the server still has until `vacate`; the times are the true ones."""
        task = self.task
        assert task is not None
        assert self.curr_job_start_time is not None
        assert self.curr_service_time is not None
        taken = sim_time - self.curr_job_start_time
        self.busy_time += taken - self.curr_service_time
        self.curr_service_time = task.task_service_time = taken
        self.curr_job_end_time = task.departure_time = sim_time
        task.task_lifetime = sim_time - task.arrival_time
        task.peid = self.id
        count_end(self.stats, task)
        return task

    def vacate(self, sim_time: int) -> None:
        """Be free again."""
        self.reset()
        self.last_stopped_at = sim_time

    @property
    def occupation(self) -> str:
        """What it does, for messages."""
        if not self.busy:
            return "is free"
        return f"is busy with {self.task!r} until cycle {self.curr_job_end_time}"

    def __repr__(self) -> str:
        return f"server {self.id} ({self.type})"
