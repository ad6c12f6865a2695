"""The dense output layer after one time step as a block of tasks: y = W h + b."""

from __future__ import annotations

from collections.abc import Sequence

from workloads.published.block import BlockBuilder
from workloads.published.operations import ADD, READ_CONST, READ_SHARED, WRITE_DATA, Modes
from workloads.published.weighted_sum import SumLayout, Term, weighted_sum

ELEMENT_BY_ELEMENT = SumLayout(
    pairwise=False,
    left=0,
    first="scalar multiply add weights",
    rest="add scalar multiply weights",
)


def dense_layer(
    elements: Sequence[int],
    layout: SumLayout = ELEMENT_BY_ELEMENT,
    read_weights: Modes = READ_CONST,
) -> BlockBuilder:
    """Return the tasks of a dense layer with up to H outputs, one row of a vector unit.

    Ports: ``state`` are the reads of the hidden state and ``result`` is the write of the outputs.

    Parameters
    ----------
    elements : sequence of int
        The hidden elements that it uses, in this order.
    layout : SumLayout
        Form and numbering of the sum.
    read_weights : modes
        How a row of weights is read.
    """
    block = BlockBuilder()
    terms = [Term(f"W[{k}]", f"read_h[{k}]") for k in elements]
    block.ports["state"] = [block.add(scalar, READ_SHARED) for _, scalar in terms]
    operands = weighted_sum(block, "", terms, layout, read_weights)
    block.add("add_b", ADD, *operands, block.add("read_b", READ_CONST))
    block.ports["result"] = [block.add("write_y", WRITE_DATA, "add_b")]
    block.numbering += ["add_b", "read_b", "write_y"]
    return block
