"""Cost of one operation of a decomposition, for a choice of how it is implemented."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import singledispatch

from hwmodels.costs.blocks import (
    multiplier_dsp,
    packed_products,
    require_positive,
)
from hwmodels.device import Device
from stomp_flim.errors import InputError

READ_CYCLES = 1
"""From the address to the word, of a RAM block without an output register."""

ADD_AND_SELECT_CYCLES = 2
"""A hard activation or a quantization: one addition, one comparison with the ends of the range."""


class _Sized:
    """All sizes are integers >= 1."""

    def __post_init__(self) -> None:
        require_positive(**{field.name: getattr(self, field.name) for field in fields(self)})  # type: ignore[arg-type]


@dataclass(frozen=True)
class MatrixVector(_Sized):
    """A tile of a matrix times its part of a vector, added to a running sum of each row.

    The sums stay in the lanes. Where they leave one by one, as from the unit of `hwmodels.verilog`,
    `hwmodels.costs.blocks.matrix_vector_cycles` says how long a whole matrix takes.

    Attributes
    ----------
    rows, columns : int
        Of the tile.
    weight_bits, factor_bits : int
        Of a weight, and of an element of the vector.
    """

    rows: int
    columns: int
    weight_bits: int
    factor_bits: int


@dataclass(frozen=True)
class ElementWise(_Sized):
    """Products of two vectors, element by element.

    Attributes
    ----------
    elements : int
        Of each vector.
    bits_a, bits_b : int
        Of their elements.
    """

    elements: int
    bits_a: int
    bits_b: int


@dataclass(frozen=True)
class Activation(_Sized):
    """Hard sigmoid or hard tanh: shifts, an addition and a limit, in look-up tables.

    Attributes
    ----------
    elements : int
        Of the vector.
    """

    elements: int


@dataclass(frozen=True)
class Quantization(_Sized):
    """Rounding and saturation, in look-up tables.

    Attributes
    ----------
    elements : int
        Of the vector.
    """

    elements: int


@dataclass(frozen=True)
class Implementation(_Sized):
    """How an operation is implemented.

    Attributes
    ----------
    lanes : int
        Elements at a time.
    interval : int
        Cycles from one group of elements to the next, the initiation interval.
    packing : int
        Weights that one DSP slice multiplies at once, 1 or 2.
    multiplier_stages : int
        Pipeline stages of a multiplier, at least 1.
    """

    lanes: int
    interval: int = 1
    packing: int = 1
    multiplier_stages: int = 1


@dataclass(frozen=True)
class Cost:
    """What an operation takes.

    Attributes
    ----------
    latency : int
        Cycles to the last result.
    interval : int
        Cycles until the same hardware can begin the next such operation, at most the latency.
    dsp : int
        DSP slices.
    """

    latency: int
    interval: int
    dsp: int = 0


Operation = MatrixVector | ElementWise | Activation | Quantization


@singledispatch
def cost(operation: Operation, how: Implementation, device: Device) -> Cost:
    """Return the cost of an operation on a device.

    Raises
    ------
    InputError
        If the operation is not one of those above, or a slice cannot hold the packed products.
    """
    raise InputError(f"{operation!r} is not an operation with a cost")


@cost.register
def _matrix_vector(operation: MatrixVector, how: Implementation, device: Device) -> Cost:
    bits, lanes = (operation.weight_bits, operation.factor_bits), how.lanes
    dsp = lanes * multiplier_dsp(*bits, device.dsp)
    if how.packing > 1:
        if how.packing > packed_products(*bits, device.dsp):
            raise InputError(
                f"packing: {how.packing} products of {bits[0]} x {bits[1]} bits in one "
                f"{device.dsp.kind}, expected {packed_products(*bits, device.dsp)}"
            )
        dsp = -(-lanes // how.packing)
    busy = -(-operation.rows // lanes) * operation.columns * how.interval
    return Cost(busy + how.multiplier_stages - 1, busy, dsp)


@cost.register
def _element_wise(operation: ElementWise, how: Implementation, device: Device) -> Cost:
    dsp = how.lanes * multiplier_dsp(operation.bits_a, operation.bits_b, device.dsp)
    return _pipelined(operation.elements, how, how.multiplier_stages, dsp)


@cost.register
def _activation(operation: Activation, how: Implementation, device: Device) -> Cost:
    return _pipelined(operation.elements, how, ADD_AND_SELECT_CYCLES)


@cost.register
def _quantization(operation: Quantization, how: Implementation, device: Device) -> Cost:
    return _pipelined(operation.elements, how, ADD_AND_SELECT_CYCLES)


def _pipelined(elements: int, how: Implementation, depth: int, dsp: int = 0) -> Cost:
    """Return the cost of a pipeline of `depth` stages that is fed once in `interval` cycles."""
    groups = -(-elements // how.lanes)
    busy = groups * how.interval
    latency = (groups - 1) * how.interval + depth
    return Cost(max(latency, busy), busy, dsp)
