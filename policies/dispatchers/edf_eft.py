"""Earliest deadline first, where it finishes first."""

from __future__ import annotations

from collections.abc import Sequence

from policies.dispatchers.earliest_finish import EarliestFinish
from policies.due_dates import due_date
from stomp_flim.policy import ReadyTask, View


class EdfEft(EarliestFinish):
    """STOMP's ``edf_eft``: tasks of the job that is due first go first where they finish first.

    The order of ``edf`` with the placement of ``ts_eft``. Tasks that are due together go in the
    order in which they became ready, those of jobs without a deadline last.
    """

    def __init__(self) -> None:
        super().__init__()

    def order(self, view: View) -> Sequence[ReadyTask]:
        """Return the ready tasks by due date."""
        jobs = view.workload.jobs
        return sorted(view.ready, key=lambda task: due_date(jobs[task.job]))
