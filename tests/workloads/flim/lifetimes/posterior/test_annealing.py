"""Populations that cool down: posteriors and evidences that are known exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from workloads.flim.lifetimes.posterior.annealing import Effort, anneal

EFFORT = Effort(points=64, sweeps=1.0, kept=8)
CENTERS = np.array([[0.3, 0.6, 0.5], [0.7, 0.2, 0.4]])


def narrow(width: float) -> Any:
    """Return the likelihood of a Gaussian around a centre of each problem's own."""

    def likelihood(rows: Any, points: Any) -> Any:
        apart = (points - CENTERS[rows % 2][:, None]) / width
        return -0.5 * (apart**2).sum(axis=-1)

    return likelihood


@pytest.mark.parametrize("width", [0.05, 0.003])
def test_a_gaussian_is_found(width: float) -> None:
    """Its centre, its width and its evidence, from a millionth of the cube too."""
    draws = anneal(narrow(width), 100, 3, np.random.default_rng(1), EFFORT)

    apart = (draws.points - CENTERS[np.arange(100) % 2][:, None]) / width
    assert draws.points.shape == (100, 512, 3)
    assert np.abs(apart.mean(axis=(0, 1))).max() < 0.1
    np.testing.assert_allclose(apart.std(axis=(0, 1)), 1.0, atol=0.05)
    evidence = 1.5 * math.log(2 * math.pi * width**2)
    found = np.log(np.exp(draws.log_evidence - evidence).mean())
    assert found == pytest.approx(0.0, abs=0.3)


def test_two_peaks_keep_their_shares() -> None:
    """Of two peaks far apart each has the share of its volume."""

    def likelihood(rows: Any, points: Any) -> Any:
        first = -0.5 * (((points - 0.2) / 0.02) ** 2).sum(axis=-1)
        second = -0.5 * (((points - 0.8) / 0.02) ** 2).sum(axis=-1)
        return np.logaddexp(first + math.log(3), second)

    draws = anneal(likelihood, 60, 2, np.random.default_rng(2), EFFORT)
    weight = np.exp(draws.log_evidence)
    low = (draws.points[..., 0] < 0.5).mean(axis=1)
    assert (weight @ low) / weight.sum() == pytest.approx(0.75, abs=0.05)


def test_without_data_nothing_is_learned() -> None:
    """A likelihood that is the same everywhere leaves the cube even, and is the evidence."""

    def likelihood(rows: Any, points: Any) -> Any:
        return np.full(points.shape[:2], -7.0)

    draws = anneal(likelihood, 30, 2, np.random.default_rng(3), EFFORT)

    np.testing.assert_allclose(draws.log_evidence, -7.0)
    held = np.histogram(draws.points, 10, (0, 1))[0] / draws.points.size
    np.testing.assert_allclose(held, 0.1, atol=0.01)


def test_ridges_that_end_at_faces() -> None:
    """Where coordinates hang together, as lifetimes and shares do, the faces bias none of them."""

    def likelihood(rows: Any, points: Any) -> Any:
        first, second, third = np.moveaxis(points, -1, 0)
        return -0.5 * ((first + 0.6 * second * third - 0.5) / 0.05) ** 2 - third

    middles = (np.arange(50) + 0.5) / 50
    grid = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1)
    weight = np.exp(likelihood(None, grid))
    draws = anneal(likelihood, 100, 3, np.random.default_rng(7), EFFORT).points.reshape(-1, 3)
    for place, others in enumerate(((1, 2), (0, 2), (0, 1))):
        expected = weight.sum(axis=others).reshape(10, 5).sum(axis=1) / weight.sum()
        found = np.histogram(draws[:, place], 10, (0, 1))[0] / len(draws)
        np.testing.assert_allclose(found, expected, atol=0.008)


def test_a_face_of_the_cube_holds_what_lies_behind_it_back() -> None:
    """Where the peak is at a face, draws follow the half that is inside."""

    def likelihood(rows: Any, points: Any) -> Any:
        return -points[..., 0] / 0.01

    draws = anneal(likelihood, 200, 1, np.random.default_rng(4), EFFORT)
    weight = np.exp(draws.log_evidence)
    assert draws.points.min() >= 0
    mean = draws.points.mean(axis=(1, 2))
    assert (weight @ mean) / weight.sum() == pytest.approx(0.01, rel=0.05)
    assert np.log(np.exp(draws.log_evidence).mean()) == pytest.approx(math.log(0.01), abs=0.1)


def test_one_seed_gives_the_same_draws() -> None:
    """And another one others."""
    first, again, other = (
        anneal(narrow(0.05), 2, 3, np.random.default_rng(seed), EFFORT) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.log_evidence, again.log_evidence)
    assert (first.points != other.points).any()
