"""Matrix products with the pixels of a block, at the speed of a core.

From loops LLVM makes code that loads and stores sums at each term, at half the speed. So the tile
is written in its language: 16 vectors of sums stay in registers while all terms are added to them.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator, call-arg"

from __future__ import annotations

from itertools import product
from pathlib import Path

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from stomp_flim.machine_code import kept

SOURCES = Path(__file__).read_bytes()
"""What compiled functions of other modules depend on."""

LANES = 64
"""Pixels of a block."""

TILE = 4
"""Rows that are computed at once: arrays have a multiple of them."""

_WIDTH = 16
"""Numbers of a vector: 32 bits each, in the widest registers of today."""

_REAL, _CODE, _SIZE = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_SUM = ("contract",)


@kept(error_model="numpy", nogil=True)
def multiply(total, values, weights, shift):
    """Add ``sum_k weights[m, k] * values[k, p]`` to ``total[m, p]``.

    Parameters
    ----------
    total : float32 or int32 array, rows x LANES
    values : array, terms x LANES
    weights : array, rows x terms
    shift : int
        Bits that each product drops, of integers.
    """
    if len(values) > 0:
        for row in range(0, len(total), TILE):
            _add_products(total, values, weights, row, shift)


@kept(error_model="numpy", nogil=True)
def collect(total, factors, values):
    """Add ``sum_p factors[m, p] * values[k, p]``, over the pixels, to ``total[m, k]``.

    Parameters
    ----------
    total : float32 array, rows x terms
    factors : float32 array, rows x LANES
    values : float32 array, terms x LANES
    """
    for row in range(0, len(factors), TILE):
        for term in range(0, len(values), TILE):
            _add_sums(total, factors, values, row, term)


class _Builder:
    """LLVM's instructions on vectors, and on arrays in C's order."""

    def __init__(self, context, builder, signature, arguments):
        self.build = builder
        self.arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=False)
            if isinstance(kind, types.Array)
        ]
        self.number = context.get_value_type(signature.args[0].dtype)

    def place(self, array, row, column, count):
        """Return the address of `count` numbers of a row."""
        build, array = self.build, self.arrays[array]
        start = build.add(build.mul(row, build.extract_value(array.shape, 1)), column)
        vector = ir.VectorType(self.number, count)
        return build.bitcast(build.gep(array.data, [start]), vector.as_pointer())

    def load(self, array, row, column, count=_WIDTH):
        """Load `count` numbers of a row."""
        found = self.build.load(self.place(array, row, column, count))
        found.align = 4
        return found

    def add_to(self, array, row, column, vector):
        """Add to numbers of a row."""
        place = self.place(array, row, column, vector.type.count)
        stored = self.build.load(place)
        stored.align = 4
        self.build.store(self.build.fadd(stored, vector), place).align = 4

    def shuffle(self, one, other, lanes):
        """Choose lanes of two vectors, those of the second after those of the first."""
        order = ir.Constant(ir.VectorType(_CODE, len(lanes)), lanes)
        return self.build.shuffle_vector(one, other, order)

    def all_lanes(self, value):
        """Return a vector of one number."""
        none = ir.Constant(ir.VectorType(value.type, 1), ir.Undefined)
        single = self.build.insert_element(none, value, _CODE(0))
        return self.shuffle(single, single, [0] * _WIDTH)

    def plus_product(self, total, one, other, shift=None):
        """Return a sum with the product added, of integers shifted first."""
        build = self.build
        if self.number == _REAL:
            return build.fadd(total, build.fmul(one, other, flags=_SUM), flags=_SUM)
        return build.add(total, build.ashr(build.mul(one, other), shift))


def _check(*arrays):
    for array in arrays:
        assert array.layout == "C"
        assert array.dtype == arrays[0].dtype
        assert array.dtype in (types.float32, types.int32)


@intrinsic
def _add_products(context, total, values, weights, row, shift):
    """Do what `multiply` does for a tile of rows; there is a term."""
    _check(total, values, weights)

    def generate(context, builder, signature, arguments):
        tile = _Builder(context, builder, signature, arguments)
        first, terms = arguments[3], builder.extract_value(tile.arrays[1].shape, 0)
        bits = tile.all_lanes(builder.trunc(arguments[4], _CODE))
        rows = [builder.add(first, _SIZE(r)) for r in range(TILE)]
        cells = list(product(range(TILE), range(0, LANES, _WIDTH)))
        start = [tile.load(0, rows[r], _SIZE(c)) for r, c in cells]
        before, loop = builder.block, builder.append_basic_block("terms")
        after = builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        k, sums = builder.phi(_SIZE), [builder.phi(each.type) for each in start]
        lanes = {c: tile.load(1, k, _SIZE(c)) for _, c in cells}
        weight = [
            tile.all_lanes(builder.extract_element(tile.load(2, each, k, 1), _CODE(0)))
            for each in rows
        ]
        new = [
            tile.plus_product(total, lanes[c], weight[r], bits)
            for total, (r, c) in zip(sums, cells, strict=True)
        ]
        following = builder.add(k, _SIZE(1))
        for phi, once in zip([k, *sums], [_SIZE(0), *start], strict=True):
            phi.add_incoming(once, before)
        for phi, again in zip([k, *sums], [following, *new], strict=True):
            phi.add_incoming(again, loop)
        builder.cbranch(builder.icmp_signed("<", following, terms), loop, after)
        builder.position_at_end(after)
        for (r, c), vector in zip(cells, new, strict=True):
            builder.store(vector, tile.place(0, rows[r], _SIZE(c), _WIDTH)).align = 4
        return context.get_dummy_value()

    return types.void(total, values, weights, types.intp, types.intp), generate


@intrinsic
def _add_sums(context, total, factors, values, row, term):
    """Do what `collect` does for a tile of rows and terms."""
    _check(total, factors, values)

    def generate(context, builder, signature, arguments):
        tile = _Builder(context, builder, signature, arguments)
        rows, terms = (
            [builder.add(first, _SIZE(i)) for i in range(TILE)] for first in arguments[3:]
        )
        zero = ir.Constant(ir.VectorType(_REAL, _WIDTH), None)
        sums = [zero] * TILE**2
        for c in range(0, LANES, _WIDTH):
            one = [tile.load(1, each, _SIZE(c)) for each in rows]
            other = [tile.load(2, each, _SIZE(c)) for each in terms]
            sums = [
                tile.plus_product(total, *pair)
                for total, pair in zip(sums, product(one, other), strict=True)
            ]
        group = _WIDTH  # lanes of a vector that belong to one sum: two vectors become one
        while len(sums) > 1:
            lanes = range(2 * _WIDTH)
            low = [lane for lane in lanes if lane % group < group // 2]
            high = [lane for lane in lanes if lane % group >= group // 2]
            sums = [
                builder.fadd(tile.shuffle(a, b, low), tile.shuffle(a, b, high))
                for a, b in zip(sums[::2], sums[1::2], strict=True)
            ]
            group //= 2
        for i, each in enumerate(rows):
            four = tile.shuffle(sums[0], sums[0], list(range(TILE * i, TILE * (i + 1))))
            tile.add_to(0, each, arguments[4], four)
        return context.get_dummy_value()

    return types.void(total, factors, values, types.intp, types.intp), generate
