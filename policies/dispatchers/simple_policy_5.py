"""STOMP's fifth simple policy."""

from __future__ import annotations

from policies.dispatchers.earliest_finish import EarliestFinish


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
