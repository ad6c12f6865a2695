"""Networks as task graphs of priced tiles, for any granularity.

The third of the decompositions, that of the workload ``seq2seqlite-derived``. Those of
`workloads.published.decomposition` and `workloads.accelerator.graph` have the durations of the
published task graphs; here they are derived from a device. A task is a tile of a matrix, streamed
through a server with its weights and its vector, or what happens to a tile's rows afterwards;
`hwmodels.costs.servers` says what a server is.
One step of a GRU layer that resets before the product, rows i and columns j of its tiles::

    z.tile[i,j], r.tile[i,j]   sums of W x + U q, one after the other along j
    z.activate[i], r.activate[i]
    r.reset[i]                 r * q
    c.tile[i,j]                sums of W x + U (r * q)
    c.activate[i]
    blend[i]                   z * q + (1 - z) * c
    quantize[i]                the state as the next step reads it

Those of the other cells follow from their equations in the same way, see `hwmodels.cells`.
"""

from __future__ import annotations

from hwmodels.costs.servers import Granularity, Tiling
from hwmodels.device import Device
from hwmodels.devices import xc7k410t
from hwmodels.network import SEQ2SEQLITE, Network
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from workloads.facts import Facts, says
from workloads.tiles.layers import Tiles
from workloads.tiles.stages import add_stages

STAGES = ("encoder", "decoder", "pipeline")
"""Of the registered workload."""


@says(Facts(lambda **_: SEQ2SEQLITE, STAGES, ("derived",)))
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
    network: Network | RecurrentNetwork,
    device: Device,
    granularity: Granularity = "row",
    stage: str = "pipeline",
    steps: int | None = 1,
    weight_bits: int | None = None,
) -> TaskGraph:
    """Return the inference of one pixel as tiles, with the durations that they have on a device.

    Run it on ``hwmodels.costs.servers.platform(device, network, granularity)``.

    Parameters
    ----------
    network : Network or RecurrentNetwork
        What is decomposed.
    device : Device
        Whose multipliers and memories set the durations.
    granularity : {"scalar", "row", "gate"}
        Size of a tile.
    stage : str
        ``"pipeline"`` for all stages, or one by its name, such as ``"encoder"``; post-processing
        is no matter of an FPGA here.
    steps : int, optional
        Time steps of each stage; None for those of the network.
    weight_bits : int, optional
        Bits of a weight, by default those of the network, which are 8 for a `Network`.

    Raises
    ------
    InputError
        If the stage or the granularity is unknown, or there is no step.

    Examples
    --------
    >>> from hwmodels import devices
    >>> from hwmodels.recurrent import DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
    >>> from workloads.tiles.graph import decompose_tiles
    >>> layers = (RecurrentLayer("lstm", inputs=1, units=16, bidirectional=True),)
    >>> stage = Stage("encoder", 5, layers, after=(DenseLayer(32, 2),))
    >>> network = RecurrentNetwork("classifier", (stage,))
    >>> len(decompose_tiles(network, devices.xc7k410t, "gate", steps=None))
    121
    """
    general = staged(network, stage, steps)
    tiles = Tiles(Tiling(network, granularity, weight_bits or general.weight_bits), device)
    add_stages(tiles, general, chosen(general, stage))
    name = title(general, granularity, stage)
    return tiles.graph(name)


def staged(network: Network | RecurrentNetwork, stage: str, steps: int | None) -> RecurrentNetwork:
    """Return a network with other numbers of steps, if it has the stage.

    Raises
    ------
    InputError
        If it has not, or there is no step.
    """
    general = RecurrentNetwork.of(network)
    known = [each.name for each in general.stages]
    if stage not in ("pipeline", *known):
        raise InputError(
            f"{network.name}: unknown stage {stage!r}; {near_names(stage, [*known, 'pipeline'])}"
        )
    if steps is not None and steps < 1:
        raise InputError(f"{network.name}: steps is {steps!r}, expected an integer >= 1")
    return general if steps is None else general.with_steps(steps)


def chosen(network: RecurrentNetwork, stage: str) -> tuple[str, ...]:
    """Return the names of the stages that one name stands for."""
    return tuple(each.name for each in network.stages if stage in ("pipeline", each.name))


def title(network: RecurrentNetwork, granularity: Granularity, stage: str) -> str:
    """Return the name of a graph."""
    names = chosen(network, stage)
    steps = dict.fromkeys(each.steps for each in network.stages if each.name in names)
    counts = "+".join(map(str, steps))
    return f"{network.name} {stage} in {granularity} tiles, {counts} step{'s' * (counts != '1')}"
