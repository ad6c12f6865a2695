"""Responses: estimated from decays, measured and moved, and refused where they are none."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.decay_simulator import Scene, expected_decay, simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.forward import Forward
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.instrument.response import Optics, estimated, gaussian, measured


def record(scene: Scene) -> Record:
    """Return the record of a scene's pixels."""
    counts = scene.counts.reshape(16, -1, scene.counts.shape[1])
    return record_of(MeasuredImage(counts, scene.width_ns, "an image"))


def quantiles(forward: Forward, *shares: float) -> Any:
    """Return the times before which shares of a response lie."""
    edges = np.arange(forward.response.size + 1) * forward.bin_width_ns / forward.per_bin
    return np.interp(shares, np.append(0.0, np.cumsum(forward.response)), edges)


@pytest.mark.parametrize("fwhm", [0.05, 0.1, 0.25, 0.6])
@pytest.mark.parametrize("tau", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("width", [0.025, 12.5 / 256, 0.1])
def test_a_gaussian_is_found(fwhm: float, tau: float, width: float) -> None:
    """Its width is found within 15%, and its place within parts of a bin and of the width."""
    scene = simulate([(1, tau)], fwhm_ns=fwhm, width_ns=width, seed=5)

    found = estimated(record(scene), Optics())

    words = re.fullmatch(r"a Gaussian of ([\d.]+) ns \(estimated\)", found.about)
    assert words, found.about
    assert abs(float(words[1]) / fwhm - 1) < 0.15
    assert abs(quantiles(found.forward, 0.5)[0] - 2.5) < max(0.2 * width, 0.1 * fwhm)


def test_a_tail_is_found() -> None:
    """A tail of the response is told from a Gaussian that is wider."""
    scene = simulate([(1, 1.5)], tail_ns=0.2, photons=20_000)

    assert "tail of 0.2 ns" in estimated(record(scene), Optics()).about


@pytest.mark.parametrize("fwhm", [0.05, 0.25, 0.6])
@pytest.mark.parametrize("tau", [0.3, 3.0])
def test_a_known_width_is_kept_and_placed(fwhm: float, tau: float) -> None:
    """A Gaussian of a known width lies where the image shows it."""
    scene = simulate([(1, tau)], fwhm_ns=fwhm)

    early, middle, late = quantiles(
        gaussian(record(scene), Optics(), fwhm).forward, 0.12, 0.5, 0.88
    )
    assert abs(middle - 2.5) < 0.02
    assert abs((late - early) / fwhm - 1) < 0.1  # 2 x 1.175 deviations


@pytest.mark.parametrize("fwhm", [0.05, 0.25, 0.6])
@pytest.mark.parametrize("tail", [0.0, 0.2])
@pytest.mark.parametrize("shift", [0.0, 0.3, -0.3])
def test_a_measured_response_lies_where_the_image_needs_it(
    fwhm: float, tail: float, shift: float
) -> None:
    """One that fits is not moved, but for a tail within few bins; one taken elsewhere is found."""
    scene = simulate([(1, 1.0)], fwhm_ns=fwhm, tail_ns=tail)
    _, response = expected_decay([(1, 1.0)], fwhm_ns=fwhm, tail_ns=tail, center_ns=2.5 + shift)
    _, true = expected_decay([(1, 1.0)], fwhm_ns=fwhm, tail_ns=tail)

    counts = np.round(1e5 * response)
    found = measured(record(scene), Optics(), counts, scene.width_ns, source="lamp.csv")

    assert found.about.startswith("measured, lamp.csv")
    assert bool(shift) == ("moved" in found.about) or (fwhm, tail, shift) == (0.05, 0.2, 0.0)
    middle = np.interp(0.5, np.append(0, np.cumsum(true)), np.arange(257) * scene.width_ns)
    assert abs(quantiles(found.forward, 0.5)[0] - middle) < 0.02


def histograms() -> dict[str, tuple[Any, str]]:
    """Return histograms that are no response, and what an error says of each."""
    generator = np.random.default_rng(0)
    _, tailed = expected_decay([(1, 1.0)], tail_ns=0.2)
    decay, _ = expected_decay([(1, 2.0)])
    return {
        "flat": (np.full(256, 50), "shows no pulse"),
        "flat with noise": (generator.poisson(50, 256), "shows no pulse"),
        "flat and dim": (generator.poisson(0.5, 256), "three quarters of its light take"),
        "reversed": (np.round(1e5 * tailed[::-1]), "its time axis may be reversed"),
        "a decay": (np.round(1e5 * decay), "three quarters of its light take 2.8"),
        "dark": (np.zeros(256), "shows no pulse"),
        "below zero": (-np.ones(256), "values from -1 to 0, expected one histogram"),
        "no number": (np.full(256, np.nan), "values from nan to nan"),
        "two axes": (np.ones((2, 8)), "of the shape"),
        "nothing": (np.zeros(0), "shows no pulse"),
    }


@pytest.mark.parametrize("name", histograms())
def test_what_is_no_response_is_an_error(name: str) -> None:
    """Files that hold no pulse, a decay, or a reversed response are named, and not used."""
    counts, message = histograms()[name]

    with pytest.raises(InputError, match=f"^lamp.csv: .*{message}"):
        measured(record(simulate([(1, 1.0)], pixels=16)), Optics(), counts, 0.05, source="lamp.csv")


@pytest.mark.parametrize("fwhm", [0.0, -1.0, 12.5, float("nan")])
def test_a_width_must_fit_the_record(fwhm: float) -> None:
    """A width that is none, or as long as the record, is an error."""
    with pytest.raises(InputError, match=r"more than 0 and less than the record's 12\.5 ns"):
        gaussian(record(simulate([(1, 1.0)], pixels=16)), Optics(), fwhm)
