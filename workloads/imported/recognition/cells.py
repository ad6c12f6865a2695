"""Which cell the step of a loop is: GRU of either form, LSTM or RNN, with its weights.

Every way to read the expressions as a cell is offered; the caller runs each over the sequence and
takes the one that gives the loop's own outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from workloads.imported.graph import Array
from workloads.imported.recognition.affine import Atom, Expression
from workloads.imported.recurrent.parameters import Curve, Recurrent, curve


@dataclass(frozen=True, eq=False)
class Symbols:
    """What a cell is made of.

    Attributes
    ----------
    x : Atom or None
        Input of a step.
    hidden, cell : Atom or None
        States before the step.
    new : Expression
        Hidden state after it.
    """

    x: Atom | None
    hidden: Atom
    cell: Atom | None
    new: Expression


def candidates(symbols: Symbols) -> Iterator[Recurrent]:
    """Yield the cells that a step can be."""
    found = list(dict.fromkeys(_activations(symbols.new)))
    roots = {symbols.x, symbols.hidden}
    plain = [a for a in found if set(a.operands[0].matrices) <= roots]
    others = [a for a in found if a not in plain]
    if symbols.cell is not None:
        yield from _lstm(symbols, plain, others)
    elif len(found) == 1 and plain:
        yield _recurrent("RNN", symbols, [plain[0].operands[0]], (_curve(plain[0]),))
    elif len(plain) == 2 and len(others) == 1:
        yield from _gru(symbols, plain, others[0])


def _activations(expression: Expression) -> Iterator[Atom]:
    """Yield the activations that an expression is made of, at any depth."""
    for atom in expression.matrices:
        if atom.curve is not None:
            yield atom
        for operand in atom.operands:
            yield from _activations(operand)


def _curve(atom: Atom) -> Curve:
    assert atom.curve is not None
    return atom.curve


def _gru(symbols: Symbols, gates: list[Atom], candidate: Atom) -> Iterator[Recurrent]:
    if _curve(gates[0]) != _curve(gates[1]):
        return
    before = candidate.operands[0]
    products = [a for a in before.matrices if len(a.operands) == 2]
    roots = {symbols.x, symbols.hidden, *products}
    if len(products) != 1 or not set(before.matrices) <= roots:
        return
    curves = (_curve(gates[0]), _curve(candidate))
    for (z, r), sign, (left, right) in product(
        permutations(gates), (1, -1), permutations(products[0].operands)
    ):
        if set(left.matrices) != {r} or symbols.hidden not in right.matrices:
            continue
        if not set(right.matrices) <= {symbols.hidden}:
            continue
        after = right.constant.any() or not np.array_equal(
            right.matrices[symbols.hidden], np.eye(symbols.hidden.size)
        )
        size, matrix = symbols.hidden.size, before.matrices[products[0]]
        update = _signed(z.operands[0], sign)
        own = Expression(
            before.constant, {a: m for a, m in before.matrices.items() if a is symbols.x}
        )
        if after and np.array_equal(matrix, np.eye(size)):
            u, bias = right.matrices[symbols.hidden], right.constant
        elif not after:
            u, bias = matrix, np.zeros(size)
        else:
            continue
        parts = [update, r.operands[0], own]
        recurrent = _recurrent("GRU", symbols, parts, curves, reset_after=bool(after))
        recurrent.recurrent[0, 2 * size :] = u.T
        recurrent.recurrent_bias[0, 2 * size :] = bias
        yield recurrent


def _signed(expression: Expression, sign: int) -> Expression:
    """Return the expression or its opposite: a gate that lets in what another one keeps."""
    if sign > 0:
        return expression
    return Expression(-expression.constant, {a: -m for a, m in expression.matrices.items()})


def _lstm(symbols: Symbols, gates: list[Atom], others: list[Atom]) -> Iterator[Recurrent]:
    if len(gates) != 4 or len(others) > 1:
        return
    output = _curve(others[0]) if others else curve("Affine")
    for i, o, f, c in permutations(gates):
        if _curve(i) == _curve(o) == _curve(f):
            curves = (_curve(i), _curve(c), output)
            parts = [gate.operands[0] for gate in (i, o, f, c)]
            yield _recurrent("LSTM", symbols, parts, curves)


def _recurrent(
    kind: str,
    symbols: Symbols,
    parts: list[Expression],
    curves: tuple[Curve, ...],
    *,
    reset_after: bool = False,
) -> Recurrent:
    """Return a cell whose gates are affine in the input and the state."""
    size = symbols.hidden.size
    inputs = 0 if symbols.x is None else symbols.x.size

    def stacked(atom: Atom | None, rows: int) -> Array:
        empty = np.zeros((rows, size))
        found = [part.matrices.get(atom, empty) if atom else empty for part in parts]
        return np.concatenate([matrix.T for matrix in found])[np.newaxis].copy()

    bias = np.concatenate([part.constant for part in parts])[np.newaxis]
    return Recurrent(
        kind,  # type: ignore[arg-type]
        ("forward",),
        (curves,),
        stacked(symbols.x, inputs),
        stacked(symbols.hidden, size),
        bias,
        np.zeros_like(bias),
        reset_after=reset_after,
    )
