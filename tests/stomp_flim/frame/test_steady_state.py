"""The rate of a long run, and how well it is known."""

from __future__ import annotations

import numpy as np
import pytest

from stomp_flim.frame.steady_state import Progress

TASKS = 10


def observe(durations):
    """Progress of jobs that finish one after another."""
    progress = Progress(TASKS, slots=1)
    for number, now in enumerate(np.cumsum(durations)):
        progress.add(now, TASKS * (number + 1), number + 1)
    progress.estimate()
    return progress


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_nearly_all_intervals_hold_the_rate(correlation):
    """In 400 worlds of known mean, at least 97.5% of intervals of 99% hold what comes next."""
    random = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        noise = random.normal(0, 1, 600)
        for index in range(1, 600):
            noise[index] += correlation * noise[index - 1]
        progress = observe(100 + noise)
        held += abs(progress.cycles_per_job - 100) * 10**6 <= progress.uncertainty(10**6)
    assert 390 <= held < 400


def test_a_warm_up_does_not_count():
    """The first jobs are slow; the rate is that of the others, and certain."""
    progress = observe([500] * 50 + [100] * 450)
    assert 100 == progress.cycles_per_job
    assert 0 == progress.uncertainty(1000)


def test_uncertainty_grows_with_the_jobs_left_out_but_never_vanishes():
    """What the rate leaves open counts for each job; the rhythm counts once."""
    progress = observe([90, 110] * 300)
    assert 100 == pytest.approx(progress.cycles_per_job, rel=1e-3)
    assert 0 < progress.uncertainty(0) < progress.uncertainty(10**6)


def test_an_estimate_waits_for_a_hundred_rounds():
    """Before that nothing is known, however small the spread."""
    progress = Progress(TASKS, slots=3)
    known = []
    for number in range(1, 331):
        progress.add(100 * number, TASKS * number, number)
        known.append(progress.is_known(10**6, 0.01))
    assert 299 == known.index(True)
    assert 2 == sum(known)  # asked again after a tenth more
