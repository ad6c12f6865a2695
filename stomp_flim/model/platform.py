"""Platforms: the servers that tasks run on, and the memories that they write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError, near_names, require_names
from stomp_flim.model.shown import Shown, listed
from stomp_flim.model.task import Mode

MOST_SERVERS = 10**6
"""Of one type; engines keep a few numbers for each server."""
MOST_BITS = 2**53
"""Of a memory: a petabyte, and exact in a float64."""
NO_CHANGE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class Platform(Shown):
    """Server types with their counts, memories with their capacities, and the clock.

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
    memories : mapping of str to int, optional
        Capacity in bits of each memory that is limited. Tasks may write into others too, which are
        recorded and never full.
    lanes : int, optional
        Width of its vector units, where they were made for rows of a network; graphs of rows of
        another width are refused.

    Raises
    ------
    InputError
        If there is no server, a count or a capacity is not a positive integer in its range or the
        period is not positive.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> platform = sf.Platform({"DSP": 128, "port": 64}, 4.5, memories={"BRAM": 36_864})
    >>> platform.servers["port"], platform.memories["BRAM"]
    (64, 36864)
    """

    servers: Mapping[str, int]
    clock_ns: float = 1.0
    name: str = "platform"
    memories: Mapping[str, int] = field(default_factory=dict)
    lanes: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "servers", MappingProxyType(dict(self.servers)))
        object.__setattr__(self, "memories", MappingProxyType(dict(self.memories)))
        if not self.servers:
            raise InputError(f"platform {self.name!r} has no servers, expected at least one type")
        require_names(self.servers, f"platform {self.name!r}", "server type")
        require_names(self.memories, f"platform {self.name!r}", "memory")
        for server_type, count in self.servers.items():
            if not is_integer(count) or not 1 <= count <= MOST_SERVERS:
                raise InputError(
                    f"platform {self.name!r}: {count!r} servers of type {server_type!r}, "
                    f"expected an integer from 1 to {MOST_SERVERS:,}"
                )
        for memory, bits in self.memories.items():
            if not is_integer(bits) or not 1 <= bits <= MOST_BITS:
                raise InputError(
                    f"platform {self.name!r}: memory {memory!r} has {bits!r} bits, expected an "
                    f"integer from 1 to {MOST_BITS:,}"
                )
        if self.lanes is not None and (not is_integer(self.lanes) or self.lanes < 1):
            raise InputError(
                f"platform {self.name!r}: lanes is {self.lanes!r}, expected an integer >= 1"
            )
        if not isinstance(self.clock_ns, (int, float)) or not 0 < self.clock_ns < float("inf"):
            raise InputError(
                f"platform {self.name!r}: clock period {self.clock_ns!r} ns, expected a finite "
                "number > 0"
            )

    def __reduce__(self) -> tuple[object, ...]:
        counts = dict(self.servers), self.clock_ns, self.name, dict(self.memories)
        return Platform, (*counts, self.lanes)

    def changed(
        self,
        servers: Mapping[str, int] = NO_CHANGE,
        memories: Mapping[str, int] = NO_CHANGE,
        clock_ns: float | None = None,
    ) -> Platform:
        """Return the platform with other counts of its servers, other limits or another clock.

        Parameters
        ----------
        servers : mapping of str to int, optional
            New counts of types that it has.
        memories : mapping of str to int, optional
            Capacities in bits, also of memories that it did not limit.
        clock_ns : float, optional
            New clock period in ns.

        Raises
        ------
        InputError
            If it has no such server type, or a number is out of its range.

        Examples
        --------
        >>> import stomp_flim as sf
        >>> changed = sf.device("published").changed({"DSP": 12}, {"BRAM": 10**6}, clock_ns=5)
        >>> changed.servers["DSP"], changed.memories["BRAM"]
        (12, 1000000)
        """
        for server_type in servers:
            if server_type not in self.servers:
                raise InputError(
                    f"platform {self.name!r} has no servers of type {server_type!r}; "
                    f"{near_names(server_type, self.servers)}"
                )
        return Platform(
            {**self.servers, **servers},
            self.clock_ns if clock_ns is None else clock_ns,
            self.name,
            {**self.memories, **memories},
            self.lanes,
        )

    def facts(self) -> dict[str, object]:
        """Return name, servers, memories and clock."""
        servers = (f"{count:,} {server_type}" for server_type, count in self.servers.items())
        memories = (f"{bits:,} bits of {memory}" for memory, bits in self.memories.items())
        return {
            "name": self.name,
            "servers": listed(servers, len(self.servers)),
            **({"memories": listed(memories, len(self.memories))} if self.memories else {}),
            "clock": f"{self.clock_ns:g} ns",
            **({"vector units": f"{self.lanes} lanes"} if self.lanes else {}),
        }

    @property
    def first_server(self) -> dict[str, int]:
        """The lowest server number of each type."""
        counts = self.servers.values()
        return dict(zip(self.servers, accumulate(counts, initial=0), strict=False))

    def copies(self, mode: Mode) -> int:
        """Return how many times a mode can run at once; 0 where the platform cannot run it."""
        return min(self.servers.get(t, 0) // units for t, units in mode.demand.items())
