"""What was published of the scheduling runs, as figures: graphs, schedules and makespans.

Makespans, busy times and schedules are those of STOMP itself (simple policy 2). Graphs and
schedules stand here as the SHA-256 of their rows, as lines of integers with commas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

import stomp_flim as sf

SERVERS = {"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256}
PLATFORM = sf.Platform(SERVERS)

FULL, LITE = "seq2seq", "seq2seqlite"

MAKESPANS = {
    (FULL, "encoder", 1, 1): 1062,
    (FULL, "encoder", 1, 8): 1405,
    (FULL, "encoder", 1, 64): 3976,
    (FULL, "decoder", 1, 1): 1345,
    (FULL, "decoder", 1, 8): 1776,
    (FULL, "decoder", 1, 64): 4909,
    (FULL, "postprocess", 1, 1): 52,
    (FULL, "postprocess", 1, 8): 52,
    (FULL, "postprocess", 1, 64): 55,
    (LITE, "encoder", 1, 1): 208,
    (LITE, "encoder", 1, 8): 234,
    (LITE, "encoder", 1, 64): 464,
    (LITE, "decoder", 1, 1): 292,
    (LITE, "decoder", 1, 8): 317,
    (LITE, "decoder", 1, 64): 545,
    (LITE, "encoder", 10, 1): 2062,
}
"""By model, stage, steps and pixels."""

BUSY = {
    (FULL, "encoder", 1): (4792, 1164, 5820, 276),
    (FULL, "decoder", 1): (5284, 1551, 7095, 282),
    (FULL, "postprocess", 1): (32, 0, 10, 54),
    (LITE, "encoder", 1): (482, 99, 520, 144),
    (LITE, "decoder", 1): (602, 288, 510, 150),
    (LITE, "encoder", 10): (4820, 990, 5200, 1440),
}
"""Cycles of each server type a pixel, in the order of SERVERS."""

START_COUNTS = {
    (FULL, "postprocess"): {128: 60, 256: 80, 384: 109, 512: 141, 1024: 269, 1500: 388, 2048: 525},
    (LITE, "decoder"): {256: 1230, 384: 1829, 512: 2433, 1024: 4841},
}
"""Not published: bounds of start counts of one step, by pixels, as their own tests prove them."""

GRAPHS = {
    (FULL, "encoder", 1): "5d9a5a1895957f07279fbb9dc18d80dae262ac395da5796316088f792593c9a6",
    (FULL, "decoder", 1): "bb179a35df01f05bd019a37b1c909c2daa287091e823356194d9f00083cc02dc",
    (
        "seq2seq",
        "postprocess",
        1,
    ): "d87326b12d73b4957705a393cfbca6132a732533a6ff28eed99f3ed6178bb58d",
    (
        "seq2seqlite",
        "encoder",
        1,
    ): "5bd2b2cfee6001a1d4380d67b242da5e656a4ac50ff264b45dcd09d3e3aca16d",
    (
        "seq2seqlite",
        "decoder",
        1,
    ): "676506aa72a1b9c6bf1a348392d0946036d3526689ca443952d27308db630e4f",
    (
        "seq2seqlite",
        "encoder",
        5,
    ): "142ebfe3afed0a06bd1ed5e468fff6cbbd3afa6f6489b65905f2ff7787226534",
    (
        "seq2seqlite",
        "encoder",
        10,
    ): "01c2080bb0ba2d2a1a372238d0c0cd385076f3446466bc7b7bdb9b7435a2e92e",
}
"""Of the rows task,server type,cycles and then task,successor, by model, stage and steps."""

SCHEDULES = {
    (FULL, "encoder"): "1988c89c553f0b8ca045b6e95e1096eac81e1700ffc80a98432979366031ca78",
    (LITE, "encoder"): "dd6d9f6a618110d5701e30c466e6d64d1b6198fa8f76b2f4c18e1a72a92cf66b",
}
"""Of the rows pixel,node,start,finish,server of one pixel, by model and stage."""


def graph(model: str, stage: str, steps: int = 1) -> sf.TaskGraph:
    """Return a graph as it was published, defects included."""
    return sf.workload_graph(model, stage=stage, steps=steps, as_published=True)


def checksum(rows: Iterable[Sequence[int]]) -> str:
    """Return the SHA-256 of rows of integers."""
    lines = (",".join(str(int(number)) for number in row) for row in rows)
    return sha256("\n".join(lines).encode()).hexdigest()


def graph_checksum(graph: sf.TaskGraph) -> str:
    """Return the checksum of a graph whose tasks hold one server each."""
    types = list(SERVERS)
    tasks = []
    for task in range(len(graph)):
        (mode,) = graph.modes(task)
        ((server_type, units),) = mode.demand.items()
        assert (1, mode.latency) == (units, mode.occupancy)
        tasks.append((task, types.index(server_type), mode.latency))
    return checksum([*tasks, *sorted(graph.edges.tolist())])


def schedule_checksum(schedule: sf.Schedule) -> str:
    """Return the checksum of a schedule whose tasks hold one server each."""
    frame = schedule.to_frame().sort_values(["job", "task"])
    columns = ["job", "task", "start", "finish", "server"]
    return checksum(frame[columns].itertuples(index=False, name=None))
