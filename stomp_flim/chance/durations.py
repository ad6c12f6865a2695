"""The durations of a run: drawn once for each job, task and mode, before anything is scheduled.

What is drawn depends on the workload and the seed alone. Policies, engines and platforms compared
with one seed meet the same world, and jobs added at the end leave those before them as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stomp_flim.arrays import Cycles
from stomp_flim.chance.randomness import generator, require_seed
from stomp_flim.errors import InputError
from stomp_flim.model.task import Mode
from stomp_flim.model.workload import Workload


@dataclass(frozen=True, eq=False)
class Durations:
    """Durations of all tasks of a workload in each of their modes.

    Attributes
    ----------
    latency, occupancy : int64[tasks, modes]
        In cycles, by record number and mode as declared; 0 where a task has no such mode.
    """

    latency: Cycles
    occupancy: Cycles

    def __post_init__(self) -> None:
        self.latency.setflags(write=False)
        self.occupancy.setflags(write=False)

    def of(self, records: Cycles, mode: int) -> Cycles:
        """Return int64[records, 2]: latency and occupancy of tasks in a mode."""
        return np.column_stack([self.latency[records, mode], self.occupancy[records, mode]])


def draw(workload: Workload, seed: int) -> Durations | None:
    """Draw the durations of a workload, or return None where no mode is random.

    Parameters
    ----------
    workload : Workload
        The jobs. Each set of modes of each graph has a random stream of its own.
    seed : int
        At least 0.

    Returns
    -------
    Durations or None
        A random latency is the sample of its distribution, rounded to the nearest cycle (ties to
        even); what would be below 1 is 1. Cutting the tail of a normal distribution lifts its mean,
        by less than 1% of the deviation where the mean is at least 2 deviations. A task holds its
        servers for its whole latency; where the mode is pipelined (its occupancy is below its mean
        latency), for its occupancy or its latency, whichever is shorter.

    Raises
    ------
    InputError
        If the seed is no integer >= 0, or a distribution does not return the samples asked for.
    """
    require_seed(seed)
    if not any(graph.is_random for graph in workload.graphs):
        return None
    modes = max(len(modes) for graph in workload.graphs for modes in graph.mode_sets)
    latency, occupancy = np.zeros((2, workload.tasks, modes), np.int64)
    for graph_number, graph in enumerate(workload.graphs):
        first = workload.first_task[:-1][workload.graph_number == graph_number]
        for set_number, mode_set in enumerate(graph.mode_sets):
            tasks = np.flatnonzero(graph.mode_set == set_number)
            records = (first[:, None] + tasks).ravel()
            for mode_number, mode in enumerate(mode_set):
                key = (graph_number, set_number, mode_number)
                cycles = _sample(mode, len(records), seed, key)
                latency[records, mode_number] = cycles
                pipelined = mode.occupancy < mode.latency
                occupancy[records, mode_number] = (
                    np.minimum(cycles, mode.occupancy) if pipelined else cycles
                )
    return Durations(latency, occupancy)


def _sample(mode: Mode, size: int, seed: int, key: tuple[int, int, int]) -> Cycles:
    """Latencies of a mode, int64[size] in cycles."""
    if mode.distribution is None:
        return np.full(size, mode.latency, np.int64)
    drawn = np.asarray(mode.distribution.sample(generator(seed, "durations", *key), size))
    if drawn.shape != (size,) or not (np.abs(drawn) < 2**62).all():
        raise InputError(
            f"distribution {mode.distribution!r} sampled shape {drawn.shape}, expected ({size},) "
            "finite numbers"
        )
    return np.maximum(np.rint(drawn), 1).astype(np.int64)
