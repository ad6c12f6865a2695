"""The constraint program: optimal where it says so, and never worse than the lists."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import published
import pytest
from hypothesis import given, settings
from optimality import Exhaustive, time_indexed
from oracle import rows
from small_worlds import small_world
from strategies import dense_workloads, workloads

from policies.planners.optimal import solver
from policies.planners.optimal.confirmation import excluded_by_counts, excluded_by_intervals
from policies.planners.optimal.model import Model, Solution
from policies.planners.optimal.solver import Budget
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.bounds import lower_bound
from stomp_flim.model.workload import Workload


def random_jobs(seed, most_tasks, most_latency, fewest_servers=1):
    """Make jobs of one graph, or of two, with several units, types and modes, and arrivals."""
    random = np.random.default_rng(seed)
    platform = Platform(
        {kind: int(random.integers(fewest_servers, fewest_servers + 3)) for kind in ("a", "b")}
    )

    def mode():
        kinds = random.permutation(["a", "b"])[: random.choice([1, 1, 2])].tolist()
        latency = int(random.integers(1, most_latency + 1))
        demand = {
            k: int(random.integers(1, platform.servers[k] + 2 - fewest_servers)) for k in kinds
        }
        pipelined = random.random() < 0.3
        return Mode(demand, latency, int(random.integers(1, latency + 1)) if pipelined else 0)

    def graph(tasks):
        alternatives = [[mode()] if random.random() < 0.7 else [mode(), mode()] for _ in range(5)]
        chosen = [alternatives[i] for i in random.integers(0, 5, tasks)]
        pairs = random.integers(0, tasks, (tasks, 2))
        edges = [(min(p), max(p)) for p in pairs.tolist() if p[0] != p[1]]
        return TaskGraph.from_tasks([Task("", modes) for modes in chosen], edges)

    equal = int(random.integers(1, 4))
    size = int(random.integers(most_tasks // (3 * equal), most_tasks // equal + 1)) or 1
    common = graph(size)
    jobs = [Job(common, int(random.choice([0, 0, random.integers(0, 6)]))) for _ in range(equal)]
    left = most_tasks - size * equal
    if left and random.random() < 0.5:
        jobs.append(Job(graph(int(random.integers(1, left + 1)))))
    return jobs, platform


PATIENT = "optimal:time_limit=600"
"""What these small worlds need is far less, also on a busy machine."""


@pytest.mark.parametrize("seed", range(40))
def test_it_finds_what_exhaustive_search_finds(seed):
    """Forty workloads of up to nine tasks, some with little memory: the optimum, proven."""
    jobs, platform = small_world(seed, most_tasks=9)
    result = simulate(jobs, platform, PATIENT)
    result.schedule.check()
    assert result.proven
    assert Exhaustive(jobs, platform).optimum() == result.makespan


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(20))
def test_no_proof_is_false(hundred):
    """2,000 workloads of up to twelve tasks: no bound is above the optimum, and most are proven."""
    proven = 0
    for seed in range(100 * hundred, 100 * hundred + 100):
        jobs, platform = small_world(seed)
        result = simulate(jobs, platform, "optimal")
        least = Exhaustive(jobs, platform).least_below(result.makespan)
        assert result.lower_bound <= least, f"world {seed}"
        proven += result.proven
    assert proven >= 95


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("way", [excluded_by_counts, excluded_by_intervals])
def test_a_second_opinion_is_right(seed, way):
    """Each of the two excludes all that is below the optimum, and not the optimum."""
    jobs, platform = small_world(seed, most_tasks=7, most_latency=4)
    optimum = Exhaustive(jobs, platform).optimum()
    workload, budget = Workload(jobs), Budget.of(600, float("inf"))
    if optimum > lower_bound(workload, platform):
        assert way(workload, platform, optimum - 1, budget) is True
    assert way(workload, platform, optimum, budget) is False


def test_a_false_claim_is_not_repeated(monkeypatch):
    """A search that ends with its first schedule, and says that it is the best one."""

    def lie(self, known, budget, workers, seed):
        slots = self._slots(known)
        return Solution(slots, known.makespan)

    jobs, platform = [on_servers([3, 3, 2, 2, 2], [(0, 3)])], Platform({"server": 2})
    honest = simulate(jobs, platform, PATIENT)
    assert honest.proven
    monkeypatch.setattr(Model, "search", lie)
    result = simulate(jobs, platform, PATIENT)
    assert honest.makespan < result.makespan
    assert "CP-SAT" not in result.bounds
    assert not result.proven


def test_a_claim_that_nobody_confirms_is_not_shown(monkeypatch):
    """The schedule is that of the search, and the bounds are those of any policy."""
    tasks = [Task("", [Mode({"server": 2}, latency)]) for latency in (2, 3, 3)]
    jobs, platform = [Job(TaskGraph.from_tasks(tasks, []))], Platform({"server": 3})
    monkeypatch.setattr("policies.planners.optimal.policy.is_excluded", lambda *_: None)
    result = simulate(jobs, platform, PATIENT)
    assert 8 == result.makespan
    assert lower_bound(Workload(jobs), platform) == result.lower_bound < 8
    assert not result.proven


@pytest.mark.parametrize("readings", range(1, 40))
def test_when_the_time_is_up_the_best_schedule_so_far_comes_back(readings, monkeypatch):
    """Wherever that happens: at each reading of the clock in turn."""
    jobs, platform = small_world(28, most_tasks=9)
    clock = iter([0.0] * readings)
    monkeypatch.setattr(solver, "time", SimpleNamespace(monotonic=lambda: next(clock, 1e9)))
    result = simulate(jobs, platform, "optimal")
    result.schedule.check()
    assert result.makespan <= simulate(jobs, platform, "hlfet").makespan


@pytest.mark.parametrize("seed", [seed for seed in range(31) if seed != 29])  # minutes to prove
def test_two_formulations_agree(seed):
    """Thirty workloads of up to forty tasks: intervals and cumulative resources, time indices."""
    jobs, platform = random_jobs(1000 + seed, most_tasks=40, most_latency=3, fewest_servers=3)
    result = simulate(jobs, platform, PATIENT)
    assert result.proven
    assert time_indexed(jobs, platform, result.makespan) == result.makespan


@settings(max_examples=8)
@given(workloads() | dense_workloads())
def test_its_schedule_is_valid_and_its_bound_is_one(workload):
    """Also where the work is little: cheap bounds <= bound <= makespan <= every list schedule."""
    little = f"{PATIENT},work_limit=0.02"
    result = simulate(*workload, little)
    result.schedule.check()
    cheap = lower_bound(Workload(workload[0]), workload[1])
    assert cheap <= result.lower_bound <= result.makespan
    assert result.proven == (result.lower_bound == result.makespan)
    assert result.bounds.get("CP-SAT", cheap) == result.lower_bound
    for policy in ("fifo", "hlfet", "spt", "lpt"):
        assert result.makespan <= simulate(*workload, policy).makespan
    assert rows(result.schedule) == rows(simulate(*workload, little).schedule)


def on_servers(latencies, edges=()):
    """Make a job of tasks of one server each."""
    tasks = [Task("", [Mode({"server": 1}, latency)]) for latency in latencies]
    return Job(TaskGraph.from_tasks(tasks, edges))


def test_better_than_every_list_schedule():
    """Idling pays: two servers, and a long task that comes when both would just be taken."""
    jobs = [on_servers([3, 3, 2, 2, 2])]
    platform = Platform({"server": 2})
    assert 7 == simulate(jobs, platform, "lpt").makespan
    result = simulate(jobs, platform, "optimal")
    assert (6, 6, True) == (result.makespan, result.lower_bound, result.proven)
    result.schedule.check()


def test_what_no_cheap_bound_sees_is_proven():
    """Two servers and three tasks of two units: one by one, though the work would fit in less."""
    tasks = [Task("", [Mode({"server": 2}, latency)]) for latency in (2, 3, 3)]
    jobs, platform = [Job(TaskGraph.from_tasks(tasks, []))], Platform({"server": 3})
    result = simulate(jobs, platform, "optimal")
    assert {"CP-SAT": 8}.items() <= result.bounds.items()
    assert 8 == result.makespan > max(v for k, v in result.bounds.items() if k != "CP-SAT")


def test_a_memory_that_is_full_makes_tasks_wait():
    """Two results fit into the memory at a time: the third writer waits for a reader."""
    from stomp_flim.model.buffer import Buffer

    tasks = [
        Task("write", [Mode({"port": 1}, 1)], buffer=Buffer("memory", 4)),
        Task("read", [Mode({"port": 1}, 4, occupancy=1)]),
    ]
    job = Job(TaskGraph.from_tasks(tasks, [(0, 1)]))
    servers = {"port": 3}
    free = simulate([job] * 3, Platform(servers), "optimal")
    limited = simulate([job] * 3, Platform(servers, memories={"memory": 9}), "optimal")
    limited.schedule.check()
    assert (5, 10) == (free.makespan, limited.makespan)
    assert limited.proven


def test_chance_voids_the_bound_of_the_plan():
    """A plan of means says nothing of the world that is drawn."""
    from stomp_flim import Normal

    tasks = [Task("", [Mode({"server": 2}, distribution=Normal(9, 3))])] * 3
    jobs = [Job(TaskGraph.from_tasks(tasks, []))]
    result = simulate(jobs, Platform({"server": 3}), "optimal", seed=3)
    assert "CP-SAT" not in result.bounds


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("time_limit=0", "time_limit is 0"),
        ("time_limit=-1", "time_limit is -1"),
        ("time_limit=nan", "time_limit is nan"),
        ("work_limit=0", "work_limit is 0"),
        ("work_limit=nan", "work_limit is nan"),
        ("workers=0", "workers is 0"),
        ("seed=-1", "seed"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    """One clear error each."""
    with pytest.raises(InputError, match=message):
        simulate([on_servers([1])], Platform({"server": 1}), f"optimal:{parameters}")


def test_without_or_tools_the_extra_is_named(monkeypatch):
    """One error that says what to install."""
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(InputError, match=r"pip install 'stomp-flim\[optimal\]'"):
        simulate([on_servers([1])], Platform({"server": 1}), "optimal")


@pytest.mark.slow
@pytest.mark.parametrize("pixels", [64, 128])
def test_post_processing_of_the_published_accelerator(pixels):
    """52 cycles for 64 pixels and 60 for 128, proven, where lists take 61."""
    jobs = [Job(published.graph("seq2seq", "postprocess"))] * pixels
    result = simulate(jobs, published.PLATFORM, "optimal:time_limit=60")
    assert {64: 52, 128: 60}[pixels] == result.makespan
    assert result.proven


def test_ctrl_c_stays_with_python():
    """After a search it is a KeyboardInterrupt again, and does not end the program."""
    program = """
import signal
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate

signal.signal(signal.SIGINT, signal.default_int_handler)
tasks = [Task("", [Mode({"server": 1}, latency)]) for latency in (3, 3, 2, 2, 2)]
graph = TaskGraph.from_tasks(tasks, [])
print(simulate([Job(graph)], Platform({"server": 2}), "optimal").makespan)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("heard")
"""
    command = [sys.executable, "-c", program]
    assert ["6", "heard"] == subprocess.run(command, capture_output=True, text=True).stdout.split()
