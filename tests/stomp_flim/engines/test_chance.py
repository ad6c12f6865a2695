"""Random durations in both engines."""

import chance
import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim import Job, Mode, Platform, Run, Task, TaskGraph, Workload
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.instance import Instance
from stomp_flim.model.distributions import Empirical, Normal

COLUMNS = ("job", "task", "mode", "ready", "start", "released", "finish", "server_offset", "server")


@pytest.mark.parametrize("rounds", ["instant", "event"])
@given(
    workload=chance.workloads(),
    policy=strategies.rankers,
    seed=strategies.seeds,
    knows=st.sampled_from(["exact", "mean", "nothing"]),
)
def test_engines_agree_on_random_durations(rounds, workload, policy, seed, knows):
    """Every execution is the same: its mode, its times, its servers and its place in the order."""
    jobs, platform = workload
    run = Run(jobs, platform, policy, rounds=rounds, seed=seed, knows=knows)
    reference, compiled = (engine(run).run() for engine in (SimPyEngine, CompiledEngine))
    reference.check()
    for column in COLUMNS:
        assert getattr(reference, column).tolist() == getattr(compiled, column).tolist()
    compiled.check()


@given(chance.workloads(), strategies.seeds)
def test_engines_ask_the_same_durations(workload, seed):
    """The table for compiled code holds what the reference engine is told, task by task."""
    jobs = Workload(workload[0])
    instance = Instance(jobs, workload[1], seed)
    table = instance.duration_table()
    if instance.durations is None:
        assert (0, 0, 2) == table.shape
        return
    for record, choice in enumerate(instance.per_record(instance.choices)):
        for place, option in enumerate(choice.options):
            assert instance.duration(record, option) == tuple(table[record, place].tolist())


@pytest.mark.parametrize("engine", [SimPyEngine, CompiledEngine])
def test_a_round_tries_modes_by_their_means(engine):
    """The mode with the smaller mean comes first, also for a task in which it takes longer."""
    slow_now_and_then = Mode({"b": 1}, distribution=Empirical([1, 100], [0.9, 0.1]))
    graph = TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, 12), slow_now_and_then])], [])
    jobs = Workload([Job(graph, 1000 * number) for number in range(100)])
    schedule = engine(Run(jobs, Platform({"a": 1, "b": 1}))).run()
    assert {1} == set(schedule.mode.tolist())
    assert {1, 100} == set((schedule.finish - schedule.start).tolist())


@pytest.mark.parametrize("engine", [SimPyEngine, CompiledEngine])
def test_a_pipelined_mode_frees_its_servers_at_its_result_at_the_latest(engine):
    """A latency that is drawn below the occupancy ends the occupancy too."""
    mode = Mode({"a": 1}, occupancy=9, distribution=Normal(10, 5))
    graph = TaskGraph.from_tasks([Task("t", [mode])], [])
    jobs = Workload([Job(graph)] * 200)
    schedule = engine(Run(jobs, Platform({"a": 2}), seed=1)).run()
    schedule.check()
    latency, occupancy = schedule.finish - schedule.start, schedule.released - schedule.start
    assert np.minimum(latency, 9).tolist() == occupancy.tolist()
    assert (latency < 9).any()
    assert (latency > 9).any()
