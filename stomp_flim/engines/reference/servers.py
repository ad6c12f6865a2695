"""Servers: which of a type are free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush


class ServersOfType:
    """The servers of one type, which hand out the lowest-numbered free one.

    Parameters
    ----------
    first, servers : int
        The lowest server number of the type, and how many there are.

    Attributes
    ----------
    free_count : int
        How many are free.
    """

    __slots__ = ("_free", "free_count")

    def __init__(self, first: int, servers: int) -> None:
        self._free = list(range(first, first + servers))
        self.free_count = servers

    def occupy(self) -> int:
        """Take the lowest-numbered free server; the caller has looked at the count."""
        self.free_count -= 1
        return heappop(self._free)

    def vacate(self, number: int) -> None:
        """Give a server back."""
        self.free_count += 1
        heappush(self._free, number)

    @property
    def free(self) -> list[int]:
        """Numbers of the free servers, ascending."""
        return sorted(self._free)


class FreeServers(Mapping[str, int]):
    """Free servers by type, read as it is asked."""

    def __init__(self, servers: Mapping[str, ServersOfType]) -> None:
        self._servers = servers

    def __getitem__(self, server_type: str) -> int:
        return self._servers[server_type].free_count

    def __iter__(self) -> Iterator[str]:
        return iter(self._servers)

    def __len__(self) -> int:
        return len(self._servers)

    @property
    def numbers(self) -> dict[str, list[int]]:
        """Numbers of the free servers of each type, ascending."""
        return {name: server.free for name, server in self._servers.items()}
