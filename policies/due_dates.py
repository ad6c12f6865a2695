"""Due dates of jobs, also as offsets of an affine priority."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stomp_flim import Job

NEVER = 2.0**52
"""The due date of jobs without a deadline: after all others, and cycles still count exactly."""


def due_date(job: Job) -> float:
    """Return the cycle until which a job should finish, `NEVER` where it has no deadline."""
    return NEVER if job.deadline is None else job.arrival + job.deadline


def due_dates(jobs: Sequence[Job]) -> NDArray[np.float64]:
    """Return the due date of each job."""
    return np.array([due_date(job) for job in jobs], np.float64)
