"""The reference engine: the semantics, task for task."""

from functools import partial
from itertools import pairwise

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Row, rows
from strategies import (
    NewestFirst,
    RandomAffineRanker,
    RandomRanker,
    dense_workloads,
    platforms,
    rankers,
    task_graphs,
    workloads,
)

import stomp_flim
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph

simulate = partial(stomp_flim.simulate, engine="simpy")

ROUNDS = ("instant", "event")


@pytest.fixture
def scene():
    """Two jobs of one graph in which nearly every feature occurs; the second arrives at 4.

        0 load ------+---> 2 multiply ---> 3 accumulate
        1 weights ---'
        0 load ----------> 4 store

    | task       | modes, as declared                                             |
    |------------|----------------------------------------------------------------|
    | load       | memory, latency 3                                              |
    | weights    | memory, latency 3, occupancy 1: pipelined                      |
    | multiply   | one DSP, latency 4; two DSPs, latency 2: tried first           |
    | accumulate | a DSP and the memory at once, latency 2                        |
    | store      | memory, latency 2; DSP, latency 2: equally fast, tried second  |

    DSPs are servers 0 and 1, the memory is server 2.
    """
    memory = {"memory": 1}
    graph = TaskGraph.from_tasks(
        [
            Task("load", [Mode(memory, 3)]),
            Task("weights", [Mode(memory, 3, occupancy=1)]),
            Task("multiply", [Mode({"DSP": 1}, 4), Mode({"DSP": 2}, 2)]),
            Task("accumulate", [Mode({"DSP": 1, "memory": 1}, 2)]),
            Task("store", [Mode(memory, 2), Mode({"DSP": 1}, 2)]),
        ],
        [(0, 2), (1, 2), (2, 3), (0, 4)],
    )
    return [Job(graph), Job(graph, arrival=4)], Platform({"DSP": 2, "memory": 1})


def test_every_instant_of_a_scene(scene):
    """First in, first out, worked out by hand.

    ::

              0  1  2  3  4  5  6  7  8  9  10 11 12 13 14 15
        DSP 0          |store|  |mul. |     |acc. |     |acc'.|
        DSP 1                   |mul. |     |multiply'  |
        memory|load    |w.|load'   |w'|store'|acc. |    |acc'.|

    At 6 multiply takes both DSPs; at 8 store' finds its first mode free again and accumulate is
    skipped; at 10 accumulate has taken a DSP, so that multiply' falls back to its slow mode.
    """
    expected = [
        Row(0, 0, 0, 0, 0, 3, 3, (2,)),
        Row(0, 1, 0, 0, 3, 4, 6, (2,)),
        Row(0, 4, 1, 3, 3, 5, 5, (0,)),
        Row(1, 0, 0, 4, 4, 7, 7, (2,)),
        Row(0, 2, 1, 6, 6, 8, 8, (0, 1)),
        Row(1, 1, 0, 4, 7, 8, 10, (2,)),
        Row(1, 4, 0, 7, 8, 10, 10, (2,)),
        Row(0, 3, 0, 8, 10, 12, 12, (0, 2)),
        Row(1, 2, 0, 10, 10, 14, 14, (1,)),
        Row(1, 3, 0, 14, 14, 16, 16, (0, 2)),
    ]
    result = simulate(*scene)
    assert expected == rows(result.schedule)
    assert 16 == result.makespan
    assert {"DSP": 2 + 4 + 2 + 4 + 2, "memory": 3 + 1 + 3 + 1 + 2 + 2 + 2} == result.schedule.busy


def test_every_event_of_a_scene(scene):
    """At most one start an event: store waits for one at 4, where the arrival comes first.

    At 6 the result of weights comes before store frees its DSP, so multiply starts in its slow
    mode; at 10 multiply' comes after multiply has freed its DSP and before store' frees the memory
    for accumulate.
    """
    expected = [
        Row(0, 0, 0, 0, 0, 3, 3, (2,)),
        Row(0, 1, 0, 0, 3, 4, 6, (2,)),
        Row(0, 4, 1, 3, 4, 6, 6, (0,)),
        Row(1, 0, 0, 4, 4, 7, 7, (2,)),
        Row(0, 2, 0, 6, 6, 10, 10, (1,)),
        Row(1, 1, 0, 4, 7, 8, 10, (2,)),
        Row(1, 4, 0, 7, 8, 10, 10, (2,)),
        Row(1, 2, 1, 10, 10, 12, 12, (0, 1)),
        Row(0, 3, 0, 10, 12, 14, 14, (0, 2)),
        Row(1, 3, 0, 12, 14, 16, 16, (0, 2)),
    ]
    assert expected == rows(simulate(*scene, rounds="event").schedule)


def keys(policy, jobs, platform):
    """Return the keys that a ranker means, as the oracle wants them."""
    table = {}
    for graph in dict.fromkeys(job.graph for job in jobs):
        members = [number for number, job in enumerate(jobs) if job.graph is graph]
        rank, slope, offset = np.zeros(len(graph)), np.zeros(len(graph)), np.zeros(len(jobs))
        if policy == "hlfet":
            rank = graph.bottom_level
        elif isinstance(policy, RandomRanker):
            rank = policy(graph, platform, [jobs[number] for number in members])
        elif isinstance(policy, RandomAffineRanker):
            affine = policy(graph, platform, [jobs[number] for number in members])
            rank, slope = affine.rank, affine.slope
            offset[members] = affine.offset
        for number in members:
            table[number] = (slope * offset[number] - rank).tolist()
    return lambda job, task: table[job][task]


@pytest.mark.parametrize("rounds", ROUNDS)
@given(workloads() | dense_workloads(), rankers)
def test_rankers_give_the_oracles_schedule(rounds, workload, policy):
    """A slow simulator that follows the contract literally starts the same tasks in the same order.

    Equal are times, modes, servers and the order of dispatch, ties included.
    """
    jobs, platform = workload
    expected = oracle.simulate(jobs, platform, keys(policy, jobs, platform), rounds)
    assert expected == rows(simulate(jobs, platform, policy, rounds=rounds).schedule)


class FirstThatFits:
    """FIFO, written as a dispatcher."""

    def dispatch(self, view):
        """Yield each waiting task that fits, in its fastest mode that does."""
        for job, task, _ in view.ready:
            modes = view.workload.jobs[job].graph.modes(task)
            for mode in sorted(range(len(modes)), key=lambda mode: modes[mode].latency):
                if all(n <= view.free.get(t, 0) for t, n in modes[mode].demand.items()):
                    yield job, task, mode
                    break


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_fifo_as_a_dispatcher_is_fifo(workload):
    """A dispatcher sees ready tasks in entry sequence and free servers as they are."""
    fifo = simulate(*workload, "fifo").schedule
    assert rows(fifo) == rows(simulate(*workload, FirstThatFits()).schedule)


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_fifo_lets_no_equal_task_overtake(workload):
    """Of tasks with the same modes, one that became ready earlier starts no later."""
    jobs, platform = workload
    table = {}
    for row in rows(simulate(jobs, platform, "fifo").schedule):
        table.setdefault(jobs[row.job].graph.modes(row.task), []).append((row.ready, row.start))
    for pairs in table.values():
        starts = {ready: [s for r, s in pairs if r == ready] for ready, _ in pairs}
        ordered = [starts[ready] for ready in sorted(starts)]
        assert all(max(a) <= min(b) for a, b in pairwise(ordered))


@given(workloads() | dense_workloads(), rankers)
def test_no_server_idles_that_a_ready_task_could_use(workload, policy):
    """After every instant, each waiting task fits on the free servers in none of its modes."""
    jobs, platform = workload
    record = rows(simulate(jobs, platform, policy).schedule)
    types = [t for t, count in platform.servers.items() for _ in range(count)]
    for now in {time for row in record for time in (row.ready, row.released)}:
        busy = [types[n] for row in record if row.start <= now < row.released for n in row.servers]
        for row in record:
            if row.ready <= now < row.start:
                assert not any(
                    all(
                        busy.count(t) + units <= platform.servers.get(t, 0)
                        for t, units in mode.demand.items()
                    )
                    for mode in jobs[row.job].graph.modes(row.task)
                )


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["fifo", "hlfet", NewestFirst()]), st.integers(1, 4))
def test_jobs_of_one_graph_are_one_graph_of_copies(data, policy, copies):
    """N jobs that arrive at 0 run exactly as one graph that holds N copies, job after job."""
    platform = data.draw(platforms())
    graph = data.draw(task_graphs(platform))
    size = len(graph)
    tasks = [Task(name, graph.modes(i)) for i, name in enumerate(graph.task_names)]
    edges = [(u + size * k, v + size * k) for k in range(copies) for u, v in graph.edges.tolist()]
    union = TaskGraph.from_tasks(tasks * copies, edges)
    many = rows(simulate([Job(graph)] * copies, platform, policy).schedule)
    one = rows(simulate([Job(union)], platform, policy).schedule)
    assert [row._replace(job=0, task=size * row.job + row.task) for row in many] == one


def test_a_pipelined_server_takes_a_task_each_initiation_interval():
    """Servers are free at start + occupancy, the result is there at start + latency."""
    graph = TaskGraph.from_tasks([Task("multiply", [Mode({"DSP": 1}, 10, occupancy=3)])] * 4, [])
    schedule = simulate([Job(graph)], Platform({"DSP": 1})).schedule
    assert [0, 3, 6, 9] == schedule.start.tolist()
    assert [3, 6, 9, 12] == schedule.released.tolist()
    assert [10, 13, 16, 19] == schedule.finish.tolist()


def test_jobs_are_taken_by_arrival_then_by_number():
    """Input order decides only between jobs of one instant."""
    graph = TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, 2)])], [])
    jobs = [Job(graph, arrival) for arrival in (3, 1, 1, 0)]
    schedule = simulate(jobs, Platform({"memory": 1})).schedule
    assert [3, 1, 2, 0] == schedule.job.tolist()
    assert [0, 2, 4, 6] == schedule.start.tolist()


def test_the_platform_must_be_able_to_run_every_task():
    """The message names the graph, the task, what it demands and what there is."""
    tasks = [
        Task("multiply", [Mode({"DSP": 1}, 2)]),
        Task("wide", [Mode({"DSP": 3}, 1), Mode({"GPU": 1}, 1)]),
    ]
    graph = TaskGraph.from_tasks(tasks, [], "pixel")
    with pytest.raises(InputError) as error:
        simulate([Job(graph)], Platform({"DSP": 2}, name="small"))
    assert (
        "graph 'pixel': task 1 ('wide') demands {'DSP': 3} or {'GPU': 1}, "
        "which platform 'small' with {'DSP': 2} cannot run"
    ) == str(error.value)
