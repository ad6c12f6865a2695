"""STOMP's third simple policy."""

from __future__ import annotations

from policies.dispatchers.earliest_finish import EarliestFinish


class SimplePolicy3(EarliestFinish):
    """STOMP's simple policy 3: the head of the queue goes where it finishes first, if it must wait.

    Vega et al., STOMP, arXiv 2007.14371. The remaining time of busy servers counts
    (`policies.dispatchers.earliest_finish`); while the head of the queue waits, all others wait for
    it.
    """

    def __init__(self) -> None:
        super().__init__(window=1)
