"""Workloads: jobs as columns, and what is no job."""

import pytest
from hypothesis import given, settings
from strategies import workloads

from stomp_flim import InputError, Job, Mode, Task, TaskGraph, Workload

GRAPH = TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, 1)])] * 3, [])


@settings(max_examples=40)
@given(workloads())
def test_columns_follow_the_jobs(workload):
    """Graphs once each, in order of appearance; records are numbered job by job."""
    jobs, _ = workload
    columns = Workload(jobs)
    assert len(jobs) == len(columns)
    assert [job.graph for job in jobs] == [columns.graphs[n] for n in columns.graph_number]
    assert list(dict.fromkeys(job.graph for job in jobs)) == list(columns.graphs)
    assert [job.arrival for job in jobs] == columns.arrival.tolist()
    sizes = [len(job.graph) for job in jobs]
    assert [sum(sizes[:k]) for k in range(len(jobs) + 1)] == columns.first_task.tolist()
    assert sum(sizes) == columns.tasks


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"arrival": -1}, "a job has arrival -1, expected an integer >= 0"),
        ({"arrival": 0.5}, "a job has arrival 0.5, expected an integer >= 0"),
        ({"priority": "high"}, "a job has priority 'high', expected an integer"),
        ({"deadline": 0}, "a job has deadline 0, expected an integer >= 1"),
        ({"deadline": 2.5}, "a job has deadline 2.5, expected an integer >= 1"),
        ({"graph": "seq2seq"}, "a job's graph is 'seq2seq', expected a TaskGraph"),
    ],
)
def test_a_wrong_job_is_refused(arguments, message):
    """The value and what was expected."""
    with pytest.raises(InputError) as error:
        Job(**{"graph": GRAPH, **arguments})
    assert message == str(error.value)


def test_a_workload_has_a_job():
    """Zero pixels are an error."""
    with pytest.raises(InputError, match="no job, expected at least one pixel or task"):
        Workload([])
