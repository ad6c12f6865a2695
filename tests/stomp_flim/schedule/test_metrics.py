"""Metrics: hand values, and laws that tie them to the schedule."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from oracle import rows
from strategies import dense_workloads, policies, workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.schedule.metrics import Metrics

PLATFORM = Platform({"DSP": 2, "memory": 1, "idle": 3})
GRAPH = TaskGraph.from_tasks(
    [
        Task("read", [Mode({"memory": 1}, 3, occupancy=2)]),
        Task("multiply", [Mode({"DSP": 2}, 4)]),
        Task("write", [Mode({"memory": 1, "DSP": 1}, 1)]),
    ],
    [(0, 1), (1, 2)],
    "pixel",
)


@pytest.fixture
def metrics():
    """Two jobs that compete, the second arriving at 1, and a third that is alone at 30.

    ::

                 0     2     4        7           11 12 13
        DSP 0             3 multiply  | multiply' |w |w'|
        DSP 1             3 multiply  | multiply' |  |  |
        memory   |read |read'|                    |w |w'|
    """
    jobs = [Job(GRAPH, deadline=8), Job(GRAPH, arrival=1, deadline=10), Job(GRAPH, arrival=30)]
    return simulate(jobs, PLATFORM, "hlfet").metrics


def table(frame):
    """Turn a frame into a list of rows, missing values as None."""
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_the_schedule_behind_the_hand_values(metrics):
    """Each row of the drawing, and a third job alone at 30."""
    assert [
        (0, 0, 0, 0, 0, 2, 3, (2,)),
        (0, 1, 0, 3, 3, 7, 7, (0, 1)),
        (0, 2, 0, 7, 11, 12, 12, (0, 2)),
        (1, 0, 0, 1, 2, 4, 5, (2,)),
        (1, 1, 0, 5, 7, 11, 11, (0, 1)),
        (1, 2, 0, 11, 12, 13, 13, (0, 2)),
        (2, 0, 0, 30, 30, 32, 33, (2,)),
        (2, 1, 0, 33, 33, 37, 37, (0, 1)),
        (2, 2, 0, 37, 37, 38, 38, (0, 2)),
    ] == sorted(rows(metrics.schedule))


def test_utilization(metrics):
    """Server-cycles over servers times makespan; a type that nobody used is there too."""
    assert ["server_type", "servers", "busy", "utilization"] == list(metrics.utilization.columns)
    assert [
        ["DSP", 2, 3 * (2 * 4 + 1), 27 / (2 * 38)],
        ["memory", 1, 3 * (2 + 1), 9 / 38],
        ["idle", 3, 0, 0.0],
    ] == table(metrics.utilization)


def test_waiting(metrics):
    """Write waited from 7 to 11, write' from 11 to 12, multiply' from 5 to 7, read' from 1 to 2."""
    columns = ["server_type", "tasks", "mean", "median", "maximum", "total"]
    assert columns == list(metrics.waiting.columns)
    assert [
        ["DSP", 6, 7 / 6, 0.5, 4, 7],
        ["memory", 6, 6 / 6, 0.5, 4, 6],
    ] == table(metrics.waiting)


def test_occupancy(metrics):
    """Busy servers at each change."""
    dsp = [[3, 2], [7, 2], [11, 1], [12, 1], [13, 0], [33, 2], [37, 1], [38, 0]]
    memory = [[0, 1], [2, 1], [4, 0], [11, 1], [12, 1], [13, 0], [30, 1], [32, 0], [37, 1], [38, 0]]
    expected = [["DSP", *step] for step in dsp] + [["memory", *step] for step in memory]
    assert ["server_type", "time", "busy"] == list(metrics.occupancy.columns)
    assert expected == table(metrics.occupancy)


def test_queue_length(metrics):
    """Multiply' asks for two DSPs; tasks that start at once never wait."""
    steps = {(t, time): n for t, time, n in table(metrics.queue_length)}
    assert ["server_type", "time", "waiting"] == list(metrics.queue_length.columns)
    dsp = {3: 0, 5: 2, 7: 1, 11: 1, 12: 0, 33: 0, 37: 0}
    memory = {0: 0, 1: 1, 2: 0, 7: 1, 11: 1, 12: 0, 30: 0, 37: 0}
    assert {("DSP", time): n for time, n in dsp.items()} | {
        ("memory", time): n for time, n in memory.items()
    } == steps


def test_jobs(metrics):
    """Deadlines count from the arrival; a job without one has none to miss."""
    assert [
        [0, "pixel", 0, 0, 12, 12, 8, False],
        [1, "pixel", 1, 2, 13, 12, 10, False],
        [2, "pixel", 30, 30, 38, 8, None, None],
    ] == table(metrics.jobs)
    columns = "job graph arrival start finish response deadline met"
    assert columns.split() == list(metrics.jobs.columns)


def test_a_deadline_is_met_in_its_last_cycle():
    """Eight cycles are enough for a pixel that is alone, seven are not."""
    for deadline, met in ((8, True), (7, False)):
        jobs = simulate([Job(GRAPH, arrival=5, deadline=deadline)], PLATFORM).metrics.jobs
        assert [met] == jobs["met"].tolist()


def area(frame, column):
    """Area under a step function, by server type."""
    after = frame.groupby("server_type")["time"].shift(-1)
    products = frame[column] * (after - frame["time"])
    return products.groupby(frame["server_type"]).sum()


@settings(max_examples=40)
@given(workloads() | dense_workloads(), policies)
def test_areas_are_totals(workload, policy):
    """Little's law: the area under the queue length is the waiting; under the occupancy, busy."""
    result = simulate(*workload, policy)
    frame = result.schedule.to_frame()
    waited = (frame["start"] - frame["ready"]).groupby(frame["server_type"]).sum()
    pd.testing.assert_series_equal(
        waited, area(result.metrics.queue_length, "waiting"), check_dtype=False, check_names=False
    )
    busy = {t: cycles for t, cycles in result.schedule.busy.items() if cycles}
    assert busy == area(result.metrics.occupancy, "busy").to_dict()


@settings(max_examples=40)
@given(workloads() | dense_workloads(), policies)
def test_step_functions_end_empty_and_never_exceed_the_servers(workload, policy):
    """All that waited was served, and all servers are free in the end."""
    platform = workload[1]
    metrics = simulate(*workload, policy).metrics
    for frame, column in ((metrics.occupancy, "busy"), (metrics.queue_length, "waiting")):
        assert (frame[column] >= 0).all()
        assert (frame.groupby("server_type")[column].last() == 0).all()
        assert frame.groupby("server_type")["time"].is_monotonic_increasing.all()
    assert (
        metrics.occupancy["busy"] <= metrics.occupancy["server_type"].map(platform.servers)
    ).all()


@settings(max_examples=40)
@given(workloads(), policies)
def test_the_frames_agree_with_the_rows(workload, policy):
    """Jobs, waiting and utilization, each counted again from single executions."""
    jobs, platform = workload
    result = simulate(jobs, platform, policy)
    record, metrics = rows(result.schedule), result.metrics
    for job in metrics.jobs.itertuples():
        own = [row for row in record if row.job == job.job]
        assert min(row.start for row in own) == job.start
        assert max(row.finish for row in own) == job.finish
        assert job.finish - jobs[job.job].arrival == job.response
        deadline = jobs[job.job].deadline
        assert pd.isna(job.met) if deadline is None else job.met == (job.response <= deadline)
    for waiting in metrics.waiting.itertuples():
        waits = [
            row.start - row.ready
            for row in record
            if waiting.server_type in jobs[row.job].graph.modes(row.task)[row.mode].demand
        ]
        assert (len(waits), sum(waits), max(waits)) == (
            waiting.tasks,
            waiting.total,
            waiting.maximum,
        )
    assert list(platform.servers) == metrics.utilization["server_type"].tolist()
    assert metrics.utilization["utilization"].between(0, 1).all()


def test_the_queue_histogram(metrics):
    """The drawing: one task waits at 1 and from 5 to 7, from 7 to 11 and from 11 to 12."""
    assert ["length", "cycles", "fraction"] == list(metrics.queue_histogram.columns)
    assert [[0, 30, 30 / 38], [1, 8, 8 / 38]] == table(metrics.queue_histogram)


def test_the_statistics(metrics):
    """STOMP's figures of a run, from the drawing, as values that JSON can hold."""
    expected = {
        "waiting": {"mean": 8 / 9, "maximum": 4},
        "response": {"mean": (12 + 12 + 8) / 3, "maximum": 12},
        "queue_length": {"mean": 8 / 38, "maximum": 1},
        "queue_histogram": {"0": 30, "1": 8},
        "deadlines": {"jobs": 2, "met": 0},
    }
    assert expected == json.loads(json.dumps(metrics.statistics))


@given(workloads(), policies)
def test_the_queue_histogram_is_a_partition_of_the_makespan(workload, policy):
    """Its cycles sum to the makespan and its area is the total waiting (Little's law)."""
    schedule = simulate(*workload, policy).schedule
    histogram = Metrics(schedule).queue_histogram
    assert schedule.makespan == histogram["cycles"].sum()
    waited = (schedule.start - schedule.ready).sum()
    assert waited == (histogram["cycles"] * histogram["length"]).sum()
