"""STOMP's order of completions; `test_stomp_policy` compares whole runs with STOMP's loop."""

import pytest

from stomp_flim import Assignment, Job, Mode, Platform, Task, TaskGraph, simulate


class Patient:
    """A dispatcher that starts nothing at cycle 4 until all servers are free, and looks at them."""

    def __init__(self):
        self.seen = []

    def dispatch(self, view):
        """Yield all ready tasks."""
        free = list(view.free_servers["DSP"])
        assert len(free) == view.free["DSP"]
        if view.now == 4:
            self.seen.append(free)
        if view.now < 4 or len(free) == view.platform.servers["DSP"]:
            yield from [Assignment(job, task, 0) for job, task, _ in view.ready]


def lasting(cycles):
    """Return a graph of one task."""
    return TaskGraph.from_tasks([Task("", [Mode({"DSP": 1}, cycles)])], [])


@pytest.mark.parametrize(
    ("rounds", "more", "order"),
    [
        # nothing finished before: first the one that started first, then the highest number
        ("event", [], [[0], [0, 2], [0, 1, 2]]),
        # at 3, when all ran, the highest number was found to be the next
        ("event", [(0, 3)], [[1, 3], [1, 2, 3], [0, 1, 2, 3]]),
        # at 1, when one finished on server 1, that was 2; the task on 3 started afterwards
        ("event", [(0, 1), (2, 9)], [[2], [2, 3], [0, 2, 3]]),
        ("instant", [(0, 3)], [[0, 1, 2, 3]]),
    ],
)
def test_completions_of_one_instant(rounds, more, order):
    """Tasks that start at 0, 1 and 2 finish at 4, when another one waits; more run beside them."""
    entries = sorted([(0, 4), *more, (1, 3), (2, 2), (4, 5)], key=lambda e: (e[0], -e[1]))
    jobs = [Job(lasting(cycles), arrival) for arrival, cycles in entries]
    patient = Patient()
    platform = Platform({"DSP": 4 if more else 3})
    simulate(jobs, platform, patient, rounds=rounds).schedule.check()
    assert order == patient.seen[-len(order) :]


def test_rankers_complete_in_dispatch_order():
    """Their event rounds are the same in both engines."""
    jobs = [Job(lasting(4)), Job(lasting(3), 1), Job(lasting(2), 2), Job(lasting(1), 3)]
    schedules = [
        simulate(jobs, Platform({"DSP": 3}), "fifo", engine, rounds="event").schedule
        for engine in ("simpy", "compiled")
    ]
    for schedule in schedules:
        assert [0, 1, 2, 0] == schedule.server.tolist()
