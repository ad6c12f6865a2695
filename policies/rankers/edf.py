"""Earliest deadline first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.due_dates import due_dates
from stomp_flim import AffinePriority, Job, Platform, TaskGraph


def edf(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> AffinePriority:
    """Earliest deadline first: tasks of the job that is due first start first.

    Every task has the due date of its job, arrival plus relative deadline; jobs without a deadline
    come last (Liu and Layland, Journal of the ACM 20(1), 1973, whose tasks can be preempted; ours
    cannot). Tasks that are due together start in the order in which they became ready.
    """
    return AffinePriority(np.zeros(len(graph)), np.ones(len(graph)), due_dates(jobs))
