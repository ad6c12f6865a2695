"""The loops of 16-bit products: when they are taken, and the reference's integers in them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from integer_gru import drawn, pair_operations

from hwmodels.gru import kernel
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.compiled import general, pairs
from hwmodels.gru.compiled.pair_arguments import fit
from hwmodels.gru.compiled.vectors import ROWS, WIDTH, add_dots, add_floors
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import SEQ2SEQLITE, Network
from stomp_flim.errors import InputError

A = SEQ2SEQLITE_8_BIT


@st.composite
def arithmetics(draw: st.DrawFn) -> Arithmetic:
    """Draw arithmetics that nearly all fit, with every width and fraction that may be another."""

    def between(least: int, most: int) -> int:
        return draw(st.integers(least, max(least, most)))

    def nearest(fraction: int) -> Format:
        """Of a state or candidate, in [-1, 1) or [-2, 2)."""
        overflow = draw(st.sampled_from([Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC]))
        return Format(fraction + between(1, 2), fraction, Rounding.HALF_EVEN, overflow)

    weight = Format(between(2, 10), between(3, 8))
    left = 16 - weight.bits
    exact = weight.fraction + between(5, 12)  # fraction of products of weights and inputs
    gate_sum, candidate_sum = (exact + between(0, min(left, 4)) for _ in range(2))
    entering = between(
        max(gate_sum, candidate_sum, 2 + weight.fraction + left) - weight.fraction - left,
        exact - weight.fraction,
    )
    state = between(max(1, gate_sum - weight.fraction - left), min(11, gate_sum - weight.fraction))
    stored = draw(st.none() | st.integers(state + 1, state + 4))
    gate = between(6, min(16, gate_sum + 1))
    candidate = between(1, min(11, candidate_sum - 1))
    reset = between(candidate_sum - weight.fraction + 1, gate + state)
    hidden = between(max(stored or state, entering) + 1, gate + max(stored or state, candidate))
    dense_sum = between(
        max(3, hidden + weight.fraction - 15), min(hidden, 13) + weight.fraction - 1
    )
    output = Format(
        between(2, 20),
        between(0, dense_sum - 1),
        draw(st.sampled_from([Rounding.FLOOR, Rounding.HALF_UP, Rounding.HALF_EVEN])),
        draw(st.sampled_from([Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC])),
    )
    return replace(
        A,
        name="drawn",
        weight=weight,
        bias=Format(between(2, 20), between(0, 16)),
        input=Format(between(2, 16), entering),
        stacked_input=nearest(entering),
        state=nearest(state),
        gate_accumulator=Format(32, gate_sum),
        gate=Format(gate + between(2, 4), gate),
        reset_product=Format(reset + between(2, 4), reset),
        candidate_accumulator=Format(32, candidate_sum),
        candidate=nearest(candidate),
        hidden=Format(hidden + between(2, 4), hidden),
        dense_accumulator=Format(32, dense_sum),
        output=output,
        blend_state=None if stored is None else nearest(stored),
    )


published = st.sampled_from([A, *(with_state_bits(A, 8, stored) for stored in (9, 12, 14))])
networks = st.builds(
    Network,
    st.just("drawn"),
    layers=st.integers(1, 3),
    hidden_units=st.integers(1, 9),
    inputs=st.integers(1, 5),
    outputs=st.integers(1, 6),
    steps=st.integers(1, 5),
)


@given(networks, published, st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=150)
def test_published_formats_equal_the_reference(
    network: Network, arithmetic: Arithmetic, pixels: int, seed: int
) -> None:
    """Any number of units, layers, inputs and outputs of the published arithmetic, and its kin."""
    specification = Specification(network, arithmetic)
    assert fit(specification)
    drawn.compare(specification, pixels, seed)


@given(networks, arithmetics(), st.integers(0, 20), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=300)
def test_whatever_fits_equals_the_reference(
    network: Network, arithmetic: Arithmetic, pixels: int, seed: int
) -> None:
    """Where the formats are said to fit, no integer differs."""
    try:
        specification = Specification(network, arithmetic)
    except InputError:
        assume(False)
    event(f"fits: {fit(specification)}")
    drawn.compare(specification, pixels, seed)


def spoilt(point: str, **changes: object) -> Arithmetic:
    """Return the published arithmetic with a point changed."""
    return replace(A, **{point: replace(getattr(A, point), **changes)})


UNFIT = {
    "16-bit weights": PLAIN_16_BIT,
    "smooth gates": replace(A, sigmoid=Curve("sigmoid", 3, 4, 16)),
    "a smooth candidate": replace(A, tanh=Curve("tanh", 3, 4, 16)),
    "an input of more than 16 bits": spoilt("input", bits=17),
    "weights that leave 16 bits": spoilt("weight", bits=9),
    "an accumulator that saturates": spoilt("gate_accumulator", overflow=Overflow.SATURATE),
    "an accumulator that wraps earlier": spoilt("dense_accumulator", bits=31),
    "products that are rounded": spoilt("candidate_accumulator", rounding=Rounding.HALF_UP),
    "reset products that wrap": spoilt("reset_product", bits=22),
    "reset products that are rounded": spoilt("reset_product", rounding=Rounding.HALF_EVEN),
    "gates that wrap at 1": spoilt("gate", bits=17),
    "gates that are rounded": spoilt("gate", rounding=Rounding.HALF_UP),
    "a state that is cut off": spoilt("state", rounding=Rounding.FLOOR),
    "a state that wraps": spoilt("state", overflow=Overflow.WRAP),
    "a candidate rounded up": spoilt("candidate", rounding=Rounding.HALF_UP),
    "hidden states that wrap": spoilt("hidden", bits=22),
    "hidden states that are rounded": spoilt("hidden", rounding=Rounding.TO_ZERO),
    "outputs that wrap": spoilt("output", overflow=Overflow.WRAP),
    "outputs rounded to zero": spoilt("output", rounding=Rounding.TO_ZERO),
    "a stored state that is cut off": replace(A, blend_state=Format(12, 11)),
}


@pytest.mark.parametrize("arithmetic", UNFIT.values(), ids=UNFIT)
def test_other_formats_take_the_general_loops(arithmetic: Arithmetic) -> None:
    """Each rule has an arithmetic that breaks it, and that is computed all the same."""
    specification = Specification(Network("little", 1, 5, steps=3), arithmetic)

    assert not fit(specification)
    drawn.compare(specification, pixels=20, seed=0)


def noted(calls: list[str], name: str, *_: object) -> None:
    """Note a call of compiled loops, and compute nothing."""
    calls.append(name)


def test_the_published_network_takes_the_loops_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not run a general loop, nor another arithmetic one of pairs."""
    weights, x = seeded_weights(SEQ2SEQLITE, 0), np.zeros((1, 135), np.int16)
    taken: list[str] = []
    for loops in (pairs, general):
        monkeypatch.setattr(loops, "advance", partial(noted, taken, loops.__name__))

    kernel.infer(weights, x, threads=1)
    other = Specification(SEQ2SEQLITE, UNFIT["outputs that wrap"])
    kernel.infer(weights, x, threads=1, specification=other)

    assert [pairs.__name__] * 2 + [general.__name__] * 2 == taken


@pytest.mark.parametrize(
    ("cell", "units", "fits"),
    [("gru", 32, True), ("gru", 512, True), ("gru", 513, False), ("gru-reset-after", 32, False)],
)
def test_units_and_cell_decide_too(cell: str, units: int, fits: bool) -> None:
    """Sums of 16 bits hold the floors of 512 units, and the reset comes before the product."""
    network = Network("other", layers=1, hidden_units=units, steps=1, cell=cell)
    assert fits is fit(Specification(network, A))


def test_many_units_equal_the_reference() -> None:
    """As many as the loops take, and one more, which they do not."""
    for units in (512, 513):
        network = Network("large", layers=1, hidden_units=units, outputs=2, steps=2)
        drawn.compare(Specification(network, A), pixels=2, seed=1)


@numba.njit
def dots(totals, values, weights, count, lanes):  # type: ignore[no-untyped-def]
    """Compile the operation."""
    add_dots(totals, 0, values, 0, weights, 0, count, count, lanes)


@numba.njit
def floors(totals, values, weights, count, lanes):  # type: ignore[no-untyped-def]
    """Compile the other operation."""
    add_floors(totals, 0, values, 0, weights, 0, count, count, lanes)


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize(("name", "compiled"), [("add_dots", dots), ("add_floors", floors)])
def test_operations_equal_their_meaning(name: str, compiled: Any, ends: bool) -> None:
    """On least and largest products, whose sums leave 32 bits, and on drawn ones."""
    generator = np.random.default_rng(0)
    count, lanes = 9, 2 * WIDTH

    def drawn(rows: int, columns: int, bits: int) -> np.ndarray:
        end = 1 << bits - 1
        shape = (rows, 2 * columns)
        numbers = (
            generator.choice([-end, 1 - end, -1, 0, 1, end - 1], shape)
            if ends
            else generator.integers(-end, end, shape)
        )
        return numbers.astype(np.int16).view(np.int32)

    values = drawn(count, lanes, 16)
    weights = drawn(ROWS, count, 16 if name == "add_dots" else 12)  # floors are added in 16 bits
    found, expected = np.ones((2, ROWS, lanes), np.int32)

    compiled(found, values, weights, count, lanes)
    pair_operations.ALL[name](expected, 0, values, 0, weights, 0, count, count, lanes)

    np.testing.assert_array_equal(expected, found)
    assert (found[:, :WIDTH] != 1).any()
    assert (found[:, WIDTH:] == 1).all()


@pytest.mark.parametrize("weight", [-128, 127])
def test_floors_of_the_most_units_stay_in_16_bits(weight: int) -> None:
    """The largest rest that is dropped times either end of the weights, 512 times."""
    count = 256
    values = np.full((count, 2 * WIDTH), 127 << 8, np.int16).view(np.int32)
    weights = np.full((ROWS, 2 * count), 2 * weight, np.int16).view(np.int32)
    totals = np.zeros((ROWS, WIDTH), np.int32)

    floors(totals, values, weights, count, WIDTH)

    assert [512 * (127 * weight >> 7)] == np.unique(totals).tolist()
