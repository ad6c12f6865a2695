"""A makespan beside its lower bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from stomp_flim.errors import ScheduleError


def largest_bound(makespan: int, bounds: Mapping[str, int]) -> int:
    """Return the largest of the lower bounds that are shown beside a makespan, in cycles.

    Raises
    ------
    ScheduleError
        If it is above the makespan: then one of the two is wrong, and none of them is to be shown.

    Examples
    --------
    >>> from stomp_flim.bounds import largest_bound
    >>> largest_bound(80, {"critical path": 52, "head-tail DSP": 78})
    78
    """
    name, bound = max(bounds.items(), key=lambda item: item[1])
    if bound > makespan:
        raise ScheduleError(
            f"the makespan is {makespan:,} cycles and its lower bound {bound:,} ({name}): a bound "
            "is wrong, or a policy has changed what it was given"
        )
    return bound


class Bounded(ABC):
    """A makespan beside its lower bounds.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)], platform)
    >>> result.proven, result.gap  # one pixel takes its critical path
    (True, 0.0)
    """

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
        """The largest lower bound on the makespan, in cycles; see `largest_bound`."""
        return largest_bound(self.makespan, self.bounds)

    @property
    def gap(self) -> float:
        """How far the makespan is above its lower bound, as a fraction of the bound."""
        return self.makespan / self.lower_bound - 1

    @property
    def proven(self) -> bool:
        """Whether the makespan is its lower bound: no schedule is shorter."""
        return self.makespan == self.lower_bound
