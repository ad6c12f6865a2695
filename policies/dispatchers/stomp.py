"""STOMP's policies: the head of the queue first, then those that look further and further.

Policies 1 and 2 keep the order of the queue strictly; the
others send each task where it is expected to finish first (`policies.dispatchers.earliest_finish`)
and differ in how far they look past tasks that must wait, and in which order. Nothing waits for a
task that memory holds back: the queue is that of the tasks that memory lets start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
        for task in allowed(view, view.ready):
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
        yield from heads(view, view.ready)


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


class TsEft(SimplePolicy5):
    """STOMP's ``ts_eft``: tasks go where they finish first and keep their places there.

    The task scheduler (TS) of two-level scheduling with nobody above it that ranks: simple policy 5
    with its window of ten.
    """

    def __init__(self) -> None:
        super().__init__()


class EdfEft(EarliestFinish):
    """STOMP's ``edf_eft``: as ``ts_eft``, the tasks of the job that is due first before others.

    Tasks that are due together go in the order in which they became ready, those of jobs without a
    deadline last. Those that waited go before those that became ready in this instant by the end
    of others, as `waiting_first` has it.
    """

    def __init__(self) -> None:
        super().__init__(window=10, keeps_place=True)

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks that need not wait."""
        for tasks in waiting_first(view):
            yield from self.starts(view, by_due_date(view, tasks))


class StompEdf:
    """STOMP's ``edf``: simple policy 2 with the tasks of the job that is due first at the head.

    The head of the queue takes the fastest mode that is free, and all others wait for it; ``edf``
    differs in that it looks past tasks that do not fit. The order is that of `EdfEft`.
    """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks before the first that fits nowhere."""
        for tasks in waiting_first(view):
            yield from heads(view, by_due_date(view, tasks))


def heads(view: View, tasks: Iterable[ReadyTask]) -> Iterator[Assignment]:
    """Yield tasks in their fastest free modes, before the first that fits in none."""
    for task in allowed(view, tasks):
        free = view.free
        for mode in runnable_modes(view, task):
            if all(units <= free[server_type] for server_type, units in mode.demand):
                yield Assignment(task.job, task.task, mode.number)
                break
        else:
            return


def allowed(view: View, tasks: Iterable[ReadyTask]) -> Iterator[ReadyTask]:
    """Yield the tasks that memory lets start, each asked for when it is its turn."""
    limited = bool(view.platform.memories)
    for task in tasks:
        if not limited or view.may_start(task.job, task.task):
            yield task


def by_due_date(view: View, tasks: Iterable[ReadyTask]) -> Sequence[ReadyTask]:
    """Return tasks by the due dates of their jobs."""
    jobs = view.workload.jobs
    return sorted(tasks, key=lambda task: due_date(jobs[task.job]))


def waiting_first(view: View) -> Iterator[Sequence[ReadyTask]]:
    """Yield the tasks that waited or arrived, then all that are still ready.

    STOMP asks its policies in this instant before it queues what the ends of tasks let become
    ready. Whoever keeps the order of readiness decides the same either way.
    """
    jobs = view.workload.jobs
    waiting = [
        task
        for task in view.ready
        if task.ready < view.now or not jobs[task.job].graph.in_degree[task.task]
    ]
    others = len(view.ready) - len(waiting)
    if waiting:
        yield waiting
    if others:
        yield view.ready
