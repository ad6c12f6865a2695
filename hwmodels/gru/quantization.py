"""From a network in real numbers to integers for the kernel, and the error that this costs.

`hwmodels.gru.formats` chooses a format for every value from the weights and from calibration data;
accumulators get as many bits as `hwmodels.gru.bounds` proves enough with these weights, whatever
enters. The error is that of the kernel's integers against the network in double precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hwmodels.cells.activations import Floats
from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.bounds import largest_sums
from hwmodels.gru.calibration import Activations, Forward, forward
from hwmodels.gru.fixedpoint import WIDEST
from hwmodels.gru.formats import arithmetic_of
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import Weights, check_weights, rounded
from hwmodels.network import Network
from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

FEWEST, MOST = 3, 20
"""Bits that can be asked for."""


@dataclass(frozen=True)
class Error:
    """How far integers are from the network in real numbers.

    Attributes
    ----------
    rmse, largest : float
        Root of the mean square, and the largest, of all differences.
    signal : float
        Root of the mean square of the real values.
    """

    rmse: float
    largest: float
    signal: float

    @property
    def relative(self) -> float:
        """`rmse` over `signal`; of zeros, 0 where they are met and infinite otherwise."""
        if self.signal == 0:
            return 0.0 if self.rmse == 0 else float("inf")
        return self.rmse / self.signal


@dataclass(frozen=True, eq=False)
class Quantized:
    """A network in integers.

    Attributes
    ----------
    specification : Specification
        Its formats, for `hwmodels.gru.kernel.infer` and `workloads.accelerator.graph`.
    weights : dict of str to integer array
        Its codes, named as by `hwmodels.gru.weights`.
    outputs, states : Error
        Of all outputs, and of the encoder's last states, on the calibration data.
    bounds : dict of str to int
        What no accumulator exceeds in magnitude, in its codes, whatever enters.
    """

    specification: Specification
    weights: Weights
    outputs: Error
    states: Error
    bounds: dict[str, int]


def quantize(
    weights: Mapping[str, ArrayLike],
    network: Network,
    x: ArrayLike,
    bits: int = 8,
    *,
    activations: Activations = "smooth",
    stored: int | None = None,
) -> Quantized:
    """Choose formats for a network, round its weights and measure what that costs.

    Parameters
    ----------
    weights : mapping of str to float array
        Named as by `hwmodels.gru.weights`.
    network : Network
        Its shape and cell.
    x : float array, pixels x steps, or pixels x steps x inputs
        Calibration data: inputs such as the network will see.
    bits : int
        Of weights and of what they multiply, 3 to 20.
    activations : {"smooth", "hard"}
        Sigmoid and tanh, or the hard ones of the published accelerator.
    stored : int, optional
        Bits in which the state is stored and blended, `bits` to 20; by default `bits`.

    Raises
    ------
    InputError
        If weights or data do not fit the network or are not finite, or `bits` or `stored` is out of
        its range or too few for the magnitude of a value.

    Examples
    --------
    >>> import numpy as np
    >>> from hwmodels.gru.kernel import infer
    >>> from hwmodels.gru.quantization import quantize
    >>> from hwmodels.gru.weights import array_shapes
    >>> from hwmodels.network import Network
    >>> network = Network("mine", layers=1, hidden_units=8, steps=20, cell="gru-reset-after")
    >>> random = np.random.default_rng(0)
    >>> shapes = array_shapes(network)
    >>> weights = {name: random.normal(0, 0.4, shape) for name, shape in shapes.items()}
    >>> x = random.uniform(0, 1, (100, 20))
    >>> errors = [quantize(weights, network, x, bits).outputs.relative for bits in (6, 8, 12)]
    >>> [round(100 * error, 1) for error in errors]  # percent
    [2.5, 0.7, 0.1]
    >>> round(100 * quantize(weights, network, x, 8, stored=12).outputs.relative, 1)
    0.4
    >>> found = quantize(weights, network, x, 8)
    >>> codes = found.specification.arithmetic.input.quantize(x)
    >>> infer(found.weights, codes, specification=found.specification)[1].shape
    (100, 20, 3)
    """
    if not is_integer(bits) or not FEWEST <= bits <= MOST:
        raise InputError(f"bits is {bits!r}, expected an integer from {FEWEST} to {MOST}")
    if stored is not None and (not is_integer(stored) or not bits <= stored <= MOST):
        raise InputError(f"stored is {stored!r}, expected an integer from {bits} to {MOST}")
    real = forward(weights, network, x, activations)
    arrays = {name: np.asarray(array, np.float64) for name, array in weights.items()}
    arithmetic = arithmetic_of(network, arrays, real.samples, bits, activations, stored)
    codes = rounded(arrays, arithmetic)
    while True:
        bounds = largest_sums(codes, network, arithmetic)
        widths = _widths(bounds)
        if max(widths.values()) <= WIDEST:
            break
        arithmetic = _coarser(arithmetic, widths)
    accumulators: dict[str, Any] = {
        name: replace(point, bits=widths[name])
        for name, point in arithmetic.points().items()
        if name in widths
    }
    arithmetic = replace(arithmetic, **accumulators)
    specification = Specification(network, arithmetic)
    codes = check_weights(codes, network, arithmetic)
    outputs, states = errors(specification, codes, real, x)
    return Quantized(specification, codes, outputs, states, bounds)


def errors(
    specification: Specification, weights: Weights, real: Forward, x: ArrayLike
) -> tuple[Error, Error]:
    """Return the errors of all outputs, and of the encoder's last states.

    Parameters
    ----------
    specification, weights : Specification, dict of str to int array
        A network in integers.
    real : Forward
        What the network computes in real numbers.
    x : float array, pixels x steps, or pixels x steps x inputs
        Of what.
    """
    a = specification.arithmetic
    states, y = infer(
        weights, a.input.quantize(x), specification=specification, every_layer=True, threads=1
    )
    return _error(a.output.to_real(y), real.y), _error(a.hidden.to_real(states), real.h_encoder)


def _error(found: Floats, real: Floats) -> Error:
    difference = found - real
    rmse, signal = (float(np.sqrt(np.mean(values**2))) for values in (difference, real))
    return Error(rmse, float(np.abs(difference).max()), signal)


def _widths(bounds: Mapping[str, int]) -> dict[str, int]:
    """Return the bits of signed accumulators that hold their bounds; the cell's lanes share one."""
    bits = {name: max(bound.bit_length() + 1, 2) for name, bound in bounds.items()}
    cell = max(bits["gate_accumulator"], bits["candidate_accumulator"])
    return bits | {"gate_accumulator": cell, "candidate_accumulator": cell}


def _coarser(arithmetic: Arithmetic, widths: Mapping[str, int]) -> Arithmetic:
    """Take as many fractional bits from accumulators as they are too wide."""
    accumulators: dict[str, Any] = {
        name: replace(point, fraction=max(point.fraction - max(widths[name] - WIDEST, 0), 0))
        for name, point in arithmetic.points().items()
        if name in widths
    }
    return replace(arithmetic, **accumulators)
