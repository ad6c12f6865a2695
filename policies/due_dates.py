"""Due dates of jobs, as offsets of an affine priority."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stomp_flim import Job

NEVER = 2.0**52
"""The due date of jobs without a deadline: after all others, and cycles still count exactly."""


def due_dates(jobs: Sequence[Job]) -> NDArray[np.float64]:
    """Return the cycle until which each job should finish, `NEVER` where it has no deadline."""
    return np.array(
        [NEVER if job.deadline is None else job.arrival + job.deadline for job in jobs], np.float64
    )
