"""A schedule looked at in every cycle, by code that knows nothing of how it was made.

Times and servers are taken from a table with one row a held server; all else is counted anew.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from stomp_flim import Platform, TaskGraph


def require_valid(frame: pd.DataFrame, graph: TaskGraph, platform: Platform, jobs: int) -> None:
    """Assert that equal jobs ran as a graph and a platform allow, in each cycle of each server."""
    tasks = len(graph)
    ran = frame.drop_duplicates(["job", "task"])
    assert jobs * tasks == len(ran)
    start = ran["start"].to_numpy().reshape(jobs, tasks)
    finish = ran["finish"].to_numpy().reshape(jobs, tasks)
    assert start.min() >= 0
    for source, target in graph.edges.tolist():
        assert (finish[:, source] <= start[:, target]).all(), (source, target)
    _require_modes(frame, ran, graph)
    _require_servers(frame, platform)
    _require_memories(start, finish, graph, platform)


def _require_modes(frame: pd.DataFrame, ran: pd.DataFrame, graph: TaskGraph) -> None:
    """Assert that each task runs as long, and on as many servers of each type, as its mode says."""
    held = frame.groupby(["task", "mode", "job", "server_type"]).size()
    counts: defaultdict[tuple[int, int, int], dict[str, int]] = defaultdict(dict)
    for (task, mode, job, kind), number in held.items():
        counts[job, task, mode][kind] = number
    for row in ran.itertuples():
        mode = graph.modes(row.task)[row.mode]
        assert mode.latency == row.finish - row.start
        assert mode.occupancy == row.released - row.start
        assert dict(mode.demand) == counts[row.job, row.task, row.mode]


def _require_servers(frame: pd.DataFrame, platform: Platform) -> None:
    """Assert that in no cycle a server holds two tasks, and that it is one of its type."""
    first = 0
    for kind, number in platform.servers.items():
        of_kind = frame.loc[frame["server_type"] == kind, "server"]
        assert of_kind.between(first, first + number - 1).all()
        first += number
    held = np.zeros((first, int(frame["released"].max()) + 1), np.int8)
    server, start = frame["server"].to_numpy(), frame["start"].to_numpy()
    length = (frame["released"] - frame["start"]).to_numpy()
    for cycle in range(int(length.max())):
        still = length > cycle
        np.add.at(held, (server[still], start[still] + cycle), 1)
    assert held.max() <= 1


def _require_memories(
    start: np.ndarray, finish: np.ndarray, graph: TaskGraph, platform: Platform
) -> None:
    """Assert that in no cycle a memory holds more than its capacity."""
    bits = {memory: np.zeros(int(finish.max()) + 1, np.int64) for memory in platform.memories}
    for task, buffer in enumerate(graph.buffers or ()):
        if buffer is not None and buffer.memory in bits:
            readers = graph.successors(task).tolist() or [task]
            for begin, end in zip(start[:, task], finish[:, readers].max(axis=1), strict=True):
                bits[buffer.memory][begin:end] += buffer.bits
    for memory, held in bits.items():
        assert held.max() <= platform.memories[memory]
