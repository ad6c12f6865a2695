"""The simulation as SimPy's documentation teaches it, for comparison with our engine.

A process a task, a `simpy.Resource` for each server type, an event for each result that others
wait for. It knows what one run of the published graphs needs and no more: one unit of one server
type a task, first in first out, and the makespan as its only result. The documentation waits for
several events by `all_of`; waiting for one after another gives the same and is faster.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

import simpy


class SimpleTask(NamedTuple):
    """A task on one server: server type, duration in cycles, numbers of its predecessors."""

    server_type: str
    duration: int
    predecessors: tuple[int, ...]


def makespan(
    tasks: Sequence[SimpleTask], pixels: int, servers: Mapping[str, int], all_of: bool = False
) -> int:
    """Return the cycle in which the last task of the last pixel finishes."""
    environment = simpy.Environment()
    resources = {name: simpy.Resource(environment, count) for name, count in servers.items()}
    for _ in range(pixels):
        done = [environment.event() for _ in tasks]
        for task, finished in zip(tasks, done, strict=True):
            before = [done[number] for number in task.predecessors]
            resource = resources[task.server_type]
            environment.process(run(environment, resource, task.duration, before, finished, all_of))
    environment.run()
    return int(environment.now)


def run(
    environment: simpy.Environment,
    resource: simpy.Resource,
    duration: int,
    predecessors: Sequence[simpy.Event],
    finished: simpy.Event,
    all_of: bool,
) -> Generator[simpy.Event, None, None]:
    """Execute one task: wait for its predecessors, then for a server, then for its duration."""
    if all_of:
        yield environment.all_of(predecessors)
    else:
        for predecessor in predecessors:
            if not predecessor.processed:
                yield predecessor
    with resource.request() as request:
        yield request
        yield environment.timeout(duration)
    finished.succeed()
