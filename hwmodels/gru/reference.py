"""The integer GRU encoder-decoder in NumPy, equation by equation: the meaning of the fast kernel.

Each primitive below computes one quantization point, or one exact step between two, from codes to
codes, on arrays of any shapes that broadcast. A schedule can therefore be replayed task by task
with the same functions: terms of an accumulator are exact integers and may be added in any order,
in any partial sums, before the accumulator's own `limit`.

The shifts quoted with the primitives are those of the published accelerator
(`hwmodels.gru.arithmetic.SEQ2SEQLITE_8_BIT`); the functions follow any `Arithmetic`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Codes, Format, as_codes, rescale
from hwmodels.gru.weights import (
    DENSE_BIAS,
    DENSE_KERNEL,
    Array,
    Weights,
    array_name,
    check_weights,
    network_of,
)
from hwmodels.network import Network
from stomp_flim.errors import InputError


def quantize_blend_state(arithmetic: Arithmetic, hidden: Codes) -> Codes:
    """``m = BLEND_STATE(h)``, where the blend reads another state than products do."""
    if arithmetic.blend_state is None:
        raise InputError(f"arithmetic {arithmetic.name!r} has no format 'blend_state'")
    return arithmetic.blend_state.requantize(hidden, arithmetic.hidden.fraction)


def quantize_state(arithmetic: Arithmetic, state: Codes) -> Codes:
    """``q = STATE(h)``; published: ``clip(RNE(h / 2^15), -127, 127)``.

    Parameters
    ----------
    arithmetic : Arithmetic
    state : int array
        HIDDEN codes, or the BLEND_STATE codes ``m`` where the arithmetic has that point.
    """
    read = arithmetic.blend_state or arithmetic.hidden
    return arithmetic.state.requantize(state, read.fraction)


def quantize_stacked_input(arithmetic: Arithmetic, hidden: Codes) -> Codes:
    """``STACKED_INPUT(h)``, what a stacked layer reads of the new state below it."""
    return arithmetic.stacked_input.requantize(hidden, arithmetic.hidden.fraction)


def products(
    values: Codes, value: Format, weights: Codes, weight: Format, accumulator: Format
) -> Codes:
    """Terms of an accumulator, each product rounded to its fraction on its own.

    Published: ``x*W << 1``, ``q*U << 8``, ``(s*U) >> 7`` and, in the dense layer, ``(h*W_d) >> 7``.

    Parameters
    ----------
    values, weights : int arrays
        Codes that broadcast against each other.
    value, weight, accumulator : Format
        Their formats, and the format of the sum.
    """
    exact = as_codes(values) * as_codes(weights)
    return rescale(exact, value.fraction + weight.fraction, accumulator)


def bias_term(bias: Codes, arithmetic: Arithmetic, accumulator: Format) -> Codes:
    """Term of an accumulator that a bias adds; published: ``b << 15``."""
    return rescale(bias, arithmetic.bias.fraction, accumulator)


def hard_sigmoid(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``g = GATE(clip(0.5*a + 0.5, 0, 1))``.

    Published: ``clip((A >> 1) + 2^21, 0, 2^22) >> 6``. Here the line keeps one bit more,
    ``clip(A + 2^22, 0, 2^23) >> 7``, so that GATE is the only rounding; floors of floors are equal.

    Parameters
    ----------
    accumulated : int array
        GATE_ACCUMULATOR codes.
    """
    fraction = arithmetic.gate_accumulator.fraction
    one = 1 << fraction
    line = np.clip(accumulated, -one, one) + one
    return arithmetic.gate.requantize(line, fraction + 1)


def sigmoid(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``g = GATE(sigmoid(a))``: by the curve of the arithmetic, else `hard_sigmoid`."""
    if arithmetic.sigmoid is None:
        return hard_sigmoid(arithmetic, accumulated)
    return _curve(arithmetic.sigmoid, accumulated, arithmetic.gate_accumulator, arithmetic.gate)


def reset_product(arithmetic: Arithmetic, reset: Codes, state: Codes) -> Codes:
    """``s = RESET_PRODUCT(r*q)``, before the matrix product; published: ``(r * q) >> 1``."""
    fraction = arithmetic.gate.fraction + arithmetic.state.fraction
    return arithmetic.reset_product.requantize(as_codes(reset) * as_codes(state), fraction)


def quantize_recurrent(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``p = RECURRENT(a)``, the recurrent sum of a candidate whose reset comes after it.

    Parameters
    ----------
    accumulated : int array
        CANDIDATE_ACCUMULATOR codes.
    """
    return _recurrent(arithmetic).requantize(accumulated, arithmetic.candidate_accumulator.fraction)


def reset_recurrent(arithmetic: Arithmetic, reset: Codes, recurrent: Codes) -> Codes:
    """``s = RESET_PRODUCT(r*p)``, after the matrix product."""
    fraction = arithmetic.gate.fraction + _recurrent(arithmetic).fraction
    return arithmetic.reset_product.requantize(as_codes(reset) * as_codes(recurrent), fraction)


def reset_term(arithmetic: Arithmetic, product: Codes) -> Codes:
    """Term of the candidate's accumulator that ``s`` adds, where it is `reset_recurrent`."""
    fraction = arithmetic.reset_product.fraction
    return rescale(product, fraction, arithmetic.candidate_accumulator)


def _recurrent(arithmetic: Arithmetic) -> Format:
    if arithmetic.recurrent is None:
        raise InputError(f"arithmetic {arithmetic.name!r} has no format 'recurrent'")
    return arithmetic.recurrent


def hard_tanh(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``c = CANDIDATE(clip(a, -1, 1))``; published: ``clip(RNE(A / 2^15), -127, 127)``.

    Parameters
    ----------
    accumulated : int array
        CANDIDATE_ACCUMULATOR codes.
    """
    fraction = arithmetic.candidate_accumulator.fraction
    one = 1 << fraction
    return arithmetic.candidate.requantize(np.clip(accumulated, -one, one), fraction)


def tanh(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``c = CANDIDATE(tanh(a))``: by the curve of the arithmetic, else `hard_tanh`."""
    if arithmetic.tanh is None:
        return hard_tanh(arithmetic, accumulated)
    total = arithmetic.candidate_accumulator
    return _curve(arithmetic.tanh, accumulated, total, arithmetic.candidate)


def _curve(curve: Curve, accumulated: Codes, accumulator: Format, target: Format) -> Codes:
    fraction = accumulator.fraction
    values = curve(as_codes(accumulated), fraction)
    return target.requantize(values, curve.fraction + curve.drop(fraction))


def keep(arithmetic: Arithmetic, update: Codes, stored: Codes) -> Codes:
    """``z*m``, the kept part of the stored state, exact: one term of `blend`."""
    stored_fraction = arithmetic.stored_state.fraction
    shift = arithmetic.blend_fraction - arithmetic.gate.fraction - stored_fraction
    return (as_codes(update) * as_codes(stored)) << shift


def renew(arithmetic: Arithmetic, update: Codes, candidate: Codes) -> Codes:
    """``(1 - z)*c``, the part of the candidate, exact: the other term of `blend`."""
    shift = arithmetic.blend_fraction - arithmetic.gate.fraction - arithmetic.candidate.fraction
    one = 1 << arithmetic.gate.fraction
    return ((one - as_codes(update)) * as_codes(candidate)) << shift


def blend(arithmetic: Arithmetic, kept: Codes, renewed: Codes) -> Codes:
    """``h' = HIDDEN(z*m + (1 - z)*c)`` from `keep` and `renew`.

    Published: ``(z*q*2^15 + (65536 - z)*c*2^15) >> 16``; here ``(z*q + (65536 - z)*c) >> 1``.
    """
    exact = as_codes(kept) + as_codes(renewed)
    return arithmetic.hidden.requantize(exact, arithmetic.blend_fraction)


def dense_output(arithmetic: Arithmetic, accumulated: Codes) -> Codes:
    """``y = OUTPUT(S)``; published: ``saturate16((S + 2^11) >> 12)``.

    Parameters
    ----------
    accumulated : int array
        DENSE_ACCUMULATOR codes.
    """
    return arithmetic.output.requantize(accumulated, arithmetic.dense_accumulator.fraction)


def cell(
    arithmetic: Arithmetic,
    weights: Mapping[str, Array],
    stage: str,
    layer: int,
    inputs: Codes,
    hidden: Codes,
    *,
    reset_after: bool = False,
) -> Codes:
    """Advance one GRU layer by one step.

    Parameters
    ----------
    arithmetic : Arithmetic
    weights : mapping of str to array
    stage : {"encoder", "decoder"}
    layer : int
    inputs : int array, pixels x features
        INPUT codes in the first layer, else STACKED_INPUT codes.
    hidden : int array, pixels x units
        HIDDEN codes of the last step.
    reset_after : bool
        Whether the reset comes after the recurrent matrix product.

    Returns
    -------
    int64 array, pixels x units
        HIDDEN codes of this step.
    """
    a = arithmetic
    stored = None if a.blend_state is None else quantize_blend_state(a, hidden)
    q = quantize_state(a, hidden if stored is None else stored)
    m = q if stored is None else stored

    def array(part: str, gate: str) -> Array:
        return weights[array_name(stage, layer, part, gate)]

    def from_inputs(gate: str, accumulator: Format) -> Codes:
        input_format = a.stacked_input if layer else a.input
        product = matrix_product(inputs, input_format, array("kernel", gate), a.weight, accumulator)
        return product + bias_term(array("bias", gate), a, accumulator)

    def preactivation(gate: str, state: Codes, state_format: Format, accumulator: Format) -> Codes:
        recurrent = array("recurrent_kernel", gate)
        return accumulator.limit(
            from_inputs(gate, accumulator)
            + matrix_product(state, state_format, recurrent, a.weight, accumulator)
        )

    z = sigmoid(a, preactivation("z", q, a.state, a.gate_accumulator))
    r = sigmoid(a, preactivation("r", q, a.state, a.gate_accumulator))
    if reset_after:
        total = a.candidate_accumulator
        product = matrix_product(q, a.state, array("recurrent_kernel", "h"), a.weight, total)
        second_bias = bias_term(array("recurrent_bias", "h"), a, total)
        p = quantize_recurrent(a, total.limit(product + second_bias))
        s = reset_recurrent(a, r, p)
        c = tanh(a, total.limit(from_inputs("h", total) + reset_term(a, s)))
    else:
        s = reset_product(a, r, q)
        c = tanh(a, preactivation("h", s, a.reset_product, a.candidate_accumulator))
    return blend(a, keep(a, z, m), renew(a, z, c))


def dense(arithmetic: Arithmetic, weights: Mapping[str, Array], hidden: Codes) -> Codes:
    """Dense layer: OUTPUT codes (pixels x outputs) from HIDDEN codes (pixels x units)."""
    a = arithmetic
    total = matrix_product(
        hidden, a.hidden, weights[DENSE_KERNEL], a.weight, a.dense_accumulator
    ) + bias_term(weights[DENSE_BIAS], a, a.dense_accumulator)
    return dense_output(a, a.dense_accumulator.limit(total))


def matrix_product(
    values: Codes, value: Format, matrix: Codes, weight: Format, accumulator: Format
) -> Codes:
    """Sum over ``k`` of the terms of ``values[p, k] * matrix[k, u]``: exact, not yet limited."""
    terms = products(values[:, :, np.newaxis], value, matrix[np.newaxis], weight, accumulator)
    return np.asarray(terms.sum(axis=1))


def infer(
    weights: Mapping[str, Array], x: Array, *, specification: Specification | None = None
) -> tuple[Codes, Codes]:
    """Encode and decode TPSFs; the readable counterpart of `hwmodels.gru.kernel.infer`.

    Parameters
    ----------
    weights : mapping of str to int array
        As `hwmodels.gru.weights` names them.
    x : int array, pixels x steps, or pixels x steps x inputs
        INPUT codes.
    specification : Specification, optional
        By default the published arithmetic with the network that the arrays show.

    Returns
    -------
    h_encoder : int64 array, pixels x layers x units
        HIDDEN codes of every encoder layer after the last step; decoder layer ``l`` starts from
        encoder layer ``l``.
    y : int64 array, pixels x steps x outputs
        OUTPUT codes.

    Raises
    ------
    InputError
        If weights or input do not fit the specification.
    """
    specification, weights, x = checked(weights, x, specification)
    network, arithmetic = specification.network, specification.arithmetic
    pixels = len(x)
    hidden = [np.zeros((pixels, network.hidden_units), np.int64) for _ in range(network.layers)]
    after = network.cell == "gru-reset-after"

    def advance(stage: str, inputs: Codes) -> None:
        for layer in range(network.layers):
            state = hidden[layer]
            hidden[layer] = cell(
                arithmetic, weights, stage, layer, inputs, state, reset_after=after
            )
            inputs = quantize_stacked_input(arithmetic, hidden[layer])

    for t in range(network.steps):
        advance("encoder", as_codes(x[:, t]))
    h_encoder = np.stack(hidden, axis=1)
    y = np.empty((pixels, network.steps, network.outputs), np.int64)
    for t in range(network.steps):
        advance("decoder", np.zeros((pixels, network.inputs), np.int64))
        y[:, t] = dense(arithmetic, weights, hidden[-1])
    return h_encoder, y


def checked(
    weights: Mapping[str, Array], x: Array, specification: Specification | None
) -> tuple[Specification, Weights, Array]:
    """Check the arguments of an inference and fill in what they leave open.

    Returns
    -------
    specification : Specification
        The one given, or the published arithmetic with the network that the arrays show.
    weights : dict of str to int array
        As returned by `hwmodels.gru.weights.check_weights`.
    x : int array, pixels x steps x inputs
        The input with its last axis.

    Raises
    ------
    InputError
        If weights or input do not fit the specification.
    """
    if not isinstance(weights, Mapping):
        raise InputError(f"weights are a {type(weights).__name__}, expected a mapping of arrays")
    weights = dict(weights)  # an open .npz file would read and unpack an array at each look-up
    x = np.asarray(x)
    if x.ndim not in (2, 3):
        raise InputError(
            f"x has shape {x.shape}, expected (pixels, steps) or (pixels, steps, inputs)"
        )
    if x.ndim == 2:
        x = x[:, :, np.newaxis]
    if specification is None:
        network = network_of(weights, steps=x.shape[1])
        specification = Specification(network, SEQ2SEQLITE_8_BIT)
    network = specification.network
    weights = check_weights(weights, network, specification.arithmetic)
    _check_input(x, network, specification.arithmetic.input)
    return specification, weights, x


def _check_input(x: Array, network: Network, target: Format) -> None:
    if x.shape[1:] != (network.steps, network.inputs):
        raise InputError(
            f"x has {x.shape[1]} steps of {x.shape[2]} input(s), "
            f"expected {network.steps} of {network.inputs}"
        )
    if not np.issubdtype(x.dtype, np.integer):
        raise InputError(f"x holds {x.dtype}, expected integer codes of {target}")
    if x.size == 0:
        return
    for code in (x.min(), x.max()):
        if not target.minimum <= code <= target.maximum:
            raise InputError(
                f"x holds {code}, expected codes from {target.minimum} to {target.maximum} "
                f"({target})"
            )
