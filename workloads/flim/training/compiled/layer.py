"""A GRU layer on a CPU: how its tensors are laid out for compiled steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from workloads.flim.training.compiled.chain_rule import Gradient, Transposed
from workloads.flim.training.compiled.lanes import padded, room
from workloads.flim.training.compiled.products import LANES
from workloads.flim.training.compiled.real_steps import Cell, advance, retreat

Reals = npt.NDArray[np.float32]
Gradients = tuple[Tensor | None, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights with a row for each gate and unit, padded.

    Parameters
    ----------
    features, units : int
    kernel : float32[3*rows, terms]
        ``W`` and, in the column after those of the features, ``b``.
    recurrent : float32[3*rows, rows]
        ``U``.
    """

    features: int
    units: int
    kernel: Reals
    recurrent: Reals

    @classmethod
    def zeros(cls, features: int, units: int) -> Weights:
        """Return weights of a size that are 0."""
        rows, terms = 3 * padded(units), padded(features + 1)
        kernel, recurrent = np.zeros((rows, terms)), np.zeros((rows, padded(units)))
        return cls(features, units, kernel.astype(np.float32), recurrent.astype(np.float32))

    @classmethod
    def of(cls, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Weights:
        """Lay out the tensors (features x, units x) 3*units."""
        weights = cls.zeros(len(kernel), len(recurrent))
        for part, values in zip(weights.parts(), (kernel, recurrent, bias), strict=True):
            part[:] = values.detach().numpy().T.reshape(part.shape)
        return weights

    def parts(self) -> tuple[Reals, Reals, Reals]:
        """Return views of ``W``, ``U`` and ``b``, 3 x units (x features or units)."""
        rows, units = padded(self.units), self.units
        kernel = self.kernel.reshape(3, rows, -1)[:, :units]
        recurrent = self.recurrent.reshape(3, rows, rows)[:, :units, :units]
        return kernel[..., : self.features], recurrent, kernel[..., self.features]

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return tensors as `of` takes them."""
        kernel, recurrent, bias = (
            torch.from_numpy(part.reshape(3 * self.units, *part.shape[2:]).T.copy())
            for part in self.parts()
        )
        return kernel, recurrent, bias

    def transposed(self, by_inputs_too: bool) -> Transposed:
        """Return what carries gradients back."""
        two = 2 * padded(self.units)
        inputs = self.kernel.T if by_inputs_too else self.kernel.T[:0]
        return Transposed(
            self.recurrent[:two].T.copy(), self.recurrent[two:].T.copy(), inputs.copy()
        )


@dataclass(frozen=True, eq=False)
class Run:
    """A layer over a sequence: what its gradient is computed from, pixels last.

    Parameters
    ----------
    inputs : float32[steps, features, pixels]
    hidden : float32[units, pixels]
        State before the first step.
    states : float32[steps, units, pixels]
        State after each step.
    """

    inputs: Reals
    hidden: Reals
    states: Reals

    @classmethod
    def begin(cls, inputs: Tensor, hidden: Tensor) -> Run:
        """Lay out the tensors steps x pixels x features and pixels x units, exact in float32."""
        x, start = by_pixels(inputs), hidden.detach().float().T.contiguous().numpy()
        return cls(x, start, np.empty((len(x), *start.shape), np.float32))


def real_layer(inputs: Tensor, hidden: Tensor, weights: Weights) -> Run:
    """Run a layer in real numbers; see `workloads.flim.training.gru_recurrence.recur`."""
    run = Run.begin(inputs, hidden)
    advance(_cell(weights), run.inputs, run.hidden, run.states)  # type: ignore[no-untyped-call]
    return run


def real_gradients(run: Run, weights: Weights, gradient: Tensor, by_inputs_too: bool) -> Gradients:
    """Return what `workloads.flim.training.gru_recurrence.chain_rule` returns.

    Parameters
    ----------
    run : Run
    weights : Weights
        As they were used.
    gradient : Tensor, steps x pixels x units
        By the state after each step.
    by_inputs_too : bool
        Whether the gradient by the inputs is asked for.
    """
    return gradients(retreat, _cell(weights), run, weights, gradient, by_inputs_too)


def gradients(
    retreat: Any, cell: Any, run: Run, weights: Weights, gradient: Tensor, by_inputs_too: bool
) -> Gradients:
    """Carry a gradient back with the `retreat` of a kind of steps, as `real_gradients` does."""
    features, rows = weights.features, padded(weights.units)
    asked = by_inputs_too and features > 0
    by_weights = Weights.zeros(features, weights.units)
    by_inputs = np.empty(run.inputs.shape if asked else (0, 0, 0), np.float32)
    by_hidden = np.empty_like(run.hidden)
    transposed = weights.transposed(asked)
    found = Gradient(
        by_state=room(rows, LANES),
        by_inputs=room(len(transposed.inputs), LANES),
        by_kernel=by_weights.kernel,
        by_recurrent=by_weights.recurrent,
        by_sum=room(3 * rows, LANES),
        by_product=room(rows, LANES),
        product=room(rows, LANES),
    )
    retreat(
        cell, run.inputs, run.hidden, run.states, by_pixels(gradient),
        transposed, found, by_inputs, by_hidden,
    )  # fmt: skip
    return (
        of_pixels(by_inputs) if asked else None,
        torch.from_numpy(by_hidden).T,
        *by_weights.tensors(),
    )


def _cell(weights: Weights) -> Cell:
    rows, terms = padded(weights.units), weights.kernel.shape[1]
    slope = np.ones((3 * rows, 1), np.float32)
    slope[: 2 * rows] = 0.5  # the line 0.5 a + 0.5 of the hard sigmoid
    kernel = weights.kernel * slope
    kernel[: 2 * rows, weights.features] += 0.5
    return Cell(
        kernel=kernel,
        recurrent=weights.recurrent * slope,
        inputs=room(terms, LANES),
        state=room(rows, LANES),
        gates=room(2 * rows, LANES),
        candidate=room(rows, LANES),
        product=room(rows, LANES),
    )


def by_pixels(values: Tensor) -> Reals:
    """Return an array steps x features x pixels of a tensor steps x pixels x features."""
    array: Reals = values.detach().float().transpose(1, 2).contiguous().numpy()
    return array


def of_pixels(values: Reals) -> Tensor:
    """Return a tensor steps x pixels x features of an array steps x features x pixels."""
    return torch.from_numpy(values).transpose(1, 2)
