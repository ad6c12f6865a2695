"""The reference: published vectors, each primitive against its equation, terms in any order."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import gru_vectors
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hwmodels.gru import reference as gru
from hwmodels.gru.arithmetic import PLAIN_16_BIT, Specification
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT as PUBLISHED
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import Network

HIDDEN = np.arange(-(2**23), 2**23 - 2**13, 2**13)
"""HIDDEN codes in quarters of a STATE code: every state, every tie, and what lies between."""


def half_even(codes: np.ndarray, bits: int) -> list[int]:
    """Round codes / 2**bits to the nearest integer, ties to even."""
    return [round(Fraction(int(code), 2**bits)) for code in codes]


def test_sequences_of_the_equations() -> None:
    """Whole sequences at the published size have the integers of the equations."""
    h, y = gru.infer(gru_vectors.weights(), gru_vectors.input_codes())

    assert gru_vectors.STATES == gru_vectors.checksum(h[:, -1])
    assert gru_vectors.OUTPUTS == gru_vectors.checksum(y)


def test_published_vectors(reference: Path) -> None:
    """All 16 sequences are equal in every integer: final encoder state and all outputs."""
    vectors = np.load(reference / "hls/vectors.npz")
    weights = np.load(reference / "hls/student_weights_int8.npz")

    h, y = gru.infer(weights, vectors["x"])

    assert (16, 135, 3) == y.shape
    np.testing.assert_array_equal(vectors["h_encoder"], h[:, -1])
    np.testing.assert_array_equal(vectors["y"], y)


def test_quantize_state_at_every_tie_and_end() -> None:
    """``clip(RNE(h / 2^15), -127, 127)`` over the whole range of h, ties one apart on each side."""
    codes = np.concatenate([HIDDEN - 1, HIDDEN, HIDDEN + 1])
    codes = codes[codes >= -(2**23)]

    expected = np.clip(half_even(codes, 15), -127, 127)

    np.testing.assert_array_equal(expected, gru.quantize_state(PUBLISHED, codes))
    np.testing.assert_array_equal(expected, gru.quantize_stacked_input(PUBLISHED, codes))
    assert -127 == gru.quantize_state(PUBLISHED, np.array(-128 << 15))


def test_hard_tanh_at_every_tie_and_end() -> None:
    """``clip(RNE(A / 2^15), -127, 127)``, from one end of the accumulator to the other."""
    ends = [-(2**31), -(2**22) - 1, -(2**22), 2**22, 2**22 + 1, 2**31 - 1]
    codes = np.concatenate([HIDDEN - 1, HIDDEN, HIDDEN + 1, ends])

    expected = np.clip(half_even(codes, 15), -127, 127)

    np.testing.assert_array_equal(expected, gru.hard_tanh(PUBLISHED, codes))


def test_hard_sigmoid_at_every_floor_and_end() -> None:
    """``clip((A >> 1) + 2^21, 0, 2^22) >> 6`` around every 64th code and beyond both ends."""
    steps = np.arange(-(2**22) - 512, 2**22 + 512, 64)
    ends = [-(2**31), 2**31 - 1]
    codes = np.concatenate([steps - 1, steps, steps + 1, ends])

    expected = np.clip((codes >> 1) + 2**21, 0, 2**22) >> 6

    np.testing.assert_array_equal(expected, gru.hard_sigmoid(PUBLISHED, codes))
    assert [0, 65536] == gru.hard_sigmoid(PUBLISHED, np.array([-(2**22), 2**22])).tolist()


def test_products_are_floored_one_by_one() -> None:
    """``x*W << 1``, ``q*U << 8`` and, floored, ``(s*U) >> 7``: extremes and small negatives."""
    weights = np.array([-128, -1, 1, 127])
    x, q, s = np.array([-32768, -1, 32767]), np.array([-127, -1, 127]), np.array([-(2**23), -1, 1])

    def terms(values: np.ndarray, point: str, accumulator: str) -> Any:
        points = PUBLISHED.points()
        return gru.products(
            values[:, None], points[point], weights, PUBLISHED.weight, points[accumulator]
        )

    np.testing.assert_array_equal(
        x[:, None] * weights << 1, terms(x, "input", "candidate_accumulator")
    )
    np.testing.assert_array_equal(q[:, None] * weights << 8, terms(q, "state", "gate_accumulator"))
    assert [[2**23, 2**16, -(2**16), -127 * 2**16], [1, 0, -1, -1], [-1, -1, 0, 0]] == terms(
        s, "reset_product", "candidate_accumulator"
    ).tolist()


@given(st.integers(0, 65536), st.integers(-127, 127), st.integers(-127, 127))
def test_element_wise_primitives_follow_their_equations(z: int, q: int, c: int) -> None:
    """``(r * q) >> 1`` and ``(z*q*2^15 + (65536 - z)*c*2^15) >> 16``."""
    codes = np.array(z), np.array(q), np.array(c)

    kept, renewed = gru.keep(PUBLISHED, *codes[:2]), gru.renew(PUBLISHED, codes[0], codes[2])

    assert (z * q) >> 1 == gru.reset_product(PUBLISHED, *codes[:2])
    assert (z * q * 2**15 + (65536 - z) * c * 2**15) >> 16 == gru.blend(PUBLISHED, kept, renewed)


def test_dense_output_at_every_tie_and_end() -> None:
    """``saturate16((S + 2^11) >> 12)`` around every tie and at both ends."""
    ties = np.arange(-(2**27) - 2**14, 2**27 + 2**14, 2**11)
    codes = np.concatenate([ties - 1, ties, ties + 1, [-(2**31), 2**31 - 1]])

    expected = np.clip((codes + 2**11) >> 12, -(2**15), 2**15 - 1)

    np.testing.assert_array_equal(expected, gru.dense_output(PUBLISHED, codes))


def test_wrap_is_at_home_at_the_points_that_have_it() -> None:
    """GATE, RESET_PRODUCT, HIDDEN and the accumulators drop what lies above their bits."""
    assert -(2**31) == PUBLISHED.gate_accumulator.limit(2**31)
    assert 0 == PUBLISHED.dense_accumulator.limit(2**32)
    assert -(2**17) == PUBLISHED.gate.limit(2**17)
    assert -(2**23) == PUBLISHED.reset_product.limit(2**23)
    assert -(2**23) == PUBLISHED.hidden.limit(2**23)


def test_hard_tanh_ends_at_1_where_the_format_does_not() -> None:
    """The plain format reaches 2, the activation does not."""
    sums = PLAIN_16_BIT.candidate_accumulator.quantize([-1.5, -1.0, 0.25, 1.0, 1.5])

    found = PLAIN_16_BIT.candidate.to_real(gru.hard_tanh(PLAIN_16_BIT, sums))

    assert [-1.0, -1.0, 0.25, 1.0, 1.0] == found.tolist()


@given(st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=50)
def test_terms_may_be_added_in_any_order_and_in_parts(seed: int, data: st.DataObject) -> None:
    """Partial sums of an accumulator, limited at every addition or once at the end, are equal."""
    generator = np.random.default_rng(seed)
    terms = gru.products(
        generator.integers(-(2**23), 2**23, 600),
        PUBLISHED.hidden,
        generator.integers(-128, 128, 600),
        PUBLISHED.weight,
        PUBLISHED.dense_accumulator,
    )
    expected = PUBLISHED.dense_accumulator.limit(terms.sum())

    cut = data.draw(st.integers(0, 600))
    order = generator.permutation(600)
    parts = terms[order[:cut]].sum(), terms[order[cut:]].sum()
    every_time = np.int64(0)
    for term in terms[order]:
        every_time = PUBLISHED.dense_accumulator.limit(every_time + term)[()]

    assert expected == PUBLISHED.dense_accumulator.limit(parts[0] + parts[1])
    assert expected == every_time


def test_layers_are_chained() -> None:
    """Step by step, the upper layer reads the lower one's new state, quantized, in both stages."""
    network = Network("stacked", layers=2, hidden_units=5, inputs=2, outputs=2, steps=3)
    weights = seeded_weights(network, 1)
    x = np.random.default_rng(2).integers(0, 2**14, (4, 3, 2), np.int16)

    lower = upper = np.zeros((4, 5), np.int64)
    for t in range(3):
        lower = gru.cell(PUBLISHED, weights, "encoder", 0, x[:, t], lower)
        seen = gru.quantize_stacked_input(PUBLISHED, lower)
        upper = gru.cell(PUBLISHED, weights, "encoder", 1, seen, upper)
    h, y = gru.infer(weights, x, specification=Specification(network, PUBLISHED))

    np.testing.assert_array_equal(np.stack([lower, upper], axis=1), h)
    for t in range(3):
        lower = gru.cell(PUBLISHED, weights, "decoder", 0, 0 * x[:, t], lower)
        seen = gru.quantize_stacked_input(PUBLISHED, lower)
        upper = gru.cell(PUBLISHED, weights, "decoder", 1, seen, upper)
        np.testing.assert_array_equal(gru.dense(PUBLISHED, weights, upper), y[:, t])


def test_plain_arithmetic_is_near_real_arithmetic() -> None:
    """16 bits follow a GRU in double precision to about their resolution, over a few steps."""
    network = Network("small", layers=1, hidden_units=6, steps=4)
    weights = seeded_weights(network, 3, PLAIN_16_BIT)
    real = {name: PLAIN_16_BIT.weight.to_real(codes) for name, codes in weights.items()}
    x = np.random.default_rng(4).integers(0, 2**14, (5, 4), np.int16)

    h = np.zeros((5, 6))
    for t in range(4):

        def total(gate: str, state: np.ndarray, x_t: np.ndarray = x[:, t, None] / 2**14) -> Any:
            kernel, recurrent, bias = (
                real[f"sencgru_{part}_{gate}"] for part in ("kernel", "recurrent_kernel", "bias")
            )
            return x_t @ kernel + state @ recurrent + bias

        z, r = (np.clip(0.5 * total(gate, h) + 0.5, 0, 1) for gate in "zr")
        h = z * h + (1 - z) * np.clip(total("h", r * h), -1, 1)
    found, _ = gru.infer(weights, x, specification=Specification(network, PLAIN_16_BIT))

    assert np.abs(PLAIN_16_BIT.hidden.to_real(found[:, 0]) - h).max() < 64 * 2**-14
