"""A task as STOMP shows it to a policy.

Names and meanings are STOMP's, of its master branch and of its branches with task graphs; times
are cycles. An attribute that is not here does not exist, and a policy that asks for it ends with an
error that names its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from types import SimpleNamespace
from typing import Any

from stomp_flim.errors import InputError
from stomp_flim.policy import ReadyTask, View


class Task:
    """A task that waits or runs.

    Parameters
    ----------
    view : View
        Of the run.
    ready : ReadyTask
        Which task of which job.
    number : int
        How many tasks became ready before it.
    power : mapping of str to number
        Power on server types, from the configuration; 1 on others.

    Raises
    ------
    InputError
        If STOMP does not know such a task.

    Attributes
    ----------
    type : str
        Name of the task in its graph.
    id, trace_id, tid : int
        Its number among all tasks that became ready (twice), and in its graph.
    dag_id, dag_type : int, str
        Its job, and the name of its job's graph.
    priority : int
        Of its job.
    arrival_time : int
        When it became ready.
    dtime, deadline : float
        The cycle until which its job should finish, and what was left until then when the task
        became ready; infinite without a deadline.
    mean_service_time_list : list of (str, int)
        Server types with the mean service time, the fastest first, equal ones as declared.
    mean_service_time_dict : dict of str to int
        The same by server type, as declared.
    stdev_service_time_list, stdev_service_time_dict : list, dict
        Deviations in the same forms: always 0, for no policy sees a distribution.
    per_server_services : list of (int or str)
        Service times as far as the run lets policies know them, one for each server type of the
        platform; ``"None"`` where the task cannot run.
    per_server_service_dict : dict of str to int
        The same by server type.
    min_time, max_time : int, float
        The extremes of these.
    power_dict : dict of str to number
        Power by server type.
    parent_data : list of (int, int)
        Number of each predecessor and the server that it ran on.
    possible_server_idx, possible_mean_service_time, reserved_server_id, ptoks_used, wpower
        For the policy to set; None at first.
    rank, rank_type, task_variables
        For the policy to set: -1, 0 and an empty namespace at first. No meta policy runs here.
    server_type, peid : str or None, int or None
        Where it runs, and which server it ran on.
    task_service_time, curr_job_start_time : int or None
        Its service time on its server as far as it is known, and when it started, once it did.
    departure_time, task_lifetime : int or None
        When it ended, and that less its arrival, once it did.
    noaffinity_time, current_time, scheduled, processor, static_server_id, children_data
        As STOMP sets them up, and then leaves them.
    """

    def __init__(
        self,
        view: View,
        ready: ReadyTask,
        number: int,
        power: Mapping[str, Any],
        parent_data: Sequence[tuple[int, int]],
    ) -> None:
        job = view.workload.jobs[ready.job]
        modes = job.graph.modes(ready.task)
        self.mode = _modes(view, ready)
        self.type = job.graph.task_names[ready.task]
        self.id = self.trace_id = number
        self.tid = ready.task
        self.dag_id = ready.job
        self.dag_type = job.graph.name
        self.priority = job.priority
        self.arrival_time = ready.ready
        self.dtime = inf if job.deadline is None else job.arrival + job.deadline
        self.deadline = self.dtime - ready.ready
        self.mean_service_time_dict = {t: modes[m].latency for t, m in self.mode.items()}
        self.mean_service_time_list = sorted(
            self.mean_service_time_dict.items(), key=lambda item: item[1]
        )
        self.stdev_service_time_dict = dict.fromkeys(self.mode, 0.0)
        self.stdev_service_time_list = list(self.stdev_service_time_dict.items())
        self.per_server_service_dict = {
            server_type: view.latency(ready.job, ready.task, self.mode[server_type]) or mean
            for server_type, mean in self.mean_service_time_dict.items()
        }
        self.per_server_services: list[int | str] = [
            self.per_server_service_dict.get(t, "None") for t in view.platform.servers
        ]
        self.min_time = min(self.per_server_service_dict.values())
        self.max_time = float(max(self.per_server_service_dict.values()))
        self.power_dict = {t: power.get(t, 1) for t in self.mode}
        self.parent_data = list(parent_data)
        self.children_data: list[Any] = []
        self.possible_server_idx = self.possible_mean_service_time = None
        self.reserved_server_id = self.static_server_id = None
        self.ptoks_used = self.wpower = None
        self.rank, self.rank_type = -1, 0
        self.task_variables = SimpleNamespace()
        self.noaffinity_time = self.current_time = self.scheduled = 0
        self.processor = -1
        self.server_type: str | None = None
        self.peid: int | None = None
        self.task_service_time: int | None = None
        self.curr_job_start_time: int | None = None
        self.departure_time: int | None = None
        self.task_lifetime: int | None = None

    def calc_slack(self, sim_time: int, service_time: float, remaining_time: float = 0) -> float:
        """Return what is left of the deadline after a wait and a service time."""
        return self.dtime - sim_time - service_time - remaining_time

    def __lt__(self, other: Task) -> bool:
        return self.tid < other.tid

    def __repr__(self) -> str:
        return f"task {self.type!r} (job {self.dag_id}, task {self.tid})"


def _modes(view: View, ready: ReadyTask) -> dict[str, int]:
    """Return the mode of a task on each server type of the platform that can run it."""
    graph = view.workload.jobs[ready.job].graph
    modes: dict[str, int] = {}
    for number, mode in enumerate(graph.modes(ready.task)):
        (server_type, units), *others = mode.demand.items()
        if others or units != 1 or mode.occupancy != mode.latency or server_type in modes:
            raise InputError(
                f"graph {graph.name!r}: task {ready.task} ({graph.task_names[ready.task]!r}) has "
                f"mode {dict(mode.demand)} with latency {mode.latency} and occupancy "
                f"{mode.occupancy}, expected for a policy of STOMP's one unit of one server type, "
                "held for the latency, and one mode for a type"
            )
        modes[server_type] = number
    return {t: number for t, number in modes.items() if t in view.platform.servers}
