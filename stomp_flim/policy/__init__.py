"""Policies: the three protocols, smallest first, and how one is named on a command line."""

from stomp_flim.policy.priorities import priorities
from stomp_flim.policy.protocols import (
    AffinePriority,
    Assignment,
    Dispatcher,
    PeriodicPlanner,
    Planner,
    Policy,
    PolicyKind,
    Priorities,
    Ranker,
    ReadyTask,
    View,
    protocol,
)

__all__ = [
    "AffinePriority",
    "Assignment",
    "Dispatcher",
    "PeriodicPlanner",
    "Planner",
    "Policy",
    "PolicyKind",
    "Priorities",
    "Ranker",
    "ReadyTask",
    "View",
    "priorities",
    "protocol",
]
