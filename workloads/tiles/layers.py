"""Layers as tiles: one step of a layer after the other as the tasks of a graph.

A matrix product is a row of tiles for each tile of rows, summed one after the other; what follows
element by element is one task for each tile of rows. An operation comes in the order of the
equations, but what follows the last product runs tile by tile, since the state leaves in that way.
"""

from __future__ import annotations

from array import array

import numpy as np

from hwmodels.cells import CELLS
from hwmodels.cells.equations import INPUT, OUTPUT, Operation, Product
from hwmodels.costs.servers import SHARED, Tiling
from hwmodels.device import Device
from hwmodels.recurrent import DenseLayer, RecurrentLayer
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task
from workloads.tiles import lowering
from workloads.tiles.lowering import Kind, State, Writers


class Tiles:
    """A graph in the making; a writer is the number of a task.

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
        self._edges = array("q")  # one pair after the other
        self._modes: dict[Kind, list[Mode]] = {}

    def recurrent(
        self, prefix: str, layer: RecurrentLayer, below: Writers[int], state: State[int]
    ) -> tuple[Writers[int], State[int]]:
        """Add one step of one direction of a layer; see `Lowering`."""
        cell, units = CELLS[layer.cell], layer.units
        rows = self.tiling.rows(units)
        values: dict[str, list[int | None]] = {INPUT: [*below], **{n: [*state[n]] for n in state}}
        values |= {operation.result: [None] * units for operation in cell.operations}
        quantized: list[int | None] = [None] * units
        after_products = cell.operations.index(cell.products[-1]) + 1
        for operation in cell.operations[:after_products]:
            if isinstance(operation, Product):
                columns = [w for _, vector in operation.terms for w in values[vector]]
                name, memory = f"{prefix}{operation.result}", lowering.memory_of(operation, layer)
                values[operation.result] = self._product(name, units, columns, memory)
            else:
                for start in range(0, units, rows):
                    self._element_wise(prefix, layer, operation, start, values)
        for start in range(0, units, rows):
            for operation in cell.operations[after_products:]:
                self._element_wise(prefix, layer, operation, start, values)
            writer = values[dict(cell.state)[OUTPUT]][start]
            done = self._add(
                f"{prefix}quantize[{start // rows}]", lowering.quantize(rows), [writer]
            )
            quantized[start : start + rows] = [done] * rows
        kept: State[int] = {name: values[result] for name, result in cell.state}
        return kept[OUTPUT], kept | {OUTPUT: quantized}

    def dense(self, prefix: str, layer: DenseLayer, below: Writers[int]) -> Writers[int]:
        """Add a dense layer; return the writers of its output."""
        writers = self._product(f"{prefix}tile", layer.units, below, SHARED)
        if layer.activation == "linear":
            return writers
        rows = self.tiling.rows(layer.units)
        done = [
            self._add(f"{prefix}activate[{i}]", lowering.activate(rows), [writers[i * rows]])
            for i in range(layer.units // rows)
        ]
        return [writer for writer in done for _ in range(rows)]

    def _product(
        self, prefix: str, rows: int, vector: Writers[int], memory: str
    ) -> list[int | None]:
        """Add the tiles of a matrix; return the last one of each row, None where it is empty."""
        if not vector:
            return [None] * rows
        high, wide = self.tiling.rows(rows), self.tiling.columns(len(vector))
        modes = self._modes_of(lowering.product(high, wide, memory))
        tiles = [vector] if wide > 1 else [[writer] for writer in vector]
        read = [[writer for writer in dict.fromkeys(tile) if writer is not None] for tile in tiles]
        last: list[int | None] = []
        for i in range(rows // high):
            for j, writers in enumerate(read):
                number = len(self.tasks)
                self.tasks.append(Task(f"{prefix}[{i},{j}]", modes))
                if j:
                    self._edges.extend((number - 1, number))
                for writer in writers:
                    self._edges.extend((writer, number))
            last += [number] * high
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
        kind, reads = lowering.element_wise(operation, layer, rows)
        writers = [values[name][start] for name in reads]
        done = writers[0]
        if kind is not None:
            done = self._add(f"{prefix}{operation.result}[{start // rows}]", kind, writers)
        values[operation.result][start : start + rows] = [done] * rows

    def _add(self, name: str, kind: Kind, writers: Writers[int]) -> int:
        """Add a task that waits for all that it reads; return its number."""
        number = len(self.tasks)
        self.tasks.append(Task(name, self._modes_of(kind)))
        for writer in dict.fromkeys(writers):
            if writer is not None:
                self._edges.extend((writer, number))
        return number

    def _modes_of(self, kind: Kind) -> list[Mode]:
        if kind not in self._modes:
            cost = kind.cost(self.tiling, self.device)
            demand = dict.fromkeys(kind.servers, 1)
            self._modes[kind] = [Mode(demand, cost.latency, cost.interval)]
        return self._modes[kind]

    def graph(self, name: str) -> TaskGraph:
        """Return the graph of all tasks so far."""
        edges = np.array(self._edges, np.int64).reshape(-1, 2)
        return TaskGraph.from_tasks(self.tasks, edges, name, lanes=self.tiling.lanes)
