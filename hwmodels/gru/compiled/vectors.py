"""Operations of compiled loops that LLVM's own vectorizer does not find, or finds too wide.

They are written as LLVM's vectors, of no particular processor. Two numbers of 16 bits share one of
32, a *pair*: in the instructions of many processors the dot product of two pairs is one
(``vpmaddwd``, ``vpdpwssd``), and so is the upper half of their products (``vpmulhw``).
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ROWS = 4
"""Sums that are made at once: what they read of the pixels is loaded once."""

WIDTH = 16
"""Pixels of a vector."""

_intrinsic: Any = intrinsic  # whose functions take one argument fewer than it says

_INT16, _INT32 = ir.IntType(16), ir.IntType(32)
_PAIRS = ir.VectorType(_INT32, WIDTH)
_HALVES = ir.VectorType(_INT16, 2 * WIDTH)
_WIDE = ir.VectorType(_INT32, 2 * WIDTH)


def _products(builder: Any, pairs: Any, weights: Any) -> Any:
    return builder.mul(builder.sext(pairs, _WIDE), builder.sext(weights, _WIDE))


def _dot(builder: Any, pairs: Any, weights: Any) -> Any:
    """Return the sum of the two products of each pair, in 32 bits."""
    products = _products(builder, pairs, weights)
    first, second = (
        builder.shuffle_vector(
            products, products, ir.Constant(_PAIRS, list(range(half, 2 * WIDTH, 2)))
        )
        for half in range(2)
    )
    return builder.add(first, second)


def _floor(builder: Any, pairs: Any, weights: Any) -> Any:
    """Return ``floor(product / 2**16)`` of each product, in 16 bits."""
    sixteen = ir.Constant(_WIDE, [16] * 2 * WIDTH)
    return builder.trunc(builder.ashr(_products(builder, pairs, weights), sixteen), _HALVES)


def _of_pair(builder: Any, halves: Any) -> Any:
    """Return the sum of the halves of each pair, in 32 bits."""
    pairs, sixteen = builder.bitcast(halves, _PAIRS), ir.Constant(_PAIRS, [16] * WIDTH)
    low = builder.ashr(builder.shl(pairs, sixteen), sixteen)
    return builder.add(low, builder.ashr(pairs, sixteen))


def _sums(
    product: Callable[..., Any], kind: ir.VectorType, total: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a generator of ``totals[i, p] += total(sum_k product(values[k, p], w[i, k]))``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        totals, values, weights = (
            context.make_array(signature.args[i])(context, builder, arguments[i]).data
            for i in (0, 2, 4)
        )
        _, to, _, begin, _, row, length, count, lanes = arguments

        def place(base: Any, offset: Any) -> Any:
            return builder.bitcast(builder.gep(base, [offset]), _PAIRS.as_pointer())

        def index(offset: Any, i: Any, stride: Any) -> Any:
            return builder.add(offset, builder.mul(i, stride))

        numbers = [ir.Constant(cgutils.intp_t, i) for i in range(ROWS)]
        zeros = ir.Constant(kind, [0] * kind.count)
        sums = [cgutils.alloca_once_value(builder, zeros) for _ in numbers]
        everywhere = ir.Constant(_PAIRS, [0] * WIDTH)
        with cgutils.for_range(builder, count) as loop:
            found = builder.load(place(values, index(begin, loop.index, lanes)), align=4)
            found = builder.bitcast(found, _HALVES)
            for i, partial in zip(numbers, sums, strict=True):
                weight = builder.load(
                    builder.gep(weights, [builder.add(index(row, i, length), loop.index)])
                )
                alone = builder.insert_element(
                    ir.Constant(_PAIRS, ir.Undefined), weight, ir.Constant(_INT32, 0)
                )
                spread = builder.bitcast(builder.shuffle_vector(alone, alone, everywhere), _HALVES)
                term = product(builder, found, spread)
                builder.store(builder.add(builder.load(partial), term), partial)
        for i, partial in zip(numbers, sums, strict=True):
            target = place(totals, index(to, i, lanes))
            before = builder.load(target, align=4)
            after = builder.add(before, total(builder, builder.load(partial)))
            builder.store(after, target, align=4)
        return context.get_dummy_value()

    return generate


_GENERATE_DOTS = _sums(_dot, _PAIRS, lambda builder, sums: sums)
_GENERATE_FLOORS = _sums(_floor, _HALVES, _of_pair)


def _signature(totals: Any, values: Any, weights: Any) -> Any:
    at = types.intp
    return types.void(totals, at, values, at, weights, at, at, at, at)


@_intrinsic
def add_dots(typing_context, totals, to, values, begin, weights, row, length, count, lanes):
    """Add the dot products of `ROWS` rows of weights with pairs of `WIDTH` pixels.

    ``totals[to + i*lanes + p] += sum_k values[begin + k*lanes + p] . weights[row + i*length + k]``
    for ``i < ROWS``, ``p < WIDTH``, ``k < count``: places in the flat arrays.
    """
    return _signature(totals, values, weights), _GENERATE_DOTS


@_intrinsic
def add_floors(typing_context, totals, to, values, begin, weights, row, length, count, lanes):
    """Do so with ``floor(product / 2**16)`` of both numbers of a pair, in sums of 16 bits."""
    return _signature(totals, values, weights), _GENERATE_FLOORS


def _in_32_bits(generate: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operation of int32 that gives int32: numba's own give int64, for half the lanes."""

    def operation(typing_context, left, right):
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return generate(builder, *arguments)

        return types.int32(types.int32, types.int32), code

    generated: Callable[..., Any] = _intrinsic(operation)
    return generated


def _chosen(relation: str) -> Callable[..., Any]:
    return lambda builder, a, b: builder.select(builder.icmp_signed(relation, a, b), a, b)


add = _in_32_bits(lambda builder, a, b: builder.add(a, b))
sub = _in_32_bits(lambda builder, a, b: builder.sub(a, b))
mul = _in_32_bits(lambda builder, a, b: builder.mul(a, b))
up = _in_32_bits(lambda builder, a, b: builder.shl(a, b))
down = _in_32_bits(lambda builder, a, b: builder.ashr(a, b))
both = _in_32_bits(lambda builder, a, b: builder.and_(a, b))
either = _in_32_bits(lambda builder, a, b: builder.or_(a, b))
lesser = _in_32_bits(_chosen("<"))
greater = _in_32_bits(_chosen(">"))
