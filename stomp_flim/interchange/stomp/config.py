"""STOMP's JSON configurations: those of IBM's STOMP, with tasks, and those for task graphs.

Only what determines a schedule here is read: the servers, the tasks with their service times, the
policy, the trace, the number, rate and scale of arrivals and the seed. Whatever would change
a schedule in STOMP and does not exist here is refused unless it is switched off.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from stomp_flim.errors import InputError, dotted, near_names
from stomp_flim.files import reading
from stomp_flim.interchange.stomp.graph import modes_of
from stomp_flim.interchange.stomp.overrides import override
from stomp_flim.interchange.text.delimited import read_text
from stomp_flim.interchange.text.json_document import parsed
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Task

_POLICIES = {
    "edf": "stomp-edf",
    "simple_policy_ver1": "simple-policy-1",
    "simple_policy_ver2": "simple-policy-2",
    "simple_policy_ver3": "simple-policy-3",
    "simple_policy_ver4": "simple-policy-4",
    "simple_policy_ver5": "simple-policy-5",
    "ts_eft": "ts-eft",
    "edf_eft": "edf-eft",
}
"""STOMP's policies by module, and what they are called here."""


def _whole(value: object) -> object:
    """JSON does not tell 500.0 from 500."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, Field(ge=1, le=10**6)]
Cycles = Annotated[Whole, Field(ge=1, lt=10**15)]
Nonnegative = Annotated[float, Field(ge=0, lt=10**15)]
Absent = Literal[False]


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


class General(_Section):
    """The section ``general``."""

    input_trace_file: str = ""
    random_seed: Annotated[Whole, Field(ge=0)] = 0


class Server(_Section):
    """One server type."""

    count: Count
    id: Whole | None = None


class TaskType(_Section):
    """One type of task: service times by server type, means in cycles and their deviations.

    Power by server type is for policies. What communication costs between two server types, and
    data on one, may only be nothing.
    """

    mean_service_time: dict[str, Cycles]
    stdev_service_time: dict[str, Nonnegative] = {}
    power: dict[str, Nonnegative] = {}
    comm_cost: dict[str, dict[str, Nonnegative]] = {}
    data_cost: dict[str, Nonnegative] = {}


class NamedPolicy(_Section):
    """What a configuration for task graphs means by the name of a policy."""

    task_policy: str


class Simulation(_Section):
    """The section ``simulation``."""

    servers: Annotated[dict[str, Server], Field(min_length=1)]
    tasks: dict[str, TaskType] = {}
    sched_policy_module: str = ""
    policy: str = ""
    policies: dict[str, NamedPolicy] = {}
    max_tasks_simulated: Annotated[Whole, Field(ge=1)] | None = None
    mean_arrival_time: Annotated[float, Field(gt=0, lt=10**15)] | None = None
    arrival_time_scale: Annotated[float, Field(ge=0, le=1000)] = 1.0
    contention: Absent = False
    drop: Absent = False
    promote: Absent = False
    pwr_mgmt: Absent = False
    power_mgmt_enabled: Absent = False


class StompConfig(_Section):
    """A STOMP configuration.

    Attributes
    ----------
    path : Path
        Where it was read.
    general, simulation : General, Simulation
        Its two sections.
    document : dict
        All of it, as JSON, with what is not read here.
    """

    path: Path
    document: dict[str, Any]
    general: General = General()
    simulation: Simulation

    @property
    def platform(self) -> Platform:
        """The servers, by ``id`` where the configuration has them, otherwise as listed."""
        servers = self.simulation.servers
        numbers = {name: server.id for name, server in servers.items()}
        names = list(servers)
        given = {name: number for name, number in numbers.items() if number is not None}
        if given:
            if len(set(given.values())) < len(servers):
                raise InputError(
                    f"{self.path}: simulation.servers: ids {numbers}, expected a different one "
                    "for each server type, or none at all"
                )
            names.sort(key=given.__getitem__)
        return Platform({name: servers[name].count for name in names}, name=self.path.stem)

    @property
    def trace(self) -> Path:
        """The trace that the configuration names, relative to the folder of the configuration.

        Raises
        ------
        InputError
            If it names none.
        """
        name = self.general.input_trace_file
        if not name:
            raise InputError(
                f"{self.path}: general.input_trace_file names no trace, and no other was given"
            )
        return self.path.parent / name

    def policy(self, *, looks_past: bool = False) -> str:
        """Return the policy here that is the configuration's.

        Parameters
        ----------
        looks_past : bool
            Whether simple policy 2 looks past tasks that do not fit, as in the version of STOMP
            that the published task graphs were run with: that is ``fifo``. IBM's does not.

        Raises
        ------
        InputError
            If the configuration names none, or one that has no counterpart here.
        """
        simulation = self.simulation
        named = {"sched_policy_module": simulation.sched_policy_module}
        if simulation.policy:
            entry = simulation.policies.get(simulation.policy)
            named["policy"] = entry.task_policy if entry else simulation.policy
        found = {key: _POLICIES.get(name.rpartition(".")[2]) for key, name in named.items()}
        for key, policy in found.items():
            if policy is None or policy != found["sched_policy_module"]:
                expected = (
                    f"expected one of {', '.join(_POLICIES)}"
                    if policy is None
                    else f"and sched_policy_module is {named['sched_policy_module']!r}"
                )
                raise InputError(
                    f"{self.path}: simulation.{key} is {named[key]!r}, {expected}; "
                    "name the policy to run with (--policy)"
                )
        policy = str(found["sched_policy_module"])
        return "fifo" if looks_past and policy == "simple-policy-2" else policy

    def require_free_communication(self) -> None:
        """Raise an `InputError` where moving data between servers takes time, as in IBM's DAGs."""
        for key, cost in self._costs():
            if cost:
                raise InputError(
                    f"{self.path}: {key} is {cost}, expected 0 for task graphs: moving data takes "
                    "no time here (--set 'simulation.tasks.*.comm_cost.*.*=0' and "
                    "--set 'simulation.tasks.*.data_cost.*=0')"
                )

    def _costs(self) -> Iterator[tuple[str, float]]:
        for name, task in self.simulation.tasks.items():
            for source, costs in task.comm_cost.items():
                for target, cost in costs.items():
                    yield f"simulation.tasks.{name}.comm_cost.{source}.{target}", cost
            for target, cost in task.data_cost.items():
                yield f"simulation.tasks.{name}.data_cost.{target}", cost

    def task_graphs(self) -> dict[str, TaskGraph]:
        """Return a graph of one task for each task type, with its service times as modes.

        Where a deviation is not 0 the service time is normally distributed.

        Raises
        ------
        InputError
            If there is no task type, a deviation has no mean, or a type runs on no server.
        """
        types = list(self.platform.servers)
        if not self.simulation.tasks:
            raise InputError(f"{self.path}: simulation.tasks: missing, expected the types of task")
        graphs = {}
        for name, task_type in self.simulation.tasks.items():
            for server_type, deviation in task_type.stdev_service_time.items():
                if deviation != 0 and server_type not in task_type.mean_service_time:
                    raise InputError(
                        f"{self.path}: simulation.tasks.{name}.stdev_service_time.{server_type} "
                        f"is {deviation}, expected a mean service time of that name too; "
                        f"{near_names(server_type, task_type.mean_service_time)}"
                    )
            modes = modes_of(task_type.mean_service_time, types, task_type.stdev_service_time)
            if not modes:
                raise InputError(
                    f"{self.path}: simulation.tasks.{name}.mean_service_time has "
                    f"{_listed(task_type.mean_service_time)}, none of which is a server of the "
                    f"platform ({_listed(types)})"
                )
            graphs[name] = TaskGraph.from_tasks([Task(name, modes)], [], name)
        return graphs


def read_config(path: Path | str, overrides: Iterable[str] = ()) -> StompConfig:
    """Read a STOMP configuration.

    Parameters
    ----------
    path : path
        The JSON file.
    overrides : iterable of str
        Changes, each ``key=value``; see `stomp_flim.interchange.stomp.overrides.override`.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON or lacks something, an override names a key that
        does not exist, or a value is not what it should be.
    """
    path = Path(path)
    document = parsed(read_text(path), str(path))
    if not isinstance(document, dict):
        raise InputError(f"{path}: {type(document).__name__}, expected a JSON object")
    override(document, overrides, str(path))
    try:
        with reading(path):
            return StompConfig.model_validate({**document, "path": path, "document": document})
    except ValidationError as error:
        raise InputError(f"{path}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = dotted(problem["loc"])
    if problem["type"] == "missing":
        return f"{key}: missing"
    expected = problem["msg"].replace("Input should be", "expected")
    if problem["type"] in ("model_type", "dict_type"):
        expected = "expected an object"
    elif problem["type"] == "too_short":
        expected = "expected at least one entry"
    elif problem["type"] == "literal_error":
        expected = "expected false: this feature of STOMP does not exist here"
    return f"{key} is {reprlib.repr(problem['input'])}, {expected}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
