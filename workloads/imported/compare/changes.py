"""What exporters and users get wrong about recurrent operators, each as a change of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product

import numpy as np

from workloads.imported.graph import Array
from workloads.imported.recurrent.parameters import GATES, Curve, Recurrent


@dataclass(frozen=True)
class Change:
    """One thing that may be other in the framework than in the file.

    Attributes
    ----------
    family : str
        Changes of one family exclude each other.
    what : str
        What the framework does, for people.
    apply : callable
        Returns the operator that does so, or None where it does so already.
    swapped : bool
        Whether the operator runs along the batch instead of time.
    """

    family: str
    what: str
    apply: Callable[[Recurrent], Recurrent | None]
    swapped: bool = False


ORDERS = {
    ("GRU", "rzh"): "PyTorch's r, z, n",
    ("LSTM", "ifco"): "PyTorch's and Keras' i, f, g, o",
    ("LSTM", "icfo"): "TensorFlow's i, j, f, o",
}
SLOPES = (
    (0.2, "Keras 2 and ONNX"),
    (1 / 6, "PyTorch and Keras 3"),
    (0.25, ""),
    (0.5, "this accelerator"),
)


def changes(kinds: set[str]) -> Iterator[Change]:
    """Yield the changes that make sense for operators of these kinds, the likeliest first."""
    if "GRU" in kinds:
        yield Change(
            "reset",
            "the reset gate acts on the other side of the matrix product",
            lambda r: replace(r, reset_after=not r.reset_after) if r.kind == "GRU" else None,
        )
    for kind in ("GRU", "LSTM"):
        if kind in kinds:
            yield from _orders(kind)
    yield Change("bias", "there is no second bias, of the state", _without_second_bias)
    yield Change("axes", "batch and time are swapped in the recurrent layers", lambda r: r, True)
    yield from _curves()
    yield Change("kernel", "the recurrent kernels are transposed", _transposed)
    yield Change("time", "the sequence is read from its other end", _turned)
    if "GRU" in kinds:
        yield Change("update", "the update gate keeps what it should let in", _opposite)
    if "LSTM" in kinds:
        yield Change("forget", "1 is added to the bias of the forget gate", _forget(1.0))
        yield Change("forget", "1 is added to it in the file", _forget(-1.0))


def _orders(kind: str) -> Iterator[Change]:
    """Yield the orders in which the rows of the file may really stand."""
    names = GATES[kind]
    found = ["".join(order) for order in permutations(names) if "".join(order) != names]
    for order in sorted(found, key=lambda order: (kind, order) not in ORDERS):
        known = f", {ORDERS[kind, order]}" if (kind, order) in ORDERS else ""
        yield Change(
            "order",
            f"the gates of the {kind} stand in the order {'/'.join(order)}{known}, "
            f"where ONNX has {'/'.join(names)}",
            lambda r, order=order: _reordered(r, order) if r.kind == kind else None,  # type: ignore[misc]
        )


def _reordered(recurrent: Recurrent, order: str) -> Recurrent:
    """Return the operator that is meant if rows stand in another order than ONNX's."""
    n = recurrent.units

    def moved(array: Array) -> Array:
        parts = {gate: array[:, i * n : (i + 1) * n] for i, gate in enumerate(order)}
        return np.concatenate([parts[gate] for gate in GATES[recurrent.kind]], axis=1)

    return replace(
        recurrent,
        kernel=moved(recurrent.kernel),
        recurrent=moved(recurrent.recurrent),
        input_bias=moved(recurrent.input_bias),
        recurrent_bias=moved(recurrent.recurrent_bias),
    )


def _without_second_bias(recurrent: Recurrent) -> Recurrent | None:
    if not recurrent.recurrent_bias.any():
        return None
    return replace(recurrent, recurrent_bias=np.zeros_like(recurrent.recurrent_bias))


def _curves() -> Iterator[Change]:
    """Yield other activations of the gates, of the rest, and of both."""
    gates: list[tuple[str, Curve | None]] = [("", None), ("Sigmoid gates", Curve("Sigmoid", 0, 0))]
    for slope, whose in SLOPES:
        of = f" ({whose})" if whose else ""
        text = f"hard sigmoids of slope {slope:.3g}{of} in the gates"
        gates.append((text, Curve("HardSigmoid", slope, 0.5)))
    rest: list[tuple[str, Curve | None]] = [
        ("", None),
        ("hard tanh elsewhere", Curve("HardTanh", -1, 1)),
        ("tanh elsewhere", Curve("Tanh", 0, 0)),
        ("ReLU elsewhere", Curve("Relu", 0, 0)),
    ]
    for (first, gate), (second, other) in product(gates, rest):
        if gate or other:
            what = "the activations are others: " + " and ".join(filter(None, (first, second)))
            yield Change(
                "activations",
                what,
                lambda r, g=gate, o=other: _with_curves(r, g, o),  # type: ignore[misc]
            )


def _with_curves(recurrent: Recurrent, gate: Curve | None, other: Curve | None) -> Recurrent | None:
    first = 0 if recurrent.kind == "RNN" else 1
    curves = tuple(
        tuple((gate if i < first else other) or curve for i, curve in enumerate(of_direction))
        for of_direction in recurrent.curves
    )
    return None if curves == recurrent.curves else replace(recurrent, curves=curves)


def _transposed(recurrent: Recurrent) -> Recurrent:
    parts = [recurrent.gate(recurrent.recurrent, gate) for gate in GATES[recurrent.kind]]
    turned = np.concatenate([part.swapaxes(1, 2) for part in parts], axis=1)
    return replace(recurrent, recurrent=turned)


def _turned(recurrent: Recurrent) -> Recurrent:
    other = {"forward": "reverse", "reverse": "forward"}
    return replace(recurrent, directions=tuple(other[d] for d in recurrent.directions))


def _opposite(recurrent: Recurrent) -> Recurrent | None:
    if recurrent.kind != "GRU":
        return None
    sign = np.repeat([-1.0, 1.0, 1.0], recurrent.units)
    return replace(
        recurrent,
        kernel=recurrent.kernel * sign[:, np.newaxis],
        recurrent=recurrent.recurrent * sign[:, np.newaxis],
        input_bias=recurrent.input_bias * sign,
        recurrent_bias=recurrent.recurrent_bias * sign,
    )


def _forget(more: float) -> Callable[[Recurrent], Recurrent | None]:
    def changed(recurrent: Recurrent) -> Recurrent | None:
        if recurrent.kind != "LSTM":
            return None
        added = np.repeat([0.0, 0.0, more, 0.0], recurrent.units)
        return replace(recurrent, input_bias=recurrent.input_bias + added)

    return changed
