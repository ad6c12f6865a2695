"""Least slack first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.due_dates import due_dates
from stomp_flim import AffinePriority, Job, Platform, TaskGraph


def least_slack(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> AffinePriority:
    """Least slack first: the task that can wait least starts first.

    Slack (laxity) is the time to the due date of the job, less what remains to be done (Mok,
    dissertation, MIT, 1983). What remains of a graph is its longest path from the task on, in
    cycles of the fastest modes. The slacks of all waiting tasks shrink together, so that their
    order does not depend on time. Jobs without a deadline come last, among themselves as in HLFET.
    """
    return AffinePriority(
        graph.bottom_level.astype(np.float64), np.ones(len(graph)), due_dates(jobs)
    )
