"""What deciding costs: a scheduler is a machine too, and takes its time."""

from __future__ import annotations

from dataclasses import dataclass

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

MOST_CYCLES = 10**15
"""As of a latency: sums of them stay in 64 bits."""


@dataclass(frozen=True)
class DecisionCost:
    """The time that a scheduler takes, charged to the simulated time.

    The scheduler makes one decision after another. A round at cycle t decides with what is known at
    t; its k-th decision is made at ``t + k * cycles``, and the task that it starts begins then. The
    servers are taken from the start of the round on, though they are held, and counted as busy,
    only from the start of the task. The next round begins when the last decision is made and not
    earlier than ``t + interval``. A round that starts nothing costs nothing.

    Parameters
    ----------
    cycles : int
        For each task that is started.
    interval : int
        From one round that starts a task to the next round, at least.

    Raises
    ------
    InputError
        If a figure is no integer >= 0.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> cost = sf.DecisionCost(cycles=2, interval=16)
    >>> sf.simulate([sf.Job(graph)], platform, "hlfet", decision=cost).makespan
    231
    """

    cycles: int = 0
    interval: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not is_integer(value) or not 0 <= value < MOST_CYCLES:
                raise InputError(
                    f"decision {name} is {value!r}, expected an integer >= 0 of at most 15 digits"
                )

    def __bool__(self) -> bool:
        return self.cycles > 0 or self.interval > 0


FREE = DecisionCost()
"""A scheduler that takes no time."""
