"""What lies in memories over time, and the check that it fits."""

from __future__ import annotations

import dataclasses

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import buffered, policies, rankers, workloads

import stomp_flim as sf
from stomp_flim import Buffer, InputError, Job, Mode, Platform, ScheduleError, Task, TaskGraph
from stomp_flim.interchange import psplib, stg, wfformat
from stomp_flim.interchange.stomp import graph as stomp_graph

SCENES = buffered(workloads(max_jobs=3, max_tasks=6))


def held_in_cycles(schedule):
    """Bits held in each cycle by memory, counted one task and cycle at a time."""
    times = {(row.job, row.task): row for row in schedule.to_frame().itertuples()}
    held = {}
    for (job, task), row in times.items():
        graph = schedule.workload.jobs[job].graph
        buffer = graph.buffer(task)
        if buffer is not None:
            readers = graph.successors(task).tolist() or [task]
            for cycle in range(row.start, max(times[job, reader].finish for reader in readers)):
                in_cycle = held.setdefault(buffer.memory, [0] * (schedule.makespan + 1))
                in_cycle[cycle] += buffer.bits
    return held


@settings(max_examples=60)
@given(SCENES, rankers)
def test_memory_over_time_is_what_is_held_in_each_cycle(scene, policy):
    """A buffer is held from the start of its writer to the finish of its last consumer."""
    metrics = sf.simulate(*scene, policy).metrics
    held = held_in_cycles(metrics.schedule)
    for memory in metrics.schedule.storage.memories:
        steps = metrics.memory[metrics.memory["memory"] == memory]
        changes = dict(zip(steps["time"].tolist(), steps["bits"].tolist(), strict=True))
        bits, actual = 0, []
        for cycle in range(metrics.schedule.makespan + 1):
            bits = changes.get(cycle, bits)
            actual.append(bits)
        assert held.get(memory, [0] * len(actual)) == actual
        assert max(actual) == metrics.peak_memory[memory]


@settings(max_examples=60)
@given(SCENES, policies.filter(lambda policy: not str(policy).startswith("manual")))
def test_a_check_knows_exactly_what_fits(scene, policy):
    """With the peak for a capacity a schedule is valid, with a bit less it is not."""
    schedule = sf.simulate(*scene, policy).schedule
    for memory, peak in sf.simulate(*scene, policy).metrics.peak_memory.items():
        for bits in {peak, peak - 1} - {0, -1}:
            platform = Platform(schedule.platform.servers, memories={memory: bits})
            limited = dataclasses.replace(schedule, platform=platform)
            if bits == peak:
                limited.check()
            else:
                with pytest.raises(ScheduleError, match=f"memory '{memory}' holds"):
                    limited.check()


MODES = [Mode({"DSP": 1}, 2)]
GRAPH = TaskGraph.from_tasks(
    [Task("load", MODES, buffer=Buffer("BRAM", 8)), Task("add", MODES)], [(0, 1)], "small"
)


def test_a_full_memory_is_named_with_its_task():
    """The time, what it holds, who writes, and what was expected."""
    schedule = sf.simulate([Job(GRAPH)] * 2, Platform({"DSP": 2})).schedule
    limited = dataclasses.replace(schedule, platform=Platform({"DSP": 2}, memories={"BRAM": 15}))
    message = (
        r"memory 'BRAM' holds 16 bits at 0, where job 0, task 0 \('load'\) starts, expected at "
        r"most its capacity of 15"
    )
    with pytest.raises(ScheduleError, match=message):
        limited.check()


class Forgetful:
    """A planner that takes the schedule of a platform without limits for one of its own."""

    def plan(self, workload, platform):
        """Plan as if memories were endless."""
        endless = sf.simulate(workload, Platform(platform.servers), "fifo").schedule
        return dataclasses.replace(endless, platform=platform)


def test_a_plan_that_knows_no_memory_is_checked():
    """A planner's schedule has to fit like any other."""
    platform = Platform({"DSP": 2}, memories={"BRAM": 8})
    with pytest.raises(ScheduleError, match="memory 'BRAM' holds 16 bits"):
        sf.simulate([Job(GRAPH)] * 2, platform, Forgetful())
    sf.simulate([Job(GRAPH)] * 2, platform, "manual").schedule.check()


def test_the_summary_names_peaks_where_there_are_memories():
    """Bits by memory, for JSON; nothing where neither platform nor tasks know of one."""
    summary = sf.simulate([Job(GRAPH)] * 2, Platform({"DSP": 2}, memories={"URAM": 9})).summary()
    assert {"URAM": 0, "BRAM": 16} == summary["peak_memory"]
    plain = TaskGraph.from_tasks([Task("load", MODES)], [])
    assert "peak_memory" not in sf.simulate([Job(plain)], Platform({"DSP": 2})).summary()


def test_buffers_go_to_networkx_and_back():
    """As attributes of the nodes that write."""
    graph = GRAPH.to_networkx()
    assert {0: Buffer("BRAM", 8)} == nx.get_node_attributes(graph, "buffer")
    assert (Buffer("BRAM", 8), None) == TaskGraph.from_networkx(graph).buffers
    assert TaskGraph.from_tasks([Task("load", MODES)], []).buffers is None


@pytest.mark.parametrize("bits", [0, -1, 1.5, True, 2**38])
def test_a_buffer_has_a_number_of_bits(bits):
    """A positive integer that a run can sum up."""
    with pytest.raises(InputError, match=r"a buffer in 'BRAM' has .* bits, expected an integer"):
        Buffer("BRAM", bits)


@pytest.mark.parametrize("bits", [0, 2.5, "1", 2**54])
def test_a_memory_has_a_number_of_bits(bits):
    """A positive integer."""
    with pytest.raises(InputError, match=r"memory 'BRAM' has .* bits, expected an integer from 1"):
        Platform({"DSP": 1}, memories={"BRAM": bits})


def test_a_buffer_is_a_buffer():
    """Anything else is named with its task."""
    with pytest.raises(InputError, match=r"task 0 \('load'\) has the buffer 8, expected a Buffer"):
        TaskGraph.from_tasks([Task("load", MODES, buffer=8)], [])


@pytest.mark.parametrize(
    "write",
    [
        lambda path: stg.write_graph(GRAPH, path),
        lambda path: psplib.write_graph(GRAPH, path, Platform({"DSP": 1})),
        lambda path: wfformat.write_graph(GRAPH, path, Platform({"DSP": 1})),
        lambda path: stomp_graph.write_graph(GRAPH, path, path),
    ],
    ids=["stg", "psplib", "wfformat", "stomp"],
)
def test_formats_without_buffers_refuse_them(write, tmp_path):
    """None is lost in silence."""
    with pytest.raises(InputError, match=r"task 0 \('load'\) writes 8 bits to 'BRAM', expected no"):
        write(tmp_path / "graph")
    assert not list(tmp_path.iterdir())


@settings(max_examples=30)
@given(SCENES, rankers, st.sampled_from(["instant", "event"]))
def test_bounds_hold_where_memory_is_short(scene, policy, rounds):
    """Memory only delays."""
    result = sf.simulate(*scene, policy, rounds=rounds)
    assert result.lower_bound <= result.makespan


def test_nothing_written_is_no_entry():
    """A schedule without buffers stores nothing."""
    graph = TaskGraph.from_tasks([Task("", [Mode({"port": 1}, 1)])], [])
    stored = sf.simulate([Job(graph)], Platform({"port": 1})).schedule.storage
    assert [0] * 5 == [len(column) for column in stored[1:]]


def test_the_first_task_that_does_not_fit_is_named():
    """At the first of several instants, and not a task that was there before."""
    tasks = [Task(f"{n}", [Mode({"port": 1}, 1)], buffer=Buffer("memory", 4)) for n in range(4)]
    tasks.append(Task("reader", [Mode({"port": 1}, 1)]))
    graph = TaskGraph.from_tasks(tasks, [(n, 4) for n in range(4)])
    schedule = sf.simulate([Job(graph)], Platform({"port": 1})).schedule
    small = Platform({"port": 1}, memories={"other": 1, "memory": 9})
    message = r"memory 'memory' holds 12 bits at 2, where job 0, task 2 \('2'\) starts"
    with pytest.raises(ScheduleError, match=message):
        dataclasses.replace(schedule, platform=small).check()
