"""Layers of recurrent networks: their cells, sizes and activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError, near_names

CellName = Literal["gru", "gru-reset-after", "lstm", "rnn"]
"""``"gru"`` resets the state before its product, ``U (r * h)``, ``"gru-reset-after"`` after it."""

Activation = Literal[
    "linear",
    "relu",
    "sigmoid",
    "tanh",
    "hard-sigmoid",
    "hard-tanh",
    "softmax",
    "softplus",
    "softsign",
]


@dataclass(frozen=True)
class RecurrentLayer:
    """A recurrent layer, in one direction or in both.

    Parameters
    ----------
    cell : {"gru", "gru-reset-after", "lstm", "rnn"}
        Its equations, see `hwmodels.cells`.
    inputs : int
        Features of its input in a step; 0 where it reads nothing but its own state.
    units : int
        Elements of its state.
    bidirectional : bool
        Whether a second set of units reads the sequence from its end.
    gate_activation, activation : str
        Of the gates, and of the candidate and of what an LSTM gives out; an RNN has the latter
        only.

    Raises
    ------
    InputError
        If the cell or an activation is unknown, or a size is out of its range.

    Examples
    --------
    >>> from hwmodels.recurrent import RecurrentLayer
    >>> RecurrentLayer("lstm", inputs=1, units=16, bidirectional=True).outputs
    32
    """

    cell: CellName
    inputs: int
    units: int
    bidirectional: bool = False
    gate_activation: Activation = "sigmoid"
    activation: Activation = "tanh"

    def __post_init__(self) -> None:
        require_known("cell", self.cell, get_args(CellName))
        require_sizes(self.cell, inputs=(self.inputs, 0), units=(self.units, 1))
        for name in (self.gate_activation, self.activation):
            require_known(f"{self.cell}: activation", name, get_args(Activation))

    @property
    def outputs(self) -> int:
        """Features of its output in a step: those of both directions, side by side."""
        return self.units * self.directions

    def activation_of(self, kind: Literal["gate", "candidate"]) -> Activation:
        """Return the activation of the gates, or that of candidate and output."""
        return self.gate_activation if kind == "gate" else self.activation

    @property
    def directions(self) -> int:
        """1, or 2 where it is bidirectional."""
        return 2 if self.bidirectional else 1


@dataclass(frozen=True)
class DenseLayer:
    """A dense layer: a matrix, a bias and an activation.

    Parameters
    ----------
    inputs, units : int
        Elements that it reads and gives out.
    activation : str
        Of its sums.

    Raises
    ------
    InputError
        If the activation is unknown or a size is not a positive integer.
    """

    inputs: int
    units: int
    activation: Activation = "linear"

    def __post_init__(self) -> None:
        require_sizes("dense", inputs=(self.inputs, 1), units=(self.units, 1))
        require_known("dense: activation", self.activation, get_args(Activation))

    @property
    def outputs(self) -> int:
        """Elements that it gives out."""
        return self.units


Layer = RecurrentLayer | DenseLayer


def require_sizes(place: str, **sizes: tuple[object, int]) -> None:
    """Raise an error for a size that is not an integer, or below the least that goes with it."""
    for name, (size, least) in sizes.items():
        if not is_integer(size) or size < least:  # type: ignore[operator]
            raise InputError(f"{place}: {name} is {size!r}, expected an integer >= {least}")


def require_known(what: str, name: str, known: tuple[str, ...]) -> None:
    """Raise an error with near names for what is not known."""
    if name not in known:
        raise InputError(f"{what}: unknown {name!r}; {near_names(str(name), known)}")
