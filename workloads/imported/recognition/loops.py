"""Scan and Loop recognised as a cell, with what is computed of its state in each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np

from workloads.imported.graph import Array, Node, Value
from workloads.imported.recognition.affine import Atom, Expression, NotAffineError
from workloads.imported.recognition.body import Body, Collected, Step
from workloads.imported.recognition.cells import Symbols, candidates
from workloads.imported.recurrent.cells import step
from workloads.imported.recurrent.parameters import Recurrent

CLOSE = 1e-9
"""Difference from the loop's own states, of their largest, up to which a cell is the same."""

TRIALS = 3
"""Random states and inputs from which a step is made."""

Run = Callable[..., list[Value]]
"""Runs a graph for values of its inputs and those that it sees outside."""


@dataclass(frozen=True, eq=False)
class Dense:
    """A matrix and a bias on the state of a step: features = state @ kernel + bias."""

    kernel: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class CellLoop:
    """A loop that is a recurrent layer.

    Attributes
    ----------
    recurrent : Recurrent
    sequence : Value
        The operand of which each step reads a slice; None where it reads nothing.
    axis : int
        Of the steps in `sequence`.
    hidden, cell : Value
        The states that it starts from.
    outputs : tuple
        For each output of the node: ``"hidden"``, ``"cell"`` for last states, ``"steps"`` for the
        states of all steps, a `Dense` for what is computed of them in each step, or None.
    steps : int
        How often it runs.
    layouts : tuple of (int, bool)
        For each output of the node the axis of the steps, and whether they stand the wrong way
        round.
    feedback : Dense or None
        Where it reads its own output of the step before: what makes that output of the state.
    """

    recurrent: Recurrent
    sequence: Value
    axis: int
    hidden: Value
    cell: Value
    outputs: tuple[Any, ...]
    steps: int
    layouts: tuple[tuple[int, bool], ...]
    feedback: Dense | None


def recognise(
    node: Node,
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    scope: Mapping[str, Value],
    outside: Callable[[Value], bool],
    run: Run,
) -> CellLoop:
    """Return the layer that a Scan or Loop is.

    Raises
    ------
    NotAffineError
        If it is none; the message says why.
    """
    carried, _ = _operands(node, inputs)
    tensors = [i for i, v in enumerate(carried) if isinstance(v, np.ndarray)]
    if not tensors or any(carried[i].ndim < 1 for i in tensors):
        raise NotAffineError("it carries no state")
    reasons = ["its step is no GRU, LSTM or RNN"]
    for first in tensors:
        try:
            found = _Attempt(node, inputs, outputs, scope, outside, run, first).result()
        except NotAffineError as error:
            reasons.append(str(error))
            continue
        if found is not None:
            return found
    raise NotAffineError(reasons[-1])


def _operands(node: Node, inputs: Sequence[Value]) -> tuple[list[Any], list[Any]]:
    """Return what is carried on from step to step, and the sequences whose slices are read."""
    if node.kind == "Loop":
        return list(inputs[2:]), []
    count = node.integer("num_scan_inputs")
    return list(inputs[: len(inputs) - count]), list(inputs[len(inputs) - count :])


class _Attempt:
    """One way to read a loop: which of the values that it carries is the hidden state."""

    def __init__(
        self,
        node: Node,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        scope: Mapping[str, Value],
        outside: Callable[[Value], bool],
        run: Run,
        first: int,
    ) -> None:
        self.node, (self.carried, self.sequences) = node, _operands(node, inputs)
        self.outputs, self.first, self.run = outputs, first, run
        self.most = inputs[0] if node.kind == "Loop" else None
        self.body = Body(node.graph("body"), self.carried[first].shape[-1], scope, outside)
        self.states: dict[int, Atom] = {}

    def result(self) -> CellLoop | None:
        if len(self.sequences) > 1:
            raise NotAffineError(f"it reads {len(self.sequences)} sequences")
        found = self.body.run(self._symbols())
        offset = 1 if self.node.kind == "Loop" else 0
        if offset and not (isinstance(found[0], np.ndarray) and found[0].all()):
            raise NotAffineError("it may end before its last step")
        news, rest = found[offset : offset + len(self.carried)], found[offset + len(self.carried) :]
        new = news[self.first]
        if not isinstance(new, Expression):
            raise NotAffineError("its state is no tensor")
        new = new.flat
        of_hidden = {i: _dense(news[i].flat, new) for i in self.states if i != self.first}
        fed = [i for i, dense in of_hidden.items() if dense is not None]
        cells = [i for i, dense in of_hidden.items() if dense is None]
        if (
            len(cells) > 1
            or len(fed) > 1
            or (fed and self.body.x is not None and _uses(new, self.body.x))
        ):
            raise NotAffineError(f"it carries {len(self.states)} states")
        x = self.states[fed[0]] if fed else self.body.x
        cell = cells[0] if cells else None
        own = None if cell is None else self.states[cell]
        symbols = Symbols(x, self.states[self.first], own, new)
        made = [self._output(i, news[i], new, cell) for i in range(len(news))]
        made += [_collected(value, new) for value in rest]
        feedback = of_hidden[fed[0]] if fed else None
        for recurrent in candidates(symbols):
            candidate = self._loop(recurrent, made, cell, feedback, fed[0] if fed else None)
            if candidate is not None:
                return candidate
        return None

    def _symbols(self) -> dict[str, Any]:
        names = [info.name for info in self.body.graph.inputs]
        symbols: dict[str, Any] = {}
        if self.node.kind == "Loop":
            symbols = {names[0]: Step(), names[1]: np.asarray(True)}
            names = names[2:]
        for number, (name, value) in enumerate(zip(names, self.carried, strict=False)):
            if isinstance(value, np.ndarray):
                atom = Atom(name, value.shape[-1])
                self.states[number] = atom
                symbols[name] = Expression.of(atom, (*[1] * (value.ndim - 1), atom.size))
            else:
                symbols[name] = Collected()
        for name, value in zip(names[len(self.carried) :], self.sequences, strict=True):
            part = self._slice(value)
            self.body.x = Atom("x", part.shape[-1])
            symbols[name] = Expression.of(self.body.x, (*[1] * (part.ndim - 1), part.shape[-1]))
        return symbols

    def _output(self, number: int, value: Any, new: Expression, cell: int | None) -> Any:
        if number == self.first:
            return "hidden"
        if number == cell:
            return "cell"
        return _collected(value.last, new) if isinstance(value, Collected) else None

    def _loop(
        self,
        recurrent: Recurrent,
        made: list[Any],
        cell: int | None,
        feedback: Dense | None,
        fed: int | None,
    ) -> CellLoop | None:
        """Return the loop with a cell where that makes of states what its step does, else None."""
        sequence, axis = self.body.gathered or (None, 0)
        back = False
        if self.sequences:
            sequence, axis = self.sequences[0], self.node.integers("scan_input_axes", [0])[0]
            back = bool(self.node.integers("scan_input_directions", [0])[0])
        steps = self._steps(sequence, axis)
        if not all(self._agrees(recurrent, cell, fed, seed) for seed in range(TRIALS)):
            return None
        if feedback is not None or not recurrent.kernel.any():
            sequence = None
        recurrent = replace(recurrent, directions=("reverse",) if back else ("forward",))
        hidden, start = self.carried[self.first], None if cell is None else self.carried[cell]
        return CellLoop(
            recurrent, sequence, axis, hidden, start, tuple(made), steps, self._layouts(), feedback
        )

    def _agrees(self, recurrent: Recurrent, cell: int | None, fed: int | None, seed: int) -> bool:
        """Return whether the cell gives the states that the loop's own step gives, for random ones.

        A whole sequence would not do: differences of rounding grow from step to step.
        """
        random = np.random.default_rng(seed)
        carried = [random.normal(size=v.shape) if _is(v) else () for v in self.carried]
        slices = [random.normal(size=self._slice(v).shape) for v in self.sequences]
        first: list[Value] = []
        x = slices[0] if slices else np.zeros((1, 0))
        if self.node.kind == "Loop":
            first = [np.asarray(0), np.asarray(True)]
            if self.body.gathered is not None:
                x = np.take(self.body.gathered[0], 0, self.body.gathered[1])
        if fed is not None:
            x = np.asarray(carried[fed])
        names = [info.name for info in self.body.graph.inputs]
        values = dict(zip(names, [*first, *carried, *slices], strict=True))
        found = self.run(self.body.graph, values, dict(self.body.scope), repeated=True)
        news = found[1:] if first else found
        states = [np.asarray(carried[self.first if i is None else i]) for i in (self.first, cell)]
        h, s = (state.reshape(-1, recurrent.units) for state in states)
        x = x if recurrent.inputs else np.zeros((len(h), 0))
        if x.size != len(h) * recurrent.inputs:
            return False
        rows = x.reshape(len(h), recurrent.inputs)
        ours = step(recurrent, 0)(rows @ recurrent.kernel[0].T, (h, s))
        theirs = [np.asarray(news[i]) for i in (self.first, cell) if i is not None]
        return all(
            np.abs(a - b.reshape(a.shape)).max() <= CLOSE * max(1.0, np.abs(b).max())
            for a, b in zip(ours, theirs, strict=False)
        )

    def _steps(self, sequence: Any, axis: int) -> int:
        """Return how often the loop runs: over its whole sequence, where it reads one."""
        if self.node.kind == "Scan":
            return int(sequence.shape[axis])
        if not isinstance(self.most, np.ndarray):
            raise NotAffineError("it does not say how many steps it has")
        steps = int(self.most.item())
        if sequence is not None and sequence.shape[axis] != steps:
            raise NotAffineError(f"it reads {steps} of {sequence.shape[axis]} steps")
        return steps

    def _slice(self, sequence: Array) -> Array:
        axis = self.node.integers("scan_input_axes", [0])[0]
        return np.asarray(np.moveaxis(sequence, axis, 0)[0])

    def _layouts(self) -> tuple[tuple[int, bool], ...]:
        """Return the axis of the steps in each output, and whether they are turned round."""
        states, count = len(self.carried), len(self.outputs) - len(self.carried)
        if self.node.kind == "Loop":
            return ((0, False),) * len(self.outputs)
        axes = self.node.integers("scan_output_axes", [0] * count)
        turned = self.node.integers("scan_output_directions", [0] * count)
        (back,) = self.node.integers("scan_input_directions", [0])
        return (
            *((0, False),) * states,
            *((axis, bool(turn) != bool(back)) for axis, turn in zip(axes, turned, strict=True)),
        )


def _is(value: Value) -> TypeGuard[Array]:
    return isinstance(value, np.ndarray)


def _uses(expression: Expression, atom: Atom) -> bool:
    """Return whether an expression depends on an atom at any depth."""
    return any(
        a is atom or any(_uses(operand, atom) for operand in a.operands)
        for a in expression.matrices
    )


def _collected(value: Any, new: Expression) -> Any:
    if not isinstance(value, Expression):
        return None
    dense = _dense(value.flat, new)
    if dense is None:
        return None
    same = np.array_equal(dense.kernel, np.eye(len(dense.kernel))) and not dense.bias.any()
    return "steps" if same else dense


def _dense(value: Expression, new: Expression) -> Dense | None:
    """Return the matrix and bias that make an expression of the new state, if there are some."""
    if set(value.matrices) != set(new.matrices) or not new.matrices:
        return None
    size = new.constant.size
    kernel = next(
        (value.matrices[a] for a, m in new.matrices.items() if np.array_equal(m, np.eye(size))),
        None,
    )
    if kernel is None:
        return None
    close = all(np.allclose(m @ kernel, value.matrices[a]) for a, m in new.matrices.items())
    return Dense(kernel, value.constant - new.constant @ kernel) if close else None
