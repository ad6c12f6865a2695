"""The specification: presets, and which integers can carry it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from stomp_flim.errors import InputError


def test_published_preset() -> None:
    """Bits, fraction, overflow and rounding of the published accelerator's quantities."""
    half_even = (Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)
    floor = (Rounding.FLOOR, Overflow.WRAP)
    expected = {
        "weight": Format(8, 7, *floor),
        "bias": Format(8, 7, *floor),
        "input": Format(16, 14, *floor),
        "stacked_input": Format(8, 7, *half_even),
        "state": Format(8, 7, *half_even),
        "gate_accumulator": Format(32, 22, *floor),
        "gate": Format(18, 16, *floor),
        "reset_product": Format(24, 22, *floor),
        "candidate_accumulator": Format(32, 22, *floor),
        "candidate": Format(8, 7, *half_even),
        "hidden": Format(24, 22, *floor),
        "dense_accumulator": Format(32, 22, *floor),
        "output": Format(16, 10, Rounding.HALF_UP, Overflow.SATURATE),
        "recurrent": Format(16, 14, *half_even),
    }
    assert expected == SEQ2SEQLITE_8_BIT.points()


def test_plain_preset_has_16_bits() -> None:
    """All values of the plain preset have 16 bits, and its accumulators lose no product."""
    points = PLAIN_16_BIT.points()
    accumulators = {name: points.pop(name) for name in list(points) if "accumulator" in name}

    assert {16} == {point.bits for point in points.values()}
    assert {28} == {point.fraction for point in accumulators.values()}
    assert {14} == {point.fraction for point in points.values()}


def test_specification_is_immutable() -> None:
    """A specification in use cannot be changed under its user."""
    specification = Specification(SEQ2SEQLITE, SEQ2SEQLITE_8_BIT)
    with pytest.raises(FrozenInstanceError):
        specification.network = SEQ2SEQ  # type: ignore[misc]
    assert hash(specification) == hash(Specification(SEQ2SEQLITE, SEQ2SEQLITE_8_BIT))


@pytest.mark.parametrize("network", [SEQ2SEQLITE, SEQ2SEQ])
def test_published_arithmetic_fits_32_bits(network: Network) -> None:
    """The published formats are exact in 32-bit integers, the plain 16-bit ones are not."""
    assert max(Specification(network, SEQ2SEQLITE_8_BIT).carriers.values()) == 32
    assert max(Specification(network, PLAIN_16_BIT).carriers.values()) == 48


def test_saturating_accumulator_needs_its_exact_sum() -> None:
    """Inputs add 2^23 each, one state and one bias 2^22 each: 2^31 - 2^23, then 2^31."""
    saturating = replace(
        SEQ2SEQLITE_8_BIT, gate_accumulator=Format(32, 22, overflow=Overflow.SATURATE)
    )
    networks = [Network("one unit", 1, 1, inputs=inputs) for inputs in (254, 255)]

    assert [32, 33] == [
        Specification(network, saturating).carriers["gate_accumulator"] for network in networks
    ]
    wrapping = Specification(networks[1], SEQ2SEQLITE_8_BIT)
    assert wrapping.carriers["gate_accumulator"] == 32


def test_what_64_bits_cannot_carry_is_refused() -> None:
    """The error names the arithmetic, the network and the quantization point."""
    wide = Format(32, 16, Rounding.FLOOR, Overflow.SATURATE)
    arithmetic = replace(
        SEQ2SEQLITE_8_BIT,
        name="wide",
        weight=wide,
        hidden=wide,
        dense_accumulator=Format(62, 32, overflow=Overflow.SATURATE),
    )
    with pytest.raises(InputError, match="'wide' with network 'seq2seqlite': dense_accumulator"):
        Specification(SEQ2SEQLITE, arithmetic)


def test_shifts_that_64_bits_cannot_do_are_refused() -> None:
    """A point that would drop more bits than a carrier has is no arithmetic."""
    arithmetic = replace(SEQ2SEQLITE_8_BIT, gate_accumulator=Format(62, 62), gate=Format(18, 0))
    with pytest.raises(InputError, match="gate needs a carrier"):
        Specification(SEQ2SEQLITE, arithmetic)


def test_values_have_at_most_32_bits() -> None:
    """Products of two values must fit 64 bits."""
    with pytest.raises(InputError, match="hidden has 33 bits, expected at most 32"):
        replace(SEQ2SEQLITE_8_BIT, hidden=Format(33, 22))
