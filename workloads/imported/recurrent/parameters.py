"""What a recurrent operator is made of, read off its node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stomp_flim.errors import InputError, near_names, shown
from workloads.imported.graph import Array, Node
from workloads.imported.operators.activations import FAMILIES, WITH_ALPHA, WITH_BETA, family

Kind = Literal["GRU", "LSTM", "RNN"]

GATES: dict[str, str] = {"GRU": "zrh", "LSTM": "iofc", "RNN": "i"}
"""Gates in the order of ONNX's arrays."""

DEFAULTS: dict[str, tuple[str, ...]] = {
    "GRU": ("Sigmoid", "Tanh"),
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
    "RNN": ("Tanh",),
}
DIRECTIONS = {
    "forward": ("forward",),
    "reverse": ("reverse",),
    "bidirectional": ("forward", "reverse"),
}
_KNOWN = {"activation_alpha", "activation_beta", "activations", "clip", "direction"}
_KNOWN |= {"hidden_size", "layout"}
_OWN = {"GRU": {"linear_before_reset"}, "LSTM": {"input_forget"}, "RNN": set()}


@dataclass(frozen=True)
class Curve:
    """An activation with its parameters."""

    name: str
    alpha: float
    beta: float

    def __call__(self, x: Array) -> Array:
        """Return the activation of every element."""
        return FAMILIES[self.name][0](x, self.alpha, self.beta)

    def __str__(self) -> str:
        if self.name in WITH_BETA:
            return f"{self.name}({self.alpha:g}, {self.beta:g})"
        return f"{self.name}({self.alpha:g})" if self.name in WITH_ALPHA else self.name


def curve(name: str) -> Curve:
    """Return an activation with its usual parameters."""
    known = family(name)
    return Curve(known, *FAMILIES[known][1:])


@dataclass(frozen=True, eq=False)
class Recurrent:
    """A recurrent operator with its weights.

    Attributes
    ----------
    kind : {"GRU", "LSTM", "RNN"}
    directions : tuple of {"forward", "reverse"}
        One or two; the first axis of every array runs over them.
    curves : tuple of tuple of Curve
        Activations of each direction: gates, candidate and, in an LSTM, output.
    kernel, recurrent : float64[directions, gates x units, inputs or units]
        Gates in the order of `GATES`.
    input_bias, recurrent_bias : float64[directions, gates x units]
    peepholes : float64[directions, 3 x units] or None
        Of an LSTM: gates i, o, f.
    clip : float or None
        Bound of what enters an activation.
    reset_after : bool
        Whether a GRU resets after the product with the state.
    coupled : bool
        Whether an LSTM forgets what it does not let in.
    batch_first : bool
        Whether the axis of the batch comes before that of time.
    """

    kind: Kind
    directions: tuple[str, ...]
    curves: tuple[tuple[Curve, ...], ...]
    kernel: Array
    recurrent: Array
    input_bias: Array
    recurrent_bias: Array
    peepholes: Array | None = None
    clip: float | None = None
    reset_after: bool = False
    coupled: bool = False
    batch_first: bool = False

    @property
    def units(self) -> int:
        """Units of a direction."""
        return int(self.recurrent.shape[2])

    @property
    def inputs(self) -> int:
        """Values that a step reads."""
        return int(self.kernel.shape[2])

    def gate(self, array: Array, name: str) -> Array:
        """Return the rows of an array that belong to a gate."""
        first = GATES[self.kind].index(name) * self.units
        return array[:, first : first + self.units]


def parameters(node: Node, inputs: Sequence[Array | None]) -> Recurrent:
    """Return what a node GRU, LSTM or RNN computes with.

    Parameters
    ----------
    node : Node
    inputs : arrays
        Its operands; those after the fourth may be missing.

    Raises
    ------
    InputError
        If an attribute is unknown, or an array does not fit the units, inputs and directions.
    """
    kind = node.kind
    assert kind in GATES
    _refuse_unknown(node)
    given = [*inputs, *[None] * (8 - len(inputs))]
    x, kernel, recurrent, bias, peepholes = (given[i] for i in (0, 1, 2, 3, 7))
    if x is None or kernel is None or recurrent is None or min(x.ndim, kernel.ndim) < 3:
        raise InputError("X, W or R is missing or has fewer than 3 axes")
    direction = node.text("direction", "forward").lower()
    if direction not in DIRECTIONS:
        raise InputError(f"direction {direction!r}; {near_names(direction, DIRECTIONS)}")
    directions, gates = DIRECTIONS[direction], len(GATES[kind])
    units = node.integer("hidden_size", recurrent.shape[-1])
    rows, count = gates * units, len(directions)
    _fit("W", kernel, (count, rows, x.shape[2]))
    _fit("R", recurrent, (count, rows, units))
    if bias is None:
        bias = np.zeros((count, 2 * rows))
    _fit("B", bias, (count, 2 * rows))
    if peepholes is not None:
        _fit("P", peepholes, (count, 3 * units))
    return Recurrent(
        kind,  # type: ignore[arg-type]
        directions,
        _curves(node, count),
        kernel,
        recurrent,
        bias[:, :rows],
        bias[:, rows:],
        peepholes,
        node.number("clip") if "clip" in node.attributes else None,
        bool(node.integer("linear_before_reset", 0)),
        bool(node.integer("input_forget", 0)),
        bool(node.integer("layout", 0)),
    )


def operands(
    inputs: Sequence[Array | None],
) -> tuple[Array, Array | None, Array | None, Array | None]:
    """Return what a node that has `parameters` runs over: x, lengths, hidden and cell states."""
    x, lengths, hidden, cell = ([*inputs, *[None] * 8][i] for i in (0, 4, 5, 6))
    assert x is not None
    return x, lengths, hidden, cell


def _refuse_unknown(node: Node) -> None:
    known = _KNOWN | _OWN[node.kind]
    for name in node.attributes:
        if name not in known:
            raise InputError(f"unknown attribute {shown(name)}; {near_names(name, known)}")


def _fit(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise InputError(f"{name} has shape {array.shape}, expected {shape}")


def _curves(node: Node, directions: int) -> tuple[tuple[Curve, ...], ...]:
    """Return the activations; parameters go, in order, to those that take some."""
    default = DEFAULTS[node.kind]
    names = node.texts("activations", list(default) * directions)
    if len(names) != directions * len(default):
        raise InputError(
            f"activations {names}, expected {directions * len(default)}: "
            f"{len(default)} for each direction"
        )
    alphas = iter(node.numbers("activation_alpha", []))
    betas = iter(node.numbers("activation_beta", []))
    curves = []
    for name in map(family, names):
        _, alpha, beta = FAMILIES[name]
        alpha = next(alphas, alpha) if name in WITH_ALPHA else alpha
        beta = next(betas, beta) if name in WITH_BETA else beta
        curves.append(Curve(name, alpha, beta))
    each = len(default)
    return tuple(tuple(curves[i * each : (i + 1) * each]) for i in range(directions))
