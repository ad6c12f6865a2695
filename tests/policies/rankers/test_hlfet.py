"""Highest level first with estimated times."""

from hypothesis import given, settings
from oracle import rows
from strategies import dense_workloads, workloads

from policies.rankers.hlfet import hlfet
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def test_the_longest_remaining_path_goes_first():
    """A short chain entered first, a long one is worked on first; it saves two cycles."""
    one = Task("step", [Mode({"DSP": 1}, 1)])
    graph = TaskGraph.from_tasks([one] * 5, [(2, 3), (3, 4)])
    platform = Platform({"DSP": 2})
    assert [1, 1, 3, 2, 1] == hlfet(graph, platform, []).tolist()
    schedule = simulate([Job(graph)], platform, "hlfet").schedule
    assert [2, 0, 3, 1, 4] == schedule.task.tolist()
    assert (3, 4) == (schedule.makespan, simulate([Job(graph)], platform, "fifo").makespan)


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_nothing_of_a_lower_level_overtakes_an_equal_task(workload):
    """Of two waiting tasks with the same modes, that of the higher level starts no later."""
    jobs, platform = workload
    record = rows(simulate(jobs, platform, "hlfet").schedule)
    levels = [job.graph.bottom_level for job in jobs]
    for high in record:
        for low in record:
            same = jobs[high.job].graph.modes(high.task) == jobs[low.job].graph.modes(low.task)
            if same and levels[high.job][high.task] > levels[low.job][low.task]:
                assert not high.ready <= low.start < high.start
