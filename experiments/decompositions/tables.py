"""Size, work, critical path and makespans of the decompositions, as the documentation shows them.

Makespans are on the servers of the published runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hwmodels.published import published
from stomp_flim import Job, TaskGraph, summarize
from workloads.accelerator.graph import seq2seqlite_accelerator
from workloads.published.networks import seq2seq, seq2seqlite

PLATFORM = published()
RUNS = (("fifo", 1), ("fifo", 8), ("fifo", 64))
"""Policy and pixels of makespans."""

DEFECTS = (
    (seq2seqlite, "encoder", 1),
    (seq2seqlite, "encoder", 10),
    (seq2seqlite, "decoder", 1),
    (seq2seqlite, "decoder", 10),
    (seq2seq, "encoder", 1),
    (seq2seq, "encoder", 4),
    (seq2seq, "decoder", 1),
    (seq2seq, "decoder", 4),
    (seq2seq, "postprocess", 1),
)
"""Networks, stages and steps of the table of defects."""

ARITHMETICS = (
    ("encoder", 1),
    ("encoder", 10),
    ("decoder", 1),
    ("decoder", 10),
    ("postprocess", 1),
    ("pipeline", 1),
)
"""Stages and steps of the table of arithmetics, of Seq2SeqLite."""

Row = list[str | int]


def defects(runs: Sequence[tuple[str, int]] = RUNS) -> Iterator[Row]:
    """Yield what the defects of the published task graphs change: a heading, then rows."""
    yield ["graph", "steps", "version", *_heading(runs)]
    for factory, stage, steps in DEFECTS:
        for version in ("published", "right"):
            graph = factory(stage, steps, as_published=version == "published")
            yield [f"{factory.__name__} {stage}", steps, version, *_figures(graph, runs)]


def arithmetics(runs: Sequence[tuple[str, int]] = (*RUNS, ("hlfet", 64))) -> Iterator[Row]:
    """Yield Seq2SeqLite in the published topology and in the accelerator's own arithmetic."""
    yield ["stage", "steps", "decomposition", *_heading(runs)]
    for stage, steps in ARITHMETICS:
        for name, graph in (
            ("published topology", seq2seqlite(stage, steps)),
            ("accelerator", seq2seqlite_accelerator(stage, steps)),
            ("accelerator, tree", seq2seqlite_accelerator(stage, steps, accumulation="tree")),
        ):
            yield [stage, steps, name, *_figures(graph, runs)]


TABLES: dict[str, Callable[[], Iterator[Row]]] = {"defects": defects, "arithmetics": arithmetics}


def _heading(runs: Sequence[tuple[str, int]]) -> list[str]:
    makespans = (f"{policy}, {pixels} px" for policy, pixels in runs)
    return ["tasks", "edges", *PLATFORM.servers, "critical path", *makespans]


def _figures(graph: TaskGraph, runs: Sequence[tuple[str, int]]) -> list[int]:
    """Return tasks, edges, work on each server type, critical path and makespans, in cycles."""
    work = [graph.work(server_type) for server_type in PLATFORM.servers]
    makespans = [
        summarize([Job(graph)] * pixels, PLATFORM, policy).makespan for policy, pixels in runs
    ]
    return [len(graph), len(graph.edges), *work, graph.critical_path, *makespans]
