"""Formats for a network in real numbers: which fractions, which widths, which curves.

For B bits, weights and all that they multiply (inputs, states, and the reset product where it comes
before the matrix) have B bits, as has the candidate. Wide, as in the published accelerator, is what
they do not multiply: hidden state, recurrent sum, its reset product and outputs have B + 8 bits,
gates B + 10 with 1 among their codes, biases 2 B.

Where the state is stored in S > B bits, it has S bits in the blend, as has the candidate, and the
hidden state has S + 8.

- The fraction of a format is the one with the smallest mean squared error over the weights, or over
  the values that calibration data give: the finest that holds all of them, or finer and saturating.
- Hidden states and wide reset products have a range that holds all that can be made of their
  operands.
- Accumulators have the fraction of their finest product, so that no product is rounded, but at
  most 2 B + 4 fractional bits, or 2 B + 12 in the dense layer: more are there only where weights or
  values are tiny, and widen every integer.
- Smooth activations are curves (`hwmodels.gru.curve`) that are off by less than ``2**-B``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hwmodels.cells.activations import Floats
from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.calibration import Activations
from hwmodels.gru.curve import Curve, Function
from hwmodels.gru.fixedpoint import WIDEST, Format, Overflow, Rounding
from hwmodels.gru.weights import GATES, array_name
from hwmodels.network import Network
from stomp_flim.errors import InputError

GUARD = 8
"""Bits that a wide value has more."""

_NEAREST = (Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)


def arithmetic_of(
    network: Network,
    weights: Mapping[str, Floats],
    samples: Mapping[str, Floats],
    bits: int,
    activations: Activations,
    stored: int | None = None,
) -> Arithmetic:
    """Choose every format; accumulators get their fraction and, for the time being, 62 bits.

    Parameters
    ----------
    network : Network
        Its shape and cell.
    weights : mapping of str to float array
        Named as by `hwmodels.gru.weights`.
    samples : mapping of str to float array
        Values of every point, as `hwmodels.gru.calibration.forward` gives them.
    bits : int
        B.
    activations : {"smooth", "hard"}
        Of the network.
    stored : int, optional
        S, by default B.

    Raises
    ------
    InputError
        If `bits` are too few for the magnitude of a value.
    """
    wide, after = bits + GUARD, network.cell == "gru-reset-after"
    # The decoder's first layer reads zeros.
    unread = {array_name("decoder", 0, "kernel", gate) for gate in GATES}
    matrices = [w.ravel() for n, w in weights.items() if "bias" not in n and n not in unread]
    biases = [w.ravel() for n, w in weights.items() if "bias" in n]
    weight = _fitted("weights", np.concatenate(matrices), bits)

    def of(point: str, width: int) -> Format:
        return _fitted(point, samples[point], width)

    blended = stored or bits
    entering, state, candidate = of("input", bits), of("state", bits), of("candidate", blended)
    blend_state = of("state", blended) if blended > bits else None
    # A blend lies between its operands, and r * p between 0 and p.
    hidden = _holding("hidden", max(_end(blend_state or state), _end(candidate)), blended + GUARD)
    stacked = of("stacked_input", bits) if network.layers > 1 else state
    recurrent = of("recurrent", wide) if after else None
    reset_product = recurrent or of("reset_product", bits)
    factors = [entering, stacked, state] + ([] if after else [reset_product])
    finest = max(value.fraction for value in factors) + weight.fraction
    sigmoid, tanh = (
        (_curve("sigmoid", bits), _curve("tanh", bits)) if activations == "smooth" else (None, None)
    )
    # Below the finest code of what a sum becomes, bits only widen what computes with it.
    finest = min(finest, 2 * bits + GUARD // 2)
    dense_finest = min(hidden.fraction + weight.fraction, 2 * bits + GUARD + GUARD // 2)
    total = Format(WIDEST, finest, Rounding.HALF_EVEN)
    dense_total = replace(total, fraction=dense_finest)
    bias = _holding("biases", float(np.abs(np.concatenate(biases)).max()), min(2 * bits, 32))
    return Arithmetic(
        name=f"{network.name}-{bits}-bit" + (f"-state-{stored}" if blend_state else ""),
        weight=weight,
        bias=replace(bias, fraction=min(bias.fraction, finest, dense_finest)),
        input=entering,
        stacked_input=stacked,
        state=state,
        gate_accumulator=total,
        gate=Format(wide + 2, wide, *_NEAREST),
        reset_product=reset_product,
        candidate_accumulator=total,
        candidate=candidate,
        hidden=hidden,
        dense_accumulator=dense_total,
        output=of("output", wide),
        recurrent=recurrent,
        blend_state=blend_state,
        sigmoid=sigmoid,
        tanh=tanh,
    )


def _fitted(what: str, values: Floats, bits: int) -> Format:
    """Return the format of some width with the smallest mean squared error over values."""
    holding = _holding(what, float(np.abs(values).max()), bits)
    finest = min(holding.fraction + 2, bits + GUARD - 1)
    formats = [replace(holding, fraction=f) for f in range(holding.fraction, finest + 1)]
    return min(formats, key=lambda f: float(np.mean((f.to_real(f.quantize(values)) - values) ** 2)))


def _holding(what: str, largest: float, bits: int) -> Format:
    """Return the finest format of some width that holds all values up to a magnitude."""
    most = (1 << (bits - 1)) - 1
    if largest > most:
        raise InputError(
            f"{what}: largest magnitude is {largest:g}, expected at most {most}, "
            f"what {bits} bits hold"
        )
    fraction = bits - 1 if largest == 0 else bits + GUARD - 1
    while largest * 2.0**fraction > most:
        fraction -= 1
    return Format(bits, fraction, *_NEAREST)


def _end(target: Format) -> float:
    return float(np.ldexp(target.maximum, -target.fraction))


def _curve(function: Function, bits: int) -> Curve:
    """Return a curve that, between its nodes and beyond its ends, is off by less than 2**-bits."""
    most, slack = 2.0 ** -(bits + 1), {"sigmoid": 0.0121, "tanh": 0.0963}[function]
    step = math.ceil(math.log2(slack / most) / 2)
    # The sigmoid comes within exp(-a) of 1, tanh within 2 exp(-2 a).
    end = -math.log(most) if function == "sigmoid" else -math.log(most / 2) / 2
    return Curve(function, math.ceil(math.log2(end)), max(step, 0), bits + GUARD // 2)
