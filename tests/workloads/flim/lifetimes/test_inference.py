"""The integer network on an image: pixels are independent, and what shows no light is masked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import workloads.flim.lifetimes.inference as module
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.kernel import infer
from hwmodels.gru.preprocess import preprocess
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import SEQ2SEQLITE
from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.tpsf import synthetic_image
from workloads.flim.instrument.record import record_of
from workloads.flim.lifetimes.inference import infer_image


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """Make a small image with dark and bright pixels on the network's time axis."""
    return np.asarray(synthetic_image(12, seed=5).image.counts)


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    """Draw weights."""
    return dict(seeded_weights(SEQ2SEQLITE, 1))


def test_chunks_change_nothing(
    counts: np.ndarray, weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of a chunk bounds the memory and is seen in no result."""
    image = MeasuredImage(counts, 0.09, "here")
    whole = infer_image(image, weights)
    monkeypatch.setattr(module, "CHUNK_PIXELS", 7)

    parts = infer_image(image, weights)

    np.testing.assert_array_equal(whole.y, parts.y)
    np.testing.assert_array_equal(whole.lifetimes.tau_ns, parts.lifetimes.tau_ns)
    np.testing.assert_array_equal(whole.mask, parts.mask)


def test_a_network_reads_the_response_beside_the_counts(counts: np.ndarray) -> None:
    """Its second input is the response, in parts of its peak; that it is missing is told."""
    network = replace(SEQ2SEQLITE, inputs=2)
    weights, image = dict(seeded_weights(network, 1)), MeasuredImage(counts, 0.09, "here")
    response = 40.0 * np.exp(-0.5 * ((np.arange(135) - 30.2) / 1.2) ** 2)
    expected_response = np.floor(response / response.max() * 2**14).astype(np.int16)

    found = infer_image(image, weights, response=response)

    lit = found.mask
    x = np.stack(np.broadcast_arrays(preprocess(counts[lit]), expected_response), axis=-1).astype(
        np.int16
    )
    _, y = infer(weights, x, specification=Specification(network, SEQ2SEQLITE_8_BIT))
    np.testing.assert_array_equal(y, found.y[lit])
    with pytest.raises(InputError, match="here: the network reads the response, expected one"):
        infer_image(image, weights)


def test_dead_bins_are_as_if_they_lay_between_their_neighbours(
    counts: np.ndarray, weights: dict[str, Any]
) -> None:
    """Whatever they hold, and dead ends are as if they had not been recorded."""
    straight, wrong = counts[:7].astype(float), counts[:7].astype(float)
    for before, behind in ((60, 62), (80, 84)):
        inside = np.arange(before + 1, behind)
        part = (inside - before) / (behind - before)
        ends = straight[..., [before]], straight[..., [behind]]
        straight[..., inside] = (1 - part) * ends[0] + part * ends[1]
        wrong[..., inside] = 2
    live = np.ones(135, bool)
    live[[61, 81, 82, 83]] = False
    live[:4] = live[100:] = False
    record = record_of(MeasuredImage(straight, 0.09, "straight"))

    found = infer_image(
        MeasuredImage(wrong, 0.09, "wrong"), weights, record=replace(record, live=live)
    )
    short = MeasuredImage(straight[..., 4:100], 0.09, "short")
    expected = infer_image(short, weights)

    np.testing.assert_array_equal(expected.y, found.y)
    np.testing.assert_array_equal(wrong.sum(axis=2), found.intensity)
    assert (4, 96) == (found.time_bins.left_out, found.time_bins.record_bins)


def test_pixels_without_light_above_background_are_masked(weights: dict[str, Any]) -> None:
    """A flat pixel and one whose light lies outside the window get no lifetime."""
    counts = np.zeros((1, 3, 270))
    counts[0, 0, 47:80] = 1000 * np.exp(-np.arange(33) / 10)
    counts[0, 1] = 50
    counts[0, 2, 200:] = 50

    result = infer_image(MeasuredImage(counts, 0.09, "here"), weights)

    assert result.mask.tolist() == [[True, False, False]]
    assert np.isnan(result.lifetimes.mean_ns).tolist() == [[False, True, True]]
    assert not result.y[0, 1:].any()


def test_the_fewest_photons_are_enough(weights: dict[str, Any]) -> None:
    """A pixel with as many as asked for is computed, also a single one, and no image without."""
    counts = np.zeros((1, 3, 135), int)
    counts[0, 0, 47:67] = 5
    counts[0, 1, 47:66] = 5
    counts[0, 2, 50] = 1
    image = MeasuredImage(counts, 0.09, "here")

    for fewest, mask in (100, [True, False, False]), (95.5, [True, False, False]), (0, [True] * 3):
        found = infer_image(image, weights, min_photons=fewest, peak_bin=50)
        assert found.mask.tolist() == [mask]
    with pytest.raises(InputError, match="brightest pixel holds 0 counts, expected at least 1"):
        infer_image(MeasuredImage(0 * counts, 0.09, "here"), weights, min_photons=0)


def test_flat_pixels_of_a_moved_image_are_masked(weights: dict[str, Any]) -> None:
    """A constant is no step where the record was moved, with and without a known background."""
    for peak in (3, 20):
        counts = np.full((1, 2, 200), 9.0)
        counts[0, 0, peak:] += 1000 * np.exp(-np.arange(200 - peak) / 12)

        result = infer_image(MeasuredImage(counts, 0.09, "here"), weights)

        assert result.mask.tolist() == [[True, False]]


def test_moved_image_gives_what_the_unmoved_one_gives(weights: dict[str, Any]) -> None:
    """An image with background whose record began later, at 20 bins to the peak, equals itself."""
    late = np.full((1, 1, 162), 7)
    late[0, 0, 47:] += (1000 * np.exp(-np.arange(115) / 12)).astype(int)

    whole = infer_image(MeasuredImage(late, 0.09, "here"), weights)
    cut = infer_image(MeasuredImage(late[..., 27:], 0.09, "here"), weights)

    assert cut.time_bins.shift_ns == pytest.approx(27 * 0.09)
    np.testing.assert_array_equal(whole.y, cut.y)


def test_progress_counts_the_pixels_that_are_computed(
    counts: np.ndarray, weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress rises to the number of bright pixels, a chunk at a time."""
    monkeypatch.setattr(module, "CHUNK_PIXELS", 10)
    calls: list[tuple[int, int]] = []

    infer_image(
        MeasuredImage(counts, 0.09, "here"),
        weights,
        progress=lambda done, total: calls.append((done, total)),
    )

    bright = int((counts.sum(axis=-1) >= 100).sum())
    expected = [(min(done, bright), bright) for done in range(10, bright + 10, 10)]
    assert expected == calls
