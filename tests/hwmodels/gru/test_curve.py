"""Smooth activations as broken lines: against the functions, and against fractions."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.gru import reference
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.errors import InputError

curves = st.builds(
    Curve,
    st.sampled_from(["sigmoid", "tanh"]),
    reach=st.integers(0, 4),
    step=st.integers(0, 6),
    fraction=st.integers(1, 30),
)


def function(curve: Curve, place: float) -> float:
    """Compute the function that a curve follows."""
    return math.tanh(place) if curve.function == "tanh" else 1 / (1 + math.exp(-place))


@given(curves)
def test_nodes_are_the_nearest_codes(curve: Curve) -> None:
    """From end to end, half a code off at most."""
    places = np.arange(-(2 ** (curve.reach + curve.step)), 2 ** (curve.reach + curve.step) + 1)
    assert len(places) == len(curve.nodes)
    for place, code in zip(places.tolist(), curve.nodes.tolist(), strict=True):
        exact = function(curve, place * 2**-curve.step) * 2**curve.fraction
        assert abs(exact - code) <= 0.5 + 1e-6


@given(curves, st.integers(0, 8), st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=20))
def test_values_lie_on_straight_lines_between_nodes(
    curve: Curve, finer: int, codes: list[int]
) -> None:
    """Every value is the exact fraction between its neighbours, and flat beyond the ends."""
    fraction = curve.step + finer
    nodes, end = curve.nodes.tolist(), 2 ** (curve.reach + curve.step)
    found = curve(np.array(codes), fraction).tolist()
    for code, value in zip(codes, found, strict=True):
        place = min(max(Fraction(code, 2**finer), -end), end) + end
        left = min(math.floor(place), 2 * end - 1)
        line = nodes[left] + (nodes[left + 1] - nodes[left]) * (place - left)
        assert line * 2**finer == value


@pytest.mark.parametrize(("name", "slack"), [("sigmoid", 0.0121), ("tanh", 0.0963)])
@pytest.mark.parametrize("step", [0, 2, 5, 7])
def test_lines_keep_their_distance(name: Any, slack: float, step: int) -> None:
    """Off by what the second derivative says, and no more."""
    curve = Curve(name, reach=4, step=step, fraction=30)
    places = np.arange(-(2**14), 2**14 + 1)
    exact = np.array([function(curve, place * 2**-10) for place in places.tolist()])
    values = np.ldexp(curve(places, 10).astype(float), -30 - curve.drop(10))
    error = np.abs(values - exact).max()
    assert error <= slack * 4.0**-step + 2**-30
    assert error > slack * 4.0**-step / 2 or step == 0


def test_an_arithmetic_with_curves_follows_the_functions() -> None:
    """Gates and candidates are the functions' values, half a code off at most, or a little more."""
    smooth = replace(
        SEQ2SEQLITE_8_BIT, sigmoid=Curve("sigmoid", 4, 6, 24), tanh=Curve("tanh", 3, 6, 24)
    )
    sums = np.arange(-(2**25), 2**25, 12345)
    real = smooth.gate_accumulator.to_real(sums)
    gates = smooth.gate.to_real(reference.sigmoid(smooth, sums))
    candidates = smooth.candidate.to_real(reference.tanh(smooth, sums))

    assert np.abs(gates + 2**-17 - 1 / (1 + np.exp(-real))).max() < 2**-17 + 1e-5
    assert np.abs(candidates - np.tanh(real)).max() < 2**-8 + 2**-7  # 1 itself is 127 / 128


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"function": "tan"}, "curve: unknown function 'tan'; did you mean 'tanh'?"),
        ({"reach": 6}, "curve: reach is 6, expected an integer from 0 to 5"),
        ({"step": -1}, "curve: step is -1, expected an integer from 0 to 10"),
        ({"fraction": 2.5}, "curve: fraction is 2.5, expected an integer from 1 to 30"),
    ],
)
def test_wrong_curves_are_refused(sizes: dict[str, Any], message: str) -> None:
    """The error names what is wrong and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        Curve(**{"function": "tanh", "reach": 2, "step": 3, "fraction": 8} | sizes)


def test_sums_coarser_than_the_nodes_are_refused() -> None:
    """Between two codes there would be nodes."""
    arithmetic = replace(
        SEQ2SEQLITE_8_BIT, gate_accumulator=Format(16, 5), sigmoid=Curve("sigmoid", 3, 6, 12)
    )
    with pytest.raises(InputError, match=re.escape("2**-6 apart, expected at least 2**-5")):
        Specification(SEQ2SEQLITE, arithmetic)
