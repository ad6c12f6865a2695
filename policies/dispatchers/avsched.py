"""AVSched: tasks by criticality and slack, each where it is expected to finish first.

Amarnath, Pal, Kassa, Vega, Buyuktosunoglu, Franke, Wellman, Dreslinski and Bose, Heterogeneity-
aware scheduling on SoCs for autonomous vehicles, IEEE Computer Architecture Letters 20(2), 2021,
and HetSched, arXiv 2203.13396. A meta-scheduler (MS) gives each ready task a part of its job's
deadline and ranks it; a task scheduler places the tasks by earliest finish in the order of their
ranks. The formulas below are our reading of that idea:

- w and b are the latencies of a task in the slowest and the fastest mode that the platform can run,
  their means where they are random;
- the SHARE of a task is w divided by a longest path (in w) that the task is on, and its
  SUB-DEADLINE d is when it became ready plus its share of a deadline: which path and which deadline
  is what the two policies differ in;
- the SLACK at cycle t is ``d - t - w``; where that is negative, ``d - t - b``, which only fast
  servers can keep; where that is negative too the task is LATE;
- the CRITICALITY c is the priority of the job, at least 1, and a job is critical above 1;
- the RANK is ``c / (1 + slack)``, higher first. Late tasks of critical jobs go before all others,
  by criticality, then by sub-deadline; late tasks of jobs that are not critical go last, by
  sub-deadline. Tasks without a deadline have rank 0.

Ranks are made anew at every instant, for a slack shrinks while a task waits. Equal ones go in the
order in which tasks became ready. Nothing is dropped, and no voltage or frequency changes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from policies.dispatchers.earliest_finish import EarliestFinish
from policies.ranks import Ranks, downward_rank, upward_rank
from stomp_flim import Job, Platform, TaskGraph
from stomp_flim.policy import ReadyTask, View


class Figures(NamedTuple):
    """What ranks need of a graph, one entry a task: latencies in cycles and shares."""

    slowest: list[float]
    fastest: list[float]
    share: list[float]


class AVSched(EarliestFinish, ABC):
    """A dispatcher in the order of criticality and slack; a subclass divides the deadline."""

    def __init__(self) -> None:
        super().__init__()
        self._figures: dict[tuple[TaskGraph, Platform], Figures] = {}

    @abstractmethod
    def longest_path(self, graph: TaskGraph, latency: Ranks) -> Ranks:
        """Return float64[tasks]: the longest path, in cycles, that each task has a share of."""

    @abstractmethod
    def sub_deadline(self, job: Job, ready: int, share: float) -> float:
        """Return the cycle until which a task should finish; its job has a deadline."""

    def order(self, view: View) -> Sequence[ReadyTask]:
        """Return the ready tasks by rank."""
        return sorted(view.ready, key=lambda task: self._key(view, task))

    def _key(self, view: View, task: ReadyTask) -> tuple[int, float, float]:
        """Late critical tasks, those in time by rank, late uncritical ones; smallest first."""
        job = view.workload.jobs[task.job]
        if job.deadline is None:
            return 1, 0.0, 0.0
        slowest, fastest, share = self._figures_of(job.graph, view.platform)
        due = self.sub_deadline(job, task.ready, share[task.task])
        criticality = max(1, job.priority)
        left = due - view.now
        for latency in (slowest[task.task], fastest[task.task]):
            if left >= latency:
                return 1, -criticality / (1 + left - latency), 0.0
        return (0 if criticality > 1 else 2), -criticality, due

    def _figures_of(self, graph: TaskGraph, platform: Platform) -> Figures:
        figures = self._figures.get((graph, platform))
        if figures is None:
            latencies = [
                [mode.latency for mode in modes if platform.copies(mode)]
                for modes in graph.mode_sets
            ]
            slowest = np.array([max(of_set) for of_set in latencies], np.float64)[graph.mode_set]
            fastest = np.array([min(of_set) for of_set in latencies], np.float64)[graph.mode_set]
            share = slowest / self.longest_path(graph, slowest)
            figures = Figures(slowest.tolist(), fastest.tolist(), share.tolist())
            self._figures[graph, platform] = figures
        return figures


class AVSchedStatic(AVSched):
    """AVSched's MS static: criticality over slack, with shares of the deadline fixed beforehand.

    Amarnath et al. 2021. The sub-deadline is ``ready + D * w / P``: D the deadline of the job from
    its arrival, P the longest path through the task.
    """

    def longest_path(self, graph: TaskGraph, latency: Ranks) -> Ranks:
        """Return the longest path through each task."""
        return downward_rank(graph, latency) + upward_rank(graph, latency)

    def sub_deadline(self, job: Job, ready: int, share: float) -> float:
        """Return the ready cycle and a share of the whole deadline."""
        assert job.deadline is not None
        return ready + job.deadline * share


class AVSchedDynamic(AVSched):
    """AVSched's MS dynamic: criticality over slack, with shares of the time that is really left.

    Amarnath et al. 2021. The sub-deadline is ``ready + L * w / R``: L what is left of the deadline
    of the job when the task becomes ready, R the longest path from the task on. What its
    predecessors gained or lost is so passed on to all that follows.
    """

    def longest_path(self, graph: TaskGraph, latency: Ranks) -> Ranks:
        """Return the longest path from each task on."""
        return upward_rank(graph, latency)

    def sub_deadline(self, job: Job, ready: int, share: float) -> float:
        """Return the ready cycle and a share of what is left of the deadline."""
        assert job.deadline is not None
        return ready + (job.arrival + job.deadline - ready) * share
