"""The bound of start counts: below every makespan, and above the cheap bounds where it pays."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import published
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.pdlp.python import pdlp
from strategies import seeds, workloads

from stomp_flim import InputError, Job, Mode, Normal, Platform, Task, TaskGraph, Workload, simulate
from stomp_flim.bounds import lower_bound, start_count_bound
from stomp_flim.bounds.start_count_model import start_counts
from stomp_flim.instance import Instance


@settings(max_examples=25)
@given(workloads())
def test_it_lies_between_the_cheap_bounds_and_every_schedule(workload):
    """With several units, types and modes, arrivals, pipelined servers and two graphs."""
    jobs, platform = workload
    bound = start_count_bound(Workload(jobs), platform)
    assert lower_bound(Workload(jobs), platform) <= bound
    for policy in ("fifo", "hlfet", "manual"):
        assert bound <= simulate(jobs, platform, policy).makespan


@settings(max_examples=100)
@given(workloads(), st.integers(1, 12), st.integers(0, 5), seeds)
def test_no_prices_exclude_a_schedule_that_exists(workload, window, later, seed):
    """Whatever the prices and the windows are; the proof does not rest on the solver."""
    jobs, platform = workload
    end = simulate(jobs, platform, "hlfet").makespan + later
    model = start_counts(Instance(Workload(jobs), platform), end, window)
    random = np.random.default_rng(seed)
    inequalities = len(model.rows.limit)
    for price in (
        random.random(inequalities),
        random.exponential(1, inequalities) * (random.random(inequalities) < 0.2),
        np.ones(inequalities),
        np.zeros(inequalities),
        np.full(inequalities, np.nan),
    ):
        assert not model.excludes(price)


@settings(max_examples=100)
@given(workloads(), st.integers(1, 12), st.integers(0, 5))
def test_every_schedule_keeps_the_inequalities(workload, window, later):
    """The counts of a schedule's starts satisfy each of them, whatever the windows are."""
    jobs, platform = workload
    schedule = simulate(jobs, platform, "fifo").schedule
    instance = Instance(Workload(jobs), platform)
    model = start_counts(instance, schedule.makespan + later, window)
    counts = np.zeros(model.variables, np.int64)
    graph_number = schedule.workload.graph_number[schedule.job]
    for number, graph in enumerate(model.curves):
        for task, curves in enumerate(graph):
            for curve in curves:
                mine = (graph_number == number) & (schedule.task == task)
                mine &= schedule.mode == curve.option.mode
                started = np.sort(schedule.start[mine])
                points = slice(curve.first, curve.first + len(curve.time))
                counts[points] = np.searchsorted(started, curve.time, side="right")
    left = np.zeros(len(model.rows.limit), np.int64)
    np.add.at(left, model.rows.row, model.rows.coefficient * counts[model.rows.column])
    assert (left <= model.rows.limit).all()


def test_servers_that_fill_up_slowly():
    """One port feeds two workers: the second is idle until the second read is done."""
    read, work = Task("read", [Mode({"port": 1}, 3)]), Task("work", [Mode({"worker": 1}, 7)])
    jobs = [Job(TaskGraph.from_tasks([read, work], [(0, 1)]))] * 6
    platform = Platform({"port": 1, "worker": 2})
    bound = start_count_bound(Workload(jobs), platform)
    assert bound > lower_bound(Workload(jobs), platform)
    assert bound <= simulate(jobs, platform, "fifo").makespan


@pytest.mark.parametrize(
    ("pixels", "cycles"), published.START_COUNTS["seq2seq", "postprocess"].items()
)
def test_post_processing_of_the_published_accelerator(pixels, cycles):
    """The optima at 128, 256 and 512 pixels, where head-tail gives 60, 78 and 134."""
    workload = Workload([Job(published.graph("seq2seq", "postprocess"))] * pixels)
    assert cycles == start_count_bound(workload, published.PLATFORM, time_limit=600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pixels", "cycles"), published.START_COUNTS["seq2seqlite", "decoder"].items()
)
def test_decoder_of_the_published_accelerator(pixels, cycles):
    """Where head-tail gives 1212, 2416 and 4824: no schedule ends a cycle before."""
    workload = Workload([Job(published.graph("seq2seqlite", "decoder"))] * pixels)
    assert cycles == start_count_bound(
        workload, published.PLATFORM, time_limit=3600, known=cycles - 1, enough=cycles
    )


JOB = Job(TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, 3)])], []))


def test_a_bound_that_is_known_is_where_it_starts():
    """And what comes back where nothing more is found."""
    assert 3 == start_count_bound(Workload([JOB]), Platform({"DSP": 1}))
    assert 9 == start_count_bound(Workload([JOB]), Platform({"DSP": 1}), known=9)


def test_it_sees_that_jobs_arrive_late():
    """Also where its first ones could fill the time of the last: the makespan, by itself."""
    jobs = [JOB, JOB, replace(JOB, arrival=10)]
    assert 13 == start_count_bound(Workload(jobs), Platform({"DSP": 1}), known=1)


def test_it_sees_that_tasks_wait_for_those_before_them():
    """Until the last cycle: two pairs of reads, and after the second one piece of work follows."""
    read, work = Task("read", [Mode({"port": 1}, 3)]), Task("work", [Mode({"worker": 1}, 1)])
    jobs = [Job(TaskGraph.from_tasks([read, work], [(0, 1)]))] * 4
    platform = Platform({"port": 2, "worker": 1})
    assert 8 == simulate(jobs, platform, "fifo").makespan
    assert 8 == start_count_bound(Workload(jobs), platform, known=1)


@pytest.mark.parametrize("enough", range(1, 14))
def test_it_stops_where_the_bound_is_enough(enough):
    """Four jobs of three cycles on one server: 12, unless less is asked for."""
    workload, platform = Workload([JOB] * 4), Platform({"DSP": 1})
    assert min(enough, 12) == start_count_bound(workload, platform, known=1, enough=enough)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_limit_that_is_none(seconds):
    """One clear error."""
    with pytest.raises(InputError, match=r"time_limit is .*, expected seconds > 0"):
        start_count_bound(Workload([JOB]), Platform({"DSP": 1}), time_limit=seconds)


def test_the_share_that_can_be_done_says_where_to_look_next(monkeypatch):
    """From a bound of 1 to 60, which is the makespan, in few steps and not one by one."""
    ends = []

    def counted(instance, end, window):
        ends.append(end)
        return start_counts(instance, end, window)

    monkeypatch.setattr("stomp_flim.bounds.start_counts.start_counts", counted)
    workload = Workload([JOB] * 20)
    assert 60 == start_count_bound(workload, Platform({"DSP": 1}), known=1, time_limit=600)
    assert len(ends) <= 15


def test_the_solver_gets_no_more_time_than_there_is(monkeypatch):
    """However little that is."""
    solve = pdlp.primal_dual_hybrid_gradient
    given = []

    def noted(program, parameters, start):
        given.append(parameters.termination_criteria.time_sec_limit)
        return solve(program, parameters, start)

    monkeypatch.setattr(pdlp, "primal_dual_hybrid_gradient", noted)
    for seconds in (0.5, 1.0, 30.0):
        given.clear()
        start_count_bound(Workload([JOB] * 4), Platform({"DSP": 1}), known=1, time_limit=seconds)
        assert all(0 < limit <= seconds for limit in given)
    assert given


def test_random_durations_are_refused():
    """Jobs of different luck are not equal."""
    graph = TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, distribution=Normal(5, 1))])], [])
    with pytest.raises(InputError, match="random durations"):
        start_count_bound(Workload([Job(graph)]), Platform({"DSP": 1}))


@pytest.mark.parametrize("missing", ["ortools.pdlp.python", "scipy.sparse"])
def test_without_the_extra_it_is_named(missing, monkeypatch):
    """One error that says what to install."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=r"pip install 'stomp-flim\[optimal\]'"):
        start_count_bound(Workload([JOB]), Platform({"DSP": 1}))
