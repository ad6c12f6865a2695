"""The two networks of the published accelerators, right or with the defects of their task graphs.

A defect is a change to a right block, so that each stands in one place with its name.
"""

from __future__ import annotations

from functools import partial

from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
from stomp_flim.errors import InputError
from stomp_flim.model.graph import TaskGraph
from workloads.facts import Facts, resized, says
from workloads.published.block import BlockBuilder
from workloads.published.decomposition import STAGES, Decomposition
from workloads.published.dense_layer import dense_layer
from workloads.published.operations import READ_CONST, READ_DATA, READ_SHARED
from workloads.published.weighted_sum import SumLayout


@says(Facts(partial(resized, SEQ2SEQ), STAGES, ("published", "derived")))
def seq2seq(
    stage: str = "pipeline",
    steps: int = 1,
    *,
    as_published: bool = False,
    layers: int = 2,
    units: int = 128,
    inputs: int = 1,
    outputs: int = 3,
) -> TaskGraph:
    """Seq2Seq: 2 + 2 GRU layers of 128 units (a "DSP" is a vector unit of 128 lanes).

    Parameters
    ----------
    stage : {"pipeline", "encoder", "decoder", "postprocess"}
        The whole inference of one pixel or one of its parts.
    steps : int
        Time steps of the encoder and of the decoder.
    as_published : bool
        With the defects of the published task graphs; they have no pipeline.
    layers, units, inputs, outputs : int
        Other sizes than those of the published network; units are the lanes of a "DSP".

    Raises
    ------
    InputError
        If the stage is unknown or was not published, there is no step, or a size is no positive
        integer or has no defects as published.
    """
    sizes = {"layers": layers, "units": units, "inputs": inputs, "outputs": outputs}
    network = resized(SEQ2SEQ, as_published=as_published, **sizes)
    decomposition = PublishedSeq2Seq if as_published else Decomposition
    return decomposition(network).graph(stage, steps)


@says(Facts(partial(resized, SEQ2SEQLITE), STAGES, ("published", "derived")))
def seq2seqlite(
    stage: str = "pipeline",
    steps: int = 1,
    *,
    as_published: bool = False,
    layers: int = 1,
    units: int = 32,
    inputs: int = 1,
    outputs: int = 3,
) -> TaskGraph:
    """Seq2SeqLite: 1 + 1 GRU layers of 32 units (a "DSP" is a vector unit of 32 lanes).

    Parameters
    ----------
    stage : {"pipeline", "encoder", "decoder", "postprocess"}
        The whole inference of one pixel or one of its parts.
    steps : int
        Time steps of the encoder and of the decoder.
    as_published : bool
        With the defects of the published task graphs; they have no pipeline.
    layers, units, inputs, outputs : int
        Other sizes than those of the published network; units are the lanes of a "DSP".

    Raises
    ------
    InputError
        If the stage is unknown or was not published, there is no step, or a size is no positive
        integer or has no defects as published.
    """
    sizes = {"layers": layers, "units": units, "inputs": inputs, "outputs": outputs}
    network = resized(SEQ2SEQLITE, as_published=as_published, **sizes)
    decomposition = PublishedSeq2SeqLite if as_published else Decomposition
    return decomposition(network).graph(stage, steps)


class _Published(Decomposition):
    """What the published graphs have in common."""

    def graph(self, stage: str, steps: int) -> TaskGraph:
        """Return the graph of a stage, which was never more than one part of the inference."""
        if stage == "pipeline":
            raise InputError(
                f"{self.network.name}: stage 'pipeline' was not published, the parts were only run "
                "as separate jobs; expected 'encoder', 'decoder' or 'postprocess'"
            )
        return super().graph(stage, steps)

    def encoder_cell(self, layer: int) -> BlockBuilder:
        """Only hidden element 0 waits for the step before."""
        cell = super().encoder_cell(layer)
        cell.ports["state"] = ["read_h[0]"]
        return cell

    def decoder_cell(self, layer: int) -> BlockBuilder:
        """Only hidden element 0 waits for the step before, as in the encoder."""
        cell = super().decoder_cell(layer)
        cell.ports["state"] = ["read_h[0]"]
        return cell


class PublishedSeq2Seq(_Published):
    """Seq2Seq as published."""

    def encoder_cell(self, layer: int) -> BlockBuilder:
        """W x enters the candidate twice; the second layer blends with the state of the first."""
        cell = super().encoder_cell(layer)
        if layer == 0:
            cell.add("c.read_Wx_again", READ_DATA, "c.write_Wx")
            cell.number("c.read_Wx_again", after="c.add_U[0]")
            cell.connect("c.read_Wx_again", "c.add_bh")
        else:
            cell.disconnect("read_h_row", "old.multiply")
            cell.connect("read_x[0]", "old.multiply")
            cell.disconnect("read_h[0]", "c.multiply_U[0]")
            cell.connect("read_h_row", "c.multiply_U[0]")
        return cell

    def decoder_cell(self, layer: int) -> BlockBuilder:
        """Two products are one task where two tasks had one name; some reads are duplicates."""
        cell = super().decoder_cell(layer)
        if layer == 0:
            cell.merge("r.multiply_U[1]", into="r.multiply_U[0]")
            cell.merge("c.multiply_U[1]", into="c.multiply_U[0]")
            cell.add("read_one_again", READ_CONST)
            cell.number("read_one_again", after="c.write_denominator")
            cell.disconnect("read_one", "c.add_one")
            cell.connect("read_one_again", "c.add_one")
        else:
            cell.merge("c.multiply_W[1]", into="c.multiply_W[0]")
            cell.add("read_h[0]_again", READ_SHARED)
            cell.number("read_h[0]_again", after="c.write_Wx")
            cell.disconnect("read_h[0]", "c.multiply_U[0]")
            cell.connect("read_h[0]_again", "c.multiply_U[0]")
            cell.merge("c.multiply_U[0]", into=f"c.multiply_W[{self.network.hidden_units - 1}]")
            cell.add("keep.read_unused", READ_DATA)
            cell.number("keep.read_unused", after="add")
        return cell

    def dense(self) -> BlockBuilder:
        """Each row of weights is read twice, once for nothing."""
        dense = super().dense()
        for k in range(self.network.hidden_units):
            dense.add(f"read_W[{k}]_unused", READ_CONST)
            dense.number(f"read_W[{k}]_unused", after=f"multiply_W[{k}]")
        return dense


class PublishedSeq2SeqLite(_Published):
    """Seq2SeqLite as published."""

    def encoder_cell(self, layer: int) -> BlockBuilder:
        """W x enters the candidate twice."""
        cell = super().encoder_cell(layer)
        cell.connect("c.read_Wx", "c.add_bh")
        return cell

    def dense(self) -> BlockBuilder:
        """Hidden element 0 is left out; the weights come from the memory of the hidden states."""
        pairwise = SumLayout(
            pairwise=True,
            left=0,
            first="scalar weights multiply add",
            rest="scalar weights multiply add",
        )
        return dense_layer(range(1, self.network.hidden_units), pairwise, READ_SHARED)
