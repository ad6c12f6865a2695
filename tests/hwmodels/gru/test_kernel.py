"""The compiled kernel: published vectors and outputs, and the reference's integers everywhere."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gru_vectors
import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from integer_gru import drawn

from hwmodels.gru import kernel, reference
from hwmodels.gru.arithmetic import (
    PLAIN_16_BIT,
    SEQ2SEQLITE_8_BIT,
    Arithmetic,
    Specification,
)
from hwmodels.gru.compiled import pairs
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.kernel import infer
from hwmodels.gru.preprocess import preprocess
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import SEQ2SEQLITE, Network
from stomp_flim.errors import InputError

LITTLE = Network("little", layers=1, hidden_units=4, steps=3)
"""Small enough for the tests of everything but the arithmetic."""


def little_input(pixels: int) -> np.ndarray:
    """Draw input codes for it."""
    return np.random.default_rng(0).integers(0, 2**14, (pixels, LITTLE.steps), np.int16)


def test_sequences_of_the_equations() -> None:
    """Whole sequences at the published size have the integers of the equations."""
    h, y = infer(gru_vectors.weights(), gru_vectors.input_codes())

    assert gru_vectors.STATES == gru_vectors.checksum(h)
    assert gru_vectors.OUTPUTS == gru_vectors.checksum(y)


def test_published_vectors(reference: Path) -> None:
    """All 16 sequences are equal in every integer, with the arrays as their file gives them."""
    vectors = np.load(reference / "hls/vectors.npz")
    weights = np.load(reference / "hls/student_weights_int8.npz")

    h_encoder, y = infer(weights, vectors["x"])

    assert (np.int32, np.int16) == (h_encoder.dtype, y.dtype)
    np.testing.assert_array_equal(vectors["h_encoder"], h_encoder)
    np.testing.assert_array_equal(vectors["y"], y)


def synthetic_counts(pixels: int) -> np.ndarray:
    """Bi-exponential decays with a Gaussian response and Poisson noise, 0.09 ns a bin."""
    generator = np.random.default_rng(0)
    time = 0.09 * np.arange(135)
    tau = generator.uniform((0.2, 0.8), (0.8, 1.5), (pixels, 2))
    share = generator.uniform(0, 1, (pixels, 1))
    decay = share * np.exp(-time / tau[:, :1]) + (1 - share) * np.exp(-time / tau[:, 1:])
    center, width = generator.uniform((1.5, 0.1), (5.0, 0.25), (pixels, 2)).T[:, :, None]
    response = np.exp(-0.5 * ((time - center) / width) ** 2)
    spectrum = np.fft.rfft(decay, 270) * np.fft.rfft(response, 270)
    curve = np.maximum(np.fft.irfft(spectrum, 270)[:, :135], 0)
    peak = generator.choice([100, 300, 1000, 3000], (pixels, 1))
    return generator.poisson(peak * curve / curve.max(axis=1, keepdims=True))


@pytest.mark.parametrize("pixel", [1, 2])
def test_published_simulation_outputs(pixel: int, reference: Path) -> None:
    """For some synthetic decay, the last 70 steps equal the accelerator's C simulation.

    Its measured inputs were never published. The autonomous decoder runs onto one of a few
    trajectories, so an input that leads to the same one, up to 3 steps late, is found among a few
    thousand.
    """
    weights = np.load(reference / "hls/student_weights_int8.npz")
    table = np.genfromtxt(reference / f"hls/hls_out_pixel_{pixel}.csv", delimiter=",", names=True)
    published = np.rint(np.stack([table[f"hls{k}"] for k in range(3)], axis=1) * 2**10)[-70:]

    _, y = infer(weights, preprocess(synthetic_counts(4096)))

    assert len(np.unique(published, axis=0)) > 10  # a trajectory, not its resting point
    assert any(
        (y[:, 65 - late : 135 - late] == published).all(axis=(1, 2)).any() for late in range(4)
    )


@st.composite
def formats(draw: st.DrawFn, most_bits: int = 18) -> Format:
    """Draw formats with a range not far from [-1, 1), where a GRU lives, narrow or wide."""
    bits = draw(st.integers(2, most_bits))
    fraction = min(max(bits - 1 + draw(st.integers(-3, 2)), 0), 62)
    return Format(bits, fraction, draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow)))


def curves(function: str) -> st.SearchStrategy[Curve | None]:
    """Draw curves, coarse ones more often, or none."""
    sizes = {"reach": st.integers(0, 5), "step": st.integers(0, 6), "fraction": st.integers(1, 20)}
    return st.none() | st.builds(Curve, st.just(function), **sizes)


arithmetics = st.one_of(
    st.sampled_from([SEQ2SEQLITE_8_BIT, PLAIN_16_BIT]),
    *(
        st.builds(
            Arithmetic,
            st.just("drawn"),
            **{
                name: formats(most_bits + 16 if "accumulator" in name else most_bits)
                for name in SEQ2SEQLITE_8_BIT.points()
            },
            blend_state=st.none() | formats(most_bits),
            sigmoid=curves("sigmoid"),
            tanh=curves("tanh"),
        )
        for most_bits in (8, 16, 32)
    ),
)
networks = st.builds(
    Network,
    st.just("drawn"),
    layers=st.integers(1, 3),
    hidden_units=st.integers(1, 9),
    inputs=st.integers(1, 6),
    outputs=st.integers(1, 3),
    steps=st.integers(1, 4),
)


@given(networks, arithmetics, st.integers(0, 20), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=300)
def test_equals_the_reference(
    network: Network, arithmetic: Arithmetic, pixels: int, seed: int
) -> None:
    """Every layer's encoder state and every output, for any specification, weights and input."""
    compare(network, arithmetic, pixels, seed)


@given(networks, arithmetics, st.integers(0, 20), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=1_000)
def test_equals_the_reference_with_the_reset_after_the_product(
    network: Network, arithmetic: Arithmetic, pixels: int, seed: int
) -> None:
    """So it is for the other cell."""
    compare(replace(network, cell="gru-reset-after"), arithmetic, pixels, seed)


def compare(network: Network, arithmetic: Arithmetic, pixels: int, seed: int) -> None:
    """Compare the kernel with the reference on drawn weights and inputs."""
    try:
        specification = Specification(network, arithmetic)
    except InputError:
        assume(False)
    event(f"{len(arithmetic.curves())} curves")
    event(f"{'another' if arithmetic.blend_state else 'the same'} state for the blend")
    event(f"carrier of {32 if max(specification.carriers.values()) <= 32 else 64} bits")
    drawn.compare(specification, pixels, seed)


@pytest.mark.parametrize("pixels", [1, 15, 16, 17, 127, 128, 129, 300])
def test_blocks_and_chunks_change_nothing(pixels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full, partial and many blocks, calls of one step and chunks of one block: equal integers."""
    weights, x = seeded_weights(LITTLE, 0), little_input(pixels)
    expected = reference.infer(weights, x)

    for threads in (1, None):
        h_encoder, y = infer(weights, x, threads=threads)
        np.testing.assert_array_equal(expected[0][:, 0], h_encoder)
        np.testing.assert_array_equal(expected[1], y)
    monkeypatch.setattr(kernel, "CALL_WORK", 1)
    h_encoder, y = infer(weights, x, threads=1)
    np.testing.assert_array_equal(expected[0][:, 0], h_encoder)
    np.testing.assert_array_equal(expected[1], y)


def test_no_pixels_no_results() -> None:
    """An empty image has empty results of the right shape and type."""
    h_encoder, y = infer(seeded_weights(LITTLE, 0), little_input(0))

    assert ((0, 4), np.int32) == (h_encoder.shape, h_encoder.dtype)
    assert ((0, 3, 3), np.int16) == (y.shape, y.dtype)


def test_every_layer_gives_all_states() -> None:
    """Encoder states from the lowest layer up; the last one is what is returned otherwise."""
    network = Network("stacked", layers=3, hidden_units=4, steps=3)
    weights, x = seeded_weights(network, 0), little_input(5)

    states, _ = infer(weights, x, every_layer=True)

    assert (5, 3, 4) == states.shape
    np.testing.assert_array_equal(reference.infer(weights, x)[0], states)
    np.testing.assert_array_equal(infer(weights, x)[0], states[:, -1])


def test_progress_counts_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each chunk: pixels done so far, and of how many."""
    monkeypatch.setattr(kernel, "CALL_WORK", 1)
    calls: list[tuple[int, int]] = []

    infer(
        seeded_weights(LITTLE, 0),
        little_input(300),
        threads=1,
        progress=lambda done, total: calls.append((done, total)),
    )

    assert [(128, 300), (256, 300), (300, 300)] == calls


def test_an_interrupt_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches the caller between two compiled calls, in the middle of a chunk too."""
    monkeypatch.setattr(kernel, "CALL_WORK", 1)
    calls = []

    def advance(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(pairs, "advance", advance)
    with pytest.raises(KeyboardInterrupt):
        infer(seeded_weights(LITTLE, 0), little_input(300), threads=1)
    assert 4 == len(calls)


def test_works_in_a_forked_process() -> None:
    """After threads have run here, a worker process still gets its results, on one thread."""
    weights, x = seeded_weights(LITTLE, 0), little_input(40)
    expected = infer(weights, x)

    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(infer, (weights, x)).get(timeout=60)

    np.testing.assert_array_equal(expected[0], found[0])
    np.testing.assert_array_equal(expected[1], found[1])


def test_nothing_is_compiled_for_a_shape() -> None:
    """Another network, batch or arithmetic of the same carrier runs what is there already."""
    infer(seeded_weights(LITTLE, 0), little_input(2), threads=1)
    before = len(pairs.advance.signatures)

    for network in (SEQ2SEQLITE, Network("other", 2, 7, inputs=3, outputs=2, steps=5)):
        x = np.zeros((3, network.steps, network.inputs), np.int16)
        infer(seeded_weights(network, 0), x, threads=1)

    assert before == len(pairs.advance.signatures)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda w, x: (w, x[:, 0]), r"x has shape \(2,\), expected \(pixels, steps\)"),
        (lambda w, x: (w, x[:, :2]), "x has 2 steps of 1 input.s., expected 3 of 1"),
        (lambda w, x: (w, x[:, :, None].repeat(2, 2)), "x has 3 steps of 2 input.s., expected"),
        (lambda w, x: (w, x / 2), "x holds float64, expected integer codes of 16 bits"),
        (lambda w, x: (w, x + 2**15), "x holds [0-9]+, expected codes from -32768 to 32767"),
        (lambda w, x: ([1, 2], x), "weights are a list, expected a mapping of arrays"),
        (lambda w, x: ({}, x), "weights: array 'sencgru_kernel_z' is missing; found no arrays"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    spoil: Callable[[Any, np.ndarray], tuple[Any, Any]], message: str
) -> None:
    """One error that names the argument, what was found and what was expected."""
    weights, x = spoil(seeded_weights(LITTLE, 0), little_input(2).astype(np.int32))
    with pytest.raises(InputError, match=message):
        infer(weights, x, specification=Specification(LITTLE, SEQ2SEQLITE_8_BIT))


@pytest.mark.parametrize("threads", [0, -1, 2.0, 100_000])
def test_threads_that_cannot_be_had_are_refused(threads: Any) -> None:
    """The error names the number and what is available."""
    with pytest.raises(InputError, match=f"threads is {threads}, expected an integer from 1 to"):
        infer(seeded_weights(LITTLE, 0), little_input(2), threads=threads)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("dropped", [1, 2, 7])
def test_products_are_rounded_one_by_one(rounding: Rounding, dropped: int) -> None:
    """Every rounding of a dense product, down to one dropped bit, in fours and singly."""
    accumulator = Format(32, 29 - dropped, rounding)
    arithmetic = replace(
        SEQ2SEQLITE_8_BIT, dense_accumulator=accumulator, output=Format(32, 29 - dropped)
    )
    network = Network("rounded", layers=1, hidden_units=6, outputs=5, steps=3)
    specification, weights = Specification(network, arithmetic), seeded_weights(network, 0)
    x = little_input(50)

    expected = reference.infer(weights, x, specification=specification)[1]

    np.testing.assert_array_equal(expected, infer(weights, x, specification=specification)[1])


def test_wide_outputs_are_int32() -> None:
    """An output format of more than 16 bits does not fit int16."""
    wide = Specification(LITTLE, replace(SEQ2SEQLITE_8_BIT, output=Format(20, 14)))
    _, y = infer(seeded_weights(LITTLE, 0), little_input(2), specification=wide)
    assert np.int32 == y.dtype
