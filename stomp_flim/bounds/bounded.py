"""A makespan beside its lower bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Bounded(ABC):
    """A makespan beside its lower bounds."""

    @property
    @abstractmethod
    def makespan(self) -> int:
        """Cycle in which the last task finishes."""

    @property
    @abstractmethod
    def bounds(self) -> dict[str, int]:
        """Every lower bound on the makespan by name, in cycles, for the durations as drawn."""

    @property
    def lower_bound(self) -> int:
        """The largest lower bound on the makespan, in cycles."""
        return max(self.bounds.values())

    @property
    def gap(self) -> float:
        """How far the makespan is above its lower bound, as a fraction of the bound."""
        return self.makespan / self.lower_bound - 1

    @property
    def proven(self) -> bool:
        """Whether the makespan is its lower bound: no schedule is shorter."""
        return self.makespan == self.lower_bound
