"""Networks as task graphs, in the decomposition of the published accelerators.

Written from a description of the network, for any number of layers, hidden units, inputs, outputs
and time steps. A "DSP" server of these graphs is a vector unit of H lanes, H being the hidden
units; see `workloads.published.operations`. How the graphs differ from the published ones is told
in ``docs/background/decomposition.md``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hwmodels.network import Network
from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from workloads.published.block import NOTHING, Assembly, Block, BlockBuilder, TaskNumbers
from workloads.published.dense_layer import dense_layer
from workloads.published.gru_cell import gru_cell
from workloads.published.layouts import Layout, layout_of
from workloads.published.postprocessing import division_by_amplitude, trapezoid_step

STAGES = ("encoder", "decoder", "postprocess", "pipeline")


def published_shape(network: RecurrentNetwork) -> Network | None:
    """Return a network that has the published decomposition, and None of any other.

    Such are encoder-decoders of equal layers of the GRU with the reset before the product.

    Examples
    --------
    >>> from hwmodels.network import SEQ2SEQ
    >>> from hwmodels.recurrent import RecurrentNetwork
    >>> from workloads.published.decomposition import published_shape
    >>> published_shape(RecurrentNetwork.of(SEQ2SEQ)) == SEQ2SEQ
    True
    """
    shape = network.encoder_decoder()
    return shape if shape is not None and shape.cell == "gru" else None


def decompose(
    network: Network,
    stage: str = "pipeline",
    steps: int | None = None,
    layout: Layout | None = None,
) -> TaskGraph:
    """Return the inference of one pixel as a task graph.

    Parameters
    ----------
    network : Network
        What is decomposed.
    stage : {"pipeline", "encoder", "decoder", "postprocess"}
        The whole inference or one of its parts.
    steps : int, optional
        Time steps of the encoder and of the decoder, by default those of the network.
    layout : Layout, optional
        Form and numbering of the cells, by default that published for as many layers.

    Returns
    -------
    TaskGraph
        Tasks with names such as ``"encoder[0].gru1.z.multiply_U[5]"``: stage and time step, layer,
        update gate z, reset gate r or candidate c, operation, row of weights. Their server types
        are ``DSP`` (a vector unit of H lanes), ``Shared mem``, ``Const mem`` and ``data mem``.

    Raises
    ------
    InputError
        If the stage is unknown or there is no step.

    Examples
    --------
    >>> from hwmodels.network import Network
    >>> from workloads.published.decomposition import decompose
    >>> graph = decompose(Network("small", layers=1, hidden_units=16), stage="encoder", steps=2)
    >>> len(graph), graph.critical_path
    (478, 350)
    """
    return Decomposition(network, layout).graph(stage, network.steps if steps is None else steps)


class Decomposition:
    """The blocks that a network is cut into, and how they are joined.

    Another decomposition overrides `encoder_cell`, `decoder_cell` or `dense`: blocks with the same
    ports are joined in the same way.

    Parameters
    ----------
    network : Network
        What is decomposed.
    layout : Layout, optional
        Form and numbering of the cells, by default that published for as many layers.

    Raises
    ------
    InputError
        If the network has another cell than ``"gru"``.

    Examples
    --------
    >>> from hwmodels.network import Network
    >>> from workloads.published.decomposition import Decomposition
    >>> network = Network("small", layers=1, hidden_units=16)
    >>> len(Decomposition(network).graph("decoder", steps=1))
    303
    """

    def __init__(self, network: Network, layout: Layout | None = None) -> None:
        network.require_reset_before("the published decomposition")
        self.network = network
        self.layout = layout or layout_of(network)

    def encoder_cell(self, layer: int) -> BlockBuilder:
        """Return one step of an encoder layer, layers counted from 0."""
        hidden_units, layout = self.network.hidden_units, self.layout
        if layer == 0:
            return gru_cell(hidden_units, layout.encoder, self.network.inputs)
        return gru_cell(hidden_units, layout.encoder_stacked)

    def decoder_cell(self, layer: int) -> BlockBuilder:
        """Return one step of a decoder layer, layers counted from 0; the first has no input."""
        layout = self.layout.decoder if layer == 0 else self.layout.decoder_stacked
        return gru_cell(self.network.hidden_units, layout)

    def dense(self) -> BlockBuilder:
        """Return the dense layer after one step, for as many outputs as a row has values."""
        return dense_layer(range(self.network.hidden_units))

    def graph(self, stage: str, steps: int) -> TaskGraph:
        """Return the graph of a stage.

        Raises
        ------
        InputError
            If the stage is unknown or `steps` is not an integer >= 1.
        """
        name = self.network.name
        if stage not in STAGES:
            raise InputError(f"{name}: unknown stage {stage!r}; {near_names(str(stage), STAGES)}")
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise InputError(f"{name}: steps is {steps!r}, expected an integer >= 1")
        graph = Assembly()
        state, results = [NOTHING] * self.network.layers, [NOTHING] * steps
        if stage in ("encoder", "pipeline"):
            state = self._encoder(graph, state, steps)
        if stage in ("decoder", "pipeline"):
            results = self._decoder(graph, state, steps)
        if stage in ("postprocess", "pipeline"):
            self._postprocess(graph, results)
        title = f"{name} {stage}, {steps} step{'s' * (steps > 1)}"
        return graph.graph(title, self.network.hidden_units)

    def _encoder(self, graph: Assembly, state: list[TaskNumbers], steps: int) -> list[TaskNumbers]:
        """Place the encoder; a state is the write of each layer's hidden elements."""
        cells = [self.encoder_cell(layer) for layer in range(self.network.layers)]
        for step, blocks in _in_each_step(cells, steps):
            state = _layers(graph, f"encoder[{step}]", blocks, state)
        return state

    def _decoder(self, graph: Assembly, state: list[TaskNumbers], steps: int) -> list[TaskNumbers]:
        """Place the decoder with a dense layer after each step; return the writes of the outputs.

        More outputs than a row has values take more rows, each with a dense layer of its own.
        """
        cells = [self.decoder_cell(layer) for layer in range(self.network.layers)]
        dense = self.dense().build()
        rows = -(-self.network.outputs // self.network.hidden_units)
        results = []
        for step, blocks in _in_each_step(cells, steps):
            state = _layers(graph, f"decoder[{step}]", blocks, state)
            result = []
            for row in range(rows):
                ports = graph.place(dense, f"decoder[{step}].dense{row + 1}.")
                graph.connect(state[-1], ports["state"])
                result.append(ports["result"])
            results.append(np.concatenate(result))
        return results

    def _postprocess(self, graph: Assembly, results: list[TaskNumbers]) -> None:
        """Place the post-processing of one or more outputs, serial in the running areas.

        The first output is the whole decay and the others are its components, each of which has a
        lifetime; a single output is its own component.
        """
        components = max(1, self.network.outputs - 1)
        block = trapezoid_step(components).build()
        areas, previous = NOTHING, NOTHING
        for step, result in enumerate(results):
            ports = graph.place(block, f"postprocess[{step}].")
            graph.connect(result, ports["result"])
            graph.connect(previous, ports["previous"])
            if step:
                graph.connect_each(areas, ports["areas"])
            areas, previous = ports["written"], result
        ports = graph.place(division_by_amplitude(components).build(), "postprocess.")
        graph.connect_each(areas, ports["areas"])
        graph.connect(results[0], ports["amplitudes"])


def _in_each_step(cells: list[BlockBuilder], steps: int) -> Iterator[tuple[int, list[Block]]]:
    """Yield each step with its blocks.

    After the first step the read of hidden element 0 has the first number of its cell, as in the
    published encoders of several steps.
    """
    yield 0, [cell.build() for cell in cells]
    later = [cell.build("read_h[0]") for cell in cells]
    for step in range(1, steps):
        yield step, later


def _layers(
    graph: Assembly, prefix: str, blocks: list[Block], state: list[TaskNumbers]
) -> list[TaskNumbers]:
    """Place one step of stacked layers; return the new state."""
    written: list[TaskNumbers] = []
    one = NOTHING
    for layer, (block, previous) in enumerate(zip(blocks, state, strict=True)):
        ports = graph.place(block, f"{prefix}.gru{layer + 1}.")
        graph.connect(previous, ports["state"])
        if layer:
            graph.connect(written[-1], ports["below"])
        one = ports.get("one", one)
        graph.connect(one, ports.get("takes_one", NOTHING))
        written.append(ports["written"])
    return written
