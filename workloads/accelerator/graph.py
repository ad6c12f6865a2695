"""Networks as task graphs, in a decomposition of the accelerator's own arithmetic.

The second of two decompositions. That of `workloads.published.decomposition` has the topology of
the published task graphs, which reset after the recurrent product and compute exponentials: it
gives the published makespans, and cannot compute what the published accelerator computes. This one
can: it resets where the network does, has quantization points and their activations, and says of
every task what it computes, so that any schedule of it can be replayed in numbers. Its makespans
are its own. See ``docs/background/replay.md``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.network import SEQ2SEQLITE, Network
from stomp_flim.errors import InputError, near_names
from stomp_flim.model.graph import TaskGraph
from workloads.accelerator.cell import dense_row, gru_cell, quantize_below, read_features
from workloads.accelerator.dataflow import Dataflow
from workloads.accelerator.interpreter import AcceleratorInterpreter
from workloads.accelerator.memory import state_name
from workloads.accelerator.postprocessing import LifetimeValues, lifetimes, trapezoid
from workloads.accelerator.sum import Accumulation, Scalars
from workloads.facts import Facts, says
from workloads.published.decomposition import STAGES


@says(Facts(lambda **_: SEQ2SEQLITE, STAGES, ("published",)))
def seq2seqlite_accelerator(
    stage: str = "pipeline", steps: int = 1, *, accumulation: Accumulation = "serial"
) -> TaskGraph:
    """Seq2SeqLite in its own integer arithmetic, replayable (a "DSP" is a vector unit of 32 lanes).

    Parameters
    ----------
    stage : {"pipeline", "encoder", "decoder", "postprocess"}
        The whole inference of one pixel or one of its parts.
    steps : int
        Time steps of the encoder and of the decoder.
    accumulation : {"serial", "tree"}
        How the products of a matrix are added up.

    Raises
    ------
    InputError
        If the stage or the accumulation is unknown, or there is no step.
    """
    return accelerator_graph(SEQ2SEQLITE, stage, steps, accumulation=accumulation)


def accelerator_graph(
    network: Network,
    stage: str = "pipeline",
    steps: int | None = None,
    *,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
    accumulation: Accumulation = "serial",
) -> TaskGraph:
    """Return the inference of one pixel as a task graph that can be replayed.

    Parameters
    ----------
    network : Network
        What is decomposed.
    stage : {"pipeline", "encoder", "decoder", "postprocess"}
        The whole inference or one of its parts.
    steps : int, optional
        Time steps of the encoder and of the decoder, by default those of the network.
    arithmetic : Arithmetic
        The formats in which it computes.
    accumulation : {"serial", "tree"}
        How the products of a matrix are added up.

    Returns
    -------
    TaskGraph
        Tasks with names such as ``"encoder[0].gru1.z.multiply_U[5]"``, each with the operation that
        gives the value of that name, and an `AcceleratorInterpreter`.

    Raises
    ------
    InputError
        If the stage or the accumulation is unknown, there is no step, 64-bit integers cannot carry
        the arithmetic, or post-processing is asked for and there are not three outputs.
    """
    network = network if steps is None else replace(network, steps=steps)
    if stage not in STAGES:
        raise InputError(
            f"{network.name}: unknown stage {stage!r}; {near_names(str(stage), STAGES)}"
        )
    if accumulation not in get_args(Accumulation):
        raise InputError(
            f"{network.name}: accumulation is {accumulation!r}, expected one of "
            f"{get_args(Accumulation)}"
        )
    if stage in ("postprocess", "pipeline") and network.outputs != 3:
        raise InputError(
            f"{network.name}: stage {stage!r} of {network.outputs} outputs, expected 3 for "
            "lifetimes: the decay, its short and its long component"
        )
    return _Decomposition(Specification(network, arithmetic), accumulation).graph(stage)


class _Decomposition:
    """A graph in the making, stage by stage."""

    def __init__(self, specification: Specification, accumulation: Accumulation) -> None:
        self.specification = specification
        self.network = specification.network
        self.accumulation: Accumulation = accumulation
        self.tasks = Dataflow()

    def graph(self, stage: str) -> TaskGraph:
        network = self.network
        final: list[str] = []
        outputs: list[list[str]] = []
        found: LifetimeValues | None = None
        if stage in ("encoder", "pipeline"):
            final = self._encoder()
        if stage in ("decoder", "pipeline"):
            initial = [state_name("decoder", layer) for layer in range(network.layers)]
            outputs = self._decoder(final or initial)
        if stage in ("postprocess", "pipeline"):
            found = self._postprocess(outputs or [[f"y[{step}]"] for step in range(network.steps)])
        interpreter = AcceleratorInterpreter(
            self.specification, stage, tuple(final), tuple(map(tuple, outputs)), found
        )
        steps = f"{network.steps} step{'s' * (network.steps > 1)}"
        return self.tasks.graph(
            f"{network.name} accelerator {stage}, {steps}", interpreter, network.hidden_units
        )

    def _encoder(self) -> list[str]:
        """Add the encoder; return the states of all layers after the last step."""
        network = self.network
        states = [state_name("encoder", layer) for layer in range(network.layers)]
        for step in range(network.steps):
            features = [f"x[{step}][{i}]" for i in range(network.inputs)]
            states = self._layers("encoder", step, states, features)
        return states

    def _decoder(self, states: list[str]) -> list[list[str]]:
        """Add the decoder with the dense layer after each step; return its rows of outputs."""
        units = self.network.hidden_units
        rows = -(-self.network.outputs // units)
        outputs = []
        for step in range(self.network.steps):
            states = self._layers("decoder", step, states, [])
            outputs.append(
                [
                    dense_row(
                        self.tasks.section(f"decoder[{step}].dense{row}."),
                        f"dense{row}",
                        units,
                        states[-1],
                        self.accumulation,
                    )
                    for row in range(1, rows + 1)
                ]
            )
        return outputs

    def _layers(self, stage: str, step: int, states: list[str], features: list[str]) -> list[str]:
        """Add one step of all layers; return their new states."""
        units = self.network.hidden_units
        written: list[str] = []
        for layer, state in enumerate(states, 1):
            cell = self.tasks.section(f"{stage}[{step}].gru{layer}.")
            inputs: Scalars
            if layer == 1:
                inputs = read_features(cell, features)
            else:
                inputs = quantize_below(cell, units, written[-1])
            weights = f"{stage}.gru{layer}"
            new = gru_cell(cell, weights, self.specification, state, inputs, self.accumulation)
            written.append(new)
        return written

    def _postprocess(self, outputs: list[list[str]]) -> LifetimeValues:
        """Add post-processing, serial in the areas."""
        area = "postprocess.area"
        for step in range(1, len(outputs)):
            section = self.tasks.section(f"postprocess[{step}].")
            area = trapezoid(section, outputs[step - 1], outputs[step], area)
        return lifetimes(self.tasks.section("postprocess."), area, outputs[0])
