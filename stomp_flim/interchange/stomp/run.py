"""A whole run of STOMP: configuration, trace and task graphs to jobs and a platform.

With a job trace, jobs execute the graphs ``dag_<graph>_<timestep>.graphml`` and ``.txt``, for IBM's
traces, which have no header, ``dag<graph>.graphml`` and ``dag_<graph>.txt``; an instant of
simulated time is one event. With a task trace, each task is a job of its own, takes the service
times of the configuration (as STOMP does, which reads and ignores those of the trace), and every
arrival and completion is an event with at most one assignment after it. The first task arrives in
cycle 0 whatever the trace says, for so STOMP's simulation begins. Without a trace, tasks of random
type arrive in a Poisson process (STOMP's dynamic mode) and run as those of a trace.

What is equal to STOMP's and what is not:

- where every ``stdev_service_time`` is 0 and arrivals come from a trace, the schedule is equal;
- where a deviation is not 0, the service time is normally distributed with that mean and deviation,
  rounded to a cycle and at least 1; where there is no trace, the times between arrivals are
  exponential with ``mean_arrival_time`` and all task types are equally likely. These are the same
  distributions, but other numbers: STOMP draws as it goes, for the server that was chosen, so that
  its policies meet different service times; here they are drawn before the run for each task and
  server type. Means over many tasks agree, single tasks do not;
- where a job of task graphs arrives late and has several sources, all of them become ready when it
  arrives. In IBM's STOMP that holds for task 0 only, and the others are ready from cycle 0 on;
- policies see the durations of a graph's table, where IBM's see those of its type of task in the
  configuration until they have decided;
- ``pre_gen_arrivals`` makes no difference here, since arrivals are always drawn before the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stomp_flim.chance.arrivals import poisson
from stomp_flim.errors import InputError, near_names
from stomp_flim.interchange.stomp.config import StompConfig, read_config
from stomp_flim.interchange.stomp.graph import read_graph
from stomp_flim.interchange.stomp.trace import JobTrace, TaskEntry, TaskTrace, read_trace
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job
from stomp_flim.policy import Policy
from stomp_flim.policy.loading import parse

MOST_ARRIVALS = 10**7
"""Random arrivals of a run: each is kept, in about a kilobyte."""


@dataclass(frozen=True)
class StompRun:
    """What `stomp_flim.simulate` needs for a run of STOMP.

    Attributes
    ----------
    jobs : list of Job
        In the order of the trace.
    platform : Platform
        The servers.
    policy : str or Policy
        Its name; a `Policy` where it takes the configuration, as those written for STOMP do.
    rounds : {"instant", "event"}
        When the policy is asked.
    trace : JobTrace or TaskTrace
        What arrives; names the rows of a schedule (`write_schedule`).
    seed : int
        For durations that are random.
    """

    jobs: list[Job]
    platform: Platform
    policy: str | Policy
    rounds: Literal["instant", "event"]
    trace: JobTrace | TaskTrace
    seed: int = 0


def load_run(
    config: Path | str,
    trace: Path | str | None = None,
    graphs: Path | str | None = None,
    overrides: Iterable[str] = (),
    policy: str | None = None,
    seed: int | None = None,
) -> StompRun:
    """Read all files of a run.

    Parameters
    ----------
    config : path
        The JSON configuration.
    trace : path, optional
        The trace, by default the one that the configuration names; where it names none, arrivals
        are random.
    graphs : path, optional
        Folder of the task graphs; a job trace needs it.
    overrides : iterable of str
        Changes to the configuration, each ``key=value``.
    policy : str, optional
        By default the policy of the configuration.
    seed : int, optional
        Of what is random, by default the configuration's ``random_seed``.

    Raises
    ------
    InputError
        If a file or an override is not what it should be; see `read_config`, `read_trace` and
        `read_graph`.

    Notes
    -----
    Arrivals and deadlines are multiplied by the configuration's ``arrival_time_scale``, and what is
    less than a cycle is cut off, as STOMP does. Of a task trace the first ``max_tasks_simulated``
    tasks are taken, and so many tasks arrive where there is no trace; a job trace is taken whole.
    """
    settings = read_config(config, overrides)
    platform = settings.platform
    seed = settings.general.random_seed if seed is None else seed
    arrivals: JobTrace | TaskTrace
    if trace is None and not settings.general.input_trace_file:
        arrivals = _random_arrivals(settings, seed)
    else:
        arrivals = read_trace(settings.trace if trace is None else trace, list(platform.servers))
    if policy is None:
        policy = settings.policy(looks_past=isinstance(arrivals, JobTrace) and not arrivals.ibm)
    chosen = _configured(policy, settings)
    if isinstance(arrivals, TaskTrace):
        jobs = _task_jobs(arrivals, settings)
        return StompRun(jobs, platform, chosen, "event", arrivals, seed)
    jobs = _graph_jobs(arrivals, settings, platform, graphs)
    return StompRun(jobs, platform, chosen, "instant", arrivals, seed)


def _configured(name: str, settings: StompConfig) -> str | Policy:
    """Hand the configuration to a policy that takes it."""
    policy = parse(name)
    configure = getattr(policy.implementation, "configure", None)
    if configure is None:
        return name
    configure(settings.document)
    return policy


def _random_arrivals(settings: StompConfig, seed: int) -> TaskTrace:
    simulation = settings.simulation
    for key in ("mean_arrival_time", "max_tasks_simulated", "tasks"):
        if not getattr(simulation, key):
            raise InputError(
                f"{settings.path}: general.input_trace_file names no trace, and no other was "
                f"given; for random arrivals simulation.{key} is missing"
            )
    assert simulation.mean_arrival_time is not None
    assert simulation.max_tasks_simulated is not None
    if simulation.max_tasks_simulated > MOST_ARRIVALS:
        raise InputError(
            f"{settings.path}: simulation.max_tasks_simulated is {simulation.max_tasks_simulated}, "
            f"expected at most {MOST_ARRIVALS:,} where arrivals are random"
        )
    kinds = list(settings.task_graphs().values())
    jobs = poisson(kinds, simulation.mean_arrival_time, simulation.max_tasks_simulated, seed)
    entries = tuple(TaskEntry(job.arrival, job.graph.name) for job in jobs)
    return TaskTrace(settings.path, (), entries, tuple(range(1, len(entries) + 1)))


def _task_jobs(trace: TaskTrace, settings: StompConfig) -> list[Job]:
    graphs = settings.task_graphs()
    jobs: list[Job] = []
    limit = settings.simulation.max_tasks_simulated
    for entry, line in list(zip(trace.entries, trace.lines, strict=True))[:limit]:
        if entry.type not in graphs:
            raise InputError(
                f"{trace.path}, line {line}: task type {entry.type!r} is not in {settings.path}; "
                f"{near_names(entry.type, graphs)}"
            )
        arrival = _scaled(entry.time, settings) if jobs or not trace.server_types else 0
        jobs.append(Job(graphs[entry.type], arrival))
    return jobs


def _graph_jobs(
    trace: JobTrace, settings: StompConfig, platform: Platform, folder: Path | str | None
) -> list[Job]:
    if folder is None:
        raise InputError(
            f"{trace.path}: a job trace, expected also the folder of its task graphs (--graphs)"
        )
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder, expected the task graphs of {trace.path}")
    settings.require_free_communication()
    graphs: dict[str, TaskGraph] = {}
    jobs = []
    for entry, line in zip(trace.entries, trace.lines, strict=True):
        name, table = entry.files
        if name not in graphs:
            graphml = folder / name
            if not graphml.is_file():
                known = near_names(graphml.stem, (p.stem for p in folder.glob("*.graphml")))
                raise InputError(
                    f"{trace.path}, line {line}: {entry.graph_text}: no file {graphml}; {known}"
                )
            graphs[name] = read_graph(graphml, folder / table, list(platform.servers))
        arrival = _scaled(entry.time, settings)
        deadline = None
        if entry.deadline is not None:
            due = int(arrival + entry.deadline * settings.simulation.arrival_time_scale)
            deadline = max(1, due - arrival)
        jobs.append(Job(graphs[name], arrival, entry.priority, deadline))
    return jobs


def _scaled(time: int, settings: StompConfig) -> int:
    return int(time * settings.simulation.arrival_time_scale)
