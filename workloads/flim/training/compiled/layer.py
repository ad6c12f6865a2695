"""A GRU layer on a CPU: how tensors are laid out for its compiled steps, and what they keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from workloads.flim.training.compiled.gradient_steps import retreat
from workloads.flim.training.compiled.lanes import LANES, padded, room
from workloads.flim.training.compiled.real_steps import advance

Reals = npt.NDArray[np.float32]
Gradients = tuple[Tensor | None, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights with a row for each gate and unit, padded.

    Parameters
    ----------
    kernel, recurrent : float32[3*rows, terms]
    bias : float32[3*rows]
    """

    kernel: Reals
    recurrent: Reals
    bias: Reals

    @classmethod
    def zeros(cls, features: int, units: int) -> Weights:
        """Return weights of a size that are 0."""
        rows, terms = padded(units), features if features == 1 else padded(features)
        shapes = ((3 * rows, terms), (3 * rows, rows), 3 * rows)
        return cls(*(np.zeros(shape, np.float32) for shape in shapes))

    @classmethod
    def of(cls, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Weights:
        """Lay out the tensors (features x, units x) 3*units."""
        (features, _), units = kernel.shape, len(recurrent)
        weights = cls.zeros(features, units)
        for part, values in zip(
            weights.parts(features, units), (kernel, recurrent, bias), strict=True
        ):
            part[:] = values.detach().numpy().T.reshape(part.shape)
        return weights

    def parts(self, features: int, units: int) -> tuple[Reals, Reals, Reals]:
        """Return views without the padding, 3 x units (x features or units)."""
        rows = padded(units)
        return (
            self.kernel.reshape(3, rows, self.kernel.shape[1])[:, :units, :features],
            self.recurrent.reshape(3, rows, rows)[:, :units, :units],
            self.bias.reshape(3, rows)[:, :units],
        )

    def tensors(self, features: int, units: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return tensors as `of` takes them."""
        kernel, recurrent, bias = self.parts(features, units)
        return (
            torch.from_numpy(kernel.reshape(3 * units, features).T.copy()),
            torch.from_numpy(recurrent.reshape(3 * units, units).T.copy()),
            torch.from_numpy(bias.reshape(-1).copy()),
        )


@dataclass(frozen=True, eq=False)
class Kept:
    """What forward steps keep for the gradient: float32[blocks, steps, rows, LANES].

    Parameters
    ----------
    read, stored : array
        State before each step, as the products and as the blend read it.
    gates, candidates : array
        z and r, and c.
    """

    read: Reals
    stored: Reals
    gates: Reals
    candidates: Reals

    @classmethod
    def for_steps(
        cls, pixels: int, steps: int, units: int, *, all_steps: bool, two_states: bool = False
    ) -> Kept:
        """Return room for all steps, or for one that all of them overwrite."""
        blocks, rows = -(-pixels // LANES), padded(units)
        lead = (blocks, steps) if all_steps else (1, 1)
        read, gates, candidates = (room(*lead, count * rows, LANES) for count in (1, 2, 1))
        stored = room(*read.shape) if two_states else read
        return cls(read, stored, gates, candidates)


def by_pixels(values: Tensor) -> Reals:
    """Return an array steps x features x pixels of a tensor steps x pixels x features."""
    array: Reals = values.detach().transpose(1, 2).contiguous().numpy()
    return array


def of_pixels(values: Reals) -> Tensor:
    """Return a tensor steps x pixels x features of an array steps x features x pixels."""
    return torch.from_numpy(values).transpose(1, 2)


def real_layer(inputs: Tensor, hidden: Tensor, weights: Weights, keep: bool) -> tuple[Tensor, Kept]:
    """Run a layer in real numbers; see `workloads.flim.training.gru_recurrence.recur`.

    Parameters
    ----------
    inputs, hidden : Tensor
    weights : Weights
    keep : bool
        Whether a gradient will be asked for.

    Returns
    -------
    states : Tensor, steps x pixels x units
    kept : Kept
    """
    steps, (pixels, units) = len(inputs), hidden.shape
    two = 2 * padded(units)
    slope = np.ones((3 * padded(units), 1), np.float32)
    slope[:two] = 0.5  # the line 0.5 a + 0.5 of the hard sigmoid
    bias = weights.bias * slope[:, 0]
    bias[:two] += 0.5
    kept = Kept.for_steps(pixels, steps, units, all_steps=keep)
    states = np.empty((steps, units, pixels), np.float32)
    advance(  # type: ignore[no-untyped-call]
        by_pixels(inputs), hidden.detach().T.contiguous().numpy(),
        weights.kernel * slope, weights.recurrent * slope, bias,
        states, kept.read, kept.gates, kept.candidates,
        room(two + weights.kernel.shape[1], LANES),
    )  # fmt: skip
    return of_pixels(states), kept


def layer_gradients(
    gradient: Tensor, inputs: Tensor, weights: Weights, kept: Kept, by_inputs_too: bool
) -> Gradients:
    """Return what `workloads.flim.training.gru_recurrence.chain_rule` returns.

    Parameters
    ----------
    gradient : Tensor, steps x pixels x units
        By the state after each step.
    inputs : Tensor, steps x pixels x features
    weights : Weights
        As they were used.
    kept : Kept
    by_inputs_too : bool
    """
    (steps, pixels, units), features = gradient.shape, inputs.shape[2]
    two = 2 * padded(units)
    asked = by_inputs_too and features > 0
    by_weights = Weights.zeros(features, units)
    by_inputs = np.empty((steps, features, pixels), np.float32)
    by_hidden = np.empty((units, pixels), np.float32)
    input_weights = np.zeros((padded(features) if asked else 0, len(weights.kernel)), np.float32)
    if asked:
        input_weights[: weights.kernel.shape[1]] = weights.kernel.T
    retreat(  # type: ignore[no-untyped-call]
        by_pixels(gradient), by_pixels(inputs),
        kept.read, kept.stored, kept.gates, kept.candidates,
        weights.recurrent[:two].T.copy(), weights.recurrent[two:].T.copy(), input_weights,
        by_inputs, by_hidden, by_weights.kernel, by_weights.recurrent, by_weights.bias,
        room(7 * padded(units) + weights.kernel.shape[1] + len(input_weights), LANES),
    )  # fmt: skip
    return (
        of_pixels(by_inputs) if asked else None,
        torch.from_numpy(by_hidden).T,
        *by_weights.tensors(features, units),
    )
