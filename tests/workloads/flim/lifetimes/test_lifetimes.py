"""Lifetimes from output sequences: against closed forms and a loop in exact numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS
from workloads.flim.lifetimes.lifetimes import lifetimes

codes = st.integers(1, 32_767)


@given(st.lists(st.tuples(codes, codes, codes), min_size=2, max_size=40))
def test_equals_exact_arithmetic(sequence: list[tuple[int, int, int]]) -> None:
    """Every number equals the equations in exact fractions, to double precision."""
    result = lifetimes(np.array(sequence) / 1024)

    def lifetime(output: int) -> Fraction:
        values = [Fraction(step[output]) for step in sequence]
        trapezoid = sum((a + b) / 2 for a, b in pairwise(values))
        return Fraction(BIN_WIDTH_NS) * trapezoid / values[0]

    fraction = Fraction(sequence[0][1], sequence[0][1] + sequence[0][2])
    mean = fraction * lifetime(1) + (1 - fraction) * lifetime(2)
    assert pytest.approx([float(lifetime(c)) for c in range(3)], rel=1e-14) == list(result.tau_ns)
    assert pytest.approx(float(fraction), rel=1e-14) == result.fraction
    assert pytest.approx(float(mean), rel=1e-13) == result.mean_ns


@pytest.mark.parametrize(("tau1", "tau2", "share"), [(0.2, 0.8, 0.3), (0.8, 1.5, 0.9)])
def test_exponentials_have_their_lifetimes(tau1: float, tau2: float, share: float) -> None:
    """For sampled exponentials the trapezoid sum is a geometric series with a closed form."""
    t = BIN_WIDTH_NS * np.arange(STEPS)
    short, long = share * np.exp(-t / tau1), (1 - share) * np.exp(-t / tau2)

    result = lifetimes(np.stack([short + long, short, long], axis=-1))

    expected = []
    for tau in (tau1, tau2):
        ratio, last = np.exp(-BIN_WIDTH_NS / tau), np.exp(-(STEPS - 1) * BIN_WIDTH_NS / tau)
        expected.append(BIN_WIDTH_NS * ((1 - ratio * last) / (1 - ratio) - (1 + last) / 2))
    assert pytest.approx(expected, rel=1e-12) == list(result.tau_ns[1:])
    assert pytest.approx(share, rel=1e-12) == result.fraction
    # A full decay that is the sum of its components has their mean as its lifetime.
    assert pytest.approx(float(result.mean_ns), rel=1e-12) == result.tau_ns[0]


def test_vectorized_over_any_shape() -> None:
    """An image gives for each pixel what the pixel alone gives."""
    y = np.random.default_rng(0).uniform(0.1, 1, (3, 4, STEPS, 3))

    image = lifetimes(y)

    for pixel in np.ndindex(3, 4):
        alone = lifetimes(y[pixel])
        np.testing.assert_array_equal(alone.tau_ns, image.tau_ns[pixel])
        assert alone.fraction == image.fraction[pixel]
        assert alone.mean_ns == image.mean_ns[pixel]


@pytest.mark.parametrize("first", [0.0, 9.9e-7, -1.0])
def test_small_denominators(first: float) -> None:
    """Below 1e-6 a lifetime is 0 and the fraction one half; at 1e-6 they are computed."""
    y = np.ones((STEPS, 3))
    y[0] = first
    result = lifetimes(y)
    assert list(result.tau_ns) == [0.0, 0.0, 0.0]
    assert result.mean_ns == 0.0
    if first < 5e-7:
        assert result.fraction == 0.5

    y[0] = 1e-6
    assert (lifetimes(y).tau_ns > 1e6).all()


def test_fraction_of_the_short_component_alone() -> None:
    """The fraction is 0 or 1 where only one component is there, and the mean is its lifetime."""
    y = np.ones((2, STEPS, 3))
    y[0, :, 1] = 0
    y[1, :, 2] = 0

    result = lifetimes(y)

    assert list(result.fraction) == [0.0, 1.0]
    assert [result.tau_ns[0, 2], result.tau_ns[1, 1]] == list(result.mean_ns)


def test_masked_pixels_have_no_numbers() -> None:
    """All numbers of a masked pixel are NaN, and the others do not change."""
    y = np.random.default_rng(1).uniform(0.1, 1, (2, 2, STEPS, 3))
    mask = np.array([[True, False], [False, True]])

    masked, free = lifetimes(y, mask=mask), lifetimes(y)

    for name in ("tau_ns", "fraction", "mean_ns"):
        assert np.isnan(getattr(masked, name)[~mask]).all()
        np.testing.assert_array_equal(getattr(free, name)[mask], getattr(masked, name)[mask])


def test_one_step_has_no_area() -> None:
    """Between its first and its last bin, which are the same."""
    assert [0.0] == lifetimes(np.full((1, 1, 3), 0.5)).mean_ns.tolist()


@pytest.mark.parametrize("shape", [(3,), (STEPS, 2), (4, STEPS), (0, 3)])
def test_wrong_number_of_outputs(shape: tuple[int, ...]) -> None:
    """Outputs that are not a decay and two components are refused."""
    with pytest.raises(InputError, match=r"expected \[\.\.\., steps, 3\]"):
        lifetimes(np.ones(shape))
