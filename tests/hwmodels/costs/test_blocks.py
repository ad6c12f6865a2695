"""Closed forms of cost, against schedules that are worked out event by event."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs.blocks import (
    element_wise_dsp,
    gru_dsp,
    gru_step_cycles,
    lane_dsp,
    matrix_vector_cycles,
    multiplier_dsp,
    packed_products,
    ram_blocks,
)

DSP48E1 = devices.xc7k410t.dsp
DSP48E2 = devices.xcku5p.dsp
MULT18 = devices.lfe5u_85f.dsp
BITS = st.integers(1, 80)


def _step(hidden: int, lanes: int, stages: int, inputs: int) -> int:
    """Cycles of a step of the generated cell, from when each column, sum and state comes."""
    columns, rows = inputs + hidden, 3 * hidden
    tiles = [range(first, min(first + lanes, rows)) for first in range(0, rows, lanes)]
    for wait in count():
        issue, sums = 1, {}  # the first column is issued in the cycle after the start
        in_time = True
        waited = False
        for tile in tiles:
            if tile[-1] >= 2 * hidden and not waited:  # rows of the candidate: reset products
                issue, waited = issue + wait, True
                for unit in range(hidden):
                    there = sums.get(unit)
                    in_time &= there is not None and issue + inputs + unit >= there + 4
            issue += columns
            for place, row in enumerate(tile):
                sums[row] = issue - 1 + 5 + stages + place
        if in_time:
            return sums[rows - 1] + 4 + 1  # its state 4 cycles later, the next start after that


@given(
    st.integers(1, 40).flatmap(lambda h: st.tuples(st.just(h), st.integers(1, h))),
    st.integers(0, 6),
    st.integers(0, 3),
)
def test_a_step_takes_as_long_as_its_events(
    shape: tuple[int, int], stages: int, inputs: int
) -> None:
    """Columns, sums that leave one by one, reset products that the candidate waits for."""
    hidden, lanes = shape
    assert _step(hidden, lanes, stages, inputs) == gru_step_cycles(hidden, lanes, stages, inputs)


def test_with_as_many_lanes_as_units_a_step_is_that_of_the_published_rule() -> None:
    """``ceil(3H/P) * (H+1) + H + MP + 9`` for 32 lanes of 32 units."""
    for stages in range(4):
        assert 3 * 33 + 32 + stages + 9 == gru_step_cycles(32, 32, stages)


@given(st.integers(1, 200), st.integers(1, 50), st.integers(1, 50), st.integers(0, 4))
def test_a_product_takes_at_least_its_multiplications(
    rows: int, columns: int, lanes: int, stages: int
) -> None:
    """However they are spread over the lanes; one lane loses nothing but the way out."""
    cycles = matrix_vector_cycles(rows, columns, lanes, stages)
    assert lanes * (cycles - stages) >= rows * columns
    assert rows * columns + 1 + stages + 5 == matrix_vector_cycles(rows, columns, 1, stages)


@pytest.mark.parametrize(
    ("bits", "dsp", "slices"),
    [
        ((18, 25), DSP48E1, 1),
        ((9, 26), DSP48E1, 2),
        ((25, 25), DSP48E1, 2),
        ((32, 9), DSP48E1, 2),
        ((32, 32), DSP48E1, 4),
        ((18, 27), DSP48E2, 1),
        ((18, 28), DSP48E2, 2),
        ((18, 18), MULT18, 1),
        ((24, 8), MULT18, 2),
        ((36, 36), MULT18, 4),
        ((19, 18), MULT18, 1),
        ((20, 18), MULT18, 2),
        ((37, 20), MULT18, 4),
        ((43, 18), DSP48E1, 3),
        ((43, 18), DSP48E2, 2),
        ((60, 30), DSP48E1, 8),
    ],
)
def test_known_products(bits: tuple[int, int], dsp: object, slices: int) -> None:
    """As synthesis makes them, and as the data sheets say of whole widths."""
    assert slices == multiplier_dsp(*bits, dsp)


@given(BITS, BITS)
def test_longer_factors_never_take_fewer_slices(a: int, b: int) -> None:
    """Nor does their order matter, and one slice holds what its ports hold."""
    for dsp in (DSP48E1, DSP48E2, MULT18):
        slices = multiplier_dsp(a, b, dsp)
        assert slices == multiplier_dsp(b, a, dsp) <= multiplier_dsp(a + 1, b, dsp)
        fits = max(a, b) <= dsp.wide_bits and min(a, b) <= dsp.narrow_bits
        assert slices == 1 or not fits
        assert slices * dsp.wide_bits * dsp.narrow_bits >= (a - 1) * (b - 1)


def test_a_cell_has_a_multiplier_a_lane_and_one_for_its_elements() -> None:
    """Both longer than a multiplier of 18 x 18 bits only where a lane's factor is."""
    assert [2, 9, 33] == [gru_dsp(lanes, DSP48E1) for lanes in (1, 8, 32)]
    assert 2 * 32 + 1 == gru_dsp(32, MULT18)


@given(st.integers(1, 40_000), st.integers(1, 200))
def test_blocks_hold_the_bits_and_no_shape_does_better(depth: int, width: int) -> None:
    """Every shape that there is, side by side and one behind the other."""
    device = devices.xc7k410t
    blocks = ram_blocks(depth, width, device)
    assert blocks * 18 * 1024 >= depth * width
    shapes = [(16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36)]
    tilings = [-(-depth // deep) * -(-width // wide) for deep, wide in shapes]
    assert min(tilings) == blocks
    assert min(tilings[:-1]) == ram_blocks(depth, width, device, independent_ports=True)


@pytest.mark.parametrize(("weight", "factor"), [(3, 3), (3, 4), (4, 3)])
def test_two_products_are_packed_exactly_where_all_of_them_come_out_right(
    weight: int, factor: int
) -> None:
    """All symmetric codes, in the narrowest wide port, and in one of a bit less."""
    weights = range(1 - 2 ** (weight - 1), 2 ** (weight - 1))
    factors = range(1 - 2 ** (factor - 1), 2 ** (factor - 1))

    def right(wide: int) -> bool:
        above = wide - weight
        packed = {(u, w): (u << above) + w for u in weights for w in weights}
        fits = all(abs(p) < 2 ** (wide - 1) for p in packed.values())
        half, modulus = 2 ** (above - 1), 2**above
        return fits and all(
            (p * f + half) % modulus - half == w * f and (p * f - w * f) >> above == u * f
            for (u, w), p in packed.items()
            for f in factors
        )

    for wide in range(weight + 1, 2 * (weight + factor)):
        narrow = min(wide, factor)
        dsp = DSP48E1.model_copy(
            update={"wide_bits": wide, "narrow_bits": narrow, "lower_bits": narrow}
        )
        if factor <= wide:
            assert right(wide) == (packed_products(weight, factor, dsp) == 2)


def test_two_int8_products_fit_into_one_slice_but_not_with_a_reset_product() -> None:
    """Which has 24 bits."""
    assert 2 == packed_products(8, 8, DSP48E1) == packed_products(8, 10, DSP48E1)
    assert 1 == packed_products(8, 11, DSP48E1) == packed_products(8, 24, DSP48E2)


@pytest.mark.parametrize(
    ("wide", "narrow", "lower", "lane", "element"),
    [(24, 9, 23, 1, 1), (23, 9, 22, 2, 1), (22, 8, 22, 2, 1), (18, 9, 17, 2, 1), (18, 9, 8, 2, 1),
     (16, 9, 16, 2, 2), (18, 7, 7, 2, 2)],
)  # fmt: skip
def test_the_widths_of_factors(wide: int, narrow: int, lower: int, lane: int, element: int) -> None:
    """A lane multiplies 24 x 8 bits, an element 18 x 9, on whatever slices there are."""
    dsp = DSP48E1.model_copy(update={"wide_bits": wide, "narrow_bits": narrow, "lower_bits": lower})
    assert (lane, element) == (lane_dsp(dsp), element_wise_dsp(dsp))


def test_columns_that_come_slowly() -> None:
    """Every second cycle: the passes take twice as long, and what follows them does not."""
    assert 3 * 2 * 5 + 4 + 5 + 4 == gru_step_cycles(4, 4, interval=2)
    assert 3 * 5 + 4 + 5 + 4 + 2 == gru_step_cycles(4, 4)  # waits for the reset products
