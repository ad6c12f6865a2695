"""The rate of tables: that of the busiest servers, with few jobs in flight."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

import stomp_flim as sf
from policies.planners.modulo.policy import Modulo
from stomp_flim.frame import frame_bound, free_running

PUBLISHED = sf.device("published")


def task(kind, cycles):
    """Return a task of one server."""
    return sf.Task(f"{kind} {cycles}", [sf.Mode({kind: 1}, cycles)])


@pytest.mark.parametrize("stage", ["encoder", "decoder", "postprocess", "pipeline"])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_servers_set_the_rate(stage, steps):
    """The published network enters as fast as its busiest servers allow, near N* in flight."""
    graph = sf.workload_graph("seq2seqlite", stage=stage, steps=steps)
    table = Modulo().period(graph, PUBLISHED)
    work = max(Fraction(graph.work(kind), count) for kind, count in PUBLISHED.servers.items())
    assert work == table.bound <= table.cycles_per_job < work * (1 + Fraction(1, 1000))
    assert table.in_flight <= 1.5 * math.ceil(graph.critical_path / work)


def test_one_full_server_of_several_lengths():
    """Tasks of 2, 14 and 8 cycles fill a single server without a gap, whatever their order."""
    tasks = [task("DSP", cycles) for cycles in (2, 14, 2, 8, 2, 2, 14)]
    graph = sf.TaskGraph.from_tasks(tasks, [(n, n + 1) for n in range(6)])
    table = Modulo().period(graph, sf.Platform({"DSP": 1}))
    table.check()
    assert 44 == table.bound == table.cycles_per_job


def test_an_odd_period_of_pipelined_servers():
    """A server that takes a task every cycle limits by number, not by latency."""
    tasks = [sf.Task("m", [sf.Mode({"DSP": 1}, 7, occupancy=1)]) for _ in range(9)]
    table = Modulo().period(sf.TaskGraph.from_tasks(tasks, []), sf.Platform({"DSP": 2}))
    assert Fraction(9, 2) == table.cycles_per_job


def test_modes_share_the_load():
    """Of a slow and a fast server both are used: 7 of 9 tasks run on the fast one."""
    graph = sf.TaskGraph.from_tasks(
        [sf.Task("t", [sf.Mode({"CPU": 1}, 7), sf.Mode({"GPU": 1}, 2)])], []
    )
    table = Modulo().period(graph, sf.Platform({"CPU": 1, "GPU": 1}))
    assert Fraction(14, 9) == table.cycles_per_job


@pytest.mark.parametrize("slots", [1, 2, 5, 16, 32])
def test_few_slots_are_always_taken(slots):
    """Below N* each slot has one pixel after another, each as short as its longest path."""
    graph = sf.workload_graph("seq2seqlite", steps=5)
    common = {"pixels": 512 * 512, "slots": slots}
    time = free_running(graph, PUBLISHED, "modulo", **common)
    assert "period" == time.method
    assert time.cycles <= 1.001 * frame_bound(graph, PUBLISHED, **common)


def test_a_frame_is_as_long_as_its_schedule():
    """The time of a small frame, against all of its tasks."""
    graph = sf.workload_graph("seq2seqlite", steps=1)
    time = free_running(graph, PUBLISHED, "modulo", pixels=500, slots=40)
    schedule = Modulo().period(graph, PUBLISHED, 40).schedule(500)
    schedule.check()
    assert schedule.makespan == time.cycles
    assert 0 == time.error


@pytest.mark.parametrize("pixels", [1, 3, 16, 40, 64, 200])
def test_the_plan_is_no_longer_than_hlfet(pixels):
    """Where few jobs make start-up and drain count, list scheduling fills them."""
    graph = sf.workload_graph("seq2seqlite", stage="encoder")
    jobs = [sf.Job(graph)] * pixels
    result = sf.simulate(jobs, PUBLISHED, "modulo")
    result.schedule.check()
    assert result.makespan <= sf.simulate(jobs, PUBLISHED, "hlfet").makespan
    assert result.makespan <= Modulo().period(graph, PUBLISHED).makespan(pixels)


def test_other_workloads_are_planned_too():
    """Several graphs, or jobs that arrive over time, have no table."""
    graphs = [sf.workload_graph("seq2seqlite", stage=s) for s in ("encoder", "decoder")]
    for jobs in ([sf.Job(g) for g in graphs], [sf.Job(graphs[0], n) for n in range(4)]):
        sf.simulate(jobs, PUBLISHED, "modulo").schedule.check()
