"""Networks as priced tiles: the same work at every granularity, and schedules that hold."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import stomp_flim as sf
from experiments.speedup.points import evaluate
from experiments.speedup.sweep import SpeedupSweep
from hwmodels import devices
from hwmodels.costs.network import multiply_accumulates
from hwmodels.costs.servers import Granularity, Tiling, platform
from hwmodels.device import load_device
from hwmodels.network import SEQ2SEQLITE, Network
from stomp_flim.errors import InputError
from workloads.tiles.graph import decompose_tiles

K410T = devices.xc7k410t
SMALL = Network("small", layers=2, hidden_units=4, inputs=2, outputs=4, steps=3)
GRANULARITIES: tuple[Granularity, ...] = ("scalar", "row", "gate")


def _products(graph: sf.TaskGraph) -> int:
    """Return the cycles for which tiles of matrices hold "DSP" servers."""
    return sum(
        graph.mode_sets[mode][0].occupancy
        for name, mode in zip(graph.task_names, graph.mode_set.tolist(), strict=True)
        if "tile[" in name
    )


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("network", [SMALL, replace(SEQ2SEQLITE, outputs=32, steps=1)])
def test_lanes_multiply_as_often_as_the_network_does(
    network: Network, granularity: Granularity
) -> None:
    """Where as many outputs as units fill the lanes: lanes times cycles are the products."""
    graph = decompose_tiles(network, K410T, granularity, steps=network.steps)
    lanes = Tiling(network, granularity).lanes
    assert multiply_accumulates(network) == lanes * _products(graph)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_stages_add_up_and_the_pipeline_waits_for_the_encoder(granularity: Granularity) -> None:
    """Its critical path is longer than that of either part."""
    parts = [decompose_tiles(SMALL, K410T, granularity, s, 2) for s in ("encoder", "decoder")]
    whole = decompose_tiles(SMALL, K410T, granularity, "pipeline", 2)
    assert len(whole.task_names) == sum(len(part.task_names) for part in parts)
    assert max(whole.bottom_level) > max(max(part.bottom_level) for part in parts)


def test_smaller_tiles_are_more_tasks() -> None:
    """A weight, a row of weights or the matrix of a gate; H = 32, 33 and 32 columns, 3 outputs."""
    counts = {
        granularity: sum(
            "tile[" in name for name in decompose_tiles(SEQ2SEQLITE, K410T, granularity).task_names
        )
        for granularity in GRANULARITIES
    }
    assert counts == {
        "scalar": 3 * 32 * (33 + 32) + 3 * 32,
        "row": 3 * (33 + 32) + 32,
        "gate": 3 + 3 + 1,
    }


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_schedules_on_the_derived_servers_hold(granularity: Granularity) -> None:
    """The checked makespan lies between the bound and the multipliers' limit on one side."""
    graph = decompose_tiles(SMALL, devices.xc7a35t, granularity)
    servers = platform(devices.xc7a35t, SMALL, granularity)
    result = sf.simulate([sf.Job(graph)] * 5, servers, "hlfet")
    result.schedule.check()
    assert result.makespan >= result.lower_bound
    one_step = multiply_accumulates(replace(SMALL, steps=1))
    assert result.makespan * devices.xc7a35t.dsp.count >= 5 * one_step


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stage": "encode"}, "small: unknown stage 'encode'; did you mean 'encoder'"),
        ({"steps": 0}, "small: steps is 0, expected an integer >= 1"),
        ({"granularity": "rows"}, "unknown granularity 'rows'; did you mean 'row'"),
    ],
)
def test_an_unknown_part_is_an_error(options: dict[str, object], message: str) -> None:
    """With near names."""
    with pytest.raises(InputError, match=re.escape(message)):
        decompose_tiles(SMALL, K410T, **options)


@pytest.mark.parametrize("path", sorted(devices.FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_registered_workload_is_that_of_every_fpga(path: Path) -> None:
    """Its durations depend on no device, and its server types are those of all of them."""
    device = sf.device(path.stem.replace("_", "-"))
    for stage in ("encoder", "decoder", "pipeline"):
        graph = sf.workload_graph("seq2seqlite-derived", stage=stage, steps=2)
        assert same_graph(graph, decompose_tiles(SEQ2SEQLITE, load_device(path), "row", stage, 2))
        assert set(device.servers) >= {t for modes in graph.mode_sets for t in modes[0].demand}


def same_graph(one: sf.TaskGraph, other: sf.TaskGraph) -> bool:
    """Names, modes and edges."""
    parts = [
        (g.task_names, [g.modes(i) for i in range(len(g))], g.edges.tolist()) for g in (one, other)
    ]
    return parts[0] == parts[1]


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_the_registered_workload_has_granularities(granularity: Granularity) -> None:
    """As an option, for servers that are derived alike."""
    graph = sf.workload_graph("seq2seqlite-derived", granularity=granularity)
    servers = platform(K410T, SEQ2SEQLITE, granularity)
    assert sf.simulate([sf.Job(graph)], servers).makespan >= graph.critical_path


def test_experiments_run_it_on_a_device() -> None:
    """Speed-up and comparison, for stages that it has."""
    sweep = SpeedupSweep(
        ("seq2seqlite-derived",), ("encoder", "pipeline"), (1, 8), devices=("xc7k410t",)
    )
    sweep.check_device()
    one, eight = (evaluate(sweep.point(*sweep.cases, "encoder", n, "phase")) for n in (1, 8))
    assert one.makespan <= eight.makespan < 8 * one.makespan
    with pytest.raises(InputError, match="no stage 'postprocess' with derived durations"):
        replace(sweep, stages=("sum",)).check_device()
