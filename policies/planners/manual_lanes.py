"""Manual scheduling in fixed lanes."""

from __future__ import annotations

from dataclasses import dataclass

from policies.planners.lanes import run_lanes, split
from stomp_flim import InputError, Platform, Schedule, Workload


@dataclass(frozen=True)
class ManualLanes:
    """Manual scheduling in lanes: a static partition of the platform, one pixel a lane at a time.

    The servers of each type are divided as evenly as they go, job j belongs to lane j mod lanes,
    and a lane runs its jobs one after another in FIFO order. It is how a designer replicates a
    datapath by hand, for example the 4 and 8 lanes of the published HLS design.

    Parameters
    ----------
    lanes : int
        Number of lanes, at most the servers of the scarcest type.
    """

    lanes: int = 8

    def __post_init__(self) -> None:
        if self.lanes < 1:
            raise InputError(f"manual-lanes: lanes is {self.lanes}, expected an integer >= 1")

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Run each lane's jobs one after another in order of arrival."""
        return run_lanes(workload, platform, split(platform, self.lanes))
