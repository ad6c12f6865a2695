"""Tasks: the ways in which one can run, and what it computes and writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError, require_names
from stomp_flim.model.buffer import Buffer
from stomp_flim.model.distributions import Distribution
from stomp_flim.model.operation import Operation


@dataclass(frozen=True)
class Mode:
    """One way to run a task.

    Parameters
    ----------
    demand : mapping of str to int
        Units held of each server type, all at once.
    latency : int
        Cycles from the start to the result, at least 1. Where it is random this is its mean,
        rounded to the nearest cycle, which need not be given.
    occupancy : int, optional
        Cycles for which the servers are held, 1 to the latency; below the latency the servers are
        pipelined and this is their initiation interval. Defaults to the latency.
    distribution : Distribution, optional
        Of a random latency, see `stomp_flim.model.distributions`;
        `stomp_flim.chance.durations.draw` says how samples become cycles.

    Raises
    ------
    InputError
        If a figure is not an integer in its range, nothing is demanded, or the latency is not the
        mean of the distribution.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> pipelined = sf.Mode({"DSP": 2, "port": 1}, latency=5, occupancy=1)
    >>> alone = sf.Mode({"CPU": 1}, latency=9)
    >>> alone.occupancy  # held until the result is there
    9
    """

    demand: Mapping[str, int]
    latency: int = 0
    occupancy: int = 0
    distribution: Distribution | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.demand, Mapping):
            raise InputError(f"a mode demands {self.demand!r}, expected units by server type")
        if not self.demand:
            raise InputError("a mode demands no server type, expected at least one")
        require_names(self.demand, "a mode", "server type")
        for server_type, units in self.demand.items():
            if not is_integer(units) or units < 1:
                raise InputError(
                    f"a mode demands {units!r} units of {server_type!r}, expected an integer >= 1"
                )
        # Python's integers: NumPy's would wrap around in sums and are no JSON
        demand = {name: int(units) for name, units in self.demand.items()}
        object.__setattr__(self, "demand", MappingProxyType(demand))
        if self.distribution is not None:
            mean = max(1, round(self.distribution.mean))
            if self.latency not in (0, mean):
                raise InputError(
                    f"a mode has latency {self.latency!r} and distribution {self.distribution!r}, "
                    f"expected no latency or its mean {mean}"
                )
            object.__setattr__(self, "latency", mean)
        if not is_integer(self.latency) or self.latency < 1:
            raise InputError(f"a mode has latency {self.latency!r}, expected an integer >= 1")
        if self.occupancy == 0:
            object.__setattr__(self, "occupancy", self.latency)
        if not is_integer(self.occupancy) or not 1 <= self.occupancy <= self.latency:
            raise InputError(
                f"a mode has occupancy {self.occupancy!r}, expected an integer from 1 to its "
                f"latency {self.latency}"
            )
        object.__setattr__(self, "latency", int(self.latency))
        object.__setattr__(self, "occupancy", int(self.occupancy))

    def __reduce__(self) -> tuple[object, ...]:
        return Mode, (dict(self.demand), self.latency, self.occupancy, self.distribution)

    def __hash__(self) -> int:
        return hash(
            (frozenset(self.demand.items()), self.latency, self.occupancy, self.distribution)
        )


@dataclass(frozen=True)
class Task:
    """A task, for building a graph; inside a `TaskGraph` tasks are columns.

    Parameters
    ----------
    name : str
        Shown in records and figures; need not be unique.
    modes : sequence of Mode
        Alternatives, at least one. Of equally fast ones the first that fits is taken.
    operation : Operation, optional
        What it computes; all tasks of a graph have one, or none has.
    buffer : Buffer, optional
        What it writes into a memory, for its successors to read.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> either = [sf.Mode({"DSP": 1}, latency=2), sf.Mode({"CPU": 1}, latency=9)]
    >>> sf.Task("multiply", either).name
    'multiply'
    """

    name: str
    modes: Sequence[Mode]
    operation: Operation | None = None
    buffer: Buffer | None = None
