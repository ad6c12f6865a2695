"""First in, first out."""

import pytest
from published import PLATFORM, SCHEDULES, graph, schedule_checksum

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(("model", "stage"), SCHEDULES)
def test_the_published_schedules(model, stage, engine):
    """STOMP's simple policy 2, task for task: start, finish and server of each."""
    schedule = simulate([Job(graph(model, stage))], PLATFORM, "fifo", engine).schedule
    assert SCHEDULES[model, stage] == schedule_checksum(schedule)


def test_the_fastest_mode_that_is_free_is_taken():
    """A task does not wait for a faster server; the next one may take it."""
    either = Task("either", [Mode({"CPU": 1}, 9), Mode({"GPU": 1}, 2)])
    graph = TaskGraph.from_tasks([either] * 3, [])
    schedule = simulate([Job(graph)], Platform({"CPU": 1, "GPU": 1}), "fifo").schedule
    assert [(0, 1), (1, 0), (2, 1)] == list(
        zip(schedule.task.tolist(), schedule.mode.tolist(), strict=True)
    )
    assert [0, 0, 2] == schedule.start.tolist()
