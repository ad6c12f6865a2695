"""Manual scheduling: pixels one after another, on the whole platform or in lanes of it.

A LANE is a fixed share of a platform that processes its jobs one after another; without a division
the whole platform is the only one. It is so whatever tasks take: between two jobs of a lane the
plan has a barrier, and so none starts before the one before has finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from stomp_flim import DeadlockError, InputError, Platform, Schedule, Workload, simulate
from stomp_flim.arrays import Indices
from stomp_flim.instance import Instance


@dataclass(frozen=True)
class Manual:
    """Manual scheduling: one pixel at a time on the whole platform, each one in FIFO order.

    The baseline of arXiv 2410.07364 as we read it: its abstract does not define the baseline, and
    this one comes close to its speed-ups.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Run the jobs one after another in order of arrival."""
        return run_lanes(workload, platform, split(platform, 1))


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


@dataclass(frozen=True)
class Lane:
    """A share of a platform.

    Attributes
    ----------
    platform : Platform
        The servers of the lane.
    server : int32[servers of the lane]
        Their numbers in the whole platform.
    """

    platform: Platform
    server: Indices


def split(platform: Platform, lanes: int) -> list[Lane]:
    """Divide each server type into consecutive shares that differ by at most one server.

    Memories are divided into equal shares.

    Raises
    ------
    InputError
        If a type has fewer servers, or a memory fewer bits, than there are lanes.
    """
    for server_type, servers in platform.servers.items():
        if servers < lanes:
            raise InputError(
                f"platform {platform.name!r} has {servers} servers of type {server_type!r}, "
                f"expected at least one for each of {lanes} lanes"
            )
    shares = {
        server_type: np.array_split(np.arange(first, first + platform.servers[server_type]), lanes)
        for server_type, first in platform.first_server.items()
    }
    return [
        Lane(
            replace(
                platform,
                servers={server_type: len(share[lane]) for server_type, share in shares.items()},
                name=platform.name if lanes == 1 else f"{platform.name}, lane {lane} of {lanes}",
                memories={memory: bits // lanes for memory, bits in platform.memories.items()},
            ),
            np.concatenate([share[lane] for share in shares.values()]).astype(np.int32),
        )
        for lane in range(lanes)
    ]


def run_lanes(workload: Workload, platform: Platform, lanes: Sequence[Lane]) -> Schedule:
    """Simulate each lane's jobs one after another under FIFO and join the schedules.

    Raises
    ------
    InputError
        If a lane cannot run a job: too few servers, or too little memory.
    """
    jobs = [
        sorted(range(number, len(workload), len(lanes)), key=workload.arrival.__getitem__)
        for number in range(len(lanes))
    ]
    for lane, of_lane in zip(lanes, jobs, strict=True):
        if of_lane:  # what it cannot run is said before anything is simulated
            try:
                Instance(Workload(workload.jobs[job] for job in of_lane), lane.platform)
            except DeadlockError as error:
                raise InputError(str(error)) from error
    parts = [
        part
        for lane, of_lane in zip(lanes, jobs, strict=True)
        for part in _run_lane(workload, platform, lane, of_lane)
    ]
    units = np.concatenate([np.diff(part.server_offset) for part in parts])
    return Schedule(
        workload,
        platform,
        job=np.concatenate([part.job for part in parts]),
        task=np.concatenate([part.task for part in parts]),
        mode=np.concatenate([part.mode for part in parts]),
        ready=np.concatenate([part.ready for part in parts]),
        start=np.concatenate([part.start for part in parts]),
        released=np.concatenate([part.released for part in parts]),
        finish=np.concatenate([part.finish for part in parts]),
        server_offset=np.concatenate([[0], np.cumsum(units)]),
        server=np.concatenate([part.server for part in parts]),
        barriers=[pair for of_lane in jobs for pair in pairwise(of_lane)],
    )


def _run_lane(
    workload: Workload, platform: Platform, lane: Lane, jobs: Sequence[int]
) -> Iterator[Schedule]:
    """One schedule a job, in cycles and server numbers of the whole run."""
    free_at = 0
    for job in jobs:
        alone = simulate([workload.jobs[job]], lane.platform, policy="fifo").schedule
        arrival = workload.jobs[job].arrival
        shift = max(free_at - arrival, 0)
        sources = workload.jobs[job].graph.in_degree[alone.task] == 0
        yield Schedule(
            workload,
            platform,
            np.full_like(alone.job, job),
            alone.task,
            alone.mode,
            alone.ready + np.where(sources, 0, shift),
            alone.start + shift,
            alone.released + shift,
            alone.finish + shift,
            alone.server_offset,
            lane.server[alone.server],
        )
        free_at = alone.makespan + shift
