"""What ``make check-hardware`` builds: which set the cost model's constants, which only check them.

The constants are the cycles and register stages in `hwmodels.costs.blocks` (sums, reset products,
blend), the widths of the parts into which a long factor is cut, and the shapes of a RAM block. They
were set with the configurations called SETTING. Those called CHECKING were chosen afterwards, and
no constant was touched for them.
"""

from __future__ import annotations

from dataclasses import replace

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.verilog.design import Cell, MatrixVector, MemoryStyle

SETTING, CHECKING = "setting", "checking"

_MIXED_SUM = Format(26, 17, Rounding.HALF_EVEN, Overflow.SATURATE)
_MIXED = Arithmetic(
    name="mixed-modes",
    weight=Format(8, 7),
    bias=Format(10, 8),
    input=Format(12, 9),
    stacked_input=Format(9, 8, Rounding.HALF_UP, Overflow.SATURATE),
    state=Format(9, 8, Rounding.HALF_UP, Overflow.SATURATE),
    gate_accumulator=_MIXED_SUM,
    gate=Format(12, 10, Rounding.HALF_UP, Overflow.SATURATE),
    reset_product=Format(16, 13, Rounding.TO_ZERO),
    candidate_accumulator=_MIXED_SUM,
    candidate=Format(7, 6, Rounding.TO_ZERO, Overflow.SATURATE),
    hidden=Format(18, 15, Rounding.HALF_EVEN, Overflow.SATURATE),
    dense_accumulator=_MIXED_SUM,
    output=Format(16, 10),
)
"""Every rounding and overflow mode somewhere, states and candidates with different fractions."""

_LONG_STATE = Format(20, 18, Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)
_LONG_SUM = Format(48, 30)
_LONG = replace(
    PLAIN_16_BIT,
    name="long-factors",
    weight=Format(18, 17),
    stacked_input=_LONG_STATE,
    state=_LONG_STATE,
    gate_accumulator=_LONG_SUM,
    gate=Format(20, 18),
    reset_product=Format(32, 30),
    candidate_accumulator=_LONG_SUM,
    candidate=_LONG_STATE,
    hidden=Format(32, 30),
)
"""Factors of 32 x 18 and 21 x 20 bits, which take two DSP slices each."""

_STORED = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12, candidate=10)
_STORED_MIXED = replace(
    _MIXED,
    name="stored-mixed-modes",
    blend_state=Format(11, 7, Rounding.TO_ZERO, Overflow.SATURATE),
)
"""What is stored has a wider range than what products read, and fewer fractional bits."""

_STORED_LONG = with_state_bits(SEQ2SEQLITE_8_BIT, 16, 23, candidate=23)
"""A blend of 24-bit differences, the most that one DSP slice takes beside an 18-bit gate."""

ARITHMETICS = (
    SEQ2SEQLITE_8_BIT, PLAIN_16_BIT, _MIXED, _LONG, _STORED, _STORED_MIXED, _STORED_LONG,
)  # fmt: skip

ELEMENT_WISE: dict[str, list[Arithmetic]] = {
    SETTING: [SEQ2SEQLITE_8_BIT],
    CHECKING: [PLAIN_16_BIT, _MIXED, _LONG, _STORED, _STORED_MIXED, _STORED_LONG],
}

_BLOCK = MemoryStyle.BLOCK

CELLS: dict[str, list[Cell]] = {
    SETTING: [
        Cell(8, 8),
        Cell(8, 3, multiplier_stages=1),
        Cell(3, 2),  # waits for its reset products
        Cell(16, 4, state_memory=_BLOCK),
        Cell(32, 8),
    ],
    CHECKING: [
        Cell(2, 1, inputs=3),
        Cell(6, 6, multiplier_stages=4),  # waits, and by more for the deeper multipliers
        Cell(7, 5, inputs=0, multiplier_stages=2),  # the same in a decoder
        Cell(10, 3, inputs=0, state_memory=_BLOCK),
        Cell(20, 12, inputs=2, multiplier_stages=1),
        Cell(12, 8, inputs=12, stacked=True),
        Cell(24, 24, multiplier_stages=3),
        Cell(32, 1, state_memory=_BLOCK),
        Cell(32, 32, multiplier_stages=2, state_memory=_BLOCK),
        Cell(14, 5, arithmetic=PLAIN_16_BIT, state_memory=_BLOCK),
        Cell(9, 4, inputs=2, arithmetic=_MIXED),
        Cell(9, 4, multiplier_stages=1, arithmetic=_LONG, state_memory=_BLOCK),
        Cell(32, 32, arithmetic=_STORED, state_memory=_BLOCK),
        Cell(8, 4, inputs=2, arithmetic=_STORED_MIXED),
        Cell(7, 4, inputs=0, arithmetic=_STORED_LONG, state_memory=_BLOCK),
    ],
}


def _unit(rows: int, columns: int, lanes: int, stages: int) -> MatrixVector:
    a = SEQ2SEQLITE_8_BIT
    return MatrixVector(
        rows,
        columns,
        lanes,
        operand=a.hidden,
        weight=a.weight,
        bias=a.bias,
        accumulator=a.dense_accumulator,
        sum_bits=a.dense_accumulator.bits,
        multiplier_stages=stages,
    )


UNITS: dict[str, list[MatrixVector]] = {
    SETTING: [_unit(8, 8, 4, 0), _unit(10, 6, 4, 1)],
    # 3 x 32 is the dense layer of Seq2SeqLite.
    CHECKING: [_unit(3, 32, 3, 0), _unit(3, 32, 1, 2), _unit(11, 7, 7, 0), _unit(40, 20, 16, 3)],
}

MULTIPLIERS: dict[str, list[tuple[int, int]]] = {
    SETTING: [(18, 25), (9, 26), (25, 25), (32, 32)],
    CHECKING: [(24, 8), (18, 9), (19, 25), (35, 35), (26, 20), (43, 18), (43, 19)],
}
"""Bits of two factors; products of fewer than 9 bits are left to look-up tables."""

MEMORIES: dict[str, list[tuple[int, int]]] = {
    SETTING: [(32, 8), (512, 36), (513, 36), (16384, 1)],
    CHECKING: [(99, 256), (3168, 8), (396, 80), (3000, 9), (5000, 5), (700, 100), (1025, 18)],
}
"""Depth and width."""

FORMATS: list[tuple[int, int, Format]] = (
    [(a.hidden.bits, a.hidden.fraction, a.stored_state) for a in ARITHMETICS]
    + [(a.blend_state.bits, a.blend_state.fraction, a.state) for a in ARITHMETICS if a.blend_state]
    + [
        (26, 16, Format(9, fraction, rounding, overflow))
        for fraction in (8, 15, 18)  # drops many bits, one, and none
        for rounding in Rounding
        for overflow in Overflow
    ]
)
"""Bits and fraction of a value, and the format into which `quantize` brings it."""
