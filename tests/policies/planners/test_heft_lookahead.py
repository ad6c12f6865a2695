"""HEFT that looks one generation ahead."""

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from textbook import ARABNEJAD, TOPCUOGLU, lookahead, makespan, problems, simulated

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def test_the_textbook_examples():
    """With communication the oracle gives the 127 that Arabnejad and Barbosa print for it."""
    assert 127 == makespan(lookahead(ARABNEJAD))
    for example in (ARABNEJAD, TOPCUOGLU):
        assert lookahead(example.without_communication()) == simulated(example, "heft-lookahead")


@given(problems())
def test_it_is_that_of_the_textbook(problem):
    """Task for task, on unlike processors."""
    assert lookahead(problem) == simulated(problem, "heft-lookahead")


def test_a_task_waits_for_the_sake_of_its_children():
    """By hand: HEFT starts the root at once and takes 12 cycles, with lookahead it takes 11.

    At once on P0, the child of 8 or 4 cycles goes to P0 (1 to 9), that of 2 or 4 to P1 (6 to 10),
    where the large task is in its way, and the last child ends at 12. Behind the large task on P1,
    the children are on their fast processors (7 to 11 and 7 to 9) and the last child ends at 11.
    """

    def task(name, *cycles):
        return Task(name, [Mode({f"P{p}": 1}, n) for p, n in enumerate(cycles) if n])

    tasks = [
        task("large", 0, 6),
        task("root", 1, 1),
        task("child", 8, 4),
        task("child", 2, 4),
        task("last", 2, 2),
    ]
    edges = [(1, 2), (1, 3), (1, 4), (0, 4), (3, 4)]
    graph = TaskGraph.from_tasks(tasks, edges)
    starts = {}
    for policy in ("heft", "heft-lookahead"):
        schedule = simulate([Job(graph)], Platform({"P0": 1, "P1": 1}), policy).schedule
        starts[policy] = schedule.by_record(schedule.start).tolist()
    assert [0, 0, 1, 6, 10] == starts["heft"]
    assert [0, 6, 7, 7, 9] == starts["heft-lookahead"]


@settings(max_examples=30)
@given(problems(), st.integers(1, 3))
def test_it_is_heft_where_there_is_no_choice(problem, servers):
    """With one mode a task."""
    tasks = [Task("t", [Mode({"P": 1}, row[0])]) for row in problem.cost]
    jobs = [Job(TaskGraph.from_tasks(tasks, problem.edges))] * 2
    expected = rows(simulate(jobs, Platform({"P": servers}), "heft").schedule)
    assert expected == rows(simulate(jobs, Platform({"P": servers}), "heft-lookahead").schedule)
