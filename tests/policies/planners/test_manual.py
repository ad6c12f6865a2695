"""Manual scheduling: one pixel at a time."""

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import platforms, task_graphs, workloads

from stomp_flim import Job, simulate


@settings(max_examples=40)
@given(st.data(), st.integers(1, 5))
def test_equal_pixels_take_a_multiple_of_one(data, pixels):
    """N pixels that are there from the start take N times the FIFO makespan of one."""
    platform = data.draw(platforms())
    graph = data.draw(task_graphs(platform))
    alone = simulate([Job(graph)], platform, "fifo").makespan
    assert pixels * alone == simulate([Job(graph)] * pixels, platform, "manual").makespan


@settings(max_examples=40)
@given(workloads())
def test_each_job_runs_alone_as_soon_as_the_one_before_is_finished(workload):
    """By arrival, then by number; inside a job the schedule is that of FIFO."""
    jobs, platform = workload
    record = sorted(rows(simulate(jobs, platform, "manual").schedule))
    finished = 0
    for number in sorted(range(len(jobs)), key=lambda number: jobs[number].arrival):
        begin = max(finished, jobs[number].arrival)
        alone = sorted(rows(simulate([Job(jobs[number].graph)], platform, "fifo").schedule))
        own = [row for row in record if row.job == number]
        shift = [(r.task, r.mode, r.start + begin, r.finish + begin, r.servers) for r in alone]
        assert shift == [(r.task, r.mode, r.start, r.finish, r.servers) for r in own]
        finished = max(row.finish for row in own)
