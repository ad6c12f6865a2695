"""Histograms that are no decay are told, and decays are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workloads.flim.decay_simulator import simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.chain import Instrument, instrument_of
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.instrument.shape import UNLIKE, backwards, second_pulse_ns, unlikeness


def image(counts: Any, width_ns: float) -> MeasuredImage:
    """Return an image of pixels [pixels, bins]."""
    return MeasuredImage(counts.reshape(4, -1, counts.shape[-1]), width_ns, "an image")


def record(counts: Any, width_ns: float) -> Record:
    """Return their record."""
    return record_of(image(counts, width_ns))


def instrument(counts: Any, width_ns: float = 0.05) -> Instrument:
    """Return the instrument that they show."""
    return instrument_of(image(counts, width_ns))


@settings(max_examples=80)
@given(
    st.sampled_from([0.1, 0.3, 1.0, 3.0, 5.0]),
    st.sampled_from([0.0125, 12.5 / 256, 0.1, 0.4]),
    st.sampled_from([50, 1000, 20_000]),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([{"fwhm_ns": 0.05}, {"fwhm_ns": 0.4}, {"tail_ns": 0.2}]),
    st.sampled_from([None, 12.5, 25.0]),
    st.sampled_from([0.6, 2.5, 4.0, 9.0]),
    st.integers(0, 99),
)
def test_a_decay_is_neither_backwards_nor_double(
    tau: float,
    width: float,
    photons: float,
    background: float,
    response: dict[str, float],
    period: float | None,
    center: float,
    seed: int,
) -> None:
    """Decays of any lifetime, response, period and brightness rise once, and fall slowly."""
    scene = simulate(
        [(1, tau)],
        width_ns=width,
        photons=photons,
        background=background,
        period_ns=period,
        center_ns=center,
        seed=seed,
        **response,
    )

    found = record(scene.counts, width)
    assert not backwards(found)
    assert second_pulse_ns(found) is None


@pytest.mark.parametrize("tau", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("width", [0.0125, 12.5 / 256, 0.1])
@pytest.mark.parametrize("background", [0.0, 0.2])
@pytest.mark.parametrize("period", [None, 12.5])
def test_a_reversed_decay_is_backwards(
    tau: float, width: float, background: float, period: float | None
) -> None:
    """A time axis from the last to the first bin is told, as some cards store it."""
    scene = simulate(
        [(1, tau)], width_ns=width, background=background, period_ns=period, photons=1000
    )

    assert backwards(record(scene.counts[:, ::-1], width))


@pytest.mark.parametrize("second", [0.2, 0.5, 1.0])
@pytest.mark.parametrize(("tau", "distance"), [(0.3, 2.5), (1.0, 4.0), (2.0, 6.4), (1.0, 6.4)])
@pytest.mark.parametrize("width", [0.0125, 12.5 / 256, 0.2])
def test_two_pulses_are_two(second: float, tau: float, distance: float, width: float) -> None:
    """A second pulse in a record is told, and how much later it is."""
    first, later = (
        simulate([(1, tau)], width_ns=width, center_ns=c) for c in (2.5, 2.5 + distance)
    )

    found = second_pulse_ns(record(first.counts + np.round(second * later.counts), width))

    assert found is not None
    assert abs(found - distance) < 0.25 + width


@pytest.mark.parametrize(
    "decay",
    [
        {"components": [(1, 0.1)], "fwhm_ns": 0.05},
        {"components": [(1, 5.0)], "period_ns": 12.5, "photons": 20_000},
        {"components": [(0.5, 0.2), (0.5, 1.0)], "tail_ns": 0.2, "photons": 20_000},
        {"components": [(1, 0.3)], "tail_ns": 0.5, "tail_share": 0.3, "photons": 20_000},
        {"components": [(1, 1.0)], "width_ns": 0.4, "background": 0.3},
        {"components": [(1, 0.3)], "fwhm_ns": 0.6, "width_ns": 0.0125, "photons": 50},
    ],
)
def test_a_decay_is_like_one(decay: dict[str, Any]) -> None:
    """No decay is far from the best one, under the response that it shows itself."""
    scene = simulate(**decay)

    found = instrument(scene.counts, scene.width_ns)
    assert unlikeness(found.record, found.fit) < UNLIKE / 3


BINS = np.arange(256)
NO_DECAYS = {
    "flat": np.full(256, 20.0),
    "flat and dim": np.full(256, 0.2),
    "rising": BINS / 10,
    "random": np.random.default_rng(4).gamma(1, 20, 256),
}


def told(mean: Any) -> bool:
    """Whether pixels of these mean counts are told to be no decay."""
    found = instrument(np.random.default_rng(0).poisson(mean, (64, 256)))
    return backwards(found.record) or unlikeness(found.record, found.fit) > UNLIKE


@pytest.mark.parametrize("name", NO_DECAYS)
def test_what_is_no_decay_is_told(name: str) -> None:
    """Flat, rising and random histograms are unlike decays."""
    assert told(NO_DECAYS[name])


def test_most_lines_of_an_image_are_told() -> None:
    """Of six lines over five bright objects each, read as time, at most one may pass as a decay."""
    generator = np.random.default_rng(4)
    lines = [
        sum(
            generator.uniform(10, 100)
            * np.exp(-0.5 * ((BINS - generator.uniform(0, 256)) / generator.uniform(8, 50)) ** 2)
            for _ in range(5)
        )
        for _ in range(6)
    ]

    assert sum(told(line) for line in lines) >= 5
