"""The figures of the page on the policy `modulo`."""

from __future__ import annotations

from functools import cache

import pages
import pytest

import stomp_flim as sf
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
from hwmodels.platforms import provide
from policies.planners.modulo.policy import Modulo
from stomp_flim.frame import frame_bound, free_running

REACHED = pages.table("modulo.md", "network, servers")
STEPS = pages.table("modulo.md", "tables of a step")
WORKLOADS = {"Seq2SeqLite": "seq2seqlite", "Seq2Seq": "seq2seq"}
NETWORKS = {"Seq2SeqLite": SEQ2SEQLITE, "Seq2Seq": SEQ2SEQ}
PIXELS = 512 * 512


@cache
def graph_of(network: str) -> sf.TaskGraph:
    """Return the graph of a pixel of 135 + 135 steps."""
    return sf.workload_graph(WORKLOADS[network], steps=135)


def servers_of(network: str, servers: str) -> sf.Platform:
    """Return the published servers, with so many DSPs, or those derived of a device."""
    if servers.endswith(" DSP"):
        published = sf.device("published")
        return published.changed({"DSP": int(servers.removesuffix(" DSP"))})
    return provide(servers, NETWORKS[network]).platform


def above(network: str, platform: sf.Platform, slots: int, cycles: int) -> str:
    """Return how far a frame is above the bound for its slots."""
    bound = frame_bound(graph_of(network), platform, pixels=PIXELS, slots=slots)
    return f"{cycles / bound - 1:.3%}"


def row_of(label: str) -> list[str]:
    """Return a row of the table as it is computed now."""
    network, servers = label.split(", ")
    graph, platform = graph_of(network), servers_of(network, servers)
    table = Modulo().period(graph, platform)
    table.check()
    in_slots = free_running(graph, platform, "modulo", pixels=PIXELS, slots=64)
    assert 0 == in_slots.error
    return [
        label,
        f"{table.jobs} every {table.cycles:,}",
        f"{float(graph.critical_path / table.bound):.2f}",
        f"{table.in_flight}",
        above(network, platform, table.in_flight, table.makespan(PIXELS)),
        above(network, platform, 64, in_slots.cycles),
    ]


def rows(quick: bool) -> list[object]:
    """Return the rows that take a second, or those that take longer or are many."""
    few = ("Seq2SeqLite, 128 DSP", "Seq2SeqLite, xc7k410t")
    return [pytest.param(r, id=r[0]) for r in REACHED[1:] if quick == (r[0] in few)]


@pytest.mark.parametrize("row", rows(quick=True))
def test_what_it_reaches(row: list[str]) -> None:
    """Period, N*, jobs in flight, and how far a frame is above its bounds."""
    assert row == row_of(row[0])


@pytest.mark.slow
@pytest.mark.parametrize("row", rows(quick=False))
def test_what_it_reaches_elsewhere(row: list[str]) -> None:
    """The same on all servers."""
    assert row == row_of(row[0])


def test_it_is_at_the_bound_everywhere() -> None:
    """At most 0.1% above at full rate, 1% with 64 slots, with at most 1.5 N* in flight, or 2."""
    for _, _, saturating, in_flight, full, slots in REACHED[1:]:
        assert float(full.rstrip("%")) <= 0.1
        assert float(slots.rstrip("%")) <= 1
        assert int(in_flight) <= max(2, 1.5 * float(saturating))


def step_row_of(label: str) -> list[str]:
    """Return a row of the table of steps as it is computed now."""
    network, servers = label.split(", ")
    graph, platform = graph_of(network), servers_of(network, servers)
    table = Modulo(step=True).period(graph, platform)
    table.check()
    free = Modulo().period(graph, platform)
    return [
        label,
        f"{table.jobs} by {table.step_cycles:,}",
        f"{table.recurrence}",
        f"{table.in_flight}",
        f"{float(table.cycles_per_job / free.cycles_per_job - 1):.3%}",
        f"{table.bits:,}",
    ]


def step_rows(quick: bool) -> list[object]:
    """Return the rows of the small network, or those of the large one."""
    return [pytest.param(r, id=r[0]) for r in STEPS[1:] if quick == ("Lite" in r[0])]


@pytest.mark.parametrize("row", step_rows(quick=True))
def test_tables_of_a_step(row: list[str]) -> None:
    """Lanes, cycles, recurrence bound, jobs in flight, what it costs, and its size."""
    assert row == step_row_of(row[0])


@pytest.mark.slow
@pytest.mark.parametrize("row", step_rows(quick=False))
def test_tables_of_a_step_of_the_large_network(row: list[str]) -> None:
    """The same, whose graph alone takes several seconds."""
    assert row == step_row_of(row[0])


def test_tables_of_a_step_cost_little() -> None:
    """At most 1% longer than the free ones, and no step shorter than its critical path."""
    for _, table, recurrence, _, longer, _ in STEPS[1:]:
        assert float(longer.rstrip("%")) <= 1
        assert int(table.split()[-1].replace(",", "")) >= int(recurrence)


@pytest.mark.parametrize(
    ("slots", "stated"), [(16, "with 16 slots 18% above"), (4, "with 4 twice")]
)
def test_tables_of_a_step_in_few_slots(slots: int, stated: str) -> None:
    """What lanes cost where slots are fewer than saturate the servers."""
    assert stated in pages.words("modulo.md")
    table = Modulo(step=True).period(graph_of("Seq2SeqLite"), sf.device("published"), slots)
    above_bound = float(table.cycles_per_job / table.bound) - 1
    assert {16: 0.18, 4: 1.06}[slots] == round(above_bound, 2)
