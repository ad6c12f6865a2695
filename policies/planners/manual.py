"""Manual scheduling: one pixel at a time."""

from __future__ import annotations

from dataclasses import dataclass

from policies.planners.lanes import run_lanes, split
from stomp_flim import Platform, Schedule, Workload


@dataclass(frozen=True)
class Manual:
    """Manual scheduling: one pixel at a time on the whole platform, each one in FIFO order.

    The baseline of arXiv 2410.07364 as we read it: its abstract does not define the baseline, and
    this one comes close to its speed-ups.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Run the jobs one after another in order of arrival."""
        return run_lanes(workload, platform, split(platform, 1))
