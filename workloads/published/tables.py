"""What the defects of the published task graphs change: ``python -m workloads.published.tables``.

Prints the table of ``docs/background/decomposition.md``: tasks, edges, work and critical path of
each graph, right and as published, and its first-in-first-out makespans on the servers of the
published runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workloads.published.figures_table import PLATFORM, figures, makespan, print_markdown
from workloads.published.networks import seq2seq, seq2seqlite

PIXELS = (1, 8, 64)
CASES = (
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


def rows(pixels: Sequence[int] = PIXELS) -> Iterator[list[str]]:
    """Yield the rows of the table as text, its heading first."""
    first = ["graph", "steps", "version", "tasks", "edges", *PLATFORM.servers, "critical path"]
    yield first + [f"FIFO, {count} px" for count in pixels]
    for factory, stage, steps in CASES:
        for version in ("published", "right"):
            graph = factory(stage, steps, as_published=version == "published")
            columns = [*figures(graph), *(makespan(graph, "fifo", count) for count in pixels)]
            yield [f"{factory.__name__} {stage}", str(steps), version, *map(str, columns)]


if __name__ == "__main__":
    print_markdown(rows())
