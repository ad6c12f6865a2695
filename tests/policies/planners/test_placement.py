"""Plans made task by task."""

import numpy as np
import pytest
from hypothesis import given, settings
from oracle import rows
from strategies import dense_workloads, workloads

from policies.planners.placement import Placement, in_order_of
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, Workload

HORIZON = 1500


class EveryCycle:
    """Insertion by a look at every cycle."""

    def __init__(self, workload, platform):
        self.workload = workload
        self.free = {name: np.full(HORIZON, count) for name, count in platform.servers.items()}
        self.finish = {}

    def place(self, record):
        """Return mode and start of a task where it finishes first, and take the servers."""
        job, task = self.workload.task_of(record)
        graph = self.workload.jobs[job].graph
        before = [record - task + u for u, v in graph.edges.tolist() if v == task]
        ready = max([self.workload.jobs[job].arrival, *(self.finish[u] for u in before)])
        found = []
        for number, mode in enumerate(graph.modes(task)):
            start = next(t for t in range(ready, HORIZON) if self.fits(mode, t))
            found.append((start + mode.latency, mode.latency, number, start))
        self.finish[record], _, number, start = min(found)
        mode = graph.modes(task)[number]
        for server_type, units in mode.demand.items():
            self.free[server_type][start : start + mode.occupancy] -= units
        return number, start

    def fits(self, mode, start):
        """Whether servers of all types demanded are free from a cycle on."""
        return all(
            (self.free[server_type][start : start + mode.occupancy] >= units).all()
            for server_type, units in mode.demand.items()
        )


@settings(max_examples=60)
@given(workloads() | dense_workloads())
def test_a_task_goes_where_it_finishes_first(instance):
    """As a look at every cycle finds it, for several units, types and modes and pipelined ones."""
    jobs, platform = instance
    workload = Workload(jobs)
    placement, every_cycle = Placement(workload, platform), EveryCycle(workload, platform)
    for record in in_order_of([graph.bottom_level for graph in workload.graphs], workload):
        slot = placement.earliest_finish(record)
        assert every_cycle.place(record) == (slot.option.mode, slot.start)
        placement.place(record, slot)
    placement.schedule().check()


@settings(max_examples=30)
@given(workloads())
def test_removing_undoes_placing(instance):
    """Each task is placed twice, and the plan is the same."""
    jobs, platform = instance
    workload = Workload(jobs)
    once, twice = Placement(workload, platform), Placement(workload, platform)
    for record in in_order_of([graph.tail for graph in workload.graphs], workload):
        slot = once.earliest_finish(record)
        enabled = once.place(record, slot)
        assert enabled == twice.place(record, twice.earliest_finish(record))
        twice.remove(record)
        assert slot == twice.earliest_finish(record)
        assert enabled == twice.place(record, slot)
    assert rows(once.schedule()) == rows(twice.schedule())


def test_servers_are_the_lowest_numbered_free_ones():
    """The task that is placed last starts first, and takes the first server."""
    graph = TaskGraph.from_tasks([Task("work", [Mode({"DSP": 1}, n)]) for n in (4, 1)], [])
    workload = Workload([Job(graph, arrival=1), Job(graph)])
    placement = Placement(workload, Platform({"DSP": 2}))
    for record in range(4):
        placement.place(record, placement.earliest_finish(record))
    frame = placement.schedule().to_frame()
    assert [(1, 0), (1, 1), (2, 1), (0, 0)] == list(
        zip(frame["start"].tolist(), frame["server"].tolist(), strict=True)
    )


def test_ranks_go_by_job_where_they_are_equal():
    """Higher ranks first, whatever graph they belong to."""
    graphs = [TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, 1)])] * n, []) for n in (2, 1)]
    workload = Workload([Job(graphs[0]), Job(graphs[1]), Job(graphs[0])])
    ranks = [np.array([1, 3]), np.array([2.5])]
    assert [1, 4, 2, 0, 3] == in_order_of(ranks, workload)


def test_a_task_that_fits_nowhere_is_an_error():
    """It is named."""
    graph = TaskGraph.from_tasks([Task("wide", [Mode({"DSP": 3}, 1)])], [])
    with pytest.raises(InputError, match=r"task 0 \('wide'\) demands {'DSP': 3}"):
        Placement(Workload([Job(graph)]), Platform({"DSP": 2}))
