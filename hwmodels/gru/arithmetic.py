"""The specification of an integer GRU encoder-decoder: its shape and every quantization point.

A format with ``F`` fractional bits represents ``code * 2**-F``. One step of one layer, with the
points of `Arithmetic` in capitals (``X`` is INPUT in a first layer, STACKED_INPUT above it; the
decoder's first layer reads ``X = 0``):

==========================================================================  ====================
``q = STATE(h)``                                                            quantized state
``a_g = GATE_ACCUMULATOR(sum X*W_g + sum q*U_g + b_g)``, ``g`` in ``z, r``  matrix products
``g = GATE(clip(0.5*a_g + 0.5, 0, 1))``                                     hard sigmoid
``s = RESET_PRODUCT(r*q)``                                                  reset before product
``a_h = CANDIDATE_ACCUMULATOR(sum X*W_h + sum s*U_h + b_h)``                matrix products
``c = CANDIDATE(clip(a_h, -1, 1))``                                         hard tanh
``h' = HIDDEN(z*q + (1 - z)*c)``                                            blend
``y = OUTPUT(DENSE_ACCUMULATOR(sum h'*W_d + b_d))``                         dense, decoder only
==========================================================================  ====================

Where the reset comes after the product (cell ``gru-reset-after``), ``s`` and ``a_h`` are others:

==========================================================================  ====================
``p = RECURRENT(CANDIDATE_ACCUMULATOR(sum q*U_h + b2_h))``                  matrix product
``s = RESET_PRODUCT(r*p)``                                                  reset after product
``a_h = CANDIDATE_ACCUMULATOR(sum X*W_h + b_h + s)``                        matrix product
==========================================================================  ====================

Where the state is stored in more bits than products read (`Arithmetic.blend_state`), the blend
reads all of them, and steps smaller than half a code of ``q`` are not lost:

==========================================================================  ====================
``m = BLEND_STATE(h)``                                                      stored state
``q = STATE(m)``                                                            what products read
``h' = HIDDEN(z*m + (1 - z)*c)``                                            blend
==========================================================================  ====================

Smooth activations take the place of the hard ones where the arithmetic has curves for them
(`hwmodels.gru.curve`): ``g = GATE(sigmoid(a_g))``, ``c = CANDIDATE(tanh(a_h))``.

Everything between two points is exact, with one rule for accumulators: each term, be it a product,
a bias or ``s``, is rounded to the accumulator's fraction ON ITS OWN, the rounded terms are added
exactly, and the overflow mode is applied to the sum. For WRAP that equals an accumulator that wraps
at every addition, in any order. It is what HLS makes of ``acc += product`` with an ``ap_fixed``
`acc`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.network import Network
from stomp_flim.errors import InputError

VALUE_BITS = 32
"""Most bits of a value; accumulators may have more."""


@dataclass(frozen=True)
class Arithmetic:
    """The format of every quantization point.

    Values have at most 32 bits, accumulators 62. The equations are in the module's docstring.

    Parameters
    ----------
    name : str
        As shown in tables and messages.
    weight : Format
        Kernels, recurrent kernels and the dense kernel. Weights are given as codes.
    bias : Format
        Biases, given as codes.
    input : Format
        Normalized photon counts ``x``, given as codes.
    stacked_input : Format
        New state of the layer below, as the input of a stacked layer.
    state : Format
        State ``q`` as products read it, and the blend too unless there is a `blend_state`.
    gate_accumulator, candidate_accumulator, dense_accumulator : Format
        Sums of products.
    gate : Format
        Update gate ``z`` and reset gate ``r``.
    reset_product : Format
        ``r*q``, or ``r*p`` where the reset comes after the product.
    candidate : Format
        ``c``.
    hidden : Format
        New state ``h`` as the blend makes it and the dense layer reads it.
    output : Format
        ``y``.
    recurrent : Format, optional
        ``p``, what the reset gate multiplies where it comes after the product; by default the
        arithmetic is for the reset before it alone.
    blend_state : Format, optional
        ``m``, the state as it is stored from step to step and as the blend reads it; by default
        that is ``q``.
    sigmoid, tanh : Curve, optional
        Of the gates and of the candidate, by default hard ones.

    Raises
    ------
    InputError
        If a value has more than 32 bits.
    """

    name: str
    weight: Format
    bias: Format
    input: Format
    stacked_input: Format
    state: Format
    gate_accumulator: Format
    gate: Format
    reset_product: Format
    candidate_accumulator: Format
    candidate: Format
    hidden: Format
    dense_accumulator: Format
    output: Format
    recurrent: Format | None = None
    blend_state: Format | None = None
    sigmoid: Curve | None = None
    tanh: Curve | None = None

    def __post_init__(self) -> None:
        for name, point in self.points().items():
            if point.bits > VALUE_BITS and not name.endswith("accumulator"):
                raise InputError(
                    f"arithmetic {self.name!r}: {name} has {point.bits} bits, "
                    f"expected at most {VALUE_BITS}"
                )

    def points(self) -> dict[str, Format]:
        """Return every quantization point by its name, in the order of the computation."""
        values = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {name: value for name, value in values.items() if isinstance(value, Format)}

    def curves(self) -> dict[str, tuple[Curve, Format]]:
        """Return every smooth activation, and the accumulator that it reads, by the point."""
        activations = {
            "gate": (self.sigmoid, self.gate_accumulator),
            "candidate": (self.tanh, self.candidate_accumulator),
        }
        return {point: (c, total) for point, (c, total) in activations.items() if c is not None}

    def require_hard_activations(self, what: str) -> None:
        """Refuse curves, where something knows hard activations alone.

        Parameters
        ----------
        what : str
            What does, as a message calls it.

        Raises
        ------
        InputError
            If there is a curve.
        """
        for curve, _ in self.curves().values():
            raise InputError(
                f"arithmetic {self.name!r}: a smooth {curve.function}, but {what} knows only hard "
                "activations"
            )

    @property
    def stored_state(self) -> Format:
        """The state as it is stored and as the blend reads it: BLEND_STATE, or else STATE."""
        return self.blend_state or self.state

    @property
    def blend_fraction(self) -> int:
        """Fractional bits of the exact ``z*m + (1 - z)*c``, before HIDDEN."""
        return self.gate.fraction + max(self.stored_state.fraction, self.candidate.fraction)


@dataclass(frozen=True)
class Specification:
    """One immutable description of an integer GRU encoder-decoder.

    Parameters
    ----------
    network : Network
        Its shape.
    arithmetic : Arithmetic
        Its quantization points.

    Raises
    ------
    InputError
        If 64-bit integers could not carry it without losing a bit, or it has no format for what
        the cell of the network computes.
    """

    network: Network
    arithmetic: Arithmetic

    def __post_init__(self) -> None:
        if self.network.cell == "gru-reset-after" and self.arithmetic.recurrent is None:
            raise InputError(
                f"arithmetic {self.arithmetic.name!r} with network {self.network.name!r}: no "
                f"format 'recurrent', expected one for cell {self.network.cell!r}"
            )
        for curve, total in self.arithmetic.curves().values():
            if curve.drop(total.fraction) < 0:
                raise InputError(
                    f"arithmetic {self.arithmetic.name!r}: nodes of the {curve.function} are "
                    f"2**-{curve.step} apart, expected at least 2**-{total.fraction}, the "
                    "resolution of its accumulator"
                )
        needed = max(self.carriers.values())
        if needed > 64:
            point = max(self.carriers, key=self.carriers.__getitem__)
            raise InputError(
                f"arithmetic {self.arithmetic.name!r} with network {self.network.name!r}: {point} "
                f"needs a carrier of {needed} bits, expected at most 64"
            )

    @cached_property
    def carriers(self) -> dict[str, int]:
        """Bits of an integer that computes each quantization point exactly, in the worst case.

        A WRAP accumulator needs only its own width, since dropping higher bits commutes with the
        wrap; one that saturates needs its exact sum.
        """
        a, n = self.arithmetic, self.network
        points = a.points()
        one = 1 << a.gate.fraction
        gate = min(one, 1 << (a.gate.bits - 1))
        blend = a.blend_fraction - a.gate.fraction
        stored = a.stored_state
        kept = gate << (stored.bits - 1 + blend - stored.fraction)
        renewed = (one + gate) << (a.candidate.bits - 1 + blend - a.candidate.fraction)
        read = a.hidden if a.blend_state is None else a.blend_state
        exact = {  # the values before each point: bits, fraction
            "stacked_input": (a.hidden.bits, a.hidden.fraction),
            "blend_state": (a.hidden.bits, a.hidden.fraction),
            "state": (read.bits, read.fraction),
            # 0.5*a + 0.5, from 0 to 1 with one more fractional bit
            "gate": (a.gate_accumulator.fraction + 3, a.gate_accumulator.fraction + 1),
            "reset_product": (a.gate.bits + a.state.bits, a.gate.fraction + a.state.fraction),
            "candidate": (a.candidate_accumulator.fraction + 2, a.candidate_accumulator.fraction),
            "hidden": (_bits(kept + renewed), a.blend_fraction),
            "output": (a.dense_accumulator.bits, a.dense_accumulator.fraction),
        }
        for name, (curve, total) in a.curves().items():
            bits, drop = curve.bits(total.fraction), curve.drop(total.fraction)
            exact[name] = (bits, curve.fraction + drop)
        after = a.recurrent if n.cell == "gru-reset-after" else None
        if after is not None:
            exact |= {
                "recurrent": (a.candidate_accumulator.bits, a.candidate_accumulator.fraction),
                "reset_product": (_bits(gate * -after.minimum), a.gate.fraction + after.fraction),
            }

        def products(value: str, count: int) -> _Terms:
            factor = points[value]
            magnitude = 1 << (factor.bits - 1 + a.weight.bits - 1)
            return _Terms(magnitude, factor.fraction + a.weight.fraction, count)

        bias = _Terms(1 << (a.bias.bits - 1), a.bias.fraction, 1)
        inputs = [products("input", n.inputs)]
        if n.layers > 1:
            inputs.append(products("stacked_input", n.hidden_units))
        # Adding both kinds of input bounds first and stacked layers at once.
        sums = {
            "gate_accumulator": [*inputs, products("state", n.hidden_units), bias],
            "candidate_accumulator": [*inputs, products("reset_product", n.hidden_units), bias],
            "dense_accumulator": [products("hidden", n.hidden_units), bias],
        }
        if after is not None:  # two sums, and all their terms at once bound them both
            reset = _Terms(1 << (a.reset_product.bits - 1), a.reset_product.fraction, 1)
            states = products("state", n.hidden_units)
            sums["candidate_accumulator"] = [*inputs, bias, reset, states, bias]
        return {
            name: _value_carrier(*exact[name], point)
            if name in exact
            else _sum_carrier(sums[name], point)
            for name, point in points.items()
            if name in exact or name in sums
        }


@dataclass(frozen=True)
class _Terms:
    """`count` terms of an accumulator before they are rounded to its fraction."""

    magnitude: int
    fraction: int
    count: int


def _value_carrier(bits: int, fraction: int, target: Format) -> int:
    shift = fraction - target.fraction
    return max(bits + max(-shift, 0), target.bits, _shift_carrier(shift))


def _sum_carrier(terms: list[_Terms], target: Format) -> int:
    needed, total = target.bits, 0
    for term in terms:
        shift = term.fraction - target.fraction
        needed = max(needed, _shift_carrier(shift))
        if shift > 0:
            needed = max(needed, _bits(term.magnitude))
            total += term.count * ((term.magnitude >> shift) + 1)
        else:
            total += term.count * (term.magnitude << -shift)
    return needed if target.overflow is Overflow.WRAP else max(needed, _bits(total))


def _bits(magnitude: int) -> int:
    return magnitude.bit_length() + 1


def _shift_carrier(shift: int) -> int:
    """Bits in which a shift is defined and the rounding of what it drops cannot overflow."""
    return abs(shift) + 2


_HALF_EVEN_SYMMETRIC = (Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)
_ACCUMULATOR = Format(32, 22)

SEQ2SEQLITE_8_BIT = Arithmetic(
    name="seq2seqlite-8-bit",
    weight=Format(8, 7),
    bias=Format(8, 7),
    input=Format(16, 14),
    stacked_input=Format(8, 7, *_HALF_EVEN_SYMMETRIC),
    state=Format(8, 7, *_HALF_EVEN_SYMMETRIC),
    gate_accumulator=_ACCUMULATOR,
    gate=Format(18, 16),
    reset_product=Format(24, 22),
    candidate_accumulator=_ACCUMULATOR,
    candidate=Format(8, 7, *_HALF_EVEN_SYMMETRIC),
    hidden=Format(24, 22),
    dense_accumulator=_ACCUMULATOR,
    output=Format(16, 10, Rounding.HALF_UP, Overflow.SATURATE),
    recurrent=Format(16, 14, *_HALF_EVEN_SYMMETRIC),
)
"""The published Seq2SeqLite accelerator, whose HLS C simulation it equals integer for integer.

That accelerator has one layer; `stacked_input` follows its rule that a cell reads quantized states.
Its reset comes before the product; `recurrent` is as wide as an input, in the range of the
`reset_product` that is made of it.
"""

_PLAIN = Format(16, 14, Rounding.HALF_EVEN, Overflow.SATURATE)
_PLAIN_ACCUMULATOR = Format(48, 28)

PLAIN_16_BIT = Arithmetic(
    name="plain-16-bit",
    weight=_PLAIN,
    bias=_PLAIN,
    input=_PLAIN,
    stacked_input=_PLAIN,
    state=_PLAIN,
    gate_accumulator=_PLAIN_ACCUMULATOR,
    gate=_PLAIN,
    reset_product=_PLAIN,
    candidate_accumulator=_PLAIN_ACCUMULATOR,
    candidate=_PLAIN,
    hidden=_PLAIN,
    dense_accumulator=_PLAIN_ACCUMULATOR,
    output=_PLAIN,
    recurrent=_PLAIN,
)
"""16 bits everywhere, the range [-2, 2) and exact products in a DSP slice's 48-bit accumulator."""
