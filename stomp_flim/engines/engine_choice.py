"""Which engine executes a run; Numba is imported only where the compiled one does."""

from __future__ import annotations

from typing import Literal, Protocol, cast, get_args

from stomp_flim.engines.compiled import LONGEST_LATENCY
from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.engines.reference.stomp_order import StompEvents
from stomp_flim.errors import InputError, near_names
from stomp_flim.run import Run
from stomp_flim.schedule import Schedule

EngineName = Literal["auto", "compiled", "simpy"]


class Engine(Protocol):
    """An engine that is ready to execute a run under a ranker or a dispatcher."""

    def run(self) -> Schedule:
        """Simulate to the end."""
        ...


def require_engine(name: str) -> EngineName:
    """Return the name of an engine, or raise an InputError unless there is such an engine."""
    if name not in get_args(EngineName):
        raise InputError(f"unknown engine {name!r}; {near_names(name, get_args(EngineName))}")
    return cast(EngineName, name)


def choose(name: EngineName, run: Run) -> Literal["compiled", "simpy"]:
    """Return the engine asked for; "auto" is the compiled one wherever it can execute the run.

    Raises
    ------
    InputError
        If the compiled engine is asked for and decisions cost time, which only SimPy's charges.
    """
    if run.decision:
        if name == "compiled":
            raise InputError(
                "engine is 'compiled', expected 'simpy' or 'auto' where decisions cost time"
            )
        return "simpy"
    if name != "auto":
        return name
    fits = run.policy.kind == "ranker" and run.instance.longest_latency <= LONGEST_LATENCY
    return "compiled" if fits else "simpy"


def engine(name: Literal["compiled", "simpy"], run: Run) -> Engine:
    """Return an engine that is ready to execute a run."""
    if name == "simpy":
        stomp = run.rounds == "event" and run.policy.kind == "dispatcher"
        return StompEvents(run) if stomp else SimPyEngine(run)
    from stomp_flim.engines.compiled.engine import CompiledEngine

    return CompiledEngine(run)
