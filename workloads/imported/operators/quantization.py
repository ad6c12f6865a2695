"""Operators of quantized networks: integer codes with scale and zero point, and QONNX's Quant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Node
from workloads.imported.operators.elementwise import TYPES

QONNX = "qonnx.custom_op.general"
"""Domain of Quant; older files say ``onnx.brevitas`` or ``finn.custom_op.general``."""

ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "ROUND": np.rint,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "ROUND_TO_ZERO": np.trunc,
}


def along(node: Node, x: Array, values: Array) -> Array:
    """Return scales or zero points in a shape that meets the axis that they belong to."""
    if values.size == 1:
        return values.reshape(())
    if values.ndim > 1 or node.integer("block_size", 0):
        raise InputError("scales of blocks, expected one, or one for each slice of an axis")
    shape = [1] * x.ndim
    shape[node.integer("axis", 1)] = values.size
    return values.reshape(shape)


def dequantize(node: Node, x: Array, scale: Array, zero: Array | None = None) -> Array:
    """Return ``(code - zero) * scale``."""
    codes = x.astype(np.float64)
    if zero is not None:
        codes = codes - along(node, x, zero)
    return np.asarray(codes * along(node, x, scale))


def quantize(node: Node, x: Array, scale: Array, zero: Array | None = None) -> Array:
    """Return codes: ties go to the even one, what does not fit to the nearest that does."""
    kind = np.dtype(np.uint8) if zero is None else zero.dtype
    if zero is None and node.attributes.get("output_dtype", 0):
        kind = np.dtype(TYPES.get(node.integer("output_dtype"), np.float64))
    if kind.kind not in "iu":
        raise InputError(f"codes of {kind}, expected integers of 8 to 64 bits")
    codes = np.rint(x / along(node, x, scale))
    if zero is not None:
        codes = codes + along(node, x, zero)
    return np.clip(codes, np.iinfo(kind).min, np.iinfo(kind).max).astype(kind)


def quant(node: Node, x: Array, scale: Array, zero: Array, bits: Array) -> Array:
    """Return values as they are after rounding to codes of any width."""
    signed, narrow = node.integer("signed", 1), node.integer("narrow", 0)
    mode = node.text("rounding_mode", "ROUND").upper()
    if mode not in ROUNDINGS:
        raise InputError(f"rounding_mode {mode!r}, expected one of {', '.join(ROUNDINGS)}")
    high = 2.0 ** (bits - signed) - 1 - (narrow if not signed else 0)
    low = -(2.0 ** (bits - 1)) + narrow if signed else np.zeros_like(high)
    codes = np.clip(ROUNDINGS[mode](x / scale + zero), low, high)
    return np.asarray((codes - zero) * scale)


def bipolar(_: Node, x: Array, scale: Array) -> Array:
    """Return plus or minus the scale."""
    return np.where(x >= 0, scale, -scale)


OPERATORS: dict[str, Callable[..., Array]] = {
    "DequantizeLinear": dequantize,
    "QuantizeLinear": quantize,
}
for _domain in (QONNX, "onnx.brevitas", "finn.custom_op.general"):
    OPERATORS |= {f"{_domain}:Quant": quant, f"{_domain}:BipolarQuant": bipolar}
