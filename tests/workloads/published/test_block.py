"""Blocks: named tasks that are changed, numbered, placed and joined."""

from __future__ import annotations

import pytest

from workloads.published.block import Assembly, BlockBuilder
from workloads.published.operations import ADD, DATA, MULTIPLY, READ_DATA


def chain() -> BlockBuilder:
    """Return a read and an add after it, numbered backwards."""
    block = BlockBuilder()
    block.add("add", ADD, "read")
    block.add("read", READ_DATA)
    block.numbering = ["add", "not there", "read", "add"]
    block.ports.update(start=["read"], end=["add"])
    return block


def test_tasks_are_numbered_as_first_mentioned():
    """The first mention counts, `first` comes before all, what does not exist is passed over."""
    assert ("add", "read") == chain().build().names
    assert ("read", "add") == chain().build("read").names
    assert [[1, 0]] == chain().build().edges.tolist()


def test_placed_blocks_are_joined_at_their_ports():
    """Tasks are appended block by block; joined ports and inner edges are the edges."""
    graph = Assembly()
    one, two = (graph.place(chain().build("read"), f"{i}.") for i in "ab")
    graph.connect(one["end"], two["start"])
    graph = graph.graph("joined")
    assert ("a.read", "a.add", "b.read", "b.add") == graph.task_names
    assert [[0, 1], [1, 2], [2, 3]] == graph.edges.tolist()
    assert 6 == graph.work(DATA)


def test_merged_task_has_the_edges_of_both():
    """Predecessors and successors of both tasks are those of the one that stays."""
    block = chain()
    block.add("other read", READ_DATA)
    block.add("multiply", MULTIPLY, "other read")
    block.add("last", ADD, "multiply", "add")
    block.numbering += ["other read", "multiply", "last"]
    block.merge("multiply", into="add")
    built = block.build("read", "other read")
    assert ("read", "other read", "add", "last") == built.names
    assert [[0, 2], [1, 2], [2, 3]] == sorted(built.edges.tolist())


def test_mistakes_in_a_block_are_refused():
    """A task is added once and has a number."""
    block = chain()
    with pytest.raises(ValueError, match="'add' is added twice"):
        block.add("add", ADD)
    block.add("forgotten", ADD)
    with pytest.raises(ValueError, match=r"without a number: \['forgotten'\]"):
        block.build()
