"""All that is known of an instrument and a record, put together for one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.decay_fit import DecayFit, fit_decay
from workloads.flim.instrument.forward import Forward
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.instrument.response import CLEAR, Optics, Response, believed, estimated

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
    record, known = record or record_of(image), optics or Optics(period_ns=image.period_ns)
    found = response(record, known)
    fit = fit_decay(record.decay, found.forward)
    if known.period_ns is None:
        wrapped = replace(known, period_ns=record.length_ns)
        again = response(record, wrapped)
        other = fit_decay(record.decay, again.forward)
        if fit.deviance - other.deviance > CLEAR * believed(record):
            return Instrument(record, again, other, period_assumed=True)
    return Instrument(record, found, fit)
