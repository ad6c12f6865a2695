"""A second opinion: what it says where programs are small, large, exact or not."""

from types import SimpleNamespace

import pytest
from optimality import Exhaustive
from ortools.sat.python import cp_model

from policies.planners.optimal import confirmation
from policies.planners.optimal.confirmation import excluded_by_counts, is_excluded
from policies.planners.optimal.solver import Budget, BudgetError
from stomp_flim import Job, Mode, Platform, Task, TaskGraph
from stomp_flim.bounds import lower_bound
from stomp_flim.model.buffer import Buffer
from stomp_flim.model.workload import Workload

ONE = Workload([Job(TaskGraph.from_tasks([Task("", [Mode({"a": 1}, 3)])], []))])
SERVER = Platform({"a": 1})


def ample():
    """Time that begins when it is asked for, not when tests are collected."""
    return Budget.of(600, float("inf"))


def test_no_time_is_no_answer():
    """Neither yes nor no, where no program can be asked."""
    assert is_excluded(ONE, SERVER, 3, Budget.of(0, float("inf"))) is None
    assert is_excluded(ONE, SERVER, 2, ample()) is True
    assert is_excluded(ONE, SERVER, 3, ample()) is False


def test_a_program_may_be_as_large_as_it_is_said(monkeypatch):
    """Of a task and the cycles 0 to 3 that makes four counts."""
    monkeypatch.setattr(confirmation, "MOST_COUNTS", 4)
    assert excluded_by_counts(ONE, SERVER, 3, ample()) is False
    monkeypatch.setattr(confirmation, "MOST_COUNTS", 3)
    with pytest.raises(BudgetError):
        excluded_by_counts(ONE, SERVER, 3, ample())


def test_memory_is_full_in_the_last_cycle_too():
    """Two tasks of one cycle that do not fit side by side take two."""
    task = Task("", [Mode({"a": 1}, 1)], buffer=Buffer("memory", 3))
    workload = Workload([Job(TaskGraph.from_tasks([task] * 2, []))])
    platform = Platform({"a": 2}, memories={"memory": 5})
    assert excluded_by_counts(workload, platform, 1, ample()) is True
    assert excluded_by_counts(workload, platform, 2, ample()) is False


@pytest.mark.parametrize("others", [0, 1])
def test_jobs_that_overtake_each_other_are_asked_one_by_one(others):
    """Counts of both jobs together allow a schedule that no job can keep to, with others too."""
    modes = ([("b", 1)], [("a", 4), ("c", 2)], [("c", 5), ("b", 1)], [("b", 3)])
    tasks = [Task("", [Mode({kind: 1}, cycles) for kind, cycles in of]) for of in modes]
    graph = TaskGraph.from_tasks(tasks, [(0, 1), (0, 2), (1, 3), (2, 3)])
    jobs = [Job(graph)] * 2 + list(ONE.jobs) * others
    platform = Platform({"a": 1 + others, "b": 1, "c": 2})
    optimum = Exhaustive(jobs, platform).optimum()
    assert optimum > lower_bound(Workload(jobs), platform)
    assert excluded_by_counts(Workload(jobs), platform, optimum - 1, ample()) is True
    assert excluded_by_counts(Workload(jobs), platform, optimum, ample()) is False


@pytest.mark.parametrize(
    ("status", "excluded"),
    [
        (cp_model.INFEASIBLE, True),
        (cp_model.OPTIMAL, False),
        (cp_model.FEASIBLE, False),
        (cp_model.UNKNOWN, None),
    ],
)
def test_a_solution_is_one_whatever_it_is_called(status, excluded, monkeypatch):
    """And the solver is asked without the linear relaxation that a search relies on."""
    asked = []

    def fake(*_, **parameters):
        asked.append(parameters)
        return status, SimpleNamespace()

    monkeypatch.setattr(confirmation, "solve", fake)
    assert excluded_by_counts(ONE, SERVER, 3, ample()) is excluded
    assert asked == [{"linearization_level": 0}]
