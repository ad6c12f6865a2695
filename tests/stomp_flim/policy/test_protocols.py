"""Policies: how one is named, and what a ranker must answer."""

import numpy as np
import pytest

from policies.planners.manual import ManualLanes
from policies.rankers.fifo import fifo
from stomp_flim import (
    AffinePriority,
    InputError,
    Job,
    Mode,
    Platform,
    PolicyError,
    Task,
    TaskGraph,
    simulate,
)
from stomp_flim.interchange.text.typed_parameters import keyword_parameters
from stomp_flim.policy import protocol
from stomp_flim.policy.loading import parse

GRAPH = TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, n)]) for n in (3, 1, 2)], [])
PLATFORM = Platform({"memory": 1})

PLUGIN = '''
"""A policy of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stomp_flim import Platform, TaskGraph

NUMBER = 3


class Table:
    """A type of one's own."""


def shortest_first(graph, platform, jobs, *, weight: float = 1.0):
    """Shortest task first."""
    return -weight * graph.shortest_latency


def by_table(graph: TaskGraph, platform: Platform, jobs, *, table: str):
    """Ranks read off a parameter that must be given."""
    return [int(digit) for digit in table]


def by_object(graph, platform, jobs, *, table: Table):
    """A parameter that no text can be."""
    return table.ranks


def by_name(graph, platform, jobs, *, table: Platform):
    """A parameter of a type that is not there at run time."""
    return table.ranks


@dataclass(frozen=True)
class Pick:
    """One task at a time, by number."""

    first: int = 0
    kind: Literal["up", "down"] = "up"

    def dispatch(self, view):
        tasks = sorted(view.ready, key=lambda entry: entry.task != self.first)
        yield from ((job, task, 0) for job, task, _ in tasks[: view.free["memory"]])


ready_made = Pick(first=2)
'''.replace("import TYPE_CHECKING", "import TYPE_CHECKING, Literal")


@pytest.fixture
def plugin(tmp_path):
    """Write a one-file plug-in."""
    path = tmp_path / "my_policy.py"
    path.write_text(PLUGIN)
    return path


def order(policy):
    """Return the tasks in the order in which a policy starts them."""
    return simulate([Job(GRAPH)], PLATFORM, policy).schedule.task.tolist()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fifo", "ranker"),
        ("hlfet", "ranker"),
        ("manual", "planner"),
        ("manual-lanes", "planner"),
        ("manual-lanes:lanes=4", "planner"),
        (fifo, "ranker"),
        (lambda graph, platform, jobs: [0], "ranker"),
        (ManualLanes(2), "planner"),
    ],
)
def test_a_policy_is_a_name_or_the_thing_itself(name, kind):
    """Names and parameters are looked up, objects are taken as they are."""
    policy = parse(name)
    assert kind == policy.kind
    assert policy is parse(policy)
    if isinstance(name, str):
        assert name == policy.name
    else:
        assert name is policy.implementation


def test_parameters_are_typed():
    """The text after the colon becomes what the policy declares."""
    assert ManualLanes(4) == parse("manual-lanes:lanes=4").implementation
    assert ManualLanes() == parse("manual-lanes").implementation
    assert ["lanes"] == list(keyword_parameters(ManualLanes))
    assert {} == keyword_parameters(fifo)


def test_a_file_is_a_plugin(plugin):
    """A function, a function with a parameter, a class with one, and an object made there."""
    assert [1, 2, 0] == order(f"{plugin}:shortest_first")
    assert [0, 2, 1] == order(f"{plugin}:shortest_first:weight=-0.5")
    assert [0, 1, 2] == order(f"{plugin}:Pick")
    assert [1, 0, 2] == order(f"{plugin}:Pick:first=1,kind=down")
    assert [2, 0, 1] == order(f"{plugin}:ready_made")
    assert [1, 2, 0] == order(f"{plugin}:by_table:table=132")


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("fofi", "unknown policy 'fofi'; did you mean 'fifo'?"),
        ("manual-lane", "unknown policy 'manual-lane'; did you mean 'manual-lanes' or 'manual'?"),
        ("", "unknown policy ''; known are '"),
        (
            "manual-lanes:lane=4",
            "policy 'manual-lanes:lane=4': unknown parameter 'lane'; did you mean 'lanes'?",
        ),
        ("fifo:x=1", "policy 'fifo:x=1': unknown parameter 'x'; known are none"),
        (
            "manual-lanes:lanes",
            "policy 'manual-lanes:lanes': lanes has no value, expected lanes=...",
        ),
        (
            "manual-lanes:lanes=many",
            "policy 'manual-lanes:lanes=many': lanes is 'many': input should be a valid integer",
        ),
        (
            "manual-lanes:lanes=1.5",
            "policy 'manual-lanes:lanes=1.5': lanes is '1.5': input should be a valid integer",
        ),
        ("manual-lanes:lanes=0", "manual-lanes: lanes is 0, expected an integer >= 1"),
        ("{file}:shortest", "{file}: has no policy 'shortest'; did you mean 'shortest_first'"),
        ("{file}", "{file}: has no policy ''; known are"),
        ("{file}:by_table", "policy '{file}:by_table': parameter 'table' is missing"),
        (
            "{file}:by_object:table=1",
            "policy '{file}:by_object:table=1': table is '1', and its type 'Table' cannot be read",
        ),
        (
            "{file}:by_name:table=1",
            "policy '{file}:by_name:table=1': table is '1', and its type 'Platform' cannot be read",
        ),
        ("{file}:ready_made:first=1", "policy '{file}:ready_made:first=1': unknown parameter 'fi"),
        ("{file}:NUMBER", "policy '{file}:NUMBER' is int, expected a function (ranker) or"),
        ("{file}:Pick:kind=left", "policy '{file}:Pick:kind=left': kind is 'left': input should"),
        (3.5, "policy 'float' is float, expected a function (ranker) or an object with a method"),
    ],
)
def test_a_policy_that_is_not_there_is_named(plugin, policy, message):
    """The text, what is wrong in it, and the names that are near."""
    if isinstance(policy, str):
        policy, message = (
            policy.replace("{file}", str(plugin)),
            message.replace("{file}", str(plugin)),
        )
    with pytest.raises(InputError) as error:
        parse(policy)
    assert str(error.value).startswith(message)


def test_a_missing_policy_file_is_named(tmp_path):
    """The path as it was given."""
    with pytest.raises(InputError) as error:
        parse(f"{tmp_path}/mine.py:shortest_first")
    assert f"{tmp_path}/mine.py: no such policy file" == str(error.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that"),
        ("def f(:", "SyntaxError: "),
        ("def f():\nreturn", "IndentationError: "),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import json; json.loads('{')", "JSONDecodeError: "),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_a_policy_file_that_fails_is_named(tmp_path, source, message):
    """The path, the line of this file and the error that its import raised."""
    path = tmp_path / "mine.py"
    path.write_text(f"x = 1\n{source}\n")
    with pytest.raises(InputError) as error:
        parse(f"{path}:f")
    line = 2 + (message == "IndentationError: ")
    assert str(error.value).startswith(f"{path}, line {line}: cannot be imported, {message}")


def test_only_policies_of_the_file_itself_are_offered(tmp_path):
    """What it imports is none of its own."""
    path = tmp_path / "mine.py"
    path.write_text("from dataclasses import dataclass\n\ndef rank(graph, *_): ...\n")
    with pytest.raises(InputError) as error:
        parse(f"{path}:xyz")
    assert f"{path}: has no policy 'xyz'; known are 'rank'" == str(error.value)


def test_plugins_do_not_hide_modules(tmp_path):
    """A policy file may be called like a module, and two like each other."""
    import random

    for folder, rank in (("a", 1), ("b", -1)):
        path = tmp_path / folder / "random.py"
        path.parent.mkdir()
        path.write_text(f"def rank(graph, *_):\n    return {rank} * graph.shortest_latency\n")
    first, second = (f"{tmp_path}/{folder}/random.py:rank" for folder in "ab")
    assert ([0, 2, 1], [1, 2, 0], [0, 2, 1]) == (order(first), order(second), order(first))
    import random as again

    assert random is again


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([1, 2], "rank has shape (2,) for graph 'graph', expected (3,): a number for each task"),
        ([[1, 2, 3]], "rank has shape (1, 3) for graph 'graph', expected (3,): a number"),
        (5, "rank has shape () for graph 'graph', expected (3,): a number for each task"),
        (None, "rank has shape () for graph 'graph', expected (3,): a number for each task"),
        ([1, float("nan"), 2], "rank of task 1 ('read') is nan for graph 'graph', expected a f"),
        ([1, 2, -float("inf")], "rank of task 2 ('read') is -inf for graph 'graph', expected a f"),
        (["a", "b", "c"], "rank is not numeric: could not convert string to float"),
        ([1, [2], [3, 4]], "rank is not numeric: "),
        (AffinePriority([0, 0, 0], [1, 1], [0]), "slope has shape (2,) for graph 'graph'"),
        (
            AffinePriority([0, 0, 0], [1, 1, 1], [0, 1]),
            "offset has shape (2,) for graph 'graph', expected (1,): a number for each job",
        ),
        (AffinePriority([0, 0, 0], [1, 1, 1], [np.nan]), "offset of job 0 is nan for graph"),
        (
            AffinePriority([0, 1, 0], [1, -1e200, 1], [1e200]),
            "rank - slope * offset leaves the finite numbers for graph 'graph', with a rank of 1,",
        ),
    ],
)
def test_priorities_are_one_finite_number_a_task(answer, message):
    """Where the policy is written, the column, what is in it and what is expected."""

    def wrong(graph, platform, jobs):
        return answer

    with pytest.raises(PolicyError) as error:
        simulate([Job(GRAPH)], PLATFORM, wrong)
    place = wrong.__code__.co_firstlineno
    where = f"test_protocols.py, line {place}"
    assert str(error.value).startswith(f"{where}: policy 'wrong': {message}")


@pytest.mark.parametrize("numbers", [list, tuple, np.array, lambda r: np.array(r, np.float32)])
def test_ranks_may_be_any_sequence_of_numbers(numbers):
    """Higher goes first."""
    assert [2, 0, 1] == order(lambda graph, platform, jobs: numbers([2, 1, 3]))


def test_a_ranker_is_asked_once_for_each_graph():
    """With the jobs that execute that graph, in their order."""
    other = TaskGraph.from_tasks([Task("read", [Mode({"memory": 1}, 1)])], [], "other")
    jobs = [Job(GRAPH, priority=1), Job(other, priority=2), Job(GRAPH, priority=3)]
    calls = []

    def ranker(graph, platform, jobs):
        calls.append((graph.name, platform, [job.priority for job in jobs]))
        return np.zeros(len(graph))

    simulate(jobs, PLATFORM, ranker)
    assert [("graph", PLATFORM, [1, 3]), ("other", PLATFORM, [2])] == calls


def test_an_affine_priority_staggers_jobs():
    """Rank minus slope times the offset of the job: the second job first, its task 0 last."""
    answer = AffinePriority([0, 0, 0], [4, 1, 2], [0, -1])
    schedule = simulate([Job(GRAPH)] * 2, PLATFORM, lambda *_: answer).schedule
    started = list(zip(schedule.job.tolist(), schedule.task.tolist(), strict=True))
    assert [(1, 0), (1, 2), (1, 1), (0, 0), (0, 1), (0, 2)] == started


def test_the_protocol_of_a_class_is_that_of_its_objects():
    """For listing policies without making one."""
    assert "planner" == protocol(ManualLanes, "manual-lanes")
