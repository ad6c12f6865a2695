"""How far the policy `phase` is from the bounds."""

import csv

import numpy as np
import pytest

from experiments.phase import command
from experiments.phase.points import (
    HELD_OUT_NETWORKS,
    MOST_TASKS,
    SETS,
    PhasePoint,
    chained,
    published_graphs,
)
from hwmodels.published import published
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from workloads.published.operations import READ_CONST

STEP = [Mode({"DSP": 1}, 2)]
STAGE = TaskGraph.from_tasks(
    [Task("weights", READ_CONST), Task("add", STEP), Task("isolated", STEP)], [(0, 1)], "stage"
)


@pytest.mark.parametrize(
    ("weights_ahead", "edges"),
    [(False, [[0, 1], [1, 3], [1, 5], [3, 4]]), (True, [[0, 1], [1, 5], [3, 4]])],
)
def test_a_stage_waits_for_the_one_before(weights_ahead, edges):
    """For its sink but no isolated task; reads of weights wait unless they may go ahead."""
    graph = chained([STAGE, STAGE], weights_ahead=weights_ahead)
    assert edges == graph.edges.tolist()
    assert ("weights", "add", "isolated") * 2 == graph.task_names


def test_a_chain_of_published_stages_takes_the_sum_of_their_critical_paths():
    """And has their tasks."""
    lite = [graph for name, graph in published_graphs().items() if name[:8] != "Seq2Seq "]
    chain = chained(lite)
    assert (399 + 522 + 27, 208 + 292 + 52) == (len(chain), chain.critical_path)


def test_the_held_out_graphs_are_no_published_ones():
    """Other sizes on several platforms; no point is too large to be measured."""
    assert not {(n.hidden_units, n.layers) for n in HELD_OUT_NETWORKS} & {(128, 2), (32, 1)}
    points = list(SETS["held-out"]())
    assert 5 == len({tuple(point.platform.servers.values()) for point in points})
    assert MOST_TASKS >= max(len(point.graph) * point.pixels for point in points)


def test_a_point_is_measured_against_the_tightest_bound(monkeypatch):
    """That of start counts is asked for only where the gap is above 1%, and with time for it."""
    asked = []

    def start_count_bound(workload, platform, *, time_limit):
        asked.append((len(workload), time_limit))
        return 80

    monkeypatch.setattr(command, "start_count_bound", start_count_bound)
    graph = published_graphs()["post-processing"]
    far, close = (PhasePoint("post-processing", graph, published(), n) for n in (256, 8))
    assert "start counts" not in (
        command.measure(far).bound_name,
        command.measure(close, 5).bound_name,
    )
    assert not asked
    tight = command.measure(far, 5)
    assert (80, "start counts") == (tight.bound, tight.bound_name)
    assert [(256, 5)] == asked
    makespan = simulate([Job(graph)] * 256, published(), "fifo").makespan
    assert (makespan, makespan / 80 - 1) == (tight.makespan["fifo"], tight.gap("fifo"))


def test_the_summary_counts_what_it_says():
    """Gaps of 0, 1, 3 and 5 per cent, the last one where HLFET is better."""
    point = PhasePoint("graph", STAGE, Platform({"DSP": 1, "Const mem": 1}), 7)
    outcomes = [
        command.PhaseOutcome(
            point, {"fifo": 110, "hlfet": hlfet, "phase": found}, 100, "critical path"
        )
        for hlfet, found in ((100, 100), (120, 101), (104, 103), (104, 105))
    ]
    assert [False, False, False, True] == [outcome.is_worse for outcome in outcomes]
    expected = (
        "4 points: at most 5.00% above the bound (graph, 7 pixels), within 1% at 2, within 2% at "
        "2, within 4% at 3, worse than the better of FIFO and HLFET at 1"
    )
    assert expected == command.summary(outcomes)


def test_the_command_writes_what_it_measures(monkeypatch, tmp_path):
    """A row a point, from which the gaps can be computed again."""
    point = PhasePoint("a, b", STAGE, Platform({"DSP": 2, "Const mem": 1}), 9)
    monkeypatch.setitem(command.SETS, "mine", lambda: iter([point]))
    table = tmp_path / "points.csv"
    command.main(["mine"], out=table)
    (row,) = csv.DictReader(table.open(newline=""))
    expected = [simulate([Job(STAGE)] * 9, point.platform, p).makespan for p in command.POLICIES]
    assert expected == [int(row[policy]) for policy in command.POLICIES]
    assert ("mine", "a, b", "9") == (row["set"], row["name"], row["pixels"])
    assert int(row["bound"]) <= np.min(expected)
