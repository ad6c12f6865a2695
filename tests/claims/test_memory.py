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


def test_the_example() -> None:
    """It gives what its comment says."""
    example = pages.page("memory.md").split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(compile(example, "memory.md", "exec"), names)
    result = names["result"]
    assert isinstance(result, sf.Result)
    figures = f"{result.makespan}, {result.metrics.peak_memory}"
    assert f"result.metrics.peak_memory  # {figures}" in example
