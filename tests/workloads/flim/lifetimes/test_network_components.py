"""Components of a network's outputs: those that are there, in order, and the impossible named."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.flim.lifetimes.lifetimes import Lifetimes
from workloads.flim.lifetimes.network_components import (
    ABSENT,
    NetworkComponents,
    network_components,
)


def components(short: float, long: float, fraction: float) -> NetworkComponents:
    """Return the components of one pixel."""
    mean = fraction * short + (1 - fraction) * long
    tau = np.array([[mean, short, long]])
    return network_components(Lifetimes(tau, np.array([fraction]), np.array([mean])))


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0, 1))
def test_what_is_possible_is_kept(short: float, long: float, fraction: float) -> None:
    """Two possible components rise, keep their shares, and have the mean that they had."""
    found = components(short, long, fraction)

    assert not found.impossible.any()
    assert found.tau_ns[0, 0] <= found.tau_ns[0, 1]
    assert math.isclose(1, found.share.sum())
    assert math.isclose(fraction * short + (1 - fraction) * long, found.mean_ns[0], rel_tol=1e-9)


@pytest.mark.parametrize(("short", "fraction"), [(-0.3, 0.02), (0.0, -0.02), (0.4, -0.05)])
def test_rounding_of_one_component_is_absent(short: float, fraction: float) -> None:
    """A component of next to no share that is not above zero leaves the other one alone."""
    found = components(short, 1.5, fraction)

    assert [1.0, 0.0] == found.share[0].tolist()
    assert 1.5 == found.tau_ns[0, 0] == found.mean_ns[0]
    assert np.isnan(found.tau_ns[0, 1])
    assert not found.impossible.any()


@pytest.mark.parametrize(
    ("short", "long", "fraction"),
    [(-0.3, 1.5, 0.5), (0.5, 0.0, 0.5), (0.4, 1.5, -2 * ABSENT), (0.4, 1.5, 1 + 2 * ABSENT)],
)
def test_the_impossible_is_named(short: float, long: float, fraction: float) -> None:
    """Lifetimes or shares below zero, of components that are there, are impossible."""
    assert components(short, long, fraction).impossible.all()


def test_what_was_not_inferred_is_not_impossible() -> None:
    """Masked pixels have no component, no mean, and no fault."""
    found = components(math.nan, math.nan, math.nan)

    assert np.isnan(found.mean_ns).all()
    assert not found.impossible.any()
