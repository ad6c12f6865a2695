"""STOMP's fourth simple policy."""

from __future__ import annotations

from policies.dispatchers.earliest_finish import EarliestFinish


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
