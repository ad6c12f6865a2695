"""The figures of the page on whole frames."""

from __future__ import annotations

import pages
import pytest

import stomp_flim as sf
from stomp_flim.frame import FrameTime, frame_bound, free_running, lock_step

FRAME = pages.table("frames.md", "64 slots")
PART = pages.table("frames.md", "slots")
DEVICE = sf.device("published")
RUNS = {"lock-step": lock_step, "free-running": free_running}


@pytest.fixture(scope="module")
def graph() -> sf.TaskGraph:
    """Return the graph of a pixel of 135 + 135 steps."""
    return sf.workload_graph("seq2seqlite", stage="pipeline", steps=135)


def row_of(graph: sf.TaskGraph, label: str) -> tuple[list[str], FrameTime]:
    """Return a row of the whole frame as it is computed now."""
    mode, policy = label.split(", ")
    common = {"pixels": 512 * 512, "slots": 64}
    time = RUNS[mode](graph, DEVICE, policy.lower(), **common)
    how = "exact" if time.error == 0 else f"{100 * time.error:.3f}%"
    above = time.cycles / frame_bound(graph, DEVICE, **common) - 1
    seconds = f"{time.cycles * 4.5e-9:.3f} s"
    return [label, f"{time.cycles:,}", seconds, f"{time.method}, {how}", f"{above:.1%}"], time


@pytest.mark.parametrize("row", [FRAME[1], FRAME[2], FRAME[4], FRAME[5]], ids=lambda row: row[0])
def test_the_exact_times_of_a_whole_frame(graph: sf.TaskGraph, row: list[str]) -> None:
    """Of 512 x 512 pixels, by multiplication, recurrence and period."""
    assert row == row_of(graph, row[0])[0]


@pytest.mark.slow
def test_the_estimated_time_of_a_whole_frame(graph: sf.TaskGraph) -> None:
    """Free-running under FIFO."""
    assert FRAME[3] == row_of(graph, FRAME[3][0])[0]


def test_the_tasks_of_a_frame(graph: sf.TaskGraph) -> None:
    """As many as the page says."""
    assert f"{512 * 512 * len(graph):.1e} tasks".replace("e+", "e") in pages.page("frames.md")


@pytest.mark.parametrize("slots", [1, 2, 4, 8, 16])
def test_hlfet_is_optimal_up_to_16_slots(graph: sf.TaskGraph, slots: int) -> None:
    """It meets the bound for this number of pixels in flight."""
    common = {"pixels": 512 * 512, "slots": slots}
    time = free_running(graph, DEVICE, "hlfet", **common)
    assert frame_bound(graph, DEVICE, **common) == time.cycles


@pytest.mark.slow
@pytest.mark.parametrize("row", PART[1:], ids=lambda row: f"{row[0]} slots")
def test_a_part_against_the_whole(graph: sf.TaskGraph, row: list[str]) -> None:
    """16,384 pixels under FIFO: all tasks simulated, and estimated from a part."""
    slots, pixels = int(row[0]), 16_384
    whole = sf.summarize([sf.Job(graph)] * pixels, DEVICE, "fifo", slots=slots).makespan
    time = free_running(graph, DEVICE, "fifo", pixels=pixels, slots=slots)
    found = [f"{whole:,}", f"{time.cycles:,}", f"{time.simulated:,}", f"{time.error:.3%}"]
    assert row[1:] == [*found, f"{abs(time.cycles / whole - 1):.3%}"]
