"""STOMP's policies: the head of the queue first, then those that look further and further.

Policies 1 and 2 keep the order of the queue strictly; the
others send each task where it is expected to finish first (`policies.dispatchers.earliest_finish`)
and differ in how far they look past tasks that must wait, and in which order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.dispatchers.earliest_finish import EarliestFinish
from policies.dispatchers.expected_releases import runnable_modes
from policies.due_dates import due_date
from stomp_flim import Assignment
from stomp_flim.policy import ReadyTask, View


class SimplePolicy1:
    """STOMP's simple policy 1: the head of the queue waits for its fastest mode, all others for it.

    Vega et al., STOMP, arXiv 2007.14371. Tasks start in the order in which they became ready, each
    in the mode with the lowest latency that the platform can run, of equal ones the first declared.
    """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks before the first that does not fit."""
        for task in view.ready:
            fastest = runnable_modes(view, task)[0]
            free = view.free
            if any(units > free[server_type] for server_type, units in fastest.demand):
                return
            yield Assignment(task.job, task.task, fastest.number)


class SimplePolicy2:
    """STOMP's simple policy 2: the head of the queue takes the fastest mode that is free.

    Vega et al., STOMP, arXiv 2007.14371. Tasks start in the order in which they became ready; if
    the head of the queue fits in none of its modes, all others wait for it. ``fifo`` differs only
    in that it looks past tasks that do not fit.
    """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks before the first that fits nowhere."""
        for task in view.ready:
            free = view.free
            for mode in runnable_modes(view, task):
                if all(units <= free[server_type] for server_type, units in mode.demand):
                    yield Assignment(task.job, task.task, mode.number)
                    break
            else:
                return


class SimplePolicy3(EarliestFinish):
    """STOMP's simple policy 3: the head of the queue goes where it finishes first, if it must wait.

    Vega et al., STOMP, arXiv 2007.14371. The remaining time of busy servers counts
    (`policies.dispatchers.earliest_finish`); while the head of the queue waits, all others wait for
    it.
    """

    def __init__(self) -> None:
        super().__init__(window=1)


class SimplePolicy4(EarliestFinish):
    """STOMP's simple policy 4: as policy 3 for the first tasks of the queue, not only for its head.

    Vega et al., STOMP, arXiv 2007.14371. Tasks start out of order: one that must wait for the
    servers on which it finishes first is looked past, until `window` tasks wait.

    Parameters
    ----------
    window : int
        How many tasks from the head of the queue are looked at; 1 makes it policy 3.
    """

    def __init__(self, window: int = 10) -> None:
        super().__init__(window)


class SimplePolicy5(EarliestFinish):
    """STOMP's simple policy 5: as policy 4, but the tasks that wait keep their places.

    Vega et al., STOMP, arXiv 2007.14371. A task that is looked past counts as if it held the
    servers that it waits for, from when they are expected to be free: those after it finish
    elsewhere, or after it.

    Parameters
    ----------
    window : int
        How many tasks from the head of the queue are looked at; 1 makes it policy 3.
    """

    def __init__(self, window: int = 10) -> None:
        super().__init__(window, keeps_place=True)


class TsEft(EarliestFinish):
    """STOMP's ``ts_eft``: every ready task goes where it finishes first, in order of readiness.

    The task scheduler (TS) of two-level scheduling with nobody above it that ranks: STOMP's simple
    policy 4 (Vega et al., arXiv 2007.14371) without a limit to the tasks that are looked at.
    """

    def __init__(self) -> None:
        super().__init__()


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
