"""The figures of the page on lower bounds."""

from __future__ import annotations

import pages
import published
import pytest

import stomp_flim as sf
from stomp_flim.bounds import guarantee, lower_bounds

GRAPHS = {
    "post-processing": ("seq2seq", "postprocess"),
    "Seq2SeqLite decoder": ("seq2seqlite", "decoder"),
}


def rows() -> list[tuple[tuple[str, str], list[int]]]:
    """Return the graph, pixels and bounds of each row; an empty cell repeats the one above."""
    found, graph = [], GRAPHS["post-processing"]
    for name, *figures in pages.table("bounds.md", "graph | pixels | head-tail | start counts")[1:]:
        graph = GRAPHS[name] if name else graph
        found.append((graph, [int(figure) for figure in figures]))
    return found


@pytest.mark.parametrize(("graph", "figures"), rows())
def test_bounds_of_the_published_graphs(graph: tuple[str, str], figures: list[int]) -> None:
    """Head-tail is computed; start counts are those that their own tests prove."""
    pixels, head_tail, start_counts = figures
    workload = sf.Workload([sf.Job(published.graph(*graph))] * pixels)
    found = lower_bounds(workload, published.PLATFORM)
    assert head_tail == max(cycles for name, cycles in found.items() if "head-tail" in name)
    assert start_counts == published.START_COUNTS[graph][pixels]


@pytest.mark.parametrize(("model", "stage"), [("seq2seq", "encoder"), ("seq2seqlite", "decoder")])
def test_the_guarantee_of_the_published_graphs(model: str, stage: str) -> None:
    """Four server types, of which the largest has 256 servers."""
    workload = sf.Workload([sf.Job(published.graph(model, stage))])
    found = guarantee(workload, published.PLATFORM)
    assert f"The published graphs use four types: {float(found):.3f}." in pages.words("bounds.md")
