"""Replay knows nothing of networks: graphs here compute numbers that show where they came from."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import platforms, policies, task_graphs

from stomp_flim import InputError, Job, Mode, Platform, ScheduleError, Task, TaskGraph, simulate
from stomp_flim.errors import ReplayError
from stomp_flim.model.operation import Operation
from stomp_flim.model.workload import Workload
from stomp_flim.replay import replay
from stomp_flim.schedule import Schedule

TWO = Platform({"unit": 2})


@dataclass(frozen=True)
class Origins:
    """An interpreter whose values are numbers that no other operation on no other operands has."""

    seed: int = 0

    def prepare(self, weights: int, x: Sequence[int]) -> list[dict[str, int]]:
        """Every job begins with a value of its own."""
        return [{"x": weights + value} for value in x]

    def execute(self, operation: Operation, operands: Sequence[int]) -> int:
        """Return a number made of the operation and its operands, in their order."""
        return hash((self.seed, *operation.parameters, *operands))

    def collect(self, memories: Sequence[Mapping[Any, Any]]) -> list[dict[Any, Any]]:
        """Return everything."""
        return [dict(memory) for memory in memories]


def with_operations(graph: TaskGraph) -> TaskGraph:
    """Let every task read what its predecessors write, and what is there at the beginning."""
    network = graph.to_networkx()
    for task in network:
        operands = (*network.predecessors(task), "x")
        network.nodes[task]["operation"] = Operation("mix", operands, task, (task,))
    network.graph["interpreter"] = Origins()
    return TaskGraph.from_networkx(network)


def evaluated(graph: TaskGraph, x: int) -> dict[Any, int]:
    """Return all values of a job, computed in topological order."""
    values: dict[Any, int] = {"x": x}
    for task in graph.topological_order.tolist():
        operation = graph.operations[task]
        values[task] = hash((0, task, *(values[name] for name in operation.operands)))
    return values


@given(st.data(), platforms())
def test_replays_what_the_graph_computes(data, platform):
    """In whatever order a policy starts the tasks, every job ends with the values of its graph."""
    graph = with_operations(data.draw(task_graphs(platform)))
    x = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=4))
    result = simulate([Job(graph) for _ in x], platform, data.draw(policies))
    assert [evaluated(graph, 5 + value) for value in x] == result.replay(5, x)


@given(st.data(), platforms())
def test_finds_every_read_before_its_write_and_nothing_else(data, platform):
    """Without some edges, replay fails exactly when a task starts before an operand is there."""
    whole = with_operations(data.draw(task_graphs(platform)))
    network = whole.to_networkx()
    edges = list(network.edges)
    removed = data.draw(st.lists(st.sampled_from(edges), unique=True)) if edges else []
    network.remove_edges_from(removed)
    graph = TaskGraph.from_networkx(network)
    jobs = [Job(graph)] * data.draw(st.integers(1, 3))
    schedule = simulate(jobs, platform, data.draw(policies)).schedule
    runs = {
        (job, task): (start, finish)
        for job, task, start, finish in zip(
            *(getattr(schedule, name).tolist() for name in ("job", "task", "start", "finish")),
            strict=True,
        )
    }
    early = {
        (runs[job, reader][0], job, reader)
        for job in range(len(jobs))
        for writer, reader in whole.edges.tolist()
        if runs[job, reader][0] < runs[job, writer][1]
    }

    if not early:
        values = evaluated(whole, 0)
        assert [values] * len(jobs) == replay(schedule, 0, [0] * len(jobs))
        return
    with pytest.raises(ReplayError) as raised:
        replay(schedule, 0, [0] * len(jobs))
    job, task, value, instant = re.match(
        r"job (\d+), task (\d+) \(.*\) reads value (\d+) at (\d+), but task \3 \(",
        str(raised.value),
    ).groups()
    assert min(early)[0] == int(instant)
    assert (int(instant), int(job), int(task)) in early
    assert (int(value), int(task)) in removed


def chain(**changes: Any) -> TaskGraph:
    """Return a task "write" and a task "read" that takes its value, without the edge."""
    mode = changes.pop("mode", Mode({"unit": 1}, 3))
    first = changes.pop("first", Operation("mix", ("x",), "value"))
    second = changes.pop("second", Operation("mix", ("value",), "end"))
    tasks = [Task("write", [mode], first), Task("read", [mode], second)]
    return TaskGraph.from_tasks(tasks, [], "chain", changes.pop("interpreter", Origins()))


def schedule_of(graph: TaskGraph, start: int) -> Schedule:
    """Run the task "write" from cycle 0 on and the task "read" from cycle `start` on."""
    mode = graph.modes(0)[0]
    return Schedule.from_records(
        Workload([Job(graph)]), TWO, dispatched=[0, 1], mode=[0, 0], ready=[0, 0],
        start=[0, start], released=[mode.occupancy, start + mode.occupancy],
        finish=[mode.latency, start + mode.latency], held=[[0], [1]],
    )  # fmt: skip


def test_a_task_may_read_in_the_instant_in_which_a_value_is_written():
    """At an instant results are written before operands are read."""
    (memory,) = replay(schedule_of(chain(), start=3), 0, [1])
    assert {"x", "value", "end"} == set(memory)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_names_task_value_and_instant(start):
    """A task that starts before its operand is there is named, with the operand and the instant."""
    with pytest.raises(ReplayError) as raised:
        replay(schedule_of(chain(), start), 0, [1])
    expected = (
        f"job 0, task 1 ('read') reads value 'value' at {start}, "
        "but task 0 ('write') writes it at 3"
    )
    assert expected == str(raised.value)


def test_a_value_is_there_when_its_task_finishes_not_when_its_servers_are_free():
    """A pipelined task frees its servers before its result is there."""
    schedule = schedule_of(chain(mode=Mode({"unit": 1}, 3, occupancy=1)), start=1)
    with pytest.raises(ReplayError, match="reads value 'value' at 1"):
        replay(schedule, 0, [1])


def test_a_job_cannot_read_the_value_of_another():
    """Each job has a memory of its own."""
    graph = chain()
    schedule = Schedule.from_records(
        Workload([Job(graph), Job(graph)]), Platform({"unit": 4}), dispatched=range(4),
        mode=[0] * 4, ready=[0] * 4, start=[0, 3, 1, 3], released=[3, 6, 4, 6],
        finish=[3, 6, 4, 6], held=[[0], [1], [2], [3]],
    )  # fmt: skip
    with pytest.raises(ReplayError, match=r"job 1, task 1 .* at 3, but task 0 .* writes it at 4"):
        replay(schedule, 0, [1, 2])


def test_a_value_that_nothing_writes():
    """A value that is neither written nor there at the beginning is named."""
    graph = chain(second=Operation("mix", ("nowhere",), "end"))
    with pytest.raises(ReplayError, match="'nowhere' at 3, but no task writes it"):
        replay(schedule_of(graph, 3), 0, [1])


def test_a_value_that_was_there_is_not_overwritten():
    """A task that writes what was there at the beginning is named."""
    graph = chain(first=Operation("mix", (), "x"), second=Operation("mix", (), "end"))
    with pytest.raises(ReplayError, match=r"task 0 \('write'\) writes value 'x' at 3, but it was"):
        replay(schedule_of(graph, 3), 0, [1])


def test_every_value_has_one_writer():
    """A graph in which two tasks write one value cannot be made."""
    with pytest.raises(
        InputError, match=r"'value' is written by task 0 \('write'\) and task 1 \('read'\)"
    ):
        chain(second=Operation("mix", (), "value"))


def test_all_tasks_have_operations_or_none_has():
    """A graph of which a part is known cannot be made."""
    with pytest.raises(InputError, match=r"task 1 \('read'\) has no operation"):
        chain(second=None)


def test_a_graph_without_operations_cannot_be_replayed():
    """What a graph lacks is named."""
    graph = chain(first=None, second=None)
    with pytest.raises(InputError, match="'chain' has no operations"):
        replay(schedule_of(graph, 3), 0, [1])
    with pytest.raises(InputError, match="'chain' has no interpreter"):
        replay(schedule_of(chain(interpreter=None), 3), 0, [1])


def test_jobs_of_several_graphs_share_an_interpreter():
    """Graphs with equal interpreters are replayed together, with different ones they are not."""
    jobs = [Job(chain(second=Operation("mix", ("x",), "end"))) for _ in range(2)]
    assert 2 == len(simulate(jobs, TWO).replay(0, [1, 2]))
    jobs.append(Job(chain(interpreter=Origins(seed=1))))
    with pytest.raises(InputError, match="different interpreters"):
        simulate(jobs, TWO).replay(0, [1, 2, 3])


def test_input_of_too_few_jobs():
    """The input holds a pixel for every job."""
    with pytest.raises(InputError, match="the input is that of 3 jobs, expected 1"):
        replay(schedule_of(chain(), 3), 0, [1, 2, 3])


def test_a_schedule_is_checked_first():
    """A schedule that breaks a rule is not executed."""
    schedule = schedule_of(chain(), 3)
    schedule.finish[1] += 1
    with pytest.raises(ScheduleError, match="latency"):
        replay(schedule, 0, [1])


@pytest.mark.parametrize(
    "copied",
    [
        lambda graph: TaskGraph.from_networkx(graph.to_networkx()),
        lambda graph: graph.with_modes(lambda mode: Mode(mode.demand, 1)),
        lambda graph: pickle.loads(pickle.dumps(graph)),
    ],
    ids=["networkx", "other modes", "pickle"],
)
def test_copies_of_a_graph_keep_what_its_tasks_compute(copied):
    """Operations and interpreter go where the graph goes."""
    graph = chain()
    copy = copied(graph)
    assert graph.operations == copy.operations
    assert graph.interpreter == copy.interpreter


def test_a_graph_without_operations_stays_one():
    """Nodes of a networkx graph have no operation if the tasks have none."""
    graph = chain(first=None, second=None, interpreter=None)
    network = graph.to_networkx()
    assert all({"name", "modes"} == set(attributes) for _, attributes in network.nodes(data=True))
    assert TaskGraph.from_networkx(network).operations is None
    np.testing.assert_array_equal(graph.edges, TaskGraph.from_networkx(network).edges)
