"""Which engine runs an instance; Numba is imported only where the compiled one does."""

from __future__ import annotations

from typing import Literal, Protocol, cast, get_args

from stomp_flim.engines.reference.engine import Rounds, SimPyEngine
from stomp_flim.engines.reference.stomp_order import StompEvents
from stomp_flim.errors import InputError, near_names
from stomp_flim.instance import Instance
from stomp_flim.policy import Policy
from stomp_flim.policy.decision_cost import FREE, DecisionCost
from stomp_flim.schedule import Schedule

EngineName = Literal["auto", "compiled", "simpy"]

LONGEST_LATENCY = 2**20
"""In cycles: the compiled engine's calendar has a bucket for each cycle up to it."""


class Engine(Protocol):
    """One run of an instance under a ranker or a dispatcher."""

    def run(self) -> Schedule:
        """Simulate to the end."""
        ...


def require_engine(name: str) -> EngineName:
    """Return the name of an engine, or raise an InputError unless there is such an engine."""
    if name not in get_args(EngineName):
        raise InputError(f"unknown engine {name!r}; {near_names(name, get_args(EngineName))}")
    return cast(EngineName, name)


def require_slots(slots: int | None, policy: Policy) -> int | None:
    """Return a number of slots, or raise an InputError if it is none or the policy cannot heed it.

    A planner decides by itself what is in flight.
    """
    if slots is None:
        return None
    if isinstance(slots, bool) or not isinstance(slots, int) or slots < 1:
        raise InputError(f"slots is {slots!r}, expected an integer >= 1, or None for no limit")
    if policy.kind == "planner":
        raise InputError(
            f"policy {policy.name!r} is a planner, which plans all jobs by itself and knows no "
            "slots; expected a ranker or a dispatcher"
        )
    return slots


def choose(name: EngineName, instance: Instance, policy: Policy) -> Literal["compiled", "simpy"]:
    """Return the engine asked for; "auto" is the compiled one wherever it can run the instance."""
    if name != "auto":
        return name
    fits = policy.kind == "ranker" and longest_latency(instance) <= LONGEST_LATENCY
    return "compiled" if fits else "simpy"


def engine(
    name: Literal["compiled", "simpy"],
    instance: Instance,
    policy: Policy,
    rounds: Rounds,
    slots: int | None = None,
    decision: DecisionCost = FREE,
) -> Engine:
    """Return an engine that is ready to run; only SimPy's charges for decisions."""
    if name == "simpy":
        stomp = rounds == "event" and policy.kind == "dispatcher"
        simpy_engine = StompEvents if stomp else SimPyEngine
        return simpy_engine(instance, policy, rounds, slots, decision)
    from stomp_flim.engines.compiled.engine import CompiledEngine

    return CompiledEngine(instance, policy, rounds, slots)


def longest_latency(instance: Instance) -> int:
    """Return the longest latency that can occur, in cycles."""
    if instance.durations is not None:
        return int(instance.durations.latency.max())
    return max(
        option.latency
        for of_graph in instance.choices
        for choice in set(of_graph)
        for option in choice.options
    )
