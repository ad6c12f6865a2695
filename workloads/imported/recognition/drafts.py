"""Layers and stages in the making, as a model's operators are met."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hwmodels.recurrent import (
    Activation,
    CellName,
    DenseLayer,
    Layer,
    RecurrentLayer,
    Source,
    Stage,
)
from workloads.imported.graph import Array
from workloads.imported.operators.activations import FAMILIES
from workloads.imported.recognition.sources import Source as Tensor
from workloads.imported.recurrent.parameters import Curve, Recurrent, curve

ACTIVATIONS: dict[str, Activation] = {
    "HardSigmoid": "hard-sigmoid",
    "HardTanh": "hard-tanh",
    "Relu": "relu",
    "ScaledTanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}
NEAREST: dict[str, Activation] = {
    "Affine": "linear",
    "Elu": "softplus",
    "LeakyRelu": "relu",
    "ThresholdedRelu": "relu",
}
"""What stands for activations that a network's shape does not know; only the name is lost."""

EXACT = {curve(name) for name in ACTIVATIONS if name in FAMILIES and name != "HardSigmoid"}
EXACT |= {Curve("HardSigmoid", 0.5, 0.5), curve("Affine")}
"""Activations that a network's shape says exactly."""


def activation_of(curve: Curve) -> Activation:
    """Return the activation of a network's shape that a curve is, or is nearest to."""
    return ACTIVATIONS.get(curve.name) or NEAREST[curve.name]


@dataclass(eq=False)
class RecurrentDraft:
    """A recurrent layer with its weights.

    Attributes
    ----------
    node : str
        The operator that it comes from.
    recurrent : Recurrent
    reads : bool
        Whether it reads anything but its own state.
    constant : float64[inputs] or None
        What it reads in every step, where that depends on no input.
    """

    node: str
    recurrent: Recurrent
    reads: bool = True
    constant: Array | None = None

    @property
    def layer(self) -> RecurrentLayer:
        """Its shape."""
        r = self.recurrent
        cell: CellName = "rnn" if r.kind == "RNN" else "lstm" if r.kind == "LSTM" else "gru"
        if r.reset_after and r.kind == "GRU":
            cell = "gru-reset-after"
        curves = r.curves[0]
        return RecurrentLayer(
            cell,
            r.inputs if self.reads else 0,
            r.units,
            len(r.directions) == 2,
            activation_of(curves[0]) if r.kind != "RNN" else "sigmoid",
            activation_of(curves[-1] if r.kind == "RNN" else curves[1]),
        )


@dataclass(eq=False)
class DenseDraft:
    """A dense layer with its weights.

    Attributes
    ----------
    node : str
    kernel : float64[inputs, units]
    bias : float64[units] or None
        None as long as none was met.
    activation : Activation or None
        None as long as none was met, which is linear.
    """

    node: str
    kernel: Array
    bias: Array | None = None
    activation: Activation | None = None

    @property
    def layer(self) -> DenseLayer:
        """Its shape."""
        inputs, units = self.kernel.shape
        return DenseLayer(inputs, units, self.activation or "linear")


Draft = RecurrentDraft | DenseDraft


@dataclass(eq=False)
class StageDraft:
    """A stage in the making.

    Attributes
    ----------
    steps : int
    reads : {"input", "nothing", "previous", "output"}
    continues : bool
    layers, after : list of drafts
        As of a `Stage`.
    finals : list of Tensor
        For each recurrent layer, what its last states are elements of.
    tip : Tensor or None
        What the last layer gives out.
    """

    steps: int
    reads: Source
    continues: bool
    layers: list[Draft] = field(default_factory=list)
    after: list[DenseDraft] = field(default_factory=list)
    finals: list[Tensor] = field(default_factory=list)
    tip: Tensor | None = None

    def stage(self, name: str) -> Stage:
        """Return the stage."""
        layers: tuple[Layer, ...] = tuple(draft.layer for draft in self.layers)
        after = tuple(draft.layer for draft in self.after)
        return Stage(name, self.steps, layers, self.reads, self.continues, after)


def zeros(value: Array | None) -> bool:
    """Return whether nothing but zeros stands there, or nothing at all."""
    return value is None or not np.asarray(value).any()
