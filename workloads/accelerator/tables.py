"""Both decompositions of Seq2SeqLite side by side: ``python -m workloads.accelerator.tables``.

Prints the table of ``docs/background/replay.md``: size, work and critical path of each graph, in
the topology of the published task graphs (without their defects) and in the accelerator's own
arithmetic, and makespans of both on the servers of the published runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workloads.accelerator.graph import seq2seqlite_accelerator
from workloads.published.figures_table import PLATFORM, figures, makespan, print_markdown
from workloads.published.networks import seq2seqlite

CASES = (
    ("encoder", 1),
    ("encoder", 10),
    ("decoder", 1),
    ("decoder", 10),
    ("postprocess", 1),
    ("pipeline", 1),
)
RUNS = (("fifo", 1), ("fifo", 8), ("fifo", 64), ("hlfet", 64))
"""Policy and pixels of the makespans."""


def rows(runs: Sequence[tuple[str, int]] = RUNS) -> Iterator[list[str]]:
    """Yield the rows of the table as text, its heading first."""
    first = ["stage", "steps", "decomposition", "tasks", "edges", *PLATFORM.servers]
    yield [*first, "critical path", *(f"{policy}, {pixels} px" for policy, pixels in runs)]
    for stage, steps in CASES:
        for name, graph in (
            ("published topology", seq2seqlite(stage, steps)),
            ("accelerator", seq2seqlite_accelerator(stage, steps)),
            ("accelerator, tree", seq2seqlite_accelerator(stage, steps, accumulation="tree")),
        ):
            columns = [*figures(graph), *(makespan(graph, *run) for run in runs)]
            yield [stage, str(steps), name, *map(str, columns)]


if __name__ == "__main__":
    print_markdown(rows())
