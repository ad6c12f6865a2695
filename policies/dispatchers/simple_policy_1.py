"""STOMP's first simple policy."""

from __future__ import annotations

from collections.abc import Iterator

from policies.dispatchers.expected_releases import options_of
from stomp_flim import Assignment
from stomp_flim.policy import View


class SimplePolicy1:
    """STOMP's simple policy 1: the head of the queue waits for its fastest mode, all others for it.

    Vega et al., STOMP, arXiv 2007.14371. Tasks start in the order in which they became ready, each
    in the mode with the lowest latency that the platform can run, of equal ones the first declared.
    """

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield the tasks before the first that does not fit."""
        for task in view.ready:
            fastest = options_of(view, task)[0]
            free = view.free
            if any(units > free[server_type] for server_type, units in fastest.demand):
                return
            yield Assignment(task.job, task.task, fastest.mode)
