"""Schedules: the proof that one is allowed, and what it refuses."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import dense_workloads, policies, workloads

from stomp_flim import Job, Mode, Platform, ScheduleError, Task, TaskGraph, simulate

PLATFORM = Platform({"DSP": 2, "memory": 2})
GRAPH = TaskGraph.from_tasks(
    [
        Task("read", [Mode({"memory": 1}, 3, occupancy=2)]),
        Task("multiply", [Mode({"DSP": 1}, 2), Mode({"DSP": 2}, 1)]),
        Task("write", [Mode({"memory": 1, "DSP": 1}, 4)]),
    ],
    [(0, 1), (1, 2)],
    "pixel",
)


@pytest.fixture
def schedule():
    """Two jobs, the second of which arrives at 5: read 0-3, multiply 3-4, write 4-8; 5 later."""
    return simulate([Job(GRAPH), Job(GRAPH, arrival=5)], PLATFORM).schedule


def changed(schedule, job, task, /, **columns):
    """Change single cells of the execution of a task."""
    (execution,) = np.flatnonzero((schedule.job == job) & (schedule.task == task))
    new = {name: getattr(schedule, name).copy() for name in columns}
    for name, value in columns.items():
        new[name][execution] = value
    return dataclasses.replace(schedule, **new)


def moved(schedule, job, task, cycles):
    """Start a task at another time, all else equal."""
    (execution,) = np.flatnonzero((schedule.job == job) & (schedule.task == task))
    times = ("start", "released", "finish")
    now = {name: getattr(schedule, name)[execution] + cycles for name in times}
    return changed(schedule, job, task, **now)


def on_servers(schedule, job, task, *servers):
    """Let a task hold other servers."""
    held = [
        list(servers) if (row.job, row.task) == (job, task) else list(row.servers)
        for row in rows(schedule)
    ]
    return dataclasses.replace(
        schedule,
        server_offset=np.cumsum([0, *map(len, held)]),
        server=np.array([number for numbers in held for number in numbers]),
    )


def executions(schedule, chosen):
    """Keep some executions, perhaps several times."""
    columns = ("job", "task", "mode", "ready", "start", "released", "finish")
    held = [rows(schedule)[execution].servers for execution in chosen]
    return dataclasses.replace(
        schedule,
        **{name: getattr(schedule, name)[list(chosen)] for name in columns},
        server_offset=np.cumsum([0, *map(len, held)]),
        server=np.array([number for numbers in held for number in numbers]),
    )


def test_the_schedule_that_is_corrupted_below(schedule):
    """It is valid as it is, and each row is known."""
    schedule.check()
    assert [
        (0, 0, 0, 0, 0, 2, 3, (2,)),
        (0, 1, 1, 3, 3, 4, 4, (0, 1)),
        (0, 2, 0, 4, 4, 8, 8, (0, 2)),
        (1, 0, 0, 5, 5, 7, 8, (3,)),
        (1, 1, 1, 8, 8, 9, 9, (0, 1)),
        (1, 2, 0, 9, 9, 13, 13, (0, 2)),
    ] == rows(schedule)


CORRUPTIONS = {
    "before its predecessor": (
        lambda s: moved(s, 0, 2, -1),
        "job 0, task 2 ('write') starts at 3, before its predecessor 1 ('multiply') finishes at 4",
    ),
    "before its arrival": (
        lambda s: moved(s, 1, 0, -1),
        "job 1, task 0 ('read') starts at 4, before the arrival of its job at 5",
    ),
    "two tasks on one server": (
        lambda s: on_servers(s, 1, 0, 2),
        "server 2 holds two tasks at 5: job 0, task 2 ('write') and job 1, task 0 ('read')",
    ),
    "one server twice": (
        lambda s: on_servers(s, 0, 1, 1, 1),
        "server 1 holds two tasks at 3: job 0, task 1 ('multiply') and job 0, task 1 ('multiply')",
    ),
    "wrong server type": (
        lambda s: on_servers(s, 0, 0, 1),
        "job 0, task 0 ('read') holds {'DSP': 1}, expected {'memory': 1}",
    ),
    "one of two server types wrong": (
        lambda s: on_servers(s, 0, 2, 2, 3),
        "job 0, task 2 ('write') holds {'memory': 2}, expected {'memory': 1, 'DSP': 1}",
    ),
    "too few units": (
        lambda s: on_servers(s, 1, 1, 0),
        "job 1, task 1 ('multiply') holds {'DSP': 1}, expected {'DSP': 2}",
    ),
    "too many units": (
        lambda s: on_servers(s, 0, 0, 2, 3),
        "job 0, task 0 ('read') holds {'memory': 2}, expected {'memory': 1}",
    ),
    "no server": (
        lambda s: on_servers(s, 0, 0),
        "job 0, task 0 ('read') holds {}, expected {'memory': 1}",
    ),
    "unknown server": (
        lambda s: on_servers(s, 0, 0, 4),
        "job 0, task 0 ('read') holds server 4, expected 0 to 3",
    ),
    "negative server": (
        lambda s: on_servers(s, 0, 0, -1),
        "job 0, task 0 ('read') holds server -1, expected 0 to 3",
    ),
    "wrong latency": (
        lambda s: changed(s, 1, 2, released=12, finish=12),
        "job 1, task 2 ('write') has latency 3 and occupancy 3, expected 4 and 4",
    ),
    "wrong occupancy": (
        lambda s: changed(s, 0, 0, released=3),
        "job 0, task 0 ('read') has latency 3 and occupancy 3, expected 3 and 2",
    ),
    "another mode than it ran in": (
        lambda s: changed(s, 0, 1, mode=0),
        "job 0, task 1 ('multiply') has latency 1 and occupancy 1, expected 2 and 2",
    ),
    "unknown mode": (
        lambda s: changed(s, 0, 1, mode=2),
        "job 0, task 1 ('multiply') runs in mode 2, expected 0 to 1",
    ),
    "negative mode": (
        lambda s: changed(s, 0, 1, mode=-1),
        "job 0, task 1 ('multiply') runs in mode -1, expected 0 to 1",
    ),
    "wrong ready": (
        lambda s: changed(s, 1, 1, ready=7),
        "job 1, task 1 ('multiply') is recorded ready at 7, expected 8",
    ),
    "ready before the arrival": (
        lambda s: changed(s, 1, 0, ready=0),
        "job 1, task 0 ('read') is recorded ready at 0, expected 5",
    ),
    "missing task": (
        lambda s: executions(s, [0, 1, 2, 3, 4]),
        "job 1, task 2 ('write') is executed 0 times, expected once",
    ),
    "nothing at all": (
        lambda s: executions(s, []),
        "job 0, task 0 ('read') is executed 0 times, expected once",
    ),
    "a task twice": (
        lambda s: executions(s, [0, 1, 2, 3, 4, 5, 1]),
        "job 0, task 1 ('multiply') is executed 2 times, expected once",
    ),
    "unknown task": (
        lambda s: changed(s, 0, 2, task=3),
        "unknown task: job 0, task 3 is not in the workload",
    ),
    "negative task": (
        lambda s: changed(s, 1, 0, task=-1),
        "unknown task: job 1, task -1 is not in the workload",
    ),
    "unknown job": (
        lambda s: changed(s, 1, 0, job=2),
        "unknown task: job 2, task 0 is not in the workload",
    ),
    "negative job": (
        lambda s: changed(s, 1, 0, job=-1),
        "unknown task: job -1, task 0 is not in the workload",
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_each_broken_rule_is_named(schedule, corruption):
    """The first broken precedence, server, duration or task, with what was expected."""
    corrupt, message = CORRUPTIONS[corruption]
    with pytest.raises(ScheduleError) as error:
        corrupt(schedule).check()
    assert message == str(error.value)


def test_of_several_predecessors_the_late_one_is_named():
    """Not the one that finishes just then; also in a job that is not the first."""
    tasks = [Task(name, [Mode({"DSP": 1}, cycles)]) for name, cycles in (("a", 2), ("b", 3))]
    apart = Task("c", [Mode({"DSP": 1}, 1)])
    graph = TaskGraph.from_tasks([*tasks, tasks[0], apart], [(0, 2), (1, 2)])
    wide = Platform({"DSP": 9})
    schedule = moved(simulate([Job(graph)] * 2, wide).schedule, 1, 2, -1)
    message = r"job 1, task 2 \('a'\) starts at 2, before its predecessor 1 \('b'\) finishes at 3"
    with pytest.raises(ScheduleError, match=message):
        schedule.check()


def test_of_several_overlaps_the_first_is_named():
    """By time, not by server."""
    graph = TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, 4)])] * 4, [])
    schedule = simulate([Job(graph)], Platform({"DSP": 4})).schedule
    late = moved(on_servers(schedule, 0, 1, 0), 0, 1, 3)  # on server 0 from 3
    both = moved(on_servers(late, 0, 3, 2), 0, 3, 2)  # on server 2 from 2
    with pytest.raises(ScheduleError, match=r"server 2 holds two tasks at 2: .*task 2.*task 3"):
        both.check()


def test_a_mode_that_the_platform_lacks_servers_for_is_refused():
    """It cannot have run on the other servers alone."""
    modes = [Mode({"DSP": 1}, 1), Mode({"DSP": 1, "GPU": 1}, 1)]
    graph = TaskGraph.from_tasks([Task("either", modes)], [])
    schedule = changed(simulate([Job(graph)], PLATFORM).schedule, 0, 0, mode=1)
    with pytest.raises(ScheduleError, match=r"holds {'DSP': 1}, expected {'DSP': 1, 'GPU': 1}"):
        schedule.check()


@given(workloads() | dense_workloads(), policies, st.data())
def test_a_task_cannot_start_earlier_on_its_servers(workload, policy, data):
    """Moving a task before its ready cycle, or onto the task before it, is always refused."""
    schedule = simulate(*workload, policy).schedule
    row = data.draw(st.sampled_from(rows(schedule)))
    before = max(
        (
            other.released
            for other in rows(schedule)
            if other.start < row.start and set(other.servers) & set(row.servers)
        ),
        default=0,
    )
    earliest = max(before, row.ready)
    schedule.check()
    moved(schedule, row.job, row.task, 0).check()
    with pytest.raises(ScheduleError):
        moved(schedule, row.job, row.task, earliest - 1 - row.start).check()


@settings(max_examples=40)
@given(workloads(), policies)
def test_the_makespan_is_the_last_finish(workload, policy):
    """Not the last release, nor that of the task that started last."""
    schedule = simulate(*workload, policy).schedule
    assert max(row.finish for row in rows(schedule)) == schedule.makespan
    assert len(rows(schedule)) == len(schedule)


@settings(max_examples=40)
@given(workloads(), policies)
def test_busy_is_what_the_modes_occupy(workload, policy):
    """Units times occupancy, summed by server type."""
    jobs, platform = workload
    schedule = simulate(jobs, platform, policy).schedule
    busy = dict.fromkeys(platform.servers, 0)
    for row in rows(schedule):
        mode = jobs[row.job].graph.modes(row.task)[row.mode]
        for server_type, units in mode.demand.items():
            busy[server_type] += units * mode.occupancy
    assert busy == schedule.busy


@settings(max_examples=40)
@given(workloads(), policies)
def test_the_frame_has_a_row_a_held_server(workload, policy):
    """By job, task and server in input order, with names and server types spelled out."""
    jobs, platform = workload
    schedule = simulate(jobs, platform, policy).schedule
    types = [t for t, count in platform.servers.items() for _ in range(count)]
    expected = [
        (
            *row[:2],
            jobs[row.job].graph.task_names[row.task],
            row.mode,
            types[server],
            server,
            *row[3:7],
        )
        for row in sorted(rows(schedule))
        for server in row.servers
    ]
    frame = schedule.to_frame()
    columns = "job task name mode server_type server ready start released finish"
    assert columns.split() == list(frame.columns)
    assert expected == list(frame.itertuples(index=False, name=None))
    assert list(range(len(frame))) == list(frame.index)


@settings(max_examples=40)
@given(workloads(), policies)
def test_records_are_numbered_job_by_job(workload, policy):
    """A column by record number follows the jobs' tasks."""
    jobs, _ = workload
    schedule = simulate(*workload, policy).schedule
    ordered = sorted(rows(schedule))
    assert [row.start for row in ordered] == schedule.by_record(schedule.start).tolist()
    assert list(range(len(schedule))) == sorted(schedule.record.tolist())
    assert sum(len(job.graph) for job in jobs) == len(schedule)


def test_nothing_executed_takes_no_time(schedule):
    """And is no complete schedule."""
    columns = ("job", "task", "mode", "ready", "start", "released", "finish", "server")
    none = {name: getattr(schedule, name)[:0] for name in columns}
    empty = dataclasses.replace(schedule, server_offset=schedule.server_offset[:1], **none)
    assert 0 == empty.makespan
    with pytest.raises(ScheduleError, match="is executed 0 times, expected once"):
        empty.check()


def test_barriers_between_jobs_are_kept(schedule):
    """The second job may not start before the first has finished, and both must be known."""
    dataclasses.replace(schedule, barriers=[]).check()
    with pytest.raises(ScheduleError, match=r"job 1 starts at 5, before job 0 finishes at 8, with"):
        dataclasses.replace(schedule, barriers=[(0, 1)]).check()
    with pytest.raises(ScheduleError, match=r"between jobs 0 and 2, expected jobs 0 to 1"):
        dataclasses.replace(schedule, barriers=[(0, 2)]).check()
    for barrier in ((-1, 0), (0, -1)):
        with pytest.raises(ScheduleError, match=r"a barrier stands between jobs .*expected jobs 0"):
            dataclasses.replace(schedule, barriers=[barrier]).check()
    alone = simulate([Job(GRAPH), Job(GRAPH, arrival=8)], PLATFORM).schedule
    dataclasses.replace(alone, barriers=[(0, 1)]).check()
