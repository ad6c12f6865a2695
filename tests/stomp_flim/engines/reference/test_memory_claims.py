"""Limited memories: nobody exceeds them, nobody gets stuck, and both engines agree."""

from __future__ import annotations

from dataclasses import replace

import chance
import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    NewestFirst,
    RandomAffineRanker,
    buffered,
    dense_workloads,
    rankers,
    seeds,
    workloads,
)

import stomp_flim as sf
from stomp_flim import Buffer, DeadlockError, InputError, Job, Mode, Platform, Task, TaskGraph
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.instance import Instance
from stomp_flim.policy import AffinePriority, Assignment, priorities
from stomp_flim.policy.loading import parse

COLUMNS = ("job", "task", "mode", "ready", "start", "released", "finish", "server_offset", "server")
ROUNDS = st.sampled_from(["instant", "event"])
SLOTS = st.one_of(st.none(), st.integers(1, 3))
ENGINES = ("simpy", "compiled")


def backwards(graph, platform, jobs):
    """Put the last job first."""
    return AffinePriority(graph.bottom_level, np.ones(len(graph)), -1.0 * np.arange(len(jobs)))


def staggered(graph, platform, jobs):
    """Stagger jobs in the order in which they arrive."""
    return AffinePriority(graph.bottom_level, np.full(len(graph), 0.3), 4.0 * np.arange(len(jobs)))


RANKERS = st.one_of(rankers, st.sampled_from([backwards, staggered]))
SCENES = buffered(st.one_of(workloads(), dense_workloads(), chance.workloads()))


@settings(max_examples=120)
@given(SCENES, RANKERS, ROUNDS, SLOTS)
def test_engines_make_equal_schedules_that_fit(scene, policy, rounds, slots):
    """Whatever is short, both finish, start the same tasks, and exceed no capacity."""
    jobs, platform = scene
    expected, actual = (
        sf.simulate(jobs, platform, policy, engine, rounds=rounds, slots=slots).schedule
        for engine in ENGINES
    )
    expected.check()
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(actual, column), getattr(expected, column), column)


@settings(max_examples=30)
@given(SCENES, RANKERS, ROUNDS, st.integers(1, 3), st.integers(1, 9))
def test_a_run_without_a_record_is_the_same(scene, policy, rounds, slots, copies):
    """Also where the counters of buffers belong to slots and are used by one job after another."""
    jobs, platform = scene
    run = sf.Run(list(jobs) * copies, platform, policy, rounds=rounds, slots=slots)
    expected, actual = (CompiledEngine(run, record=record) for record in (True, False))
    expected.simulate()
    actual.simulate()
    np.testing.assert_array_equal(actual.tables.jobs["finish"], expected.tables.jobs["finish"])


def keys(policy, jobs, platform):
    """Return the keys that a ranker means, as the oracle wants them."""
    table = {}
    for graph in dict.fromkeys(job.graph for job in jobs):
        members = [number for number, job in enumerate(jobs) if job.graph is graph]
        answer = priorities(parse(policy), graph, platform, [jobs[number] for number in members])
        for number, offset in zip(members, answer.offset, strict=True):
            table[number] = (answer.slope * offset - answer.rank).tolist()
    return lambda job, task: table[job][task]


@settings(max_examples=60)
@given(buffered(workloads(max_jobs=4, max_tasks=6)), RANKERS, st.sampled_from(["instant", "event"]))
def test_rankers_give_the_oracles_schedule(scene, policy, rounds):
    """A slow simulator that follows the rules literally starts the same tasks in the same order."""
    jobs, platform = scene
    instance = Instance(sf.Workload(jobs), platform)
    orders = {}
    if instance.memories is not None:
        known = (memory.order for memory in instance.memories.orders)
        orders = dict(zip(instance.workload.graphs, known, strict=True))
    expected = oracle.simulate(jobs, platform, keys(policy, jobs, platform), rounds, orders)
    schedule = sf.simulate(jobs, platform, policy, "simpy", rounds=rounds).schedule
    assert expected == oracle.rows(schedule)


@settings(max_examples=30)
@given(buffered(st.one_of(workloads(), dense_workloads())), ROUNDS)
def test_dispatchers_finish_within_memory(scene, rounds):
    """A dispatcher that knows nothing of memory assigns what must wait, and no harm is done."""
    schedule = sf.simulate(*scene, NewestFirst(), rounds=rounds).schedule
    schedule.check()


@settings(max_examples=30)
@given(buffered(st.one_of(workloads(), dense_workloads())), RANKERS, ROUNDS)
def test_a_memory_for_everything_changes_nothing(scene, policy, rounds):
    """With room for all buffers at once the schedule is the one without any limit."""
    jobs, platform = scene
    total = sum(b.bits for job in jobs for b in job.graph.buffers or () if b) or 1
    ample = Platform(platform.servers, memories=dict.fromkeys(platform.memories, total))
    for engine in ENGINES:
        expected, actual = (
            oracle.rows(sf.simulate(jobs, p, policy, engine, rounds=rounds).schedule)
            for p in (Platform(platform.servers), ample)
        )
        assert expected == actual


DSP = [Mode({"DSP": 1}, 2)]


def chain(first, second):
    """Return a graph of three tasks, of which the first two write into BRAM."""
    tasks = [
        Task("load", DSP, buffer=Buffer("BRAM", first)),
        Task("multiply", DSP, buffer=Buffer("BRAM", second)),
        Task("store", DSP),
    ]
    return TaskGraph.from_tasks(tasks, [(0, 1), (1, 2)], "chain")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_job_waits_where_two_would_be_stuck(engine):
    """Two loads fit into 12 bits, but then neither multiply does: the second load waits.

    ::

                 0    2    4    6    8    10   12
        job 0    |load|mul.|stor|
        job 1                   |load|mul.|stor|

    At 4 the first job claims the 4 bits of its multiply, and the second one would claim 9.
    """
    platform = Platform({"DSP": 4}, memories={"BRAM": 12})
    result = sf.simulate([Job(chain(5, 4))] * 2, platform, "fifo", engine)
    starts = result.schedule.by_record(result.schedule.start).tolist()
    assert [0, 2, 4, 6, 8, 10] == starts
    assert {"BRAM": 9} == result.metrics.peak_memory


@pytest.mark.parametrize("engine", ENGINES)
def test_a_buffer_is_free_for_the_next_task_of_the_instant(engine):
    """What a finish frees is there for the round of the same instant, not a cycle later."""
    graph = TaskGraph.from_tasks([Task("load", DSP, buffer=Buffer("BRAM", 8))], [])
    platform = Platform({"DSP": 4}, memories={"BRAM": 8})
    schedule = sf.simulate([Job(graph)] * 3, platform, "fifo", engine).schedule
    assert [0, 2, 4] == schedule.start.tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_buffer_larger_than_its_memory_is_an_error(engine):
    """It is found before anything runs."""
    platform = Platform({"DSP": 1}, memories={"BRAM": 4})
    message = r"task 0 \('load'\) writes 5 bits to 'BRAM', expected at most the 4 bits of platform"
    with pytest.raises(InputError, match=message):
        sf.simulate([Job(chain(5, 4))], platform, "fifo", engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_deadlock_names_the_tasks_the_memory_and_what_it_would_have_taken(engine):
    """Both buffers of a chain are there at once, so that 8 bits are one too few."""
    platform = Platform({"DSP": 1}, memories={"BRAM": 8}, name="small")
    message = (
        r"graph 'chain' on platform 'small' with 8 bits of 'BRAM': no order of its tasks exists; "
        r"with 1 of 3 tasks finished 3 bits of 'BRAM' are free, and nothing can start: what is "
        r"ready would take task 1 \('multiply'\) 4 bits of 'BRAM'; expected at least 9 bits of "
        r"'BRAM'"
    )
    with pytest.raises(DeadlockError, match=message) as caught:
        sf.simulate([Job(chain(5, 4))], platform, "fifo", engine)
    error = caught.value
    assert ((1,), ("BRAM",), {"BRAM": 9}, True) == (
        error.tasks,
        error.memories,
        error.required,
        error.proved,
    )


def test_what_is_not_limited_is_recorded_and_never_full():
    """A memory that the platform does not name holds what it is given."""
    result = sf.simulate([Job(chain(5, 4))] * 2, Platform({"DSP": 4}, memories={"URAM": 1}))
    assert {"URAM": 0, "BRAM": 18} == result.metrics.peak_memory
    assert result.schedule.makespan == result.lower_bound


def test_dispatchers_see_memory():
    """Free bits, and whether a task may start."""
    seen = []

    class Curious:
        def dispatch(self, view):
            seen.append((view.now, dict(view.free_memory), view.may_start(*view.ready[0][:2])))
            for job, task, _ in view.ready:
                yield Assignment(job, task, 0)

    platform = Platform({"DSP": 1}, memories={"BRAM": 12, "URAM": 3})
    sf.simulate([Job(chain(5, 4))], platform, Curious())
    expected = [(0, 12, True), (2, 7, True), (4, 8, True)]
    assert [(now, {"BRAM": bits, "URAM": 3}, may) for now, bits, may in expected] == seen


@given(buffered(dense_workloads()), st.builds(RandomAffineRanker, seeds))
def test_more_servers_or_jobs_do_not_lock(scene, policy):
    """Many copies of jobs that begin in any order, on many servers."""
    jobs, platform = scene
    wide = Platform(dict.fromkeys(platform.servers, 9), memories=platform.memories)
    many = [replace(job, arrival=job.arrival % 5) for job in jobs * 4]
    sf.simulate(many, wide, policy).schedule.check()
