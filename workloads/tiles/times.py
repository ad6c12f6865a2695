"""Any number of steps without a graph: times, counts and work of tasks that are never made.

All rows of a product read the same vector, so that one chain of tiles stands for those of all rows.
With it, a step costs about as much as it has columns and units, instead of their product, and
hundreds of steps of a network with millions of tasks in each take seconds. Nothing is estimated:
tasks, edges, work and critical path are those of the graph of `workloads.tiles.graph`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from hwmodels.cells import CELLS
from hwmodels.cells.equations import INPUT, OUTPUT, Product
from hwmodels.costs.operation import Cost
from hwmodels.costs.servers import SHARED, Tiling
from hwmodels.device import Device
from hwmodels.recurrent import DenseLayer, RecurrentLayer
from workloads.tiles import lowering
from workloads.tiles.lowering import Kind, State, Writers


class Finish(NamedTuple):
    """A task that writes something: when it ends at the earliest, and which one it is."""

    time: int
    task: int


class Times:
    """What the tasks of layers add up to; a writer is the `Finish` of a task.

    Parameters
    ----------
    tiling : Tiling
        How large a tile is.
    device : Device
        Whose multipliers and memories set the durations.

    Attributes
    ----------
    tasks, edges : int
        How many there are.
    work : Counter
        Cycles for which servers of each type are held.
    critical_path : int
        Cycles of the longest path.
    """

    def __init__(self, tiling: Tiling, device: Device) -> None:
        self.tiling = tiling
        self.device = device
        self.tasks = self.edges = self.critical_path = 0
        self.work: Counter[str] = Counter()
        self._costs: dict[Kind, Cost] = {}

    def recurrent(
        self, prefix: str, layer: RecurrentLayer, below: Writers[Finish], state: State[Finish]
    ) -> tuple[Writers[Finish], State[Finish]]:
        """Follow one step of one direction of a layer; see `Lowering`."""
        del prefix
        cell, rows = CELLS[layer.cell], self.tiling.rows(layer.units)
        values = {INPUT: below, **state}
        for operation in cell.operations:
            if isinstance(operation, Product):
                columns = [w for _, vector in operation.terms for w in values[vector]]
                memory = lowering.memory_of(operation, layer)
                values[operation.result] = self._product(layer.units, columns, memory)
            else:
                kind, reads = lowering.element_wise(operation, layer, rows)
                vectors = [values[name] for name in reads]
                values[operation.result] = self._tiles(kind, vectors) if kind else vectors[0]
        kept = {name: values[result] for name, result in cell.state}
        quantized = self._tiles(lowering.quantize(rows), [kept[OUTPUT]])
        return kept[OUTPUT], kept | {OUTPUT: quantized}

    def dense(self, prefix: str, layer: DenseLayer, below: Writers[Finish]) -> Writers[Finish]:
        """Follow a dense layer; return the writers of its output."""
        del prefix
        writers = self._product(layer.units, below, SHARED)
        if layer.activation == "linear":
            return writers
        return self._tiles(lowering.activate(self.tiling.rows(layer.units)), [writers])

    def _product(self, rows: int, vector: Writers[Finish], memory: str) -> Writers[Finish]:
        """Follow the tiles of a matrix: those of one row, as often as there are rows of tiles."""
        if not vector:
            return [None] * rows
        high, wide = self.tiling.rows(rows), self.tiling.columns(len(vector))
        many, tiles, first = rows // high, len(vector) // wide, self.tasks
        latency = self._count(lowering.product(high, wide, memory), many * tiles).latency
        if wide == 1:
            time, edges = _one_after_the_other(vector, latency)
        else:
            writers = {*vector} - {None}
            time, edges = _latest(writers) + latency, len(writers)
        self.edges += many * edges
        self.critical_path = max(self.critical_path, time)
        return [Finish(time, first + row) for row in range(many) for _ in range(high)]

    def _tiles(self, kind: Kind, vectors: list[Writers[Finish]]) -> Writers[Finish]:
        """Follow a task for each tile of rows, which reads those rows of some vectors."""
        many, first = len(vectors[0]) // kind.rows, self.tasks
        latency = self._count(kind, many).latency
        done: list[Finish] = []
        for each in zip(*(vector[:: kind.rows] for vector in vectors), strict=True):
            writers = {*each} - {None}
            self.edges += len(writers)
            finish = Finish(_latest(writers) + latency, first + len(done) // kind.rows)
            done += [finish] * kind.rows
        self.critical_path = max(self.critical_path, _latest(done[:: kind.rows]))
        return done

    def _count(self, kind: Kind, times: int) -> Cost:
        """Count so many tasks of a kind; return what one of them takes."""
        if kind not in self._costs:
            self._costs[kind] = kind.cost(self.tiling, self.device)
        cost = self._costs[kind]
        self.tasks += times
        for server in kind.servers:
            self.work[server] += times * cost.interval
        return cost


def _latest(writers: Iterable[Finish | None]) -> int:
    return max((writer.time for writer in writers if writer is not None), default=0)


def _one_after_the_other(vector: Writers[Finish], latency: int) -> tuple[int, int]:
    """Return when the last of single columns is added to the sum, and the edges to them all.

    Columns in a row with the same writer wait for it once, and then for each other.
    """
    time, edges = 0, len(vector) - 1
    for writer, run in groupby(vector):
        columns = len([*run])
        if writer is not None:
            time = max(time, writer.time)
            edges += columns
        time += columns * latency
    return time, edges
