"""STOMP's second simple policy."""

from __future__ import annotations

from collections.abc import Iterator

from policies.dispatchers.expected_releases import options_of
from stomp_flim import Assignment
from stomp_flim.policy import View


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
            for option in options_of(view, task):
                if all(units <= free[server_type] for server_type, units in option.demand):
                    yield Assignment(task.job, task.task, option.mode)
                    break
            else:
                return
