"""Many steps by one step and multiplication, against graphs and schedules that are made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent.networks import networks

import stomp_flim as sf
from hwmodels import devices
from hwmodels.costs.servers import Granularity, Tiling, platform
from hwmodels.network import SEQ2SEQLITE, Network
from hwmodels.recurrent import RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError
from workloads.tiles.graph import decompose_tiles
from workloads.tiles.layers import Tiles
from workloads.tiles.stages import add_stages, blocks
from workloads.tiles.stepwise import SIMULATED, stepwise
from workloads.tiles.times import Times

K410T = devices.xc7k410t
GRANULARITIES = st.sampled_from(("scalar", "row", "gate"))
STEPS = st.integers(1, 6)


@settings(max_examples=100)
@given(networks(), GRANULARITIES, STEPS, st.booleans())
def test_what_is_counted_is_exact(
    network: RecurrentNetwork, granularity: Granularity, steps: int, alone: bool
) -> None:
    """Tasks, edges, work and critical path are those of the graph, of all stages or of the last."""
    network = network.with_steps(steps)
    names = tuple(stage.name for stage in network.stages)[-1 if alone else 0 :]
    stage = names[-1] if alone else "pipeline"
    graph = decompose_tiles(network, K410T, granularity, stage, steps=None)
    times = Times(Tiling(network, granularity), K410T)
    add_stages(times, network, names)
    assert (len(graph), len(graph.edges)) == (times.tasks, times.edges)
    assert graph.critical_path == times.critical_path
    assert {kind: graph.work(kind) for kind in graph.server_types} == times.work


def _steps_of_blocks(network: RecurrentNetwork, tiling: Tiling) -> Iterator[sf.TaskGraph]:
    for block in blocks(network, tuple(stage.name for stage in network.stages)):
        tiles = Tiles(tiling, K410T)
        one = RecurrentNetwork("n", (block,)).with_steps(1)
        add_stages(tiles, one, (block.name,))
        for _ in range(block.steps):
            yield tiles.graph("step")


@settings(max_examples=25)
@given(networks(), st.sampled_from(("row", "gate")), st.integers(1, 3))
def test_the_repeated_schedule_keeps_all_precedences(
    network: RecurrentNetwork, granularity: Granularity, pixels: int
) -> None:
    """A step comes when the one before has ended; the tasks of all steps are those of the graph.

    Within a step it is the policy's schedule, so that no server is held twice.
    """
    servers = platform(K410T, network, granularity)
    graph = decompose_tiles(network, K410T, granularity, steps=None)
    start, finish, names = [], [], []
    clock = 0
    for step in _steps_of_blocks(network, Tiling(network, granularity)):
        schedule = sf.simulate([sf.Job(step)] * pixels, servers, "fifo").schedule
        last = schedule.job == pixels - 1
        order = np.argsort(schedule.task[last])
        start += (clock + schedule.start[last][order]).tolist()
        finish += (clock + schedule.finish[last][order]).tolist()
        names += step.task_names
        clock += schedule.makespan
    assert [_operation(name) for name in graph.task_names] == [_operation(name) for name in names]
    assert all(finish[a] <= start[b] for a, b in graph.edges.tolist())
    found = stepwise(network, K410T, granularity, pixels=pixels, policy="fifo")
    assert found.lower_bound <= clock == found.repeated


def _operation(name: str) -> str:
    """Return the name of a task without those of stage, step, layer and direction."""
    return re.sub(r"^.*\.(forward|backward|(gru|lstm|rnn|dense)\d*)\.", "", name)


@settings(max_examples=25)
@given(networks(), st.integers(1, SIMULATED), st.integers(1, 3))
def test_few_steps_are_not_extrapolated(network: RecurrentNetwork, steps: int, pixels: int) -> None:
    """Up to those that are simulated, the figure is the makespan of each block."""
    network = network.with_steps(steps)
    servers = platform(K410T, network)
    stages = blocks(network, tuple(stage.name for stage in network.stages))
    makespans = 0
    for block in stages:
        tiles = Tiles(Tiling(network), K410T)
        add_stages(tiles, RecurrentNetwork("n", (block,)), (block.name,))
        graph = tiles.graph("step")
        makespans += sf.summarize([sf.Job(graph)] * pixels, servers, "hlfet").makespan
    found = stepwise(network, K410T, pixels=pixels)
    assert max(makespans, found.lower_bound) == found.extrapolated


@pytest.mark.parametrize("pixels", [1, 8])
@pytest.mark.parametrize("granularity", ["row", "gate"])
def test_what_is_extrapolated_is_near_what_is_simulated(
    granularity: Granularity, pixels: int
) -> None:
    """Within 5 % for 30 steps of Seq2SeqLite, on one side or the other."""
    network = RecurrentNetwork.of(SEQ2SEQLITE).with_steps(30)
    graph = decompose_tiles(network, K410T, granularity, steps=None)
    jobs = [sf.Job(graph)] * pixels
    simulated = sf.summarize(jobs, platform(K410T, network, granularity), "hlfet").makespan
    found = stepwise(network, K410T, granularity, pixels=pixels)
    assert found.extrapolated == pytest.approx(simulated, rel=0.05)
    assert found.lower_bound <= simulated


def test_the_text_says_what_is_exact() -> None:
    """Line by line, and what was extrapolated from how many steps."""
    network = RecurrentNetwork("n", (Stage("s", 50, (RecurrentLayer("lstm", 1, 8),)),))
    lines = str(stepwise(network, K410T, pixels=2)).splitlines()
    assert lines[0].startswith("n pipeline in row tiles, 50 steps, 2 pixels on xc7k410t, policy")
    assert ["exact"] * 3 == [line.partition(":")[0] for line in lines[1:4]]
    assert lines[4].startswith("extrapolated: ")
    assert f"from the first {SIMULATED} steps of each stage" in lines[4]


def test_a_graph_of_tens_of_millions_of_tasks_is_counted() -> None:
    """By the formula of its products: a task each, and 6 more a unit, step and layer."""
    network = RecurrentNetwork("n", (Stage("s", 100, (RecurrentLayer("gru", 64, 256),)),))
    times = Times(Tiling(network, "scalar"), K410T)
    add_stages(times, network, ("s",))
    assert 100 * 256 * (3 * (64 + 256) + 6) == times.tasks == 24_729_600


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixels": 0}, "small: pixels is 0, expected an integer >= 1"),
        ({"steps": 0}, "small: steps is 0, expected an integer >= 1"),
        ({"stage": "encode"}, "small: unknown stage 'encode'; did you mean 'encoder'"),
        ({"policy": "hlfte"}, "unknown policy 'hlfte'; did you mean 'hlfet'"),
    ],
)
def test_a_wrong_argument_is_an_error(options: dict[str, Any], message: str) -> None:
    """It says what was found and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        stepwise(Network("small", 1, 4, steps=3), K410T, **options)
