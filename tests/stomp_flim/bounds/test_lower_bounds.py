"""Lower bounds: below every optimum, and equal to it where theory says so."""

from functools import cache
from itertools import combinations, permutations, product
from math import ceil, gcd

import numpy as np
import published
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import dense_workloads, jobs, platforms, workloads

from stomp_flim import InputError, Job, Mode, Normal, Platform, Task, TaskGraph, Workload, simulate
from stomp_flim.bounds import head_tail, lower_bound, lower_bounds
from stomp_flim.chance.durations import draw


def bound(graph, platform, copies=1):
    """Return the lower bound of equal jobs."""
    return lower_bound(Workload([Job(graph)] * copies), platform)


def on_dsp(latencies, edges):
    """Make a graph of tasks that hold one DSP each."""
    tasks = [Task("task", [Mode({"DSP": 1}, latency)]) for latency in latencies]
    return TaskGraph.from_tasks(tasks, edges)


def assert_tight(graph, servers, expected, copies=1):
    """Assert that the bound is a figure, and that highest level first reaches it."""
    platform = Platform({"DSP": servers})
    assert expected == bound(graph, platform, copies)
    assert expected == simulate([Job(graph)] * copies, platform, "hlfet").makespan


@pytest.mark.parametrize("servers", [1, 3])
def test_a_chain_takes_the_sum_of_its_latencies(servers):
    """However many servers there are."""
    assert_tight(on_dsp([3, 1, 4], [(0, 1), (1, 2)]), servers, 8)


@pytest.mark.parametrize(("tasks", "servers"), [(7, 1), (7, 3), (6, 3), (2, 5)])
def test_equal_independent_tasks_run_in_waves(tasks, servers):
    """N tasks of one cycle on m servers take ceil(n / m) cycles."""
    assert_tight(on_dsp([1] * tasks, []), servers, ceil(tasks / servers))


@pytest.mark.parametrize(("branches", "servers"), [(8, 4), (9, 4), (3, 4)])
def test_fork_and_join(branches, servers):
    """Head of the branches, their waves, and the tail: 2 + ceil(n / m) + 3."""
    edges = [(0, i) for i in range(1, branches + 1)]
    edges += [(i, branches + 1) for i in range(1, branches + 1)]
    graph = on_dsp([2] + [1] * branches + [3], edges)
    assert_tight(graph, servers, 2 + ceil(branches / servers) + 3)


def test_equal_jobs_queue_for_the_scarcest_server():
    """N jobs, each two cycles of reading before three of work: 2 n + 3 with one read port."""
    tasks = [Task("read", [Mode({"memory": 1}, 2)]), Task("work", [Mode({"DSP": 1}, 3)])]
    graph = TaskGraph.from_tasks(tasks, [(0, 1)])
    platform = Platform({"memory": 1, "DSP": 9})
    for copies in (1, 2, 10):
        assert 2 * copies + 3 == bound(graph, platform, copies)
        assert 2 * copies + 3 == simulate([Job(graph)] * copies, platform).makespan


def test_a_pipelined_server_is_held_for_its_occupancy():
    """N tasks of latency 10 at an initiation interval of 3: 3 n + 7."""
    graph = TaskGraph.from_tasks([Task("multiply", [Mode({"DSP": 1}, 10, occupancy=3)])] * 4, [])
    assert 3 * 4 + 7 == bound(graph, Platform({"DSP": 1}))
    assert 3 * 4 + 7 == simulate([Job(graph)], Platform({"DSP": 1})).makespan


def test_work_is_units_times_occupancy():
    """Three tasks that hold two of four servers: six units of five cycles, on four servers."""
    graph = TaskGraph.from_tasks([Task("wide", [Mode({"DSP": 2}, 5)])] * 3, [])
    found = lower_bounds(Workload([Job(graph)]), Platform({"DSP": 4}))
    assert {
        "critical path": 5,
        "head-tail DSP": ceil(3 * 2 * 5 / 4),
        "whole waves DSP": ceil(3 * 2 / 4) * 5,
    } == found


def test_each_figure_is_that_of_the_cheapest_mode():
    """A slow mode on little and a fast one on much: the shorter path and the lesser work."""
    task = Task("either", [Mode({"DSP": 1}, 6), Mode({"DSP": 4}, 2)])
    found = lower_bounds(Workload([Job(TaskGraph.from_tasks([task], []))]), Platform({"DSP": 4}))
    assert {"critical path": 2, "head-tail DSP": ceil(6 / 4), "whole waves DSP": 2} == found


def test_a_server_type_that_can_be_avoided_bounds_nothing():
    """Only what every mode demands is work."""
    task = Task("either", [Mode({"DSP": 1}, 2), Mode({"GPU": 1}, 2)])
    platform = Platform({"DSP": 1, "GPU": 1, "idle": 1})
    found = lower_bounds(Workload([Job(TaskGraph.from_tasks([task] * 9, []))]), platform)
    assert {"critical path": 2} == found


def test_nothing_finishes_before_it_arrives():
    """An arrival is part of every head."""
    graph = on_dsp([2] * 4, [])
    late = [Job(graph), Job(graph, arrival=100)]
    expected = {"critical path": 102, "head-tail DSP": 108, "whole waves DSP": 108}
    assert expected == lower_bounds(Workload(late), Platform({"DSP": 1}))


def test_the_strong_form_looks_at_a_part_of_the_tasks():
    """Ten tasks behind a long one: a short task at the start spoils the head of the whole set."""
    graph = on_dsp([10, 1] + [2] * 10, [(0, i) for i in range(2, 12)])
    whole, part = 0 + ceil((10 + 1 + 10 * 2) / 2) + 0, 10 + ceil(10 * 2 / 2) + 0
    assert (16, 20) == (whole, part)
    assert_tight(graph, 2, part)


def all_tasks(jobs):
    """Return head, tail and modes of every task, heads and tails by recursion."""
    return [task for job in jobs for task in tasks_of(job)]


def tasks_of(job):
    """Return head, tail and modes of every task of a job."""
    graph, edges = job.graph, job.graph.edges.tolist()

    def latency(task):
        return min(mode.latency for mode in graph.modes(task))

    @cache
    def head(task):
        return max((head(u) + latency(u) for u, v in edges if v == task), default=job.arrival)

    @cache
    def tail(task):
        return max((latency(v) + tail(v) for u, v in edges if u == task), default=0)

    return [(head(task), tail(task), graph.modes(task)) for task in range(len(graph))]


def head_tail_of(tasks, server_type, servers, whole_waves=False):
    """Apply the definition to one set of tasks: least head, work in whole cycles, least tail."""
    work = sum(min(m.demand.get(server_type, 0) * m.occupancy for m in t[2]) for t in tasks)
    drain = min(t[1] + min(m.latency - m.occupancy for m in t[2]) for t in tasks)
    wave = gcd(*(m.occupancy for t in tasks for m in t[2])) if whole_waves else 1
    return min(t[0] for t in tasks) + wave * ceil(work / (servers * wave)) + drain


def unavoidable(tasks, server_type):
    """Keep the tasks that hold a server of the type in every mode."""
    return [t for t in tasks if all(server_type in m.demand for m in t[2])]


def plain_form(jobs, platform):
    """Apply the definition to all tasks of each server type."""
    tasks = all_tasks(jobs)
    return {
        f"{name} {server_type}": head_tail_of(
            unavoidable(tasks, server_type), server_type, servers, name == "whole waves"
        )
        for server_type, servers in platform.servers.items()
        for name in ("head-tail", "whole waves")
        if unavoidable(tasks, server_type)
    }


@given(platforms().flatmap(lambda p: st.tuples(jobs(p, 2, 4), st.just(p))))
def test_the_strong_form_is_the_best_over_all_sets_of_tasks(workload):
    """The sets {head >= a, tail >= b} suffice: no other subset gives more."""
    jobs, platform = workload
    strong = lower_bounds(Workload(jobs), platform)
    for server_type, servers in platform.servers.items():
        demanding = unavoidable(all_tasks(jobs), server_type)
        subsets = [
            subset
            for size in range(1, len(demanding) + 1)
            for subset in combinations(demanding, size)
        ]
        best = max((head_tail_of(s, server_type, servers) for s in subsets), default=None)
        assert best == strong.get(f"head-tail {server_type}")
        # A part of such a set can have a greater divisor: whole waves are not the best over all.
        waves = [head_tail_of(s, server_type, servers, whole_waves=True) for s in subsets]
        assert best is None or best <= strong[f"whole waves {server_type}"] <= max(waves)


@pytest.mark.parametrize(("tasks", "servers"), [(7, 3), (6, 3), (2, 5), (1, 1)])
def test_equal_tasks_run_in_whole_waves(tasks, servers):
    """N tasks of five cycles on m servers take ceil(n / m) times five, between head and tail."""
    n, pairs = tasks, []
    pairs += [(0, i) for i in range(1, n + 1)] + [(i, n + 1) for i in range(1, n + 1)]
    other, read = [Mode({"DSP": 1}, 2)], [Mode({"memory": 1}, 5)]
    graph = TaskGraph.from_tasks([Task("", other), *[Task("", read)] * n, Task("", other)], pairs)
    platform = Platform({"DSP": 1, "memory": servers})
    found = lower_bounds(Workload([Job(graph)]), platform)
    assert 2 + ceil(n * 5 / servers) + 2 == found["head-tail memory"]
    assert 2 + ceil(n / servers) * 5 + 2 == found["whole waves memory"]
    assert found["whole waves memory"] == simulate([Job(graph)], platform).makespan


def test_whole_waves_of_unequal_occupancies():
    """What a server does is a multiple of their divisor: 4 and 6 cycles take an even number."""
    graph = TaskGraph.from_tasks(
        [Task("", [Mode({"DSP": 1}, latency)]) for latency in (4, 4, 6)], []
    )
    found = lower_bounds(Workload([Job(graph)]), Platform({"DSP": 2}))
    assert (7, 8) == (found["head-tail DSP"], found["whole waves DSP"])
    assert 8 == simulate([Job(graph)], Platform({"DSP": 2}), "lpt").makespan


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_the_strong_form_is_no_weaker_than_the_plain_one(workload):
    """All tasks of a type are one of the sets; the critical path counts as well."""
    jobs, platform = workload
    plain = plain_form(jobs, platform)
    strong = lower_bounds(Workload(jobs), platform)
    assert plain.keys() == strong.keys() - {"critical path"}
    assert all(plain[name] <= strong[name] for name in plain)
    assert max(job.arrival + job.graph.critical_path for job in jobs) == strong["critical path"]
    assert max(strong.values()) == lower_bound(Workload(jobs), platform)


@settings(max_examples=40)
@given(workloads() | dense_workloads(), st.integers(1, 20))
def test_looking_at_fewer_sets_lies_between_the_plain_and_the_strong_form(workload, most_sets):
    """Where there are too many sets, the bound gives up strength, never truth."""
    jobs, platform = workload
    strong = lower_bounds(Workload(jobs), platform)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head_tail, "MOST_SETS", most_sets)
        fewer = lower_bounds(Workload(jobs), platform)
        patch.setattr(head_tail, "MOST_SETS", 1)
        plain = lower_bounds(Workload(jobs), platform)
    assert plain.keys() == fewer.keys() == strong.keys()
    assert all(plain[name] <= fewer[name] <= strong[name] for name in strong)
    assert plain.items() >= plain_form(jobs, platform).items()


def optimum(jobs, platform):
    """Return the least makespan, by trying all orders of the tasks and all their modes.

    Each task starts as early as its predecessors and the servers left by those before it in the
    order allow. Some order and some modes give an optimal schedule (Sprecher, Kolisch and Drexl
    1995, on active schedules).
    """
    tasks = [(job, task) for job in range(len(jobs)) for task in range(len(jobs[job].graph))]
    modes = {(job, task): jobs[job].graph.modes(task) for job, task in tasks}
    before = {
        (job, task): [(job, u) for u, v in jobs[job].graph.edges.tolist() if v == task]
        for job, task in tasks
    }
    runnable = [
        [m for m in modes[t] if all(n <= platform.servers.get(k, 0) for k, n in m.demand.items())]
        for t in tasks
    ]
    horizon = max(job.arrival for job in jobs) + sum(max(m.latency for m in r) for r in runnable)
    best = horizon
    orders = [
        order
        for order in permutations(tasks)
        if all(order.index(u) < order.index(v) for v in order for u in before[v])
    ]
    for chosen in product(*runnable):
        mode_of = dict(zip(tasks, chosen, strict=True))
        for order in orders:
            free = {t: np.full(horizon, n) for t, n in platform.servers.items()}
            finish = {}
            for task in order:
                mode = mode_of[task]
                start = max([jobs[task[0]].arrival, *(finish[u] for u in before[task])])
                while any(
                    free[t][start : start + mode.occupancy].min() < n
                    for t, n in mode.demand.items()
                ):
                    start += 1
                for t, n in mode.demand.items():
                    free[t][start : start + mode.occupancy] -= n
                finish[task] = start + mode.latency
            best = min(best, max(finish.values()))
    return best


@pytest.mark.parametrize("seed", range(10))
def test_drawn_durations_are_bounded_like_declared_ones(seed):
    """What was drawn for a job, as the modes of a graph of its own: the same bounds."""
    random = np.random.default_rng(seed)
    platform = Platform({"DSP": 2, "port": 3})

    def mode():
        kinds = random.permutation(["DSP", "port"])[: random.integers(1, 3)].tolist()
        return Mode(dict.fromkeys(kinds, 1), distribution=Normal(9, 4))

    def graph():
        tasks = [Task("", [mode() for _ in range(random.integers(1, 3))]) for _ in range(4)]
        return TaskGraph.from_tasks(tasks, [(0, 1), (0, 2), (2, 3)][: random.integers(4)])

    graphs = [graph(), graph()]
    workload = Workload([Job(graphs[number % 2], 3 * number) for number in range(5)])
    drawn = draw(workload, seed)
    fixed = []
    for number, job in enumerate(workload.jobs):
        record = int(workload.first_task[number])
        tasks = [
            Task(
                "",
                [
                    Mode(m.demand, *drawn.of(np.array([record + t]), i)[0].tolist())
                    for i, m in enumerate(job.graph.modes(t))
                ],
            )
            for t in range(4)
        ]
        fixed.append(Job(TaskGraph.from_tasks(tasks, job.graph.edges.tolist()), job.arrival))
    assert lower_bounds(Workload(fixed), platform) == lower_bounds(workload, platform, drawn)


tiny = platforms(max_count=2).flatmap(lambda p: st.tuples(jobs(p, 2, 2), st.just(p)))


@given(tiny)
def test_no_optimum_is_below_the_bound_nor_any_policy_below_the_optimum(workload):
    """Bound <= optimum <= makespan, the optimum found by brute force."""
    jobs, platform = workload
    best = optimum(jobs, platform)
    assert lower_bound(Workload(jobs), platform) <= best
    for policy in ("fifo", "hlfet", "manual"):
        assert best <= simulate(jobs, platform, policy).makespan


def test_the_published_decoder_needs_the_strong_form():
    """Seq2SeqLite's decoder at 64 pixels: 403 cycles, where the plain form gives only 309.

    Reads of five cycles take whole waves, which gives two more.
    """
    graph = published.graph("seq2seqlite", "decoder")
    found = lower_bounds(Workload([Job(graph)] * 64), published.PLATFORM)
    assert 403 == max(cycles for name, cycles in found.items() if "waves" not in name)
    assert 405 == found["whole waves Const mem"] == bound(graph, published.PLATFORM, 64)
    latency = graph.shortest_latency
    plain = []
    for server_type, servers in published.PLATFORM.servers.items():
        of_type = np.array([server_type in graph.modes(i)[0].demand for i in range(len(graph))])
        waves = ceil(64 * latency[of_type].sum() / servers)
        plain.append(graph.head[of_type].min() + waves + graph.tail[of_type].min())
    assert 309 == max(plain)


@pytest.mark.parametrize(
    ("model", "stage", "pixels", "ratios"),
    [
        ("seq2seqlite", "encoder", 16, {"fifo": 1.288, "hlfet": 1.000}),
        ("seq2seqlite", "encoder", 32, {"fifo": 1.598, "hlfet": 1.014}),
        ("seq2seqlite", "encoder", 64, {"fifo": 1.393, "hlfet": 1.006}),
        ("seq2seqlite", "encoder", 256, {"fifo": 1.120, "hlfet": 1.048}),
        ("seq2seqlite", "decoder", 16, {"fifo": 1.205, "hlfet": 1.000}),
        ("seq2seqlite", "decoder", 32, {"fifo": 1.418, "hlfet": 1.000}),
        ("seq2seqlite", "decoder", 64, {"fifo": 1.352, "hlfet": 1.007}),
        ("seq2seqlite", "decoder", 256, {"fifo": 1.144, "hlfet": 1.159}),
        ("seq2seq", "encoder", 16, {"hlfet": 1.000}),
        ("seq2seq", "encoder", 32, {"hlfet": 1.002}),
        ("seq2seq", "encoder", 64, {"hlfet": 1.001}),
    ],
)
def test_published_graphs_over_their_bound(model, stage, pixels, ratios):
    """Makespan over the strong head-tail bound, first in first out and highest level first."""
    jobs = [Job(published.graph(model, stage))] * pixels
    found = lower_bounds(Workload(jobs), published.PLATFORM)
    strong = max(cycles for name, cycles in found.items() if "waves" not in name)
    makespans = {policy: simulate(jobs, published.PLATFORM, policy).makespan for policy in ratios}
    assert ratios == {policy: round(cycles / strong, 3) for policy, cycles in makespans.items()}
    assert max(found.values()) <= min(makespans.values())


@pytest.mark.parametrize(("run", "makespan"), published.MAKESPANS.items())
def test_no_published_makespan_is_below_the_bound(run, makespan):
    """Every measured run of STOMP, whatever the number of pixels."""
    *graph, pixels = run
    assert bound(published.graph(*graph), published.PLATFORM, pixels) <= makespan


def test_sums_that_leave_int64_are_refused():
    """Four tasks of 2**61 cycles on one server would end at -2**63."""
    graph = on_dsp([2**61], [])
    assert 2**61 == bound(graph, Platform({"DSP": 1}))
    with pytest.raises(InputError, match=r"add up to 9,223.* expected at most 2\^63 - 1"):
        bound(graph, Platform({"DSP": 1}), copies=4)
