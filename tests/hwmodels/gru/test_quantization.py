"""Quantization: PyTorch's GRU as the oracle, and accumulators that never overflow."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import event, given, settings
from hypothesis import strategies as st

from hwmodels.gru import reference
from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.bounds import largest_sums
from hwmodels.gru.calibration import Activations, forward
from hwmodels.gru.fixedpoint import Format, Rounding
from hwmodels.gru.kernel import infer
from hwmodels.gru.quantization import Quantized, quantize
from hwmodels.gru.weights import STAGES, array_name, array_shapes
from hwmodels.network import Cell, Network
from stomp_flim.errors import InputError

AFTER = Network("after", layers=2, hidden_units=12, inputs=2, steps=25, cell="gru-reset-after")
ACCUMULATORS = ("gate_accumulator", "candidate_accumulator", "dense_accumulator")


def drawn(network: Network, seed: int, scale: float = 1.2) -> dict[str, np.ndarray]:
    """Draw weights in real numbers."""
    random = np.random.default_rng(seed)
    spread = scale * network.hidden_units**-0.5
    return {name: random.normal(0, spread, shape) for name, shape in array_shapes(network).items()}


def inputs(network: Network, seed: int, pixels: int = 40) -> np.ndarray:
    """Draw inputs from 0 to 1."""
    shape = (pixels, network.steps, network.inputs)
    return np.random.default_rng(seed).uniform(0, 1, shape)


def pytorch(
    weights: dict[str, np.ndarray], network: Network, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute encoder states and outputs with PyTorch, whose gates are in the order r, z, n."""
    stages = {}
    for stage in STAGES:
        gru = torch.nn.GRU(
            network.inputs, network.hidden_units, network.layers, batch_first=True
        ).double()
        for layer in range(network.layers):
            order = [(gate, array_name(stage, layer, "%s", gate)) for gate in "rzh"]
            kernel, recurrent, bias = (
                np.concatenate([weights[name % part].T for _, name in order])
                for part in ("kernel", "recurrent_kernel", "bias")
            )
            second = np.zeros_like(bias)
            name = array_name(stage, layer, "recurrent_bias", "h")
            second[2 * network.hidden_units :] = weights[name]
            values = {"weight_ih": kernel, "weight_hh": recurrent, "bias_ih": bias}
            for parameter, value in (values | {"bias_hh": second}).items():
                getattr(gru, f"{parameter}_l{layer}").data = torch.from_numpy(value)
        stages[stage] = gru
    with torch.no_grad():
        _, states = stages["encoder"](torch.from_numpy(x))
        outputs, _ = stages["decoder"](torch.zeros(x.shape, dtype=torch.float64), states)
    y = outputs.numpy() @ weights["sdec_dense_kernel"] + weights["sdec_dense_bias"]
    return states.numpy().swapaxes(0, 1), y


@cache
def at(bits: int) -> Quantized:
    """Quantize one network."""
    return quantize(drawn(AFTER, 1), AFTER, inputs(AFTER, 2), bits)


def test_real_numbers_are_those_of_pytorch() -> None:
    """States of all layers and outputs of all steps, to the last digits of double precision."""
    weights, x = drawn(AFTER, 1), inputs(AFTER, 2)
    states, y = pytorch(weights, AFTER, x)

    found = forward(weights, AFTER, x)

    np.testing.assert_allclose(found.h_encoder, states, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.y, y, rtol=0, atol=1e-12)


def test_errors_are_those_against_pytorch() -> None:
    """What is reported is what the kernel's integers are off."""
    weights, x = drawn(AFTER, 1), inputs(AFTER, 2)
    for bits in (8, 16):
        found = at(bits)
        a = found.specification.arithmetic
        codes = a.input.quantize(x)
        states, y = infer(
            found.weights, codes, specification=found.specification, every_layer=True, threads=1
        )
        for error, point, integers, real in zip(
            (found.states, found.outputs), (a.hidden, a.output), (states, y),
            pytorch(weights, AFTER, x), strict=True,
        ):  # fmt: skip
            off = point.to_real(integers) - real
            assert np.sqrt(np.mean(off**2)) == pytest.approx(error.rmse, rel=1e-6)
            assert np.abs(off).max() == pytest.approx(error.largest, rel=1e-6)
            assert np.sqrt(np.mean(real**2)) == pytest.approx(error.signal, rel=1e-9)


@pytest.mark.parametrize("seed", range(1, 7))
def test_more_bits_are_nearer(seed: int) -> None:
    """Four bits more take the error to a third at most, and 16 bits are near real numbers."""
    weights, x = drawn(AFTER, seed), inputs(AFTER, seed + 1)
    found = {bits: quantize(weights, AFTER, x, bits) for bits in (4, 8, 12, 16, 20)}

    for coarse, fine in pairwise(found.values()):
        assert fine.outputs.relative < coarse.outputs.relative / 3
        assert fine.states.relative < coarse.states.relative / 3
    assert found[16].outputs.relative < 5e-4
    assert found[16].states.relative < 5e-4


@pytest.mark.parametrize("activations", get_args(Activations))
@pytest.mark.parametrize("cell", get_args(Cell))
def test_every_cell_and_activation_comes_near_at_16_bits(
    cell: Cell, activations: Activations
) -> None:
    """The kernel, in another process of rounding, follows what is computed in real numbers."""
    network = replace(AFTER, cell=cell)
    found = quantize(drawn(network, 3), network, inputs(network, 4), 16, activations=activations)
    assert found.outputs.relative < 1e-3
    assert found.outputs.largest < 0.02 * found.outputs.signal


def test_the_wrong_activations_cost_what_bits_do_not_mend() -> None:
    """Real numbers with hard activations are far from smooth ones."""
    weights, x = drawn(AFTER, 1), inputs(AFTER, 2)
    hard, smooth = (forward(weights, AFTER, x, name).y for name in ("hard", "smooth"))
    off = np.sqrt(np.mean((hard - smooth) ** 2) / np.mean(smooth**2))
    assert off > 100 * at(16).outputs.relative


quantized = st.builds(
    lambda network, seed, scale, bits, activations, more: (
        quantize(drawn(network, seed, scale), network, inputs(network, seed, 5), bits,
                 activations=activations, stored=min(bits + more, 20)),
        seed,
    ),
    st.builds(
        Network,
        st.just("drawn"),
        layers=st.integers(1, 3),
        hidden_units=st.integers(1, 6),
        inputs=st.integers(1, 3),
        outputs=st.integers(1, 3),
        steps=st.integers(1, 4),
        cell=st.sampled_from(get_args(Cell)),
    ),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1.2),
    st.integers(4, 20),
    st.sampled_from(get_args(Activations)),
    st.just(0) | st.integers(1, 8),
)  # fmt: skip


def extremes(target: Format, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Draw codes that are mostly the ends of a format."""
    ends = [target.minimum, target.maximum]
    random = np.random.default_rng(seed)
    codes = random.choice([*ends, *ends, *ends, 0, 1], shape)
    return codes.astype(np.int32)


@given(quantized)
@settings(max_examples=150)
def test_no_accumulator_overflows_whatever_enters(found: tuple[Quantized, int]) -> None:
    """With wider accumulators no integer is another; and kernel and reference agree."""
    result, seed = found
    a = result.specification.arithmetic
    network = result.specification.network
    x = extremes(a.input, (7, network.steps, network.inputs), seed)
    wider = {name: replace(p, bits=min(p.bits + 3, 62)) for name, p in a.points().items()
             if name in ACCUMULATORS}  # fmt: skip

    expected = reference.infer(
        result.weights, x, specification=Specification(network, replace(a, **wider))
    )
    for version in (
        reference.infer(result.weights, x, specification=result.specification),
        infer(result.weights, x, specification=result.specification, every_layer=True, threads=1),
    ):
        np.testing.assert_array_equal(expected[0], version[0])
        np.testing.assert_array_equal(expected[1], version[1])


def reached(result: Quantized, a: Arithmetic) -> tuple[dict[str, int], int]:
    """Compute the largest magnitudes that values at their ends give, and the most terms of a sum.

    Every product has the sign that its weight and the end of its value give it, all alike.
    """
    network, weights = result.specification.network, result.weights
    found = dict.fromkeys(ACCUMULATORS, 0)
    most = 0

    def end(sign: int, total: Format, matrix: np.ndarray, value: Format) -> np.ndarray:
        ends = sign * np.sign(matrix.astype(np.int64)) * value.maximum
        return reference.products(ends, value, matrix, a.weight, total).sum(axis=0)

    def add(name: str, bias: str, *products: tuple[str, Format], reset: bool = False) -> None:
        nonlocal most
        total = getattr(a, name)
        for sign in (-1, 1):
            biases = sign * np.abs(weights[bias].astype(np.int64))
            sums = reference.bias_term(biases, a, total)
            sums = sums + sum(end(sign, total, weights[w], value) for w, value in products)
            if reset:
                sums = sums + reference.reset_term(a, np.array(sign * a.reset_product.maximum))
            found[name] = max(found[name], int(np.abs(sums).max()))
        most = max(most, 2 + sum(len(weights[matrix]) for matrix, _ in products))

    for stage in STAGES:
        for layer in range(network.layers):
            kernel, recurrent, bias, second = (
                array_name(stage, layer, part, "%s")
                for part in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
            )
            entering = [(kernel, a.stacked_input if layer else a.input)]
            entering = entering if layer or stage == "encoder" else []
            for gate in "zrh":
                mine = [(name % gate, value) for name, value in entering]
                name = "candidate_accumulator" if gate == "h" else "gate_accumulator"
                if gate == "h" and network.cell == "gru-reset-after":
                    add(name, bias % gate, *mine, reset=True)
                    add(name, second % gate, (recurrent % gate, a.state))
                else:
                    state = a.reset_product if gate == "h" else a.state
                    add(name, bias % gate, *mine, (recurrent % gate, state))
    add("dense_accumulator", "sdec_dense_bias", ("sdec_dense_kernel", a.hidden))
    return found, most


@given(quantized)
@settings(max_examples=50)
def test_bounds_are_reached_and_no_bit_is_spare(found: tuple[Quantized, int]) -> None:
    """Values at their ends, by the signs of weights, give the bounds where nothing is rounded."""
    result, a = found[0], found[0].specification.arithmetic
    largest, most = reached(result, a)
    for name, bound in result.bounds.items():
        assert largest[name] <= bound <= largest[name] + most
        assert bound <= getattr(a, name).maximum
    factors = [a.input, a.stacked_input, a.state, *([] if a.recurrent else [a.reset_product])]
    fractions = [value.fraction + a.weight.fraction for value in factors]
    exact = (
        max([*fractions, a.bias.fraction, a.reset_product.fraction])
        <= (a.gate_accumulator.fraction)
        and a.hidden.fraction + a.weight.fraction <= a.dense_accumulator.fraction
    )
    event(f"no term is rounded: {exact}")
    if exact:
        assert largest == result.bounds
    of_cell = max(result.bounds["gate_accumulator"], result.bounds["candidate_accumulator"])
    for bound, total in (
        (of_cell, a.gate_accumulator),
        (of_cell, a.candidate_accumulator),
        (result.bounds["dense_accumulator"], a.dense_accumulator),
    ):
        assert bound > total.maximum // 2 or total.bits == 2
    # A blend lies between its operands, and what the reset gate leaves of p not beyond p.
    ends = {name: np.ldexp(point.maximum, -point.fraction) for name, point in a.points().items()}
    blended = max(ends.get("blend_state", ends["state"]), ends["candidate"])
    assert ends["hidden"] >= blended * (1 - 2 ** (1 - a.hidden.bits))
    assert ends["reset_product"] >= ends.get("recurrent", 0)


@given(quantized, st.integers(1, 6), st.sampled_from(Rounding))
@settings(max_examples=50)
def test_bounds_hold_where_terms_are_rounded(
    found: tuple[Quantized, int], coarser: int, rounding: Rounding
) -> None:
    """So do they with accumulators that drop bits of every term: one more a term, and no more."""
    result, a = found[0], found[0].specification.arithmetic
    totals: dict[str, Any] = {
        name: replace(point, fraction=max(point.fraction - coarser, 0), rounding=rounding)
        for name, point in a.points().items()
        if name in ACCUMULATORS
    }
    a = replace(a, **totals)
    largest, most = reached(result, a)
    for name, bound in largest_sums(result.weights, result.specification.network, a).items():
        assert largest[name] <= bound <= largest[name] + most


@pytest.mark.parametrize("bits", [3, 8, 16, 20])
def test_formats_have_the_widths_that_are_promised(bits: int) -> None:
    """Narrow what weights multiply, wide what is carried; blends and reset products fit."""
    a = at(bits).specification.arithmetic
    points = a.points()
    narrow = ("weight", "input", "stacked_input", "state", "candidate")
    wide = ("hidden", "output", "recurrent", "reset_product")

    assert {bits} == {points[name].bits for name in narrow}
    assert {bits + 8} == {points[name].bits for name in wide}
    assert (bits + 10, bits + 8) == (a.gate.bits, a.gate.fraction)
    assert a.hidden.to_real(a.hidden.maximum) >= a.state.to_real(a.state.maximum)
    assert a.hidden.to_real(a.hidden.maximum) >= a.candidate.to_real(a.candidate.maximum)
    assert a.recurrent == a.reset_product
    before = quantize(drawn(replace(AFTER, cell="gru"), 1), replace(AFTER, cell="gru"),
                      inputs(AFTER, 2), bits).specification.arithmetic  # fmt: skip
    assert bits == before.reset_product.bits
    assert before.recurrent is None


@pytest.mark.parametrize(("bits", "stored"), [(3, 20), (8, 9), (8, 12), (16, 20)])
def test_a_stored_state_has_bits_of_its_own(bits: int, stored: int) -> None:
    """So has the candidate, and the hidden state 8 more; what weights multiply stays narrow."""
    found = quantize(drawn(AFTER, 1), AFTER, inputs(AFTER, 2), bits, stored=stored)
    a, plain = found.specification.arithmetic, at(bits).specification.arithmetic
    assert a.blend_state is not None
    assert [stored, stored, stored + 8] == [a.blend_state.bits, a.candidate.bits, a.hidden.bits]
    others = {"blend_state", "candidate", "hidden", "dense_accumulator", "bias"}
    assert {n: p for n, p in plain.points().items() if n not in others} == {
        n: p for n, p in a.points().items() if n not in others
    }
    assert a.name == f"after-{bits}-bit-state-{stored}"


def test_a_state_stored_in_as_many_bits_is_the_same() -> None:
    """The arithmetic has one state then."""
    found = quantize(drawn(AFTER, 1), AFTER, inputs(AFTER, 2), 8, stored=8)
    assert at(8).specification == found.specification


@pytest.mark.parametrize("seed", range(1, 5))
def test_slow_units_need_a_stored_state(seed: int) -> None:
    """Over 100 steps of gates near 1, 4 more stored bits leave an eighth of the states' error."""
    network = replace(AFTER, steps=100)
    weights, x = drawn(network, seed), inputs(network, seed + 1)
    slow = {name: array + 4 * ("bias_z" in name) for name, array in weights.items()}
    lost, kept = (quantize(slow, network, x, 8, stored=stored).states for stored in (8, 12))
    assert kept.relative < lost.relative / 8


@pytest.mark.parametrize("bits", range(3, 21))
def test_curves_keep_close_to_their_functions(bits: int) -> None:
    """Within ``2**-bits``, between the nodes and beyond the ends."""
    a = at(bits).specification.arithmetic
    places = np.arange(-(2**16), 2**16 + 1)  # from -32 to 32
    real = np.ldexp(places.astype(float), -11)
    for curve, exact in ((a.sigmoid, 1 / (1 + np.exp(-real))), (a.tanh, np.tanh(real))):
        assert curve is not None
        values = np.ldexp(curve(places, 11).astype(float), -curve.fraction - curve.drop(11))
        assert np.abs(values - exact).max() < 2.0**-bits


@pytest.mark.parametrize("scale", [0.01, 0.3, 1.2])
@pytest.mark.parametrize("activations", get_args(Activations))
@pytest.mark.parametrize("cell", get_args(Cell))
def test_8_bits_run_in_32_bit_integers(cell: Cell, activations: Activations, scale: float) -> None:
    """The fast carrier of the kernel, with 128 units and with weights of any size."""
    network = Network("wide", layers=2, hidden_units=128, steps=3, cell=cell)
    x = inputs(network, 0, 4)
    found = quantize(drawn(network, 0, scale), network, x, 8, activations=activations)
    assert max(found.specification.carriers.values()) <= 32
    assert found.outputs.relative < 0.05


def test_a_network_of_zeros_is_quantized() -> None:
    """Nothing to hold and nothing to lose."""
    weights = {name: np.zeros(shape) for name, shape in array_shapes(AFTER).items()}
    found = quantize(weights, AFTER, np.zeros((1, AFTER.steps, 2)))
    assert (0, 0) == (found.outputs.relative, found.states.largest)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bits": 2}, "bits is 2, expected an integer from 3 to 20"),
        ({"bits": 21}, "bits is 21, expected an integer from 3 to 20"),
        ({"bits": 8.0}, "bits is 8.0, expected an integer from 3 to 20"),
        ({"stored": 7}, "stored is 7, expected an integer from 8 to 20"),
        ({"stored": 21}, "stored is 21, expected an integer from 8 to 20"),
        ({"stored": 12.0}, "stored is 12.0, expected an integer from 8 to 20"),
        ({"activations": "soft"}, "activations are 'soft'; did you mean 'smooth'?"),
        ({"x": np.zeros((3, 25))}, "x has shape (3, 25), expected (pixels, 25, 2) of 'after'"),
        ({"x": np.zeros((0, 25, 2))}, "x has shape (0, 25, 2), expected (pixels, 25, 2)"),
        ({"x": np.full((1, 25, 2), np.inf)}, "x holds inf, expected finite numbers"),
        ({"x": np.full((1, 25, 2), "a")}, "x holds <U1, expected real numbers"),
        (
            {"x": np.full((1, 25, 2), 4095)},
            "input: largest magnitude is 4095, expected at most 127",
        ),
        ({"weights": {}}, "weights: array 'sencgru_kernel_z' is missing; found no arrays"),
        (
            {"weights": drawn(AFTER, 1) | {"sencgru_bias_h": np.full(12, np.nan)}},
            "weights: array 'sencgru_bias_h' holds nan, expected finite numbers",
        ),
        (
            {"weights": drawn(AFTER, 1) | {"sdec_dense_bias": np.full(3, 1e9)}},
            "biases: largest magnitude is 1e+09, expected at most 32767, what 16 bits hold",
        ),
        (
            {"weights": drawn(replace(AFTER, cell="gru"), 1)},
            "array 'sencgru_recurrent_bias_h' is missing",
        ),
    ],
)
def test_what_cannot_be_quantized_is_refused(change: dict[str, Any], message: str) -> None:
    """One error that names what was found and what was expected."""
    arguments = {"weights": drawn(AFTER, 1), "network": AFTER, "x": inputs(AFTER, 2)} | change
    with pytest.raises(InputError, match=re.escape(message)):
        quantize(**arguments)
