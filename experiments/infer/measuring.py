"""What the command `infer` is told of the instrument: response, laser period, gates, background."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from experiments.infer.inputs import plane
from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.reading import read
from workloads.flim.instrument import response
from workloads.flim.instrument.chain import Instrument, ResponseOf, instrument_of
from workloads.flim.instrument.record import Record, record_of
from workloads.flim.instrument.response import Optics, Response
from workloads.flim.instrument.shape import backwards


@dataclass(frozen=True)
class Told:
    """What is known of the instrument, as the options of the command say it.

    Parameters
    ----------
    irf, reference : Path, optional
        FLIM image or curve of the response, or of a dye of one lifetime.
    reference_lifetime_ns : float, optional
        Of the dye.
    irf_width_ns, gate_ns : float, optional
    background : str
        ``auto``, a number of counts a bin, or a file with one for each pixel.
    window : str, optional
        Part of the record, such as ``1.5:11`` in ns.
    region : Path, optional
        File with a number other than 0 in each pixel that is meant.
    """

    irf: Path | None = None
    reference: Path | None = None
    reference_lifetime_ns: float | None = None
    irf_width_ns: float | None = None
    gate_ns: float | None = None
    background: str = "auto"
    window: str | None = None
    region: Path | None = None

    def __post_init__(self) -> None:
        given = [
            name
            for name, value in (
                ("--irf", self.irf),
                ("--reference", self.reference),
                ("--irf-width", self.irf_width_ns),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise InputError(f"{' and '.join(given)} are given, expected one of them")
        if (self.reference is None) != (self.reference_lifetime_ns is None):
            raise InputError("--reference and --reference-lifetime, expected both or none")
        for name, value in (
            ("--irf-width", self.irf_width_ns),
            ("--reference-lifetime", self.reference_lifetime_ns),
            ("--gate", self.gate_ns),
        ):
            if value is not None and not 0 < value < np.inf:
                raise InputError(f"{name} is {value:g}, expected more than 0")

    @property
    def knows_response(self) -> bool:
        """Whether the response is given, and not to be estimated."""
        return any(each is not None for each in (self.irf, self.reference, self.irf_width_ns))

    @property
    def window_ns(self) -> tuple[float, float] | None:
        """First and last time of the window in ns."""
        if self.window is None:
            return None
        first, colon, last = self.window.partition(":")
        try:
            window = float(first or 0), float(last or np.inf)
        except ValueError:
            window = np.nan, np.nan
        if not colon or not window[0] < window[1]:
            raise InputError(
                f"--window is {self.window!r}, expected two times in ns such as 1.5:11"
            )
        return window

    def inside(self, shape: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
        """Return the pixels [rows, columns] of the region; None without one."""
        return None if self.region is None else plane(self.region, shape, "the region") != 0

    def level(self, shape: tuple[int, int]) -> npt.NDArray[np.float64] | None:
        """Return the background of each pixel in counts a bin; None where it is to be found."""
        if self.background == "auto":
            return None
        try:
            level = np.full(shape, float(self.background))
        except ValueError:
            level = plane(Path(self.background), shape, "the background")
        if not (np.isfinite(level) & (level >= 0)).all():
            raise InputError(f"--background holds {level.min():g}, expected 0 or more")
        return level

    def instrument(self, image: MeasuredImage, inside: npt.NDArray[np.bool_] | None) -> Instrument:
        """Describe the instrument behind an image.

        Raises
        ------
        InputError
            If a file cannot be read, what it says does not fit, or light falls before it rises.
        """
        record = record_of(image, window_ns=self.window_ns, region=inside)
        if self.window is not None:
            pulse = record_of(image, region=inside)
            first, last = (
                place * record.width_ns for place in np.flatnonzero(record.live)[[0, -1]]
            )
            if not first <= pulse.rise_ns <= pulse.peak * record.width_ns <= last:
                raise InputError(
                    f"{image.source}: window {self.window} ns, expected one with the rise of the "
                    f"light at {pulse.rise_ns:.3g} ns and its peak"
                )
        if backwards(record):
            raise InputError(
                f"{image.source}: light rises slowly and falls at once, expected a decay: the time "
                "axis runs backwards, or is another one (see --time-axis)"
            )
        if self.gate_ns is not None and self.gate_ns >= record.length_ns:
            raise InputError(
                f"{image.source}: gate of {self.gate_ns:g} ns, expected less than the record's "
                f"{record.length_ns:.4g} ns"
            )
        optics = Optics(image.period_ns, self.gate_ns)
        return instrument_of(image, record=record, response=self._response(), optics=optics)

    def _response(self) -> ResponseOf:
        if self.irf_width_ns is not None:
            return partial(response.gaussian, fwhm_ns=self.irf_width_ns)
        if self.irf is not None:
            return partial(_measured, path=self.irf)
        if self.reference is not None and self.reference_lifetime_ns is not None:
            return partial(_reference, path=self.reference, lifetime=self.reference_lifetime_ns)
        return response.estimated


def _measured(record: Record, optics: Optics, *, path: Path) -> Response:
    counts, width = _curve(path, record)
    return response.measured(record, optics, counts, width, source=str(path))


def _reference(record: Record, optics: Optics, *, path: Path, lifetime: float) -> Response:
    counts, width = _curve(path, record)
    return response.from_reference(record, optics, counts, width, lifetime, source=str(path))


def _curve(path: Path, record: Record) -> tuple[npt.NDArray[np.float64], float]:
    """Return the sum of all pixels of a file; of arrays without a width, it is the image's."""
    bare = path.suffix.lower() in (".npy", ".tif", ".tiff")
    image = read(path, bin_width_ns=record.width_ns if bare else None)
    return image.counts.sum(axis=(0, 1), dtype=np.float64), image.bin_width_ns
