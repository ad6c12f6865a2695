"""The state in two precisions: what products read and what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from gru_equations import Bits
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.gru import kernel, reference
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import PRESETS, arithmetic_named, with_state_bits
from hwmodels.gru.weights import array_shapes, seeded_weights
from hwmodels.network import Cell, Network
from stomp_flim.errors import InputError

NETWORK = Network("small", layers=1, hidden_units=5, inputs=2, outputs=2, steps=6)


def drawn_input(seed: int, pixels: int = 3) -> np.ndarray:
    """Draw input codes of `NETWORK`."""
    shape = (pixels, NETWORK.steps, NETWORK.inputs)
    return np.random.default_rng(seed).integers(0, 2**14, shape).astype(np.int16)


@st.composite
def bits(draw: st.DrawFn) -> Bits:
    """Draw bits of products, of what is stored, and of the candidate."""
    products = draw(st.integers(2, 16))
    return Bits(products, draw(st.integers(products, 23)), draw(st.integers(2, 23)))


@given(bits(), st.sampled_from(["gru", "gru-reset-after"]), st.integers(0, 2**32 - 1))
def test_equals_the_equations(equations: Any, bits: Bits, cell: Cell, seed: int) -> None:
    """Reference and kernel give the integers of the equations, for all bits of the family."""
    network = replace(NETWORK, cell=cell)
    weights, x = seeded_weights(network, seed), drawn_input(seed)
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, *bits)
    specification = Specification(network, arithmetic)

    expected = equations(weights, x, bits)
    plain = reference.infer(weights, x, specification=specification)
    fast = kernel.infer(weights, x, specification=specification, threads=1)

    assert expected == (plain[0][:, -1].tolist(), plain[1].tolist())
    assert expected == (fast[0].tolist(), fast[1].tolist())


@given(
    st.integers(2, 12),
    st.integers(-3, 2),
    st.sampled_from(Rounding),
    st.sampled_from(Overflow),
    st.integers(0, 2**32 - 1),
)
def test_a_stored_state_of_the_same_format_changes_nothing(
    bits: int, apart: int, rounding: Rounding, overflow: Overflow, seed: int
) -> None:
    """Where BLEND_STATE is STATE, all integers are those of an arithmetic without BLEND_STATE."""
    state = Format(bits, max(bits - 1 + apart, 0), rounding, overflow)
    arithmetic = replace(SEQ2SEQLITE_8_BIT, state=state)
    weights, x = seeded_weights(NETWORK, seed), drawn_input(seed)
    before, after = (
        kernel.infer(weights, x, specification=Specification(NETWORK, a), threads=1)
        for a in (arithmetic, replace(arithmetic, blend_state=state))
    )

    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


def slow_unit(arithmetic: Arithmetic, steps: int) -> np.ndarray:
    """Return the real state after each step of a unit with ``z = 255/256``, ``c = 127/128``."""
    states = []
    for count in range(1, steps + 1):
        network = Network("slow", layers=1, hidden_units=1, outputs=1, steps=count)
        weights = {n: np.zeros(shape, np.int8) for n, shape in array_shapes(network).items()}
        weights["sencgru_bias_z"][...] = weights["sencgru_bias_h"][...] = 127
        h, _ = kernel.infer(
            weights,
            np.zeros((1, count), np.int16),
            specification=Specification(network, arithmetic),
            threads=1,
        )
        states.append(arithmetic.hidden.to_real(h)[0, 0])
    return np.array(states)


def test_steps_below_half_a_code_are_lost_with_8_bits_and_kept_with_12() -> None:
    """A unit whose first step is 127/128 of half a code stands still, or follows the real one.

    Rounding errors of half a stored code a step, of which 255/256 are kept, add up to less than
    256 halves of a code.
    """
    z, c, steps = 255 / 256, 127 / 128, 60
    real = c * (1 - z ** np.arange(1, steps + 1))

    still = slow_unit(SEQ2SEQLITE_8_BIT, steps)
    moving = slow_unit(with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12), steps)
    finer = slow_unit(with_state_bits(SEQ2SEQLITE_8_BIT, 8, 16), steps)

    assert [(1 - z) * c] * steps == still.tolist()
    assert (np.diff(moving) > 0).all()
    assert np.abs(moving - real).max() < 256 * 2.0**-12
    assert np.abs(finer - real).max() < 256 * 2.0**-16


@pytest.mark.parametrize("arithmetic", [SEQ2SEQLITE_8_BIT, PLAIN_16_BIT], ids=lambda a: a.name)
def test_only_the_state_and_the_candidate_change(arithmetic: Arithmetic) -> None:
    """The formats that are asked for, and all others as they were."""
    found = with_state_bits(arithmetic, 6, 10, candidate=9)
    modes = (Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)
    expected = {
        **arithmetic.points(),
        "state": Format(6, 5, *modes),
        "blend_state": Format(10, 9, *modes),
        "candidate": Format(9, 8, *modes),
    }

    assert expected == found.points()
    assert f"{arithmetic.name} with state 6/10 and candidate 9" == found.name


def test_equal_bits_are_one_state() -> None:
    """8 bits for products and memory are the published arithmetic, under another name."""
    found = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 8)
    assert replace(found, name=SEQ2SEQLITE_8_BIT.name) == SEQ2SEQLITE_8_BIT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 8), "products is 1, expected an integer from 2 to 16"),
        ((17, 18), "products is 17, expected an integer from 2 to 16"),
        ((8.0, 12), "products is 8.0, expected an integer from 2 to 16"),
        ((8, 7), "stored is 7, expected an integer from 8 to 23"),
        ((8, 24), "stored is 24, expected an integer from 8 to 23"),
        ((8, True), "stored is True, expected an integer from 8 to 23"),
        ((8, 12, 1), "candidate is 1, expected an integer from 2 to 23"),
        ((8, 12, 24), "candidate is 24, expected an integer from 2 to 23"),
    ],
)
def test_bits_out_of_range_are_refused(arguments: Any, message: str) -> None:
    """One error that names the number, what was found and what was expected."""
    with pytest.raises(InputError, match=f"state bits: {message}"):
        with_state_bits(SEQ2SEQLITE_8_BIT, *arguments)


@given(bits(), st.sampled_from(sorted(PRESETS)), st.booleans())
def test_a_name_says_all(bits: Bits, preset: str, same_candidate: bool) -> None:
    """Each member of the family is found by its name, presets by theirs."""
    products, most = bits.products, PRESETS[preset].hidden.fraction + 1
    products, stored = min(products, most), min(bits.stored, most)
    candidate = None if same_candidate else bits.candidate
    arithmetic = with_state_bits(PRESETS[preset], products, stored, candidate)

    assert arithmetic == arithmetic_named(arithmetic.name)
    assert PRESETS[preset] is arithmetic_named(preset)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("seq2seqlite", "did you mean 'seq2seqlite-8-bit'., alone or '... with state P/S"),
        ("unknown with state 8/12", "arithmetic 'unknown with state 8/12': "),
        ("seq2seqlite-8-bit with state 8", "did you mean 'seq2seqlite-8-bit'"),
        ("seq2seqlite-8-bit with state 8/12 ", "did you mean 'seq2seqlite-8-bit'"),
        ("seq2seqlite-8-bit with state 8/" + "9" * 5000, "arithmetic 'seq2seqlite-8-bit with"),
        ("seq2seqlite-8-bit with state 8/7", "stored is 7, expected an integer from 8 to 23"),
        ("plain-16-bit with state 8/16", "stored is 16, expected an integer from 8 to 15"),
    ],
)
def test_names_that_there_are_not(name: str, message: str) -> None:
    """One error that names the arithmetic, or what is wrong with its bits."""
    with pytest.raises(InputError, match=message.replace(". w", "[.] w")):
        arithmetic_named(name)


def test_one_stored_state_is_none_to_quantize() -> None:
    """An arithmetic without the point has no function for it."""
    with pytest.raises(InputError, match="'seq2seqlite-8-bit' has no format 'blend_state'"):
        reference.quantize_blend_state(SEQ2SEQLITE_8_BIT, np.zeros(1, np.int64))
