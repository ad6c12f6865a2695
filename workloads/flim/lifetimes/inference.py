"""The integer network on a whole image, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format
from hwmodels.gru.preprocess import preprocess
from hwmodels.gru.weights import network_of
from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.pixels import response_codes
from workloads.flim.data.timebins import STEPS, TimeBins, align
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.lifetimes.lifetimes import Lifetimes, lifetimes

CHUNK_PIXELS = 4096
"""Pixels computed at once: bounds the memory beside the image and its results."""


@dataclass(frozen=True, eq=False)
class LifetimeImage:
    """What the network made of an image of R x C pixels.

    Parameters
    ----------
    y : int16[R, C, STEPS, 3]
        Outputs as codes of `output`: decay, short and long component; 0 where masked.
    output : Format
        Of the codes.
    lifetimes : Lifetimes
        Lifetimes [R, C, 3], fraction and mean lifetime [R, C]; NaN where masked.
    intensity : array [R, C]
        Counts of each pixel over the whole record.
    mask : bool[R, C]
        True where a pixel had enough counts, and light above its background, and was computed.
    time_bins : TimeBins
        How the record's time bins became the network's.
    """

    y: npt.NDArray[np.int16]
    output: Format
    lifetimes: Lifetimes
    intensity: npt.NDArray[Any]
    mask: npt.NDArray[np.bool_]
    time_bins: TimeBins


def infer_image(
    image: MeasuredImage,
    weights: Mapping[str, npt.NDArray[Any]],
    *,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
    min_photons: float = 100,
    peak_bin: int | None = None,
    record: Record | None = None,
    response: npt.ArrayLike | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> LifetimeImage:
    """Run the integer network on every pixel that is bright enough, a chunk at a time.

    Parameters
    ----------
    image : MeasuredImage
        Counts, after pixel binning.
    weights : mapping of str to integer array
        Weights as `hwmodels.gru.weights` describes them, of a network with three outputs that reads
        the counts or, with two inputs, the response beside them.
    arithmetic : Arithmetic
        Of the weights; its outputs have at most 16 bits.
    min_photons : float
        Counts below which a pixel is masked.
    peak_bin : int, optional
        See `workloads.flim.data.timebins.align`.
    record : Record, optional
        Of the image, if it is known already.
    response : float array [bins], optional
        Share of the response in each bin of the record; a network with two inputs asks for it.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)`` after each chunk.

    Raises
    ------
    InputError
        If no pixel is bright enough, the weights are not those of such a network, or the response
        is missing that it reads.
    """
    from hwmodels.gru.kernel import infer as run_network  # numba: seconds saved on wrong input

    specification = Specification(network_of(weights, STEPS), arithmetic)
    reads_response = specification.network.inputs == 2
    if reads_response and response is None:
        raise InputError(f"{image.source}: the network reads the response, expected one")
    output, counts = arithmetic.output, image.counts
    mask = bright_pixels(image, min_photons)
    record = record or record_of(image)
    first, *_, last = np.flatnonzero(record.live).tolist()
    seen = slice(first, last + 1)
    try:
        time_bins = align(record.smoothed[seen], image.bin_width_ns, peak_bin=peak_bin)
    except InputError as error:
        raise InputError(f"{image.source}: {error}") from error
    time_bins = replace(time_bins, left_out=first)
    pulse = None
    if reads_response:
        shown = time_bins.resample(np.asarray(response, dtype=np.float64)[seen])
        pulse = response_codes(shown, arithmetic.input)

    y = np.zeros((*image.shape, STEPS, 3), np.int16)
    tau_ns = np.full((*image.shape, 3), np.nan)
    fraction, mean_ns = np.full(image.shape, np.nan), np.full(image.shape, np.nan)
    pixels = np.argwhere(mask)
    for start in range(0, len(pixels), CHUNK_PIXELS):
        rows, columns = pixels[start : start + CHUNK_PIXELS].T
        recorded = _bridged(counts[rows, columns, seen], record.live[seen])
        light = time_bins.with_background(time_bins.resample(recorded))
        x = preprocess(light, specification)
        # The network has an answer to darkness and to a constant too, but it means nothing.
        lit = x.any(axis=1) & (np.ptp(recorded, axis=1) > 0)
        mask[rows, columns] = lit
        if lit.any():
            chunk = rows[lit], columns[lit]
            codes = x[lit] if pulse is None else _with_response(x[lit], pulse)
            _, y[chunk] = run_network(weights, codes, specification=specification)
            found = lifetimes(output.to_real(y[chunk]))
            tau_ns[chunk], mean_ns[chunk] = found.tau_ns, found.mean_ns
            fraction[chunk] = found.fraction
        if progress is not None:
            progress(start + len(rows), len(pixels))
    if not mask.any():
        raise InputError(f"{image.source}: no pixel shows light above its background")
    found = Lifetimes(tau_ns, fraction, mean_ns)
    return LifetimeImage(y, output, found, image.intensity, mask, time_bins)


def bright_pixels(image: MeasuredImage, min_photons: float) -> npt.NDArray[np.bool_]:
    """Return the pixels [rows, columns] with enough counts.

    Raises
    ------
    InputError
        If there is none.
    """
    intensity = image.intensity
    bright = (intensity >= min_photons) & (intensity > 0)
    if not bright.any():
        raise InputError(
            f"{image.source}: the brightest pixel holds {intensity.max()} counts, "
            f"expected at least {max(min_photons, 1):g}"
        )
    return np.asarray(bright)


def _with_response(x: npt.NDArray[Any], pulse: npt.ArrayLike) -> npt.NDArray[Any]:
    """Put the codes of one response [STEPS] beside those of pixels [pixels, STEPS]."""
    return np.stack((x, np.broadcast_to(np.asarray(pulse, x.dtype), x.shape)), axis=-1)


def _bridged(recorded: npt.NDArray[Any], live: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return counts [pixels, bins] with dead bins on the line between their neighbours.

    The first and the last bin are live.
    """
    places, dead = np.flatnonzero(live), np.flatnonzero(~live)
    right = np.searchsorted(places, dead)
    before, behind = places[right - 1], places[right]
    part = (dead - before) / (behind - before)
    bridged = recorded.astype(np.float64)
    bridged[:, dead] = (1 - part) * recorded[:, before] + part * recorded[:, behind]
    return bridged
