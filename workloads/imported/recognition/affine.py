"""One step of a loop as expressions: sums of matrices times atoms.

Atoms are what is no sum: the step's input, its states, activations and products of two expressions.
Operators that are linear are applied to each row of each matrix, by the code that runs them, so
that weights come out exactly however they were split, joined, transposed or scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workloads.imported.graph import Array, Node
from workloads.imported.operators.table import OPERATORS
from workloads.imported.recurrent.parameters import Curve


class NotAffineError(Exception):
    """A step that computes what no cell does; the message says what and at which node."""


@dataclass(frozen=True, eq=False)
class Atom:
    """What an expression is made of.

    Attributes
    ----------
    name : str
        ``"x"``, the name of a state, or the node that made it.
    size : int
    curve : Curve or None
        Of an activation.
    operands : tuple of Expression
        One of an activation, two of a product, none of inputs and states.
    """

    name: str
    size: int
    curve: Curve | None = None
    operands: tuple[Expression, ...] = ()


@dataclass(frozen=True, eq=False)
class Expression:
    """``constant + sum of atom @ matrix``, in the shape that the tensor has.

    Attributes
    ----------
    constant : float64[shape]
    matrices : mapping of Atom to float64[atom's size, shape]
    """

    constant: Array
    matrices: Mapping[Atom, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, atom: Atom, shape: tuple[int, ...]) -> Expression:
        """Return an atom itself."""
        return cls(np.zeros(shape), {atom: np.eye(atom.size).reshape(atom.size, *shape)})

    @property
    def flat(self) -> Expression:
        """The expression as a vector."""
        size = self.constant.size
        return Expression(
            self.constant.reshape(size),
            {a: m.reshape(a.size, size) for a, m in self.matrices.items() if m.any()},
        )

    def part(self, first: int, size: int) -> Expression:
        """Return some elements of a vector."""
        chosen = slice(first, first + size)
        matrices = {a: m[:, chosen] for a, m in self.matrices.items() if m[:, chosen].any()}
        return Expression(self.constant[chosen], matrices)


_ALWAYS = {"Cast", "Concat", "Dropout", "Expand", "Flatten", "Identity", "Neg", "Reshape", "Slice"}
_ALWAYS |= {"Add", "Gather", "Split", "Squeeze", "Sub", "Sum", "Tile", "Transpose", "Unsqueeze"}
_WITH_ONE = {"Gemm": (0, 2), "MatMul": (0, 1), "Mul": (0, 1), "Div": (0,)}
"""Operands of which at most one may be an expression; Gemm's third may always be one."""

_FIRST_ONLY = {"Expand", "Gather", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Unsqueeze"}


def linear(node: Node, inputs: Sequence[Any]) -> list[Expression] | None:
    """Return what a linear operator makes of expressions, or None where it is not linear."""
    where = [i for i, value in enumerate(inputs) if isinstance(value, Expression)]
    if not _is_linear(node.kind, where):
        return None

    def apply(values: Callable[[Expression], Array]) -> list[Array]:
        given = [values(v) if isinstance(v, Expression) else v for v in inputs]
        found = OPERATORS[node.kind](node, *given)
        return [np.asarray(v) for v in (found if isinstance(found, list) else [found])]

    nothing = apply(lambda e: np.zeros_like(e.constant))
    constants = apply(lambda e: e.constant)
    atoms = dict.fromkeys(a for i in where for a in inputs[i].matrices)
    matrices: list[dict[Atom, Array]] = [{} for _ in constants]
    for atom in atoms:
        rows = [
            apply(lambda e, a=atom, r=row: _row(e, a, r))  # type: ignore[misc]
            for row in range(atom.size)
        ]
        for number, zero in enumerate(nothing):
            matrices[number][atom] = np.stack([row[number] - zero for row in rows])
    return [Expression(c, m) for c, m in zip(constants, matrices, strict=True)]


def _is_linear(kind: str, where: list[int]) -> bool:
    """Return whether an operator is linear in the operands at these places together."""
    if kind in _WITH_ONE:
        return set(where) <= set(_WITH_ONE[kind]) and (len(where) == 1 or kind == "Gemm")
    return kind in _ALWAYS and (kind not in _FIRST_ONLY or where == [0])


def _row(expression: Expression, atom: Atom, row: int) -> Array:
    matrix = expression.matrices.get(atom)
    return np.zeros_like(expression.constant) if matrix is None else matrix[row]


def activation(node: Node, inputs: Sequence[Any]) -> Curve | None:
    """Return the activation that an operator is, or None."""
    match node.kind:
        case "Sigmoid" | "Tanh" | "Relu" | "Softplus" | "Softsign":
            return Curve(node.kind, 0.0, 0.0)
        case "HardSigmoid":
            return Curve("HardSigmoid", node.number("alpha", 0.2), node.number("beta", 0.5))
        case "Clip":
            if node.version < 11:
                low, high = node.number("min", -np.inf), node.number("max", np.inf)
            else:
                bounds = [*inputs[1:], None, None][:2]
                if any(isinstance(bound, Expression) for bound in bounds):
                    return None
                low, high = (
                    float(given.item()) if given is not None else default
                    for given, default in zip(bounds, (-np.inf, np.inf), strict=True)
                )
            return Curve("HardTanh", low, high)
    return None


def atoms(
    name: str, units: int, operands: tuple[Expression, ...], curve: Curve | None
) -> Expression:
    """Return an activation or a product, in parts of as many elements as the cell has units."""
    shape = np.broadcast_shapes(*(o.constant.shape for o in operands))
    size = int(np.prod(shape))
    if any(o.constant.size != size for o in operands):
        raise NotAffineError(f"{name} repeats elements")
    step = units if size % units == 0 else size
    flat = [o.flat for o in operands]
    matrices: dict[Atom, Array] = {}
    for first in range(0, size, step):
        atom = Atom(name, step, curve, tuple(o.part(first, step) for o in flat))
        matrix = np.zeros((step, size))
        matrix[:, first : first + step] = np.eye(step)
        matrices[atom] = matrix.reshape(step, *shape)
    return Expression(np.zeros(shape), matrices)
