"""Platforms: the servers that tasks run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

from stomp_flim.errors import InputError
from stomp_flim.integers import is_integer

MOST_SERVERS = 10**6
"""Of one type; engines keep a few numbers for each server."""


@dataclass(frozen=True, eq=False)
class Platform:
    """Server types with their counts, and the clock.

    Servers are numbered through all types in the order given: with ``{"DSP": 2, "memory": 1}``
    the DSPs are servers 0 and 1 and the memory is server 2.

    Parameters
    ----------
    servers : mapping of str to int
        Number of servers of each type, at least 1.
    clock_ns : float
        Clock period in ns; only reports use it.
    name : str
        Shown in reports.

    Raises
    ------
    InputError
        If there is no server, a count is not a positive integer or the period is not positive.
    """

    servers: Mapping[str, int]
    clock_ns: float = 1.0
    name: str = "platform"

    def __post_init__(self) -> None:
        object.__setattr__(self, "servers", MappingProxyType(dict(self.servers)))
        if not self.servers:
            raise InputError(f"platform {self.name!r} has no servers, expected at least one type")
        for server_type, count in self.servers.items():
            if not is_integer(count) or not 1 <= count <= MOST_SERVERS:
                raise InputError(
                    f"platform {self.name!r}: {count!r} servers of type {server_type!r}, "
                    f"expected an integer from 1 to {MOST_SERVERS:,}"
                )
        if not isinstance(self.clock_ns, (int, float)) or not 0 < self.clock_ns < float("inf"):
            raise InputError(
                f"platform {self.name!r}: clock period {self.clock_ns!r} ns, expected a finite "
                "number > 0"
            )

    def __reduce__(self) -> tuple[object, ...]:
        return Platform, (dict(self.servers), self.clock_ns, self.name)

    @property
    def first_server(self) -> dict[str, int]:
        """The lowest server number of each type."""
        counts = self.servers.values()
        return dict(zip(self.servers, accumulate(counts, initial=0), strict=False))
