"""Models on devices from the command line: what runs where, and what the servers stand for."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

import stomp_flim as sf
from experiments.compare.sweep import Comparison
from experiments.frame.sweep import FrameSweep
from experiments.shared.cases import OWN, Case, Setup
from experiments.shared.choices import default_device
from experiments.speedup.sweep import SpeedupSweep
from hwmodels.costs.blocks import lane_dsp
from hwmodels.costs.servers import platform as derived
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
from hwmodels.platforms import ALL, Changes, fpga_names, load_fpga
from stomp_flim import plugins
from stomp_flim.errors import InputError
from stomp_flim.interchange import dot, psplib, stg, wfformat
from stomp_flim.interchange.stomp import graph as stomp
from tests.experiments.shared.commands import rows, run

TASKS = [sf.Task(name, [sf.Mode({"core": 1}, latency)]) for name, latency in (("a", 5), ("b", 3))]
CHAIN = sf.TaskGraph.from_tasks(TASKS, [(0, 1)], "chain")
CORES = sf.Platform({"core": 2}, clock_ns=1e6)
FILES = {
    "g.stg": lambda path: stg.write_graph(CHAIN, path),
    "g.dot": lambda path: dot.write_graph(CHAIN, path),
    "g.json": lambda path: wfformat.write_graph(CHAIN, path, CORES),
    "g.sm": lambda path: psplib.write_graph(CHAIN, path, CORES),
    "g.graphml": lambda path: stomp.write_graph(CHAIN, path, path.with_suffix(".txt")),
}
SERVERS = {"g.stg": "processor=2", "g.dot": "core=2", "g.graphml": "core=2"}
"""Of files that bring none."""

TOO_SMALL = {
    ("seq2seq", name) for name in ("lfe5u-45f", "lfe5u-85f", "xc7a35t", "xc7a100t", "xczu3eg")
}


def test_a_case_has_the_servers_of_its_network() -> None:
    """Not those of another one, which would show a result too fast by the ratio of the widths."""
    for network in (SEQ2SEQ, SEQ2SEQLITE):
        case = Case(network.name, "xc7k410t")
        assert derived(load_fpga("xc7k410t"), network).servers == case.platform.servers
        assert network.hidden_units == case.provision.lanes


@pytest.mark.parametrize("kind", [SpeedupSweep, Comparison])
def test_no_sweep_has_more_multipliers_than_a_device_without_a_warning(
    kind: type[SpeedupSweep],
) -> None:
    """Over all devices and both published networks."""
    cases = []
    for model, device in product(("seq2seq", "seq2seqlite"), ("published", *fpga_names())):
        if (model, device) in TOO_SMALL:
            with pytest.raises(InputError, match=r"expected at (least|most)"):
                kind((model,), ("encoder",), (1,), ("fifo",), devices=(device,))
            continue
        sweep = kind((model,), ("encoder",), (1,), ("fifo",), devices=(device,))
        (case,) = sweep.cases
        cases.append(case)
        fpga, multipliers = case.provision.device, case.provision.multipliers
        assert fpga is not None
        assert multipliers is not None
        exceeds = multipliers * lane_dsp(fpga.dsp, 8) > fpga.dsp.count
        assert exceeds == bool(sweep.remarks) == case.facts()["exceeds_device"]
        assert exceeds == (device == "published")
    assert 2 * (1 + len(fpga_names())) - len(TOO_SMALL) == len(cases)


def test_multiples_of_a_device_are_warned_of() -> None:
    """Twice the servers are twice the multipliers."""
    sweep = FrameSweep(devices=("xc7k410t",), scales=(1, 2), steps=1)
    (remark,) = sweep.remarks
    assert "device '2 × xc7k410t' has 96 servers of 32 lanes, 3,072 multipliers" in remark


def test_tables_say_what_servers_stand_for(tmp_path: Path) -> None:
    """Lanes, multipliers, durations, and whether the device has them."""
    found = rows(
        tmp_path / "a", "compare", "--model", "seq2seq", "--model", "seq2seqlite",
        "--device", "published", "--device", "xc7k410t", "--pixels", 1, "--policy", "fifo",
    )  # fmt: skip
    facts = {
        (r["model"], r["device"]): (r["lanes"], r["multipliers"], r["exceeds_device"])
        for r in found
    }
    assert {
        ("seq2seq", "published"): (128, 16384, True),
        ("seq2seq", "xc7k410t"): (128, 1536, False),
        ("seq2seqlite", "published"): (32, 4096, True),
        ("seq2seqlite", "xc7k410t"): (32, 1536, False),
    } == facts
    assert {"published"} == {row["durations"] for row in found}
    table = pd.read_csv(tmp_path / "a" / "compare.csv")
    assert "12 DSP, 4 Shared mem, 4 Const mem, 8 data mem" in set(table["servers"])


def test_a_warning_and_the_lanes_are_told_on_the_terminal(tmp_path: Path) -> None:
    """On standard error what is wrong, and on standard output what the servers are."""
    words = ("--policy", "fifo", "--pixels", 1, "--jobs", 1, "--out", tmp_path)
    result = run("compare", "--model", "seq2seq", *words)
    assert "lanes per server 128, 16,384 multipliers" in result.stdout
    assert "note: device 'published' has 128 servers of 128 lanes" in result.stderr
    assert "more than the 1,540 of xc7k410t" in result.stderr


def test_durations_are_derived_where_that_is_asked_for(tmp_path: Path) -> None:
    """As those of the workload that has them of its own."""
    words = ("compare", "--device", "xc7k410t", "--pixels", "1,4", "--policy", "hlfet")
    one = rows(tmp_path / "a", *words, "--model", "seq2seqlite", "--durations", "derived")
    other = rows(tmp_path / "b", *words, "--model", "seq2seqlite-derived")
    assert [r["makespan"] for r in one] == [r["makespan"] for r in other]
    assert {"derived"} == {row["durations"] for row in [*one, *other]}


@pytest.mark.parametrize("name", FILES)
def test_graph_files_run_in_every_command(tmp_path: Path, name: str) -> None:
    """On the servers that they bring, or on those that are given."""
    path = tmp_path / name
    FILES[name](path)
    words = ["--model", path] + (["--servers", SERVERS[name]] if name in SERVERS else [])
    for command in ("speedup", "compare"):
        found = rows(tmp_path / command, command, *words, "--pixels", "1,2,4", "--policy", "fifo")
        assert {1: 8, 2: 8, 4: 16} == {row["pixels"]: row["makespan"] for row in found}
        assert {(name, "whole", "own", None)} == {
            (row["model"], row["stage"], row["durations"], row["lanes"]) for row in found
        }
    found = rows(tmp_path / "f", "frame", *words, "--pixels", 10, "--slots", 2, "--policy", "fifo")
    assert {40} == {row["cycles"] for row in found}


def test_a_format_is_named_where_the_file_does_not_tell(tmp_path: Path) -> None:
    """And the server type of its tasks."""
    path = tmp_path / "graph.data"
    stg.write_graph(CHAIN, path)
    words = ("--format", "stg", "--server-type", "DSP", "--policy", "fifo", "--pixels", 1)
    (row,) = rows(tmp_path / "a", "compare", "--model", path, *words)
    assert ("published", 8) == (row["device"], row["makespan"])


def test_limited_memories_work_from_the_command_line(tmp_path: Path) -> None:
    """As in Python: less memory takes longer, up to one pixel at a time."""
    tasks = [sf.Task(n, [sf.Mode({"DSP": 1}, 4)], buffer=sf.Buffer("BRAM", 100)) for n in "ab"]
    graph = sf.TaskGraph.from_tasks(tasks, [(0, 1)])
    path = tmp_path / "g.dot"
    dot.write_graph(graph, path)
    for bits, command in product((200, 400, 10**6), ("speedup", "compare", "frame")):
        words = ["--model", path, "--memory", f"BRAM={bits}", "--policy", "fifo", "--pixels", 4]
        words += ["--slots", 4, "--mode", "free-running"] if command == "frame" else []
        found = rows(tmp_path / f"{command}{bits}", command, *words)
        servers = dict(sf.device("published").servers)
        limited = sf.Platform(servers, 4.5, memories={"BRAM": bits})
        expected = sf.simulate([sf.Job(graph)] * 4, limited, "fifo").makespan
        assert {expected} == {row.get("makespan", row.get("cycles")) for row in found}
    result = run("compare", "--model", path, "--memory", "BRAN=9", "--out", tmp_path / "x")
    assert "--memory: 'BRAN', into which no task writes; did you mean 'BRAM'?" in str(
        result.exception
    )


def test_servers_and_clock_are_changed(tmp_path: Path) -> None:
    """One server is the sum of all work on it; the clock scales the seconds of a frame."""
    words = ("--policy", "fifo", "--servers", "DSP=1", "--pixels", 1)
    (row,) = rows(tmp_path / "a", "compare", "--model", "seq2seqlite", *words)
    graph = sf.workload_graph("seq2seqlite", stage="encoder")
    assert graph.work("DSP") <= row["makespan"]
    assert "1 DSP, 128 Shared mem" in row["servers"]
    frames = ("frame", "--steps", 1, "--pixels", 8, "--slots", 4, "--policy", "fifo")
    slow, fast = (rows(tmp_path / f"{ns}", *frames, "--clock-ns", ns) for ns in (9, 3))
    assert [3 * row["seconds"] for row in fast] == pytest.approx([row["seconds"] for row in slow])


def test_a_changed_file_is_computed_again(tmp_path: Path) -> None:
    """A graph, a platform, and a data sheet: results follow the content, not the name."""
    graph, board = tmp_path / "g.dot", tmp_path / "board.toml"
    found = []
    for latency, count in ((5, 1), (7, 1), (7, 2), (5, 1)):
        graph.write_text(f'digraph {{ a [latency={latency}, server_type="core"] }}')
        board.write_text(f"clock_ns = 2.0\n[servers]\ncore = {count}\n")
        words = ("--device", board, "--policy", "fifo", "--pixels", 2)
        (row,) = rows(tmp_path / "out", "compare", "--model", graph, *words)
        found.append(row["makespan"])
    assert [10, 14, 7, 10] == found
    kept = (tmp_path / "out" / "compare.journal").read_text().splitlines()
    assert 3 * 2 == len(kept)  # one and two pixels; the fourth run finds the first one's


def test_all_fpgas_run_in_one_table(tmp_path: Path) -> None:
    """Those that are too small for the network are left out, and it is said why."""
    words = ("--model", "seq2seq", "--device", ALL, "--policy", "fifo", "--pixels", 1)
    result = run("compare", *words, "--jobs", 1, "--out", tmp_path, "--json")
    document = json.loads(result.stdout)
    there = {row["device"] for row in document["rows"]}
    left_out = {name for name in fpga_names() if any(f"'{name}'" in r for r in document["remarks"])}
    assert set(fpga_names()) == there | left_out
    assert not there & left_out
    assert {"xc7k410t", "xcvu9p"} <= there
    assert "xc7a35t" in left_out


def test_a_policy_that_no_user_named_is_left_out_where_it_cannot_run(tmp_path: Path) -> None:
    """Three servers have no eight lanes for one by hand."""
    words = ("--model", "seq2seqlite", "--device", "xc7a35t", "--pixels", 1, "--stage", "encoder")
    result = run("speedup", *words, "--jobs", 1, "--out", tmp_path, "--json")
    assert "note: policy manual-lanes left out: platform 'xc7a35t' has 2 servers" in result.stderr
    found = {row["policy"] for row in json.loads(result.stdout)["rows"]}
    assert {"manual", "fifo", "hlfet", "phase"} == found
    sweep = SpeedupSweep(("seq2seqlite",), ("encoder",), (1,), devices=("published", "xc7a35t"))
    kept, (note,) = sweep.with_policies_that_run()
    assert found == set(kept.policies)
    expected = "left out everywhere, since one device cannot run it: platform 'xc7a35t'"
    assert expected in note
    named = run("speedup", *words, "--policy", "manual-lanes", "--out", tmp_path)
    assert "expected at least one for each of 8 lanes" in str(named.exception)


def test_a_graph_that_cannot_run_is_told_of_before_policies(tmp_path: Path) -> None:
    """Not that every policy is left out, which nobody has named."""
    FILES["g.dot"](tmp_path / "g.dot")
    words = ("speedup", "--model", tmp_path / "g.dot", "--servers", "other=2", "--pixels", 1)
    result = run(*words, "--out", tmp_path / "out")
    assert "a task runs on 'core', which device 'own' lacks" in str(result.exception)
    assert "left out" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_default_device_follows_the_models(tmp_path: Path) -> None:
    """The published servers, or those that a file brings or that are given for it."""
    for name, write in FILES.items():
        write(tmp_path / name)
        brought = OWN if name in ("g.json", "g.sm") else "published"
        assert brought == default_device([str(tmp_path / name)], Setup())
        given = Setup(changes=Changes((("core", 1),)))
        assert OWN == default_device([str(tmp_path / name)], given)
    assert "published" == default_device(["seq2seq"], Setup(changes=Changes((("DSP", 1),))))


def test_devices_that_are_registered_run_the_published_network() -> None:
    """And are called as they are registered."""
    for name in plugins.registered("devices"):
        assert name == Case("seq2seqlite", name).device_name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "g.stg"], "g.stg: a task runs on 'processor', which device 'published' lacks"),
        (
            ["--model", "g.stg", "--device", "xc7k410t"],
            "expected servers that are given: --device F",
        ),
        (
            ["--model", "g.stg", "--device", "all"],
            "g.stg: device 'lfe5u-45f' is an FPGA, whose serv",
        ),
        (
            ["--model", "g.stg", "--device", "own"],
            "device 'own': g.stg brings no servers; expected",
        ),
        (
            ["--model", "g.stg", "--stage", "encoder"],
            "unknown stage 'encoder'; known are 'sum', 'wh",
        ),
        (["--model", "g.stg", "--as-published"], "is no registered workload, expected one"),
        (
            ["--model", "g.stg", "--durations", "derived"],
            "no derived durations of this model; it h",
        ),
        (["--model", "c.dot"], "c.dot: graph 'c' has a cycle"),
        (["--device", "own"], "device 'own': seq2seqlite brings no servers"),
        (["--format", "stg"], "--format: 'stg', expected none: no model is the file of a task gr"),
        (["--server-type", "x"], "--server-type: 'x', expected none: no model is the file of a"),
        (["--servers", "DPS=3"], "has no servers of type 'DPS'; did you mean 'DSP'?"),
        (["--servers", "DSP"], "--servers: 'DSP', expected names with numbers, such as DSP=8"),
        (["--servers", "DSP=-3"], "--servers: DSP is '-3', expected an integer >= 1"),
        (["--servers", "DSP=0"], "--servers: DSP is 0, expected an integer >= 1"),
        (["--servers", "DSP=1,DSP=2"], "--servers: DSP is given twice, expected once"),
        (["--memory", "BRAM=9"], "--memory: 'BRAM', into which no task writes; known are none"),
        (["--clock-ns", "0"], "--clock-ns: 0.0, expected a finite number > 0"),
        (["--device", "p.toml", "--device", "q.toml"], "name of a device 'p' is given twice"),
        (["--device", "xc7k410t", "--device", "xc7k410t"], "device 'xc7k410t' is given twice"),
        (
            ["--model", "seq2seqlite-derived", "--durations", "published"],
            "no published durations of this model; those are derived",
        ),
        (
            ["--durations", "derived", "--stage", "sum"],
            "seq2seqlite: no stage 'postprocess' with derived durations; expected one of encoder",
        ),
    ],
)
def test_bad_input_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    """It names what is wrong and says what to do, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    FILES["g.stg"](Path("g.stg"))
    Path("c.dot").write_text("digraph c { a [latency=1]; b [latency=1]; a -> b -> a }")
    for name in ("p.toml", "q.toml"):
        Path(name).write_text('name = "p"\nclock_ns = 1.0\n[servers]\nDSP = 200\n')
    result = run("compare", *words, "--out", "out")
    assert isinstance(result.exception, InputError), result.output
    assert message in str(result.exception)
    assert not Path("out").exists()
