"""Traces for the viewer Perfetto."""

import json
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from strategies import policies, workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.cli.app import main
from stomp_flim.errors import InputError
from stomp_flim.interchange.perfetto import write_trace


def events(path):
    """Return the events of a trace by phase: M names, X slices and C counters."""
    by_phase = defaultdict(list)
    for event in json.loads(path.read_text(encoding="utf-8"))["traceEvents"]:
        by_phase[event["ph"]].append(event)
    return by_phase


def named(metadata, kind):
    """Return the names of processes, or of threads, by their numbers."""
    return {
        (event["pid"], event.get("tid")): event["args"]["name"]
        for event in metadata
        if event["name"] == kind
    }


@settings(max_examples=25)
@given(workloads(), policies)
def test_a_trace_obeys_the_rules_of_the_format(tmp_path_factory, workload, policy):
    """Whole microseconds, a track a server, slices in order that never overlap, names for all."""
    result = simulate(*workload, policy, engine="simpy")
    path = tmp_path_factory.mktemp("perfetto") / "t.json"
    write_trace(result.schedule, path)
    by_phase = events(path)
    assert {"M", "X", "C"} == set(by_phase)
    processes = named(by_phase["M"], "process_name")
    threads = named(by_phase["M"], "thread_name")
    assert len(processes) == len(workload[1].servers)
    assert len(threads) == sum(workload[1].servers.values()) == len(set(threads.values()))
    numbers = [process for process, _ in processes] + [thread for _, thread in threads]
    assert 0 not in numbers
    assert len(numbers) == len(set(numbers))

    tracks = defaultdict(list)
    for event in by_phase["X"]:
        assert {int} == {type(event[key]) for key in ("ts", "dur", "pid", "tid")}
        assert event["dur"] >= 1
        assert event["name"]
        tracks[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    assert set(tracks) <= set(threads)
    for slices in tracks.values():
        for (_, end), (start, _) in pairwise(slices):
            assert end <= start


@settings(max_examples=25)
@given(workloads(), policies)
def test_every_held_server_is_a_slice(tmp_path_factory, workload, policy):
    """With the job, the task, the mode and the cycles of the schedule."""
    schedule = simulate(*workload, policy, engine="simpy").schedule
    path = tmp_path_factory.mktemp("perfetto") / "t.json"
    write_trace(schedule, path)
    by_phase = events(path)
    threads = named(by_phase["M"], "thread_name")
    found = [
        (threads[e["pid"], e["tid"]], e["ts"], e["ts"] + e["dur"], *e["args"].values())
        for e in by_phase["X"]
    ]
    first = schedule.platform.first_server
    expected = [
        (
            f"{row.server_type} {row.server - first[row.server_type]}",
            *(row.start, row.released, row.job, row.task, row.mode, row.ready, row.finish),
        )
        for row in schedule.to_frame().itertuples()
    ]
    assert sorted(expected) == sorted(found)


@settings(max_examples=25)
@given(workloads(), policies)
def test_counters_count_slices(tmp_path_factory, workload, policy):
    """At each instant the slices that run, and those that are ready and do not run yet."""
    schedule = simulate(*workload, policy, engine="simpy").schedule
    path = tmp_path_factory.mktemp("perfetto") / "t.json"
    write_trace(schedule, path)
    by_phase = events(path)
    counters = defaultdict(list)
    for event in by_phase["C"]:
        (value,) = event["args"].values()
        counters[event["pid"], event["name"].rpartition(" ")[2]].append((event["ts"], value))
    assert len(schedule.platform.servers) * 2 == len(counters)
    for (process, kind), steps in counters.items():
        times = [time for time, _ in steps]
        assert 0 == times[0]
        assert sorted(set(times)) == times
        value_at = dict(steps)
        value = 0
        for time in range(schedule.makespan + 1):
            value = value_at.get(time, value)
            slices = [event for event in by_phase["X"] if event["pid"] == process]
            running = [e for e in slices if e["ts"] <= time < e["ts"] + e["dur"]]
            waiting = [e for e in slices if e["args"]["ready"] <= time < e["ts"]]
            assert len({"busy": running, "waiting": waiting}[kind]) == value


def test_a_trace_as_it_is_written(tmp_path):
    """Cycles are labelled; a slice ends when its server is free, before the result is there."""
    task = Task('say "ü"', [Mode({"b": 1, "a": 2}, 5, 3)])
    graph = TaskGraph.from_tasks([task, Task("", [Mode({"b": 1}, 1)])], [(0, 1)], "g")
    schedule = simulate([Job(graph, 4)], Platform({"a": 2, "b": 1}, 4.5), engine="simpy").schedule
    write_trace(schedule, tmp_path / "t.json")
    document = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    about = {"time": "1 us = 1 cycle", "clock period in ns": 4.5, "platform": "platform"}
    assert {**about, "makespan in cycles": 10} == document["otherData"]
    assert "ns" == document["displayTimeUnit"]
    by_phase = events(tmp_path / "t.json")
    processes = {(1, None): "a (1 us = 1 cycle)", (2, None): "b (1 us = 1 cycle)"}
    assert processes == named(by_phase["M"], "process_name")
    threads = {(1, 3): "a 0", (1, 4): "a 1", (2, 5): "b 0"}
    assert threads == named(by_phase["M"], "thread_name")
    args = {"job": 0, "task": 0, "mode": 0, "ready": 4, "finish": 9}
    first = {"ph": "X", "ts": 4, "dur": 3, "cat": "g", "name": 'say "ü"', "args": args}
    args = {"job": 0, "task": 1, "mode": 0, "ready": 9, "finish": 10}
    second = {"ph": "X", "ts": 9, "dur": 1, "cat": "g", "name": "task 1", "args": args}
    places = [{"pid": 1, "tid": 3}, {"pid": 1, "tid": 4}, {"pid": 2, "tid": 5}]
    assert [*({**first, **place} for place in places), {**second, **places[2]}] == by_phase["X"]
    busy = [e for e in by_phase["C"] if e["name"] == "a: busy"]
    assert [(0, {"servers": 0}), (4, {"servers": 2}), (7, {"servers": 0})] == [
        (e["ts"], e["args"]) for e in busy
    ]


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    """The message names the file that could not be written."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, 1)])], [])
    schedule = simulate([Job(graph)], Platform({"a": 1}), engine="simpy").schedule
    with pytest.raises(InputError, match=r"missing/t\.json: cannot be written"):
        write_trace(schedule, tmp_path / "missing/t.json")


def test_the_command_writes_a_trace(files, monkeypatch, capsys):
    """Beside what it prints."""
    (files / "t.trc").write_text("Time,Pixel #,Graph #,Timestep #\n0,7,1,1\n0,3,2,1\n")
    trace = files / "trace.json"
    options = ["--stomp", files / "c.json", "--graphs", files / "dags", "--perfetto", trace]
    monkeypatch.setattr("sys.argv", ["stomp-flim", "run", *map(str, options)])
    with pytest.raises(SystemExit) as status:
        main()
    assert not status.value.code
    assert "makespan" in capsys.readouterr().out
    assert ["wide", "read", "mul"] == [
        event["name"] for event in sorted(events(trace)["X"], key=lambda e: (e["ts"], -e["dur"]))
    ]
