"""From the equations of a cell to tasks: what becomes a task, on which servers, at what cost.

Who lowers a network either makes the tasks (`workloads.tiles.layers`) or only follows their times
(`workloads.tiles.times`); the rules that both share are here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from hwmodels.cells import CELLS
from hwmodels.cells.equations import INPUT, Activate, ElementWise, Operation, Product
from hwmodels.costs.operation import Cost
from hwmodels.costs.servers import CONST, DATA, DSP, SHARED, Tiling
from hwmodels.device import Device
from hwmodels.recurrent import DenseLayer, RecurrentLayer

Writer = TypeVar("Writer")
"""What stands for the task that writes an element of a vector."""

Writers = Sequence[Writer | None]
"""The writer of each element of a vector; None for what is there from the beginning."""

State = dict[str, Writers[Writer]]
"""The writers of each vector of a state."""


class Lowering(Protocol[Writer]):
    """Takes layers step by step, in the order in which `workloads.tiles.stages` names them."""

    def recurrent(
        self, prefix: str, layer: RecurrentLayer, below: Writers[Writer], state: State[Writer]
    ) -> tuple[Writers[Writer], State[Writer]]:
        """Take one step of one direction of a layer.

        Returns
        -------
        Writers
            Of its output as a layer above reads it, before it is quantized for its own next step.
        State
            What the next step reads.
        """

    def dense(self, prefix: str, layer: DenseLayer, below: Writers[Writer]) -> Writers[Writer]:
        """Take a dense layer; return the writers of its output."""


class Kind(NamedTuple):
    """What a task does.

    Attributes
    ----------
    name : {"product", "multiply", "activate", "quantize"}
        The operation.
    rows : int
        Of its tile.
    number : int
        Columns of the tile, or products of each element.
    servers : tuple of str
        Types of servers of which it holds one each.
    """

    name: str
    rows: int
    number: int
    servers: tuple[str, ...]

    def cost(self, tiling: Tiling, device: Device) -> Cost:
        """Return what it takes."""
        match self.name:
            case "product":
                return tiling.product(self.rows, self.number, device)
            case "multiply":
                return tiling.element_wise(self.rows, self.number, device)
            case "activate":
                return tiling.activation(self.rows, device)
        return tiling.quantization(self.rows, device)


def product(rows: int, columns: int, memory: str) -> Kind:
    """Return a tile of a matrix, whose vector stands in a memory."""
    return Kind("product", rows, columns, (DSP, CONST, memory))


def activate(rows: int) -> Kind:
    """Return the activation of a tile's sums."""
    return Kind("activate", rows, 1, (DATA,))


def quantize(rows: int) -> Kind:
    """Return the quantization of a tile of the state."""
    return Kind("quantize", rows, 1, (SHARED,))


def memory_of(operation: Product, layer: RecurrentLayer) -> str:
    """Return where the vectors stand that are multiplied: states or results of the same step."""
    vectors = {vector for _, vector in operation.terms if vector != INPUT or layer.inputs}
    return SHARED if {INPUT, *CELLS[layer.cell].states} >= vectors else DATA


def element_wise(
    operation: Operation, layer: RecurrentLayer, rows: int
) -> tuple[Kind | None, tuple[str, ...]]:
    """Return the task of an operation on a tile's rows, and the vectors that it reads.

    A linear activation is no task: its result is what it reads.
    """
    if isinstance(operation, ElementWise):
        return Kind("multiply", rows, len(operation.pairs), (DSP, DATA)), operation.reads
    assert isinstance(operation, Activate)
    is_task = layer.activation_of(operation.kind) != "linear"
    return activate(rows) if is_task else None, (operation.of,)
