"""Selection: what a dispatcher sees, and what it must not do."""

from pathlib import Path

import numpy as np
import pytest

from stomp_flim import Assignment, Job, Mode, Platform, PolicyError, Task, TaskGraph, simulate

PLATFORM = Platform({"DSP": 2, "memory": 1})
GRAPH = TaskGraph.from_tasks(
    [
        Task("read", [Mode({"memory": 1}, 3)]),
        Task("weights", [Mode({"memory": 1}, 2)]),
        Task("multiply", [Mode({"DSP": 2}, 1), Mode({"GPU": 1}, 1), Mode({"DSP": 1}, 4)]),
    ],
    [(0, 2)],
)


class Script:
    """A dispatcher that yields, at each cycle, what it is told, and notes what it sees."""

    def __init__(self, script):
        self.script = script
        self.seen = []

    def dispatch(self, view):
        """Yield the assignments of this cycle, and look around after each."""
        self.seen.append((view.now, [tuple(task) for task in view.ready], dict(view.free)))
        for assignment in self.script.get(view.now, ()):
            yield assignment
            self.seen.append((view.now, [tuple(task) for task in view.ready], dict(view.free)))


def line_of(text):
    """Return the number of the first line of this file that holds a text."""
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def run(script, jobs=1, **options):
    """Simulate jobs under a script."""
    dispatcher = Script(script)
    return simulate([Job(GRAPH)] * jobs, PLATFORM, dispatcher, **options), dispatcher.seen


def test_a_dispatcher_sees_each_start_before_the_next():
    """Ready tasks in entry sequence with the cycle since when, and free servers, kept true."""
    script = {0: [(0, 1, 0)], 2: [Assignment(0, 0, 0)], 5: [Assignment(job=0, task=2, mode=2)]}
    result, seen = run(script)
    assert 9 == result.makespan
    assert [
        (0, [(0, 0, 0), (0, 1, 0)], {"DSP": 2, "memory": 1}),
        (0, [(0, 0, 0)], {"DSP": 2, "memory": 0}),
        (2, [(0, 0, 0)], {"DSP": 2, "memory": 1}),
        (2, [], {"DSP": 2, "memory": 0}),
        (5, [(0, 2, 5)], {"DSP": 2, "memory": 1}),
        (5, [], {"DSP": 1, "memory": 1}),
    ] == seen


def test_a_dispatcher_may_wait():
    """It is asked again at the next instant, and not where nothing is ready."""
    result, seen = run({0: [(0, 0, 0)], 3: [], 4: []} | {3: [(0, 2, 2)], 7: [(0, 1, 0)]})
    assert 9 == result.makespan
    assert [0, 0, 3, 3, 7, 7] == [now for now, _, _ in seen]


def test_a_view_knows_jobs_and_platform():
    """With their priorities and deadlines."""
    views = []

    class Looking(Script):
        def dispatch(self, view):
            views.append(view)
            return super().dispatch(view)

    jobs = [Job(GRAPH, priority=3, deadline=50)]
    script = {0: [(0, 0, 0)], 3: [(0, 1, 0), (0, 2, 0)]}
    simulate(jobs, PLATFORM, Looking(script))
    assert (3, 50) == (views[0].workload.jobs[0].priority, views[0].workload.jobs[0].deadline)
    assert PLATFORM is views[0].platform


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ({0: [(0, 2, 0)]}, "at cycle 0: job 0, task 2 is not ready"),
        ({0: [(0, 0, 0), (0, 0, 0)]}, "at cycle 0: job 0, task 0 has been started before"),
        ({0: [(0, 0, 0)], 3: [(0, 0, 0)]}, "at cycle 3: job 0, task 0 has been started before"),
        ({0: [(0, 3, 0)]}, "at cycle 0: job 0, task 3 does not exist, expected tasks 0 to 2"),
        ({0: [(0, -3, 0)]}, "at cycle 0: job 0, task -3 does not exist, expected tasks 0 to 2"),
        ({0: [(2, 0, 0)]}, "at cycle 0: job 2, task 0 does not exist, expected jobs 0 to 1"),
        ({0: [(-1, 0, 0)]}, "at cycle 0: job -1, task 0 does not exist, expected jobs 0 to 1"),
        (
            {0: [(0, 0, 0), (0, 1, 0)]},
            "at cycle 0: job 0, task 1 in mode 0 does not fit on the free servers: it demands "
            "{'memory': 1}, free are {'DSP': 2, 'memory': 0}",
        ),
        (
            {0: [(0, 0, 1)]},
            "at cycle 0: job 0, task 0 has no mode 1 that the platform can run, exp",
        ),
        (
            {0: [(0, 0, 0)], 3: [(0, 2, 1)]},
            "at cycle 3: job 0, task 2 has no mode 1 that the platform can run, expected one of "
            "[0, 2]",
        ),
        ({}, "has not started 6 of 6 tasks and nothing happens after cycle 0"),
        (
            {0: [(0, 1, 0)], 2: [(1, 0, 0)]},
            "has not started 4 of 6 tasks and nothing happens after cycle",
        ),
    ],
)
def test_a_broken_contract_is_named(script, message):
    """File and line, the policy, the cycle, the task and what it did."""
    with pytest.raises(PolicyError) as error:
        run(script, jobs=2)
    where, _, what = str(error.value).partition(": policy 'Script' ")
    assert what.startswith(message)
    line = line_of("yield assignment" if "at cycle" in what else "def dispatch(self, view):")
    assert f"test_ready_queues.py, line {line}" == where


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "dispatch returned None, expected assignments"),
        (7, "dispatch returned 7, expected assignments"),
        ([3], "assigned 3, expected (job, task, mode)"),
        ([(0, 0)], "assigned (0, 0), expected (job, task, mode)"),
        (["abc"], "assigned 'abc', expected (job, task, mode)"),
        ([[0, 0, 0]], "assigned [0, 0, 0], expected (job, task, mode)"),
        ([(0.0, 0, 0)], "assigned (0.0, 0, 0), expected (job, task, mode)"),
        ([("0", 0, 0)], "assigned ('0', 0, 0), expected (job, task, mode)"),
        ([(0, None, 0)], "assigned (0, None, 0), expected (job, task, mode)"),
        ([(0, 0, False)], "assigned (0, 0, False), expected (job, task, mode)"),
        ("ab", "assigned 'a', expected (job, task, mode)"),
    ],
)
def test_an_answer_that_is_no_assignment_is_named(answer, message):
    """Neither nothing, nor something else than triples."""

    class Wrong:
        def dispatch(self, view):
            return answer

    with pytest.raises(PolicyError) as error:
        simulate([Job(GRAPH)], PLATFORM, Wrong())
    place = Wrong.dispatch.__code__.co_firstlineno
    assert str(error.value) == (
        f"test_ready_queues.py, line {place}: policy 'Wrong' at cycle 0: {message}"
    )


def test_numbers_of_an_assignment_may_be_numpys():
    """As they come out of a column."""
    script = {0: [tuple(np.array([0, 0, 0], np.int32))], 3: [tuple(np.array([0, 1, 0]))]}
    result, _ = run(script | {5: [(np.int8(0), np.int8(2), np.int8(2))]})
    assert [0, 1, 2] == result.schedule.task.tolist()


@pytest.mark.parametrize("name", ["now", "ready", "free", "workload", "platform"])
def test_a_view_is_read_only(name):
    """To set one of its attributes is an error of the policy, at that line."""

    class Setter:
        def dispatch(self, view):
            setattr(view, name, None)
            return ()

    with pytest.raises(PolicyError, match=r"line \d+: policy 'Setter' raised AttributeError at c"):
        simulate([Job(GRAPH)], PLATFORM, Setter())


def test_an_event_gets_at_most_one_assignment():
    """With rounds="event" the dispatcher is left after its first."""
    eager = {0: [(0, 0, 0), (0, 9, 9)], 3: [(0, 1, 0), (0, 9, 9)], 5: [(0, 2, 0), (0, 9, 9)]}
    result, _ = run(eager, rounds="event")
    assert [0, 3, 5] == result.schedule.start.tolist()
