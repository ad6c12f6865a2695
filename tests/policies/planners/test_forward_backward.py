"""Schedules passed forward and backward."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import dense_workloads, workloads

from experiments.phase.sets import published_graphs
from hwmodels.published import published
from policies.planners.forward_backward.shifts import shifted
from policies.planners.forward_backward.tables import Tables
from policies.planners.placement import Placement
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, Workload, simulate

LONG = 10**4
"""Cycles that are enough for any workload of the strategies."""


def single_mode(graph):
    """Return a graph with the first mode of each task, all servers held until the result."""
    tasks = [
        Task(str(task), [Mode(graph.modes(task)[0].demand, graph.modes(task)[0].latency)])
        for task in range(len(graph))
    ]
    return TaskGraph.from_tasks(tasks, graph.edges.tolist())


@pytest.mark.parametrize(("pixels", "optimum"), [(96, 60), (128, 60), (256, 80)])
def test_post_processing_waits_on_purpose(pixels, optimum):
    """It takes the proven optimum, which nothing reaches that leaves no server idle."""
    jobs = [Job(published_graphs()["post-processing"])] * pixels
    result = simulate(jobs, published(), "forward-backward:search=1000000")
    assert optimum == result.makespan < simulate(jobs, published(), "phase").makespan


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_it_is_valid_and_never_longer_than_phase(workload):
    """With several units, types, modes, graphs and arrivals."""
    result = simulate(*workload, "forward-backward:search=40000")
    result.schedule.check()
    assert result.lower_bound <= result.makespan
    assert result.makespan <= simulate(*workload, "phase:search=40000").makespan


@settings(max_examples=60)
@given(workloads() | dense_workloads(), st.integers(0, 2**16))
def test_a_pass_forward_is_insertion(workload, seed):
    """Task by task in a random order, as the planners of the papers place."""
    jobs, platform = Workload(workload[0]), workload[1]
    tables, placement = Tables(jobs, platform), Placement(jobs, platform)
    begin = tables.timing(simulate(jobs, platform).schedule)
    order = shifted(tables, begin, np.random.default_rng(seed))
    found = tables.forward(order, LONG)
    for record in order.tolist():
        slot = placement.earliest_finish(record)
        placement.place(record, slot)
        assert slot == (tables.options[found.option[record]], found.start[record])


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_a_pass_backward_is_one_forward_in_the_mirror(workload):
    """Of graphs whose edges are turned, where servers are held until the result."""
    graphs = [single_mode(job.graph) for job in workload[0]]
    turned = [
        TaskGraph.from_tasks(
            [Task(str(n), graph.modes(n)) for n in range(len(graph))], graph.edges[:, ::-1].tolist()
        )
        for graph in graphs
    ]
    there, mirror = (Tables(Workload(list(map(Job, of))), workload[1]) for of in (graphs, turned))
    finish = simulate(there.workload, workload[1]).schedule
    order = np.argsort(-finish.by_record(finish.finish), kind="stable")
    back, ahead = there.backward(order, LONG), mirror.forward(order, LONG)
    assert back.finish.tolist() == (-ahead.start).tolist()
    assert back.start.tolist() == (-ahead.finish).tolist()


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_no_pass_makes_a_schedule_longer(workload):
    """Where tasks have one mode each task goes no earlier backward, and then no later forward."""
    jobs = Workload([Job(single_mode(job.graph), job.arrival) for job in workload[0]])
    tables = Tables(jobs, workload[1])
    begin = tables.timing(simulate(jobs, workload[1], "lpt").schedule)
    late = tables.backward(np.argsort(-begin.finish, kind="stable"), begin.makespan)
    assert (late.start + begin.makespan >= begin.start).all()
    early = tables.forward(np.argsort(late.start, kind="stable"), begin.makespan)
    assert (early.start <= late.start + begin.makespan).all()


@settings(max_examples=40)
@given(workloads(), st.integers(0, 2**16))
def test_shifts_keep_predecessors_first(workload, seed):
    """Whatever is shifted, and by how much."""
    jobs = Workload(workload[0])
    tables = Tables(jobs, workload[1])
    begin = tables.timing(simulate(jobs, workload[1]).schedule)
    place = np.argsort(shifted(tables, begin, np.random.default_rng(seed)))
    assert sorted(place.tolist()) == list(range(jobs.tasks))
    for job, first in zip(jobs.jobs, jobs.first_task.tolist(), strict=False):
        before, after = first + job.graph.edges.T
        assert (place[before] < place[after]).all()


def test_what_is_too_long_is_refused():
    """A pass ends where the makespan would be above what is allowed."""
    graph = TaskGraph.from_tasks([Task("add", [Mode({"DSP": 1}, 3, occupancy=2)])], [])
    tables = Tables(Workload([Job(graph)] * 2), Platform({"DSP": 1}))
    order = np.arange(2)
    assert [0, 2] == tables.forward(order, 5).start.tolist()
    assert tables.forward(order, 4) is None
    assert [-3, -5] == tables.backward(order, 5).start.tolist()
    assert tables.backward(order, 4) is None


def test_without_a_search_it_is_phase():
    """Also where one pass would place more tasks than it may."""
    jobs = [Job(published_graphs()["post-processing"])] * 96
    for search in (0, 100):
        schedule = simulate(jobs, published(), f"forward-backward:search={search}").schedule
        assert rows(schedule) == rows(
            simulate(jobs, published(), f"phase:search={search}").schedule
        )
    with pytest.raises(InputError, match="search is -1"):
        simulate(jobs, published(), "forward-backward:search=-1")
