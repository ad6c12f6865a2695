"""All that is known of an instrument and a record, put together for one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.decay_fit import DecayFit, fit_decay
from workloads.flim.instrument.forward import Forward
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.instrument.response import CLEAR, Optics, Response, believed, estimated

EDGE, EDGE_LACKS, EDGE_NOISE = 0.1, 0.1, 5.0
"""Bins at either end, up to this share of the record, are not live if they lack more than that
share of what a decay expects, and more than so many deviations of it."""

ResponseOf = Callable[[Record, Optics], Response]
"""A way to get a response, such as `workloads.flim.instrument.response.estimated`."""


@dataclass(frozen=True, eq=False)
class Instrument:
    """A record and how it came to be.

    Parameters
    ----------
    record : Record
    response : Response
    fit : DecayFit
        Of the decay of all pixels, under the response.
    period_assumed : bool
        Whether the laser period is not known, but taken from the image.
    """

    record: Record
    response: Response
    fit: DecayFit
    period_assumed: bool = False

    @property
    def forward(self) -> Forward:
        """The forward model."""
        return self.response.forward


def instrument_of(
    image: MeasuredImage,
    *,
    record: Record | None = None,
    response: ResponseOf = estimated,
    optics: Optics | None = None,
) -> Instrument:
    """Describe the instrument behind an image.

    Where the laser period is not known, it is taken as the length of the record if light of
    earlier pulses then explains clearly more.

    Parameters
    ----------
    image : MeasuredImage
    record : Record, optional
        Of the image, if a part of it is meant.
    response : callable
        Called with the record and the optics.
    optics : Optics, optional
        What is known of period and gates; by default the period of the file, where it has one.

    Raises
    ------
    InputError
        If there is no photon, or a response does not fit.
    """
    known = optics or Optics(period_ns=image.period_ns)
    whole = record or record_of(image)
    return _described(whole, whole.live, response, known)


def _described(
    record: Record, whole: npt.NDArray[np.bool_], response: ResponseOf, known: Optics
) -> Instrument:
    """Describe the instrument behind a record of which the bins `whole` were live at first."""
    found = response(record, known)
    fit = fit_decay(record.decay, found.forward)
    trimmed = _trimmed(record, whole, fit)
    if trimmed is not record:
        return _described(trimmed, whole, response, known)
    if known.period_ns is None:
        wrapped = replace(known, period_ns=record.length_ns)
        again = response(record, wrapped)
        other = fit_decay(record.decay, again.forward)
        if fit.deviance - other.deviance > CLEAR * believed(record):
            return Instrument(record, again, other, period_assumed=True)
    return Instrument(record, found, fit)


def _trimmed(record: Record, whole: npt.NDArray[np.bool_], fit: DecayFit) -> Record:
    """Return a record without the bins at its ends that are filled in part, where no decay fits.

    A converter does not begin and end on the edge of a bin, and its first and last bins are
    narrower than they should be. What is no decay lacks light anywhere: it is not eaten up.
    """
    live, counts = record.live, record.decay
    noise = EDGE_NOISE * np.sqrt(np.maximum(fit.expected, 1.0) * believed(record))
    lacking = live & (fit.expected - counts > np.maximum(EDGE_LACKS * fit.expected, noise))
    places, ends = np.flatnonzero(live), np.flatnonzero(whole)
    most = int(EDGE * record.bins)
    low, high = int(places[0]), int(places[-1])
    while lacking[low] and low - ends[0] < most:
        low += 1
    while lacking[high] and ends[-1] - high < most:
        high -= 1
    if (low, high) == (places[0], places[-1]):
        return record
    inside = np.arange(record.bins)
    return replace(record, live=live & (inside >= low) & (inside <= high))
