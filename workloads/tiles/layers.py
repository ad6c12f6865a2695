"""Layers as tiles: the equations of a cell lowered to tasks, one step of a layer after the other.

A matrix product is a row of tiles for each tile of rows, summed one after the other; what follows
element by element is one task for each tile of rows. An operation comes in the order of the
equations, but what follows the last product runs tile by tile, since the state leaves in that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hwmodels.cells import CELLS
from hwmodels.cells.equations import INPUT, OUTPUT, Activate, ElementWise, Operation, Product
from hwmodels.costs.operation import Cost
from hwmodels.costs.servers import CONST, DATA, DSP, SHARED, Tiling
from hwmodels.device import Device
from hwmodels.recurrent import DenseLayer, RecurrentLayer
from stomp_flim.model.task import Mode, Task

Writers = Sequence[int | None]
"""The task that writes each element of a vector; None for what is there from the beginning."""

State = dict[str, Writers]
"""The writers of each vector of a state."""


class Tiles:
    """A graph in the making.

    Parameters
    ----------
    tiling : Tiling
        How large a tile is.
    device : Device
        Whose multipliers and memories set the durations.
    """

    def __init__(self, tiling: Tiling, device: Device) -> None:
        self.tiling = tiling
        self.device = device
        self.tasks: list[Task] = []
        self.edges: list[tuple[int, int]] = []
        self._modes: dict[tuple[object, ...], list[Mode]] = {}

    def recurrent(
        self, prefix: str, layer: RecurrentLayer, below: Writers, state: State
    ) -> tuple[Writers, State]:
        """Add one step of one direction of a layer.

        Returns
        -------
        Writers
            Of its output as a layer above reads it, before it is quantized for its own next step.
        State
            What the next step reads.
        """
        cell, units = CELLS[layer.cell], layer.units
        rows = self.tiling.rows(units)
        values: dict[str, list[int | None]] = {INPUT: [*below], **{n: [*state[n]] for n in state}}
        values |= {operation.result: [None] * units for operation in cell.operations}
        quantized: list[int | None] = [None] * units
        after_products = cell.operations.index(cell.products[-1]) + 1
        for operation in cell.operations[:after_products]:
            if isinstance(operation, Product):
                vectors = [vector for _, vector in operation.terms if values[vector]]
                memory = SHARED if {INPUT, *cell.states}.issuperset(vectors) else DATA
                columns = [writer for vector in vectors for writer in values[vector]]
                sums = self.product(f"{prefix}{operation.result}", units, columns, memory)
                values[operation.result] = sums
            else:
                for start in range(0, units, rows):
                    self._element_wise(prefix, layer, operation, start, values)
        for start in range(0, units, rows):
            for operation in cell.operations[after_products:]:
                self._element_wise(prefix, layer, operation, start, values)
            writer = values[dict(cell.state)[OUTPUT]][start]
            name = f"{prefix}quantize[{start // rows}]"
            done = self._add(name, ("quantize", rows), {SHARED: 1}, [writer])
            quantized[start : start + rows] = [done] * rows
        kept: State = {name: values[result] for name, result in cell.state}
        return kept[OUTPUT], kept | {OUTPUT: quantized}

    def dense(self, prefix: str, layer: DenseLayer, below: Writers) -> Writers:
        """Add a dense layer; return the writers of its output."""
        writers = self.product(f"{prefix}tile", layer.units, below, SHARED)
        if layer.activation == "linear":
            return writers
        rows = self.tiling.rows(layer.units)
        done = [
            self._add(f"{prefix}activate[{i}]", ("activate", rows), {DATA: 1}, [writers[i * rows]])
            for i in range(layer.units // rows)
        ]
        return [writer for writer in done for _ in range(rows)]

    def product(self, prefix: str, rows: int, vector: Writers, memory: str) -> list[int | None]:
        """Add the tiles of a matrix; return the last one of each row, None where it is empty."""
        high, wide = self.tiling.rows(rows), max(1, self.tiling.columns(len(vector)))
        last: list[int | None] = []
        for i in range(rows // high):
            done: int | None = None
            for j, start in enumerate(range(0, len(vector), wide)):
                columns = vector[start : start + wide]
                kind = ("product", high, len(columns))
                demand = {DSP: 1, CONST: 1, memory: 1}
                done = self._add(f"{prefix}[{i},{j}]", kind, demand, [done, *columns])
            last += [done] * high
        return last

    def _element_wise(
        self,
        prefix: str,
        layer: RecurrentLayer,
        operation: Operation,
        start: int,
        values: dict[str, list[int | None]],
    ) -> None:
        """Add an operation on a tile's rows, and note that it writes them."""
        rows = self.tiling.rows(layer.units)
        name = f"{prefix}{operation.result}[{start // rows}]"
        done: int | None
        if isinstance(operation, ElementWise):
            kind = ("multiply", rows, len(operation.pairs))
            writers = [values[vector][start] for vector in operation.reads]
            done = self._add(name, kind, {DSP: 1, DATA: 1}, writers)
        else:
            assert isinstance(operation, Activate)
            done = values[operation.of][start]
            if layer.activation_of(operation.kind) != "linear":
                done = self._add(name, ("activate", rows), {DATA: 1}, [done])
        values[operation.result][start : start + rows] = [done] * rows

    def _add(
        self, name: str, kind: tuple[Any, ...], demand: dict[str, int], writers: Writers
    ) -> int:
        """Add a task that waits for all that it reads; return its number."""
        number = len(self.tasks)
        key = (*kind, *demand)
        if key not in self._modes:
            cost = self._cost(*kind)
            self._modes[key] = [Mode(demand, cost.latency, cost.interval)]
        self.tasks.append(Task(name, self._modes[key]))
        self.edges += [(writer, number) for writer in dict.fromkeys(writers) if writer is not None]
        return number

    def _cost(self, kind: str, rows: int, number: int = 0) -> Cost:
        match kind:
            case "product":
                return self.tiling.product(rows, number, self.device)
            case "multiply":
                return self.tiling.element_wise(rows, number, self.device)
            case "activate":
                return self.tiling.activation(rows, self.device)
        return self.tiling.quantization(rows, self.device)
