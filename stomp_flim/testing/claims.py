"""What a policy claims about itself, beyond what its protocol asks for."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from stomp_flim.policy import Policy


class Claims(NamedTuple):
    """Claims of a policy; they are attributes of its class, or of its function.

    Attributes
    ----------
    work_conserving : bool
        No task waits that fits on the free servers. Every ranker is, by the rounds of the engines;
        others are where they say so.
    online : bool
        Decisions do not depend on jobs that have not arrived. By default a dispatcher is online,
        while a ranker and a planner may use all that they are given.
    """

    work_conserving: bool
    online: bool


def claims(policy: Policy) -> Claims:
    """Return what a policy claims."""
    source = policy.implementation
    while isinstance(source, partial):
        source = source.func
    return Claims(
        work_conserving=policy.kind == "ranker" or bool(getattr(source, "work_conserving", False)),
        online=bool(getattr(source, "online", policy.kind == "dispatcher")),
    )
