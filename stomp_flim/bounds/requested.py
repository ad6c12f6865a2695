"""Bounds that take seconds to minutes, by the names under which commands take them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stomp_flim.bounds.start_counts import start_count_bound
from stomp_flim.errors import InputError
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload


class BoundName(StrEnum):
    """What can be asked for.

    Examples
    --------
    >>> from stomp_flim.bounds.requested import BoundName
    >>> [name.value for name in BoundName]
    ['start-counts']
    """

    START_COUNTS = "start-counts"

    @property
    def shown(self) -> str:
        """How results call it."""
        return self.value.replace("-", " ")


SECONDS = 60.0
"""That each of them may take, if nothing else is said."""


@dataclass(frozen=True)
class RequestedBounds:
    """What is computed beside the bounds of every result.

    Attributes
    ----------
    names : tuple of BoundName
        None by default.
    seconds : float
        After which each returns the best that it has found; the machine decides what that is.

    Raises
    ------
    InputError
        If the seconds are not positive and finite.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.bounds.requested import BoundName, RequestedBounds
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> workload = sf.Workload([sf.Job(graph)] * 128)
    >>> RequestedBounds((BoundName.START_COUNTS,)).of(workload, sf.device("published"))
    {'start counts': 60}
    """

    names: tuple[BoundName, ...] = ()
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"--bound-seconds: {self.seconds}, expected a finite number > 0")

    def of(
        self, workload: Workload, platform: Platform, *, enough: int | None = None
    ) -> dict[str, int]:
        """Return each bound by the name that results give it, in cycles.

        Parameters
        ----------
        workload, platform : Workload, Platform
            What is to be scheduled, on what.
        enough : int, optional
            A makespan that is known; a bound that reaches it ends.

        Raises
        ------
        InputError
            As `stomp_flim.bounds.start_count_bound` does.
        """
        return {
            name.shown: start_count_bound(
                workload, platform, time_limit=self.seconds, enough=enough
            )
            for name in self.names
        }
