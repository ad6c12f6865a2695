"""Tables of graphs in figures, for the pages that compare decompositions."""

from __future__ import annotations

from collections.abc import Iterable

from hwmodels.published import published
from stomp_flim import Job, TaskGraph, simulate

PLATFORM = published()


def figures(graph: TaskGraph) -> list[int]:
    """Return tasks, edges, work on each server type in cycles, and the critical path."""
    work = [graph.work(server_type) for server_type in PLATFORM.servers]
    return [len(graph), len(graph.edges), *work, graph.critical_path]


def makespan(graph: TaskGraph, policy: str, pixels: int) -> int:
    """Return the makespan of some pixels on the servers of the published runs, in cycles."""
    return simulate([Job(graph)] * pixels, PLATFORM, policy).makespan


def print_markdown(rows: Iterable[list[str]]) -> None:
    """Print rows of text as a Markdown table, the heading first, three columns of words."""
    for number, row in enumerate(rows):
        print("| " + " | ".join(row) + " |", flush=True)
        if number == 0:
            print("| " + " | ".join(["---"] * 3 + ["---:"] * (len(row) - 3)) + " |")
