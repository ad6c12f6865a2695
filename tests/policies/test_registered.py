"""What holds of every registered policy, a third party's included."""

import pytest
from oracle import rows
from registered import POLICIES

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate

GRAPH = TaskGraph.from_tasks(
    [
        Task("read", [Mode({"memory": 1}, 3, occupancy=1)]),
        Task("multiply", [Mode({"DSP": 2}, 2), Mode({"DSP": 1}, 4)]),
        Task("write", [Mode({"memory": 1, "DSP": 1}, 1)]),
    ],
    [(0, 1), (1, 2)],
)


@pytest.mark.parametrize("policy", POLICIES)
def test_its_schedule_is_valid_and_not_below_the_bound(policy):
    """With its default parameters (but for long searches), on jobs in waves, the same twice."""
    platform = Platform({"DSP": 20, "memory": 10})
    jobs = [Job(GRAPH, arrival=3 * (number // 15), priority=number % 2) for number in range(60)]
    result = simulate(jobs, platform, policy)
    result.schedule.check()
    assert result.lower_bound <= result.makespan
    assert rows(result.schedule) == rows(simulate(jobs, platform, policy).schedule)
