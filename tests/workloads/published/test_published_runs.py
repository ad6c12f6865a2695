"""The published runs, repeated on generated graphs."""

from __future__ import annotations

import published
import pytest

import stomp_flim as sf


@pytest.mark.parametrize(("run", "makespan"), published.MAKESPANS.items())
def test_published_makespans_and_busy_times(run, makespan):
    """STOMP's simple policy 2 is reproduced exactly, with the work of each server type."""
    *graph, pixels = run
    schedule = sf.simulate(
        [sf.Job(published.graph(*graph))] * pixels, published.PLATFORM, "fifo"
    ).schedule
    busy = published.BUSY[tuple(graph)]
    assert makespan == schedule.makespan
    assert [pixels * cycles for cycles in busy] == list(schedule.busy.values())
