"""Networks as task graphs of priced tiles, for any granularity.

The third of the decompositions, that of the workload ``seq2seqlite-derived``. Those of
`workloads.published.decomposition` and `workloads.accelerator.graph` have the durations of the
published task graphs; here they are derived from a device. A task is a tile of a matrix, streamed
through a server with its weights and its vector, or what happens to a tile's rows afterwards;
`hwmodels.costs.servers` says what a server is.
One step of a layer, rows i and columns j of its tiles::

    z.tile[i,j], r.tile[i,j]   sums of W x + U q, one after the other along j
    z.activate[i], r.activate[i]
    r.reset[i]                 r * q
    c.tile[i,j]                sums of W x + U (r * q)
    c.activate[i]
    blend[i]                   z * q + (1 - z) * c
    quantize[i]                the state as the next step reads it
"""

from __future__ import annotations

from collections.abc import Sequence

from hwmodels.costs.operation import Cost
from hwmodels.costs.servers import CONST, DATA, DSP, SHARED, Granularity, Tiling
from hwmodels.device import Device
from hwmodels.devices import xc7k410t
from hwmodels.network import SEQ2SEQLITE, Network
from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task

STAGES = ("encoder", "decoder", "pipeline")

Writers = Sequence[int | None]
"""The task that writes each element of a vector; None for what is there from the beginning."""


def seq2seqlite_derived(
    stage: str = "pipeline", steps: int = 1, *, granularity: Granularity = "row"
) -> TaskGraph:
    """Seq2SeqLite in tiles, timed by models of the hardware (a "DSP" is so many lanes as rows).

    The durations come from `hwmodels.costs` and are the same on every FPGA; what differs is how
    many servers it has. Registered FPGAs have those for rows; those for other tiles are
    ``hwmodels.costs.servers.platform(device, SEQ2SEQLITE, granularity)``.

    Parameters
    ----------
    stage : {"pipeline", "encoder", "decoder"}
        Both parts of the inference of one pixel or one of them.
    steps : int
        Time steps of the encoder and of the decoder.
    granularity : {"row", "scalar", "gate"}
        Size of a tile.

    Raises
    ------
    InputError
        If the stage or the granularity is unknown, or there is no step.

    Examples
    --------
    >>> from workloads.tiles.graph import seq2seqlite_derived
    >>> graph = seq2seqlite_derived("encoder")
    >>> len(graph), graph.critical_path
    (105, 144)
    """
    return decompose_tiles(SEQ2SEQLITE, xc7k410t, granularity, stage, steps)


def decompose_tiles(
    network: Network,
    device: Device,
    granularity: Granularity = "row",
    stage: str = "pipeline",
    steps: int = 1,
    weight_bits: int = 8,
) -> TaskGraph:
    """Return the inference of one pixel as tiles, with the durations that they have on a device.

    Run it on ``hwmodels.costs.servers.platform(device, network, granularity)``.

    Parameters
    ----------
    network : Network
        What is decomposed.
    device : Device
        Whose multipliers and memories set the durations.
    granularity : {"scalar", "row", "gate"}
        Size of a tile.
    stage : {"pipeline", "encoder", "decoder"}
        Both parts or one of them; post-processing is no matter of an FPGA here.
    steps : int
        Time steps of the encoder and of the decoder.
    weight_bits : int
        Bits of a weight.

    Raises
    ------
    InputError
        If the stage or the granularity is unknown, or there is no step.
    """
    if stage not in STAGES:
        raise InputError(f"{network.name}: unknown stage {stage!r}; {near_names(stage, STAGES)}")
    if steps < 1:
        raise InputError(f"{network.name}: steps is {steps!r}, expected an integer >= 1")
    graph = _Tiles(Tiling(network, granularity, weight_bits), device)
    hidden = network.hidden_units
    states: list[Writers] = [[None] * hidden for _ in range(network.layers)]
    for part in STAGES[:2] if stage == "pipeline" else (stage,):
        for step in range(steps):
            below: Writers = [None] * network.inputs if part == "encoder" else []
            for layer, state in enumerate(states):
                prefix = f"{part}[{step}].gru{layer + 1}."
                states[layer], wide = graph.layer(prefix, below, state)
                below = wide
            if part == "decoder":
                graph.dense(f"{part}[{step}].dense.", below)
    name = f"{network.name} {stage} in {granularity} tiles, {steps} step{'s' * (steps > 1)}"
    return TaskGraph.from_tasks(graph.tasks, graph.edges, name)


class _Tiles:
    """A graph in the making."""

    def __init__(self, tiling: Tiling, device: Device) -> None:
        self.tiling = tiling
        self.device = device
        self.tasks: list[Task] = []
        self.edges: list[tuple[int, int]] = []

    def layer(
        self, prefix: str, below: Writers, state: Writers
    ) -> tuple[list[int | None], list[int | None]]:
        """Add one step of a layer; return the writers of its quantized and of its wide state."""
        hidden, tiling, device = self.tiling.network.hidden_units, self.tiling, self.device
        activation, blend = tiling.activation(device), tiling.element_wise(2, device)
        starts = range(0, hidden, tiling.rows)
        gates = {}
        for gate in "zr":
            sums = self.product(f"{prefix}{gate}.", hidden, [*below, *state], SHARED)
            gates[gate] = [
                self.add(f"{prefix}{gate}.activate[{i}]", activation, {DATA: 1}, [done])
                for i, done in enumerate(sums)
            ]
        reset = [
            self.add(
                f"{prefix}r.reset[{i}]",
                tiling.element_wise(1, device),
                {DSP: 1, DATA: 1},
                [gates["r"][i], state[start]],
            )
            for i, start in enumerate(starts)
        ]
        sums = self.product(f"{prefix}c.", hidden, [*below, *self._of_elements(reset)], DATA)
        wide, quantized = [], []
        for i, (done, start) in enumerate(zip(sums, starts, strict=True)):
            candidate = self.add(f"{prefix}c.activate[{i}]", activation, {DATA: 1}, [done])
            writers = [gates["z"][i], candidate, state[start]]
            wide.append(self.add(f"{prefix}blend[{i}]", blend, {DSP: 1, DATA: 1}, writers))
            quantize = tiling.quantization(device)
            quantized.append(self.add(f"{prefix}quantize[{i}]", quantize, {SHARED: 1}, [wide[i]]))
        return self._of_elements(quantized), self._of_elements(wide)

    def dense(self, prefix: str, state: Writers) -> None:
        """Add the dense layer after one step of the decoder."""
        self.product(prefix, self.tiling.network.outputs, state, SHARED)

    def product(self, prefix: str, rows: int, vector: Writers, memory: str) -> list[int]:
        """Add the tiles of a matrix of `rows` rows; return the last tile of each row of tiles."""
        high = 1 if self.tiling.granularity == "scalar" else rows
        wide = self.tiling.columns(len(vector))
        last = []
        for i in range(rows // high):
            done: int | None = None
            for j, start in enumerate(range(0, len(vector), wide)):
                columns = vector[start : start + wide]
                tile = self.tiling.product(high, len(columns), self.device)
                demand = {DSP: 1, CONST: 1, memory: 1}
                done = self.add(f"{prefix}tile[{i},{j}]", tile, demand, [done, *columns])
            assert done is not None
            last.append(done)
        return last

    def add(self, name: str, cost: Cost, demand: dict[str, int], writers: Writers) -> int:
        """Add a task that waits for all that it reads; return its number."""
        number = len(self.tasks)
        self.tasks.append(Task(name, [Mode(demand, cost.latency, cost.interval)]))
        self.edges += [(writer, number) for writer in dict.fromkeys(writers) if writer is not None]
        return number

    def _of_elements(self, of_tiles: Sequence[int]) -> list[int | None]:
        """Return the writer of each element, given that of each tile's rows."""
        return [writer for writer in of_tiles for _ in range(self.tiling.rows)]
