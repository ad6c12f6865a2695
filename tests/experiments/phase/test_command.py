"""How far the policy `phase` is from the bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.phase import points, sets, shapes
from experiments.phase.points import PLANNER, POLICIES, PhaseOutcome, PhasePoint, evaluate
from experiments.phase.report import speedups, summary
from experiments.phase.sets import (
    COMPARED,
    HELD_OUT_NETWORKS,
    MOST_TASKS,
    SETS,
    chained,
    published_graphs,
)
from hwmodels.published import published
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.cli.app import app
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

    monkeypatch.setattr(points, "start_count_bound", start_count_bound)
    graph = published_graphs()["post-processing"]
    far = PhasePoint("post-processing", graph, published(), 256)
    close = replace(far, pixels=8, start_counts=5)
    assert "start counts" not in (evaluate(far).bound_name, evaluate(close).bound_name)
    assert not asked
    tight = evaluate(replace(far, start_counts=5))
    assert (80, "start counts") == (tight.bound, tight.bound_name)
    assert [(256, 5)] == asked
    makespan = simulate([Job(graph)] * 256, published(), "fifo").makespan
    assert (makespan, makespan / 80 - 1) == (tight.makespan["fifo"], tight.gap("fifo"))


def test_the_planner_is_measured_where_phase_is_not_close():
    """And the best policy is that of the shortest schedule."""
    graph = published_graphs()["post-processing"]
    far, close = (evaluate(PhasePoint("", graph, published(), n)) for n in (96, 8))
    assert (61, 60, PLANNER) == (far.makespan["phase"], far.makespan[PLANNER], far.best)
    assert PLANNER not in close.makespan
    assert min(close.makespan.values()) == close.makespan[close.best]


def test_other_shapes_are_short_of_servers_where_they_say():
    """Early or late in the graph, or balanced to the last server."""
    for name in shapes.SHAPES:
        graph = shapes.shape(name)
        loads = {
            kind: [graph.work(part) / count for part, count in platform.servers.items()]
            for kind, platform in (
                (kind, shapes.servers(graph, part)) for kind, part in shapes.SHORT.items()
            )
        }
        assert [0, 2] == [loads[kind].index(max(loads[kind])) for kind in ("early", "late")]
        assert max(loads["balanced"]) < 1.3 * min(loads["balanced"])
    of_set = list(SETS["shapes"]())
    assert len(shapes.SHAPES) * 3 * 6 == len({(p.name, p.pixels) for p in of_set}) == len(of_set)


def test_a_factorization_has_the_tasks_of_its_operations():
    """Of n tiles a side: n, n(n-1)/2 twice and n(n-1)(n-2)/6; a transform n/2 log n butterflies."""
    assert 7 + 21 + 21 + 35 == len(shapes.shape("Cholesky"))
    transform = shapes.shape("FFT")
    assert 32 + 80 + 32 == len(transform)
    reached = {0}
    for before, after in transform.edges.tolist():  # ascending
        if before in reached:
            reached.add(after)
    assert set(range(112, 144)) <= reached


def test_the_summary_counts_what_it_says():
    """Gaps of 0, 1, 3 and 5 per cent, the last one where HLFET is better."""
    platform = Platform({"DSP": 1, "Const mem": 1})
    found = {
        PhasePoint("graph", STAGE, platform, pixels): PhaseOutcome(
            {"fifo": 110, "hlfet": hlfet, "phase": phase, PLANNER: min(phase, 102)},
            100,
            "critical path",
        )
        for pixels, (hlfet, phase) in enumerate(((100, 100), (120, 101), (104, 103), (104, 105)), 4)
    }
    assert [False, False, False, True] == [outcome.is_worse for outcome in found.values()]
    expected = (
        "4 points: phase at most 5.00% above the bound (graph, 7 pixels), within 1% at 2, within "
        "2% at 2, within 4% at 3, worse than the better of FIFO and HLFET at 1; the best policy at "
        "most 2.00% above the bound (graph, 6 pixels), within 1% at 2, within 2% at 4, within 4% "
        "at 4"
    )
    assert expected == summary(found)


def test_speedups_are_over_one_pixel_at_a_time():
    """Manual is that of single runs times the pixels; stages add up, before they are divided."""
    of_set = list(SETS["speedup"]())
    outcomes = {
        point: PhaseOutcome({"phase": 20 * len(point.name)}, 10 * len(point.name), "any")
        for point in of_set
    }
    table = speedups(of_set, outcomes)
    assert list(COMPARED) == list(dict.fromkeys(table["network"]))
    row = table[(table["network"] == "Seq2SeqLite") & (table["form"] == "stages summed")].iloc[0]
    names = ("Seq2SeqLite encoder", "Seq2SeqLite decoder", "post-processing")
    alone = [simulate([Job(published_graphs()[n])], published(), "fifo").makespan for n in names]
    assert 256 * sum(alone) == row["manual"]
    assert 20 * sum(map(len, names)) == row["makespan"]
    np.testing.assert_allclose(table["at_most"], 2 * table["speedup"])


def _run(*words):
    return CliRunner().invoke(app, ["phase", *words])


def test_the_command_writes_what_it_measures(monkeypatch, tmp_path):
    """A row a point, from which the gaps can be computed again; a second run is the same."""
    point = PhasePoint("a, b", STAGE, Platform({"DSP": 2, "Const mem": 1}), 9)

    def mine() -> Iterator[PhasePoint]:
        yield point

    monkeypatch.setitem(sets.SETS, "between", mine)
    words = ["--set", "between", "--out", str(tmp_path), "--jobs", "1"]
    result = _run(*words)
    assert 0 == result.exit_code, result.output
    assert "between: 1 points: phase at most " in result.output
    assert {"phase.csv", "phase.journal", "study.toml"} == {
        path.name for path in tmp_path.iterdir()
    }
    table = pd.read_csv(tmp_path / "phase.csv").drop(columns="version").astype(object)
    (row,) = table.where(table.notna(), None).to_dict("records")
    expected = [simulate([Job(STAGE)] * 9, point.platform, p).makespan for p in POLICIES]
    assert expected == [row[policy] for policy in POLICIES]
    assert ("between", "a, b", 9) == (row["set"], row["name"], row["pixels"])
    assert ("platform", "2 DSP, 1 Const mem") == (row["device"], row["servers"])
    assert row["bound"] <= np.min(expected)

    journal = (tmp_path / "phase.journal").read_text()
    document = json.loads(_run(*words, "--json").stdout)
    assert ([row], ["phase.csv", "study.toml"]) == (document["phase"], document["files"])
    assert journal == (tmp_path / "phase.journal").read_text()


@pytest.mark.parametrize(
    "change",
    [{"pixels": 8}, {"start_counts": 1.0}, {"platform": Platform({"DSP": 3, "Const mem": 1})}],
)
def test_a_point_is_known_by_all_that_its_outcome_depends_on(change):
    """Its name, for reports, is not among that."""
    point = PhasePoint("a", STAGE, Platform({"DSP": 2, "Const mem": 1}), 9)
    assert point.key() == replace(point, name="b").key()
    assert point.key() != replace(point, **change).key()


@pytest.mark.parametrize("entry", [None, {}, {"makespan": {"fifo": 1}, "bound": 1}])
def test_an_entry_that_is_not_whole_is_none(entry):
    """The point is measured again."""
    assert points.from_entry(entry) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "publish"], "--set: 'publish'; did you mean 'published'"),
        (["--set", "between", "--set", "between"], "set 'between' is given twice"),
        (["--start-counts", "-1"], "--start-counts: -1.0, expected a finite number >= 0"),
        (["--jobs", "0"], "--jobs: 0, expected an integer >= 1"),
    ],
)
def test_wrong_options_are_errors(words, message, tmp_path, monkeypatch):
    """One line, before a folder is made."""
    folder = tmp_path / "out"
    result = _run(*words, "--out", str(folder))
    assert message in str(result.exception)
    assert not folder.exists()
