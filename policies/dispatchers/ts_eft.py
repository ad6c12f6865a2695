"""STOMP's task scheduler with earliest finish times."""

from __future__ import annotations

from policies.dispatchers.earliest_finish import EarliestFinish


class TsEft(EarliestFinish):
    """STOMP's ``ts_eft``: every ready task goes where it finishes first, in order of readiness.

    The task scheduler (TS) of two-level scheduling with nobody above it that ranks: STOMP's simple
    policy 4 (Vega et al., arXiv 2007.14371) without a limit to the tasks that are looked at.
    """

    def __init__(self) -> None:
        super().__init__()
