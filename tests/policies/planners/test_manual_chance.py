"""Manual scheduling where durations are random: still one pixel at a time."""

import chance
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seeds

from policies.planners.manual import ManualLanes
from stomp_flim import Job, Platform, Workload, simulate
from stomp_flim.chance.durations import Durations, draw
from stomp_flim.chance.knowledge import planned, seen
from stomp_flim.schedule.replan import execute


def replicated(platform, lanes):
    """Make a platform that is `lanes` times as large."""
    return Platform({name: lanes * count for name, count in platform.servers.items()})


def of_job(durations, workload, job):
    """Return what was drawn for one job."""
    if durations is None:
        return None
    records = slice(*workload.first_task[job : job + 2])
    return Durations(durations.latency[records], durations.occupancy[records])


def span_alone(workload, platform, job, durations, knows):
    """Cycles that a job takes alone: in FIFO order if they are known, else as it is planned."""
    alone = Workload([Job(workload.jobs[job].graph)])
    drawn = of_job(durations, workload, job)
    if knows == "exact":
        return simulate(planned(alone, drawn, knows), platform, "fifo").makespan
    plan = simulate(seen(alone, knows), platform, "fifo").schedule
    return execute(plan, alone, drawn).makespan


@pytest.mark.parametrize("knows", ["exact", "mean", "nothing"])
@settings(max_examples=25)
@given(workload=chance.workloads(), lanes=st.integers(1, 3), seed=seeds)
def test_a_lane_takes_the_sum_of_its_jobs_alone(knows, workload, lanes, seed):
    """Each starts when the one before has finished and it is there, and takes what it does alone.

    The law is that of whole jobs: it does not look at how a plan is executed inside of one.
    """
    jobs, platform = Workload(workload[0]), workload[1]
    schedule = simulate(
        jobs, replicated(platform, lanes), ManualLanes(lanes), seed=seed, knows=knows
    ).schedule
    durations = draw(jobs, seed)
    expected = []
    for lane in range(min(lanes, len(jobs))):
        finish = 0
        for job in sorted(range(lane, len(jobs), lanes), key=jobs.arrival.__getitem__):
            begin = max(finish, int(jobs.arrival[job]))
            finish = begin + span_alone(jobs, platform, job, durations, knows)
            expected.append((job, begin, finish))
    begins, ends = (
        [f(column[schedule.job == job]) for job in range(len(jobs))]
        for f, column in ((np.min, schedule.start), (np.max, schedule.finish))
    )
    actual = list(zip(range(len(jobs)), begins, ends, strict=True))
    assert sorted(expected) == actual
