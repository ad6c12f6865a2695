"""Selection: what a dispatcher sees, and what it must not do."""

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
        ({0: [(0, 2, 0)]}, "at 0: job 0, task 2 is not ready"),
        ({0: [(0, 0, 0), (0, 0, 0)]}, "at 0: job 0, task 0 is not ready"),
        ({0: [(0, 3, 0)]}, "at 0: job 0, task 3 is not ready"),
        ({0: [(0, -3, 0)]}, "at 0: job 0, task -3 is not ready"),
        ({0: [(2, 0, 0)]}, "at 0: job 2, task 0 is not ready"),
        ({0: [(-1, 0, 0)]}, "at 0: job -1, task 0 is not ready"),
        ({0: [(0, 0, 0), (0, 1, 0)]}, "at 0: job 0, task 1 in mode 0 does not fit on the free"),
        ({0: [(0, 0, 1)]}, "at 0: job 0, task 0 has no mode 1 that the platform can run, exp"),
        (
            {0: [(0, 0, 0)], 3: [(0, 2, 1)]},
            "at 3: job 0, task 2 has no mode 1 that the platform can run, expected one of [0, 2]",
        ),
        ({}, "has not started 6 of 6 tasks and nothing happens after 0"),
        (
            {0: [(0, 1, 0)], 2: [(1, 0, 0)]},
            "has not started 4 of 6 tasks and nothing happens after",
        ),
    ],
)
def test_a_broken_contract_is_named(script, message):
    """The policy, the cycle, the task and what it did."""
    with pytest.raises(PolicyError) as error:
        run(script, jobs=2)
    assert str(error.value).startswith(f"policy 'Script' {message}")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "dispatch returned None, expected assignments"),
        (7, "dispatch returned 7, expected assignments"),
        ([3], "assigned 3, expected (job, task, mode)"),
        ([(0, 0)], "assigned (0, 0), expected (job, task, mode)"),
        (["abc"], "assigned 'abc', expected (job, task, mode)"),
    ],
)
def test_an_answer_that_is_no_assignment_is_named(answer, message):
    """Neither nothing, nor something else than triples."""

    class Wrong:
        def dispatch(self, view):
            return answer

    with pytest.raises(PolicyError) as error:
        simulate([Job(GRAPH)], PLATFORM, Wrong())
    assert f"policy 'Wrong' at 0: {message}" == str(error.value)


def test_an_event_gets_at_most_one_assignment():
    """With rounds="event" the dispatcher is left after its first."""
    eager = {0: [(0, 0, 0), (0, 9, 9)], 3: [(0, 1, 0), (0, 9, 9)], 5: [(0, 2, 0), (0, 9, 9)]}
    result, _ = run(eager, rounds="event")
    assert [0, 3, 5] == result.schedule.start.tolist()
