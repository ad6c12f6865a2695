"""The shape of any recurrent network: layers, stages, steps; no weights and no hardware.

`hwmodels.network.Network`, the GRU encoder-decoder of equal layers, is one of these shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, cast, get_args

from hwmodels.layers import (
    Activation,
    CellName,
    DenseLayer,
    Layer,
    RecurrentLayer,
    require_known,
    require_sizes,
)
from hwmodels.network import Cell, Network
from stomp_flim.errors import InputError, require_names

__all__ = [
    "Activation",
    "CellName",
    "DenseLayer",
    "Layer",
    "RecurrentLayer",
    "RecurrentNetwork",
    "Source",
    "Stage",
]

Source = Literal["input", "nothing", "previous", "output"]


@dataclass(frozen=True)
class Stage:
    """Layers that run step by step, such as an encoder.

    Parameters
    ----------
    name : str
        For example ``"encoder"``.
    steps : int
        How often the layers run.
    layers : tuple of RecurrentLayer or DenseLayer
        Run in each step, one after the other; those above a bidirectional layer wait for its last
        step, since its second direction begins there.
    reads : {"input", "nothing", "previous", "output"}
        What the first layer reads: the input sequence; nothing; in each step the last output of the
        stage before; or the stage's own output of the step before, zeros at first.
    continues : bool
        Whether its recurrent layers start from the final states of the stage before, instead of
        zeros.
    after : tuple of DenseLayer
        Run once, on the output of the last step: sequence to one. Of a bidirectional layer, that is
        the final state of each direction.

    Raises
    ------
    InputError
        If there is no layer, the sizes do not fit together or the first layer reads what the stage
        does not offer.
    """

    name: str
    steps: int
    layers: tuple[Layer, ...]
    reads: Source = "input"
    continues: bool = False
    after: tuple[DenseLayer, ...] = ()

    def __post_init__(self) -> None:
        place = f"stage {self.name!r}"
        require_sizes(place, steps=(self.steps, 1))
        require_known(f"{place}: reads", self.reads, get_args(Source))
        if not self.layers:
            raise InputError(f"{place}: no layers, expected at least one")
        for i, (below, layer) in enumerate(pairwise((*self.layers, *self.after)), start=2):
            if layer.inputs != below.outputs:
                raise InputError(
                    f"{place}, layer {i}: {layer.inputs} inputs, expected {below.outputs}, "
                    f"what the layer below gives out"
                )
        first = self.layers[0]
        if (self.reads == "nothing") != (first.inputs == 0):
            expected = "0" if self.reads == "nothing" else "at least 1"
            raise InputError(
                f"{place}, layer 1: {first.inputs} inputs, expected {expected}, since the stage "
                f"reads {self.reads!r}"
            )
        if self.reads == "output":
            self._require_feedback()

    def _require_feedback(self) -> None:
        offered = self.layers[-1].outputs
        if self.layers[0].inputs != offered:
            raise InputError(
                f"stage {self.name!r}, layer 1: {self.layers[0].inputs} inputs, expected "
                f"{offered}, the outputs that are fed back"
            )
        if any(layer.bidirectional for layer in self.recurrent):
            raise InputError(
                f"stage {self.name!r}: a bidirectional layer whose outputs are fed back, expected "
                "one direction: the other would begin with what is not there yet"
            )

    @property
    def recurrent(self) -> tuple[RecurrentLayer, ...]:
        """Its recurrent layers."""
        return tuple(layer for layer in self.layers if isinstance(layer, RecurrentLayer))

    @property
    def outputs(self) -> int:
        """Elements of its output: of every step, or of the only one where there is an `after`."""
        return (*self.layers, *self.after)[-1].outputs


@dataclass(frozen=True)
class RecurrentNetwork:
    """Stages that run one after the other.

    Parameters
    ----------
    name : str
        Name of the network, as shown in tables and figures.
    stages : tuple of Stage
        Such as an encoder and a decoder, under different names.
    weight_bits : int
        Bits of a weight on an accelerator.

    Raises
    ------
    InputError
        If there is no stage, names repeat, or a stage reads or continues what the one before does
        not offer.

    Examples
    --------
    >>> from hwmodels.network import SEQ2SEQLITE
    >>> from hwmodels.recurrent import RecurrentNetwork
    >>> network = RecurrentNetwork.of(SEQ2SEQLITE)
    >>> [(stage.name, stage.reads, stage.continues) for stage in network.stages]
    [('encoder', 'input', False), ('decoder', 'nothing', True)]
    >>> network.with_steps(10).encoder_decoder().steps
    10
    """

    name: str
    stages: tuple[Stage, ...]
    weight_bits: int = 8

    def __post_init__(self) -> None:
        place = f"network {self.name!r}"
        require_names([self.name, *(stage.name for stage in self.stages)], place, "name")
        require_sizes(place, weight_bits=(self.weight_bits, 1))
        if not self.stages:
            raise InputError(f"{place}: no stages, expected at least one")
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise InputError(f"{place}: stages {', '.join(names)}, expected different names")
        first = self.stages[0]
        if first.continues or first.reads == "previous":
            raise InputError(f"{place}: stage {first.name!r} follows no other, expected one before")
        for before, stage in pairwise(self.stages):
            self._require_joint(before, stage)

    def _require_joint(self, before: Stage, stage: Stage) -> None:
        place = f"network {self.name!r}, stage {stage.name!r}"
        if stage.reads == "previous" and stage.layers[0].inputs != before.outputs:
            raise InputError(
                f"{place}, layer 1: {stage.layers[0].inputs} inputs, expected {before.outputs}, "
                f"the outputs of {before.name!r}"
            )
        if stage.continues and _states(before) != _states(stage):
            raise InputError(
                f"{place}: continues with {_described(stage)}, expected those of {before.name!r}, "
                f"{_described(before)}"
            )

    @classmethod
    def of(cls, network: Network | RecurrentNetwork, weight_bits: int = 8) -> RecurrentNetwork:
        """Return a GRU encoder-decoder as a recurrent network: the same shape, hard activations.

        What is a recurrent network already is returned as it is.
        """
        if isinstance(network, RecurrentNetwork):
            return network
        hidden, above = network.hidden_units, [network.hidden_units] * (network.layers - 1)
        encoder, decoder = (
            tuple(
                RecurrentLayer(network.cell, inputs, hidden, False, "hard-sigmoid", "hard-tanh")
                for inputs in (first, *above)
            )
            for first in (network.inputs, 0)
        )
        dense = DenseLayer(hidden, network.outputs)
        stages = (
            Stage("encoder", network.steps, encoder),
            Stage("decoder", network.steps, (*decoder, dense), "nothing", continues=True),
        )
        return cls(network.name, stages, weight_bits)

    def encoder_decoder(self) -> Network | None:
        """Return the GRU encoder-decoder of the same shape, or None where there is none.

        Kernel, generated Verilog and published decomposition know that shape alone. Activations do
        not count: the accelerator's are hard ones.
        """
        first, last = self.stages[0].layers[0], self.stages[-1].layers[-1]
        if not isinstance(first, RecurrentLayer) or not isinstance(last, DenseLayer):
            return None
        if not first.inputs or first.cell not in get_args(Cell):
            return None
        layers, steps = len(self.stages[0].layers), self.stages[0].steps
        cell = cast(Cell, first.cell)
        network = Network(self.name, layers, first.units, first.inputs, last.units, steps, cell)
        return network if _shape(RecurrentNetwork.of(network)) == _shape(self) else None

    def require_encoder_decoder(self, what: str) -> Network:
        """Return the GRU encoder-decoder of the same shape, or refuse what is none.

        Parameters
        ----------
        what : str
            What knows no other networks, as a message calls it.

        Raises
        ------
        InputError
            If there is none; it names the cells or the form that the network has instead.
        """
        network = self.encoder_decoder()
        if network is not None:
            return network
        layers = [layer for stage in self.stages for layer in stage.recurrent]
        cells = sorted({layer.cell for layer in layers}.difference(get_args(Cell)))
        found = "a network of another form"
        if cells:
            found = f"cell {' and '.join(map(repr, cells))}"
        elif any(layer.bidirectional for layer in layers):
            found = "layers in both directions"
        raise InputError(
            f"network {self.name!r}: {found}, but {what} knows only GRU encoder-decoders: equal "
            "layers in one direction, a decoder that continues them for as many steps and reads "
            "nothing, and one linear dense layer after each of its steps"
        )

    @property
    def units(self) -> tuple[int, ...]:
        """Units of each recurrent layer of each stage, or of dense layers where there is none."""
        layers = [layer for stage in self.stages for layer in (*stage.layers, *stage.after)]
        recurrent = [layer for layer in layers if isinstance(layer, RecurrentLayer)]
        return tuple(layer.units for layer in recurrent or layers)

    def with_steps(self, *steps: int) -> RecurrentNetwork:
        """Return the network with other numbers of steps: one for each stage, or one for all.

        Raises
        ------
        InputError
            If there are more or fewer, or one is not a positive integer.
        """
        counts = steps * len(self.stages) if len(steps) == 1 else steps
        if len(counts) != len(self.stages):
            raise InputError(
                f"network {self.name!r}: {len(steps)} numbers of steps, expected 1 or "
                f"{len(self.stages)}, one for each stage"
            )
        stages = (replace(s, steps=n) for s, n in zip(self.stages, counts, strict=True))
        return replace(self, stages=tuple(stages))


def _states(stage: Stage) -> list[tuple[CellName, int, bool]]:
    return [(layer.cell, layer.units, layer.bidirectional) for layer in stage.recurrent]


def _described(stage: Stage) -> str:
    states = [
        f"{cell} of {units} units{' in both directions' * both}"
        for cell, units, both in _states(stage)
    ]
    return ", ".join(states) or "no state"


def _shape(network: RecurrentNetwork) -> list[tuple[object, ...]]:
    """Return all that counts in the comparison with a GRU encoder-decoder."""

    def of(layer: Layer) -> Layer:
        if isinstance(layer, RecurrentLayer):
            return replace(layer, gate_activation="sigmoid", activation="tanh")
        return layer

    return [
        (stage.steps, stage.reads, stage.continues, stage.after, [of(one) for one in stage.layers])
        for stage in network.stages
    ]
