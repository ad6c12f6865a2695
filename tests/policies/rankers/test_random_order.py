"""Random order."""

import numpy as np
import pytest
from oracle import rows

from policies.rankers.random_order import random_order
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, simulate

PLATFORM = Platform({"DSP": 2})


def graph(name="graph"):
    """Twenty tasks alike."""
    return TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, 2)])] * 20, [], name)


def test_a_seed_is_an_order():
    """The same seed gives the same schedule, other seeds give others, and 0 is the default."""
    jobs = [Job(graph())] * 3
    runs = {
        policy: rows(simulate(jobs, PLATFORM, policy).schedule)
        for policy in ("random", "random:seed=0", "random:seed=1", "random:seed=2")
    }
    assert runs["random"] == runs["random:seed=0"]
    assert 3 == len({str(run) for run in runs.values()})
    assert runs["random:seed=1"] == rows(simulate(jobs, PLATFORM, "random:seed=1").schedule)


def test_every_order_of_tasks_is_equally_likely():
    """Each of three tasks is first in a third of 3000 seeds; 5 standard deviations are 129."""
    three = TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, 2)])] * 3, [])
    first = [np.argmax(random_order(three, PLATFORM, [], seed=seed).rank) for seed in range(3000)]
    assert (abs(np.bincount(first) - 1000) < 129).all()


def test_graphs_have_numbers_of_their_own():
    """Equally numbered tasks of two graphs do not go together."""
    ranks = [random_order(graph(name), PLATFORM, []).rank for name in ("one", "other")]
    assert 0 == np.intersect1d(*ranks).size


def test_jobs_are_mixed():
    """The first task is not the first one of every job."""
    schedule = simulate([Job(graph())] * 50, Platform({"DSP": 1}), "random").schedule
    assert schedule.job.tolist() != sorted(schedule.job.tolist())
    assert len(set(schedule.task[:50].tolist())) > 1


@pytest.mark.parametrize("seed", [-1, 1.5])
def test_a_seed_is_a_whole_number(seed):
    """Anything else is refused."""
    with pytest.raises(InputError, match="expected an integer >= 0"):
        random_order(graph(), PLATFORM, [], seed=seed)
