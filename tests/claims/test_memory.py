"""The figures of the page on limited memories."""

from __future__ import annotations

import pages
import pytest

import stomp_flim as sf
from stomp_flim.errors import DeadlockError
from stomp_flim.memory.order import memory_order


@pytest.mark.parametrize(("stage", "steps", "buffers"), [("encoder", 1, 39), ("pipeline", 10, 46)])
def test_buffers_of_the_networks(stage: str, steps: int, buffers: int) -> None:
    """Where every task writes a buffer of one bit, an order is found with so many and no fewer."""
    plain = sf.workload_graph("seq2seqlite", stage=stage, steps=steps)
    tasks = [
        sf.Task(name, plain.modes(task), buffer=sf.Buffer("BRAM", 1))
        for task, name in enumerate(plain.task_names)
    ]
    graph = sf.TaskGraph.from_tasks(tasks, plain.edges.tolist())
    memory_order(graph, {"BRAM": buffers}, "platform")
    with pytest.raises(DeadlockError):
        memory_order(graph, {"BRAM": buffers - 1}, "platform")
    assert f"{buffers} of {len(graph):,}" in pages.words("memory.md").replace("buffers of", "of")
