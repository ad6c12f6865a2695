"""Decays as instruments record them, and what of it reaches the network's time bins.

A record begins some time before the pulse and has time bins of its own width. Its response is a
Gaussian of which a part may be smeared by an exponential; what one laser period does not hold comes
back at the beginning of the next. A record is moved and resampled as
`workloads.flim.data.timebins.TimeBins` does it, each for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stomp_flim.machine_code import kept
from workloads.flim.data import irf as irf_module
from workloads.flim.data.irf import cumulative
from workloads.flim.data.pixels import Pixels, Values
from workloads.flim.data.timebins import BACKGROUND_BINS, BIN_WIDTH_NS, STEPS
from workloads.flim.instrument.forward import Forward

WIDEST_STEP_NS, WIDEST_STEP = 0.03, 0.25
"""Widest step in which a response is spread evenly, in ns and in parts of its width."""

SOURCES = b"".join(Path(file).read_bytes() for file in (str(irf_module.__file__), __file__))
"""What compiled functions depend on that call these."""

_FWHM = math.sqrt(8 * math.log(2))
_WHOLE = 1 - 1e-9
_WIDTHS, _TAILS = 5.0, 12.0  # deviations and time constants behind which a response is dark


@dataclass(frozen=True, eq=False)
class Records:
    """Decays and the instruments that record them, a row each.

    Parameters
    ----------
    tau_ns, share : float64[pixels, components]
        Lifetimes, and amplitudes of the sum 1; components of amplitude 0 come last.
    photons, background : float64[pixels]
        Mean counts of a record, and the share of them that is background.
    fwhm_ns, tail_share, tail_ns : float64[pixels]
        Width of the response's Gaussian, the part of it that an exponential smears, and its time
        constant.
    period_ns : float64[pixels]
        Laser period, infinite where no pulse follows another.
    width_ns : float64[pixels]
        Width of a time bin.
    before_ns, length_ns : float64[pixels]
        Time from the beginning of the record to the pulse, and to its end: the time bins are those
        that fit.
    pulse_bin : float64[pixels]
        Place of the pulse in the network's time bins; 0 is where the first one begins.
    """

    tau_ns: Values
    share: Values
    photons: Values
    background: Values
    fwhm_ns: Values
    tail_share: Values
    tail_ns: Values
    period_ns: Values
    width_ns: Values
    before_ns: Values
    length_ns: Values
    pulse_bin: Values

    def __post_init__(self) -> None:
        for field in fields(self):  # of one layout, for which all is compiled once
            values = np.ascontiguousarray(getattr(self, field.name), np.float64)
            object.__setattr__(self, field.name, values)

    @property
    def bins(self) -> npt.NDArray[np.int64]:
        """Time bins of each record."""
        return np.maximum((self.length_ns / self.width_ns).astype(np.int64), 1)

    def counts(self, seed: int | None = None) -> tuple[Values, Values]:
        """Return what the records hold, and their responses.

        Parameters
        ----------
        seed : int, optional
            Of the Poisson noise; without it counts are the expected ones.

        Returns
        -------
        counts, response : float64[pixels, bins]
            Counts of each time bin, and the response's share in it; 0 behind a record's end.
        """
        bins = self.bins
        counts, response = np.zeros((2, len(bins), int(bins.max(initial=1))))
        _record(
            self.tau_ns, self.share, self.photons, self.background,
            self.fwhm_ns, self.tail_share, self.tail_ns, self.period_ns,
            self.width_ns, self.before_ns,
            bins, seed is not None, seed or 0, counts, response,
        )  # fmt: skip
        return counts, response

    def forward(self, row: int) -> Forward:
        """Return what a record shows of a decay, its response known."""
        per_bin = steps_in_bin(self.width_ns[row], self.fwhm_ns[row])
        response = np.empty(self.bins[row] * per_bin)
        fill_response(
            self.fwhm_ns[row], self.tail_share[row], self.tail_ns[row], self.before_ns[row],
            self.width_ns[row] / per_bin, response,
        )  # fmt: skip
        period = float(self.period_ns[row])
        return Forward(
            float(self.width_ns[row]),
            response,
            per_bin,
            period_ns=None if math.isinf(period) else period,
        )

    def pixels(self, seed: int | None = None) -> Pixels:
        """Return the records on the network's time bins, the response known without noise.

        Parameters
        ----------
        seed : int, optional
            As of `counts`.
        """
        counts, response = self.counts(seed)
        place = self.before_ns, self.width_ns, self.bins, self.pulse_bin
        light, irf = np.empty((2, len(counts), STEPS))
        _lay_out(counts, *place, True, light)
        _lay_out(response, *place, False, irf)
        dark = self.photons * self.background * BIN_WIDTH_NS / (self.bins * self.width_ns)
        signal = self.photons * (1 - self.background)
        return Pixels(light, irf, self.tau_ns, self.share, signal, dark)


@kept(SOURCES, error_model="numpy")
def steps_in_bin(width: Any, fwhm: Any) -> Any:
    """Return into how many steps a time bin is divided."""
    return math.ceil(width / min(WIDEST_STEP_NS, WIDEST_STEP * fwhm))


@kept(SOURCES, error_model="numpy")
def fill_response(fwhm: Any, share: Any, tail: Any, before: Any, step: Any, response: Any) -> Any:
    """Write a response's share in each of the steps of a record; the sum becomes 1.

    Returns the first step that is lit, and the one behind the last.
    """
    deviation = fwhm / _FWHM
    first = max(int((before - _WIDTHS * deviation) / step), 0)
    end = min(int((before + _WIDTHS * deviation) / step) + 1, len(response))
    last = end
    response[:] = 0.0
    until = 0.0
    for j in range(first, end):
        time = (j + 1) * step - before
        reached = (1.0 - share) * cumulative(time, deviation, 0.0)
        if share > 0.0:
            reached += share * cumulative(time, deviation, tail)
        response[j] = max(reached - until, 0.0)
        until = reached
    if share > 0.0:  # behind the Gaussian the exponential is alone
        last = min(end + int(_TAILS * tail / step), len(response))
        left = math.exp(-step / tail)
        shown = (1.0 - until) * (1.0 - left)
        for j in range(end, last):
            response[j] = shown
            shown *= left
    total = 0.0
    for j in range(first, last):
        total += response[j]
    for j in range(first, last):
        response[j] /= total
    return first, last


@kept(SOURCES, error_model="numpy")
def add_light(
    amplitude: Any, tau: Any, response: Any, first: Any, last: Any,
    per_bin: Any, step: Any, period: Any, light: Any,
) -> None:  # fmt: skip
    """Add the light of a decay in the bins of a record: as `Forward`, where few steps are lit."""
    left, left_bin = math.exp(-step / tau), math.exp(-per_bin * step / tau)
    gain = -math.expm1(-step / tau) * tau * tau / step
    population = 0.0
    if period < math.inf:
        for j in range(first, last):
            population = population * left + response[j] * gain
        population *= math.exp((last * step - period) / tau) / -math.expm1(-period / tau)
    dark, lit = first // per_bin, (last - 1) // per_bin + 1
    shown = amplitude * population * (1.0 - left_bin)
    for i in range(dark):
        light[i] += shown
        shown *= left_bin
    population *= math.exp(-dark * per_bin * step / tau)
    for i in range(dark, lit):
        after, excited = population, 0.0
        for j in range(i * per_bin, (i + 1) * per_bin):
            after = after * left + response[j] * gain
            excited += response[j]
        light[i] += amplitude * (population + excited * tau - after)
        population = after
    shown = amplitude * population * (1.0 - left_bin)
    second, third, fourth = left_bin, left_bin**2, left_bin**3
    i = lit
    while i + 4 <= len(light):  # four at a time, which do not wait for each other
        light[i] += shown
        light[i + 1] += shown * second
        light[i + 2] += shown * third
        light[i + 3] += shown * fourth
        shown *= left_bin * fourth
        i += 4
    while i < len(light):
        light[i] += shown
        shown *= left_bin
        i += 1


@kept(SOURCES, error_model="numpy")
def _record(
    tau: Any, share: Any, photons: Any, background: Any,
    fwhm: Any, tail_share: Any, tail: Any, period: Any, width: Any, before: Any,
    bins: Any, noise: Any, seed: Any, counts: Any, responses: Any,
) -> None:  # fmt: skip
    np.random.seed(seed)  # of the compiled code alone
    most = 0
    for p in range(len(tau)):
        most = max(most, bins[p] * steps_in_bin(width[p], fwhm[p]))
    steps = np.empty(most)
    for p in range(len(tau)):
        per_bin = steps_in_bin(width[p], fwhm[p])
        step = width[p] / per_bin
        fine = steps[: bins[p] * per_bin]
        first, last = fill_response(fwhm[p], tail_share[p], tail[p], before[p], step, fine)
        light = counts[p, : bins[p]]
        for k in range(tau.shape[1]):
            if share[p, k] > 0.0:
                add_light(
                    share[p, k], tau[p, k], fine, first, last, per_bin, step, period[p], light
                )
        for j in range(first, last):
            responses[p, j // per_bin] += fine[j]
        signal = photons[p] * (1.0 - background[p]) / light.sum()
        dark = photons[p] * background[p] / bins[p]
        for i in range(bins[p]):
            mean = light[i] * signal + dark
            light[i] = np.random.poisson(mean) if noise else mean


@kept(SOURCES, error_model="numpy")
def _lay_out(
    recorded: Any, before: Any, width: Any, bins: Any, pulse: Any, background: Any, laid: Any
) -> None:
    """Resample records, and fill what was not recorded before them with their background."""
    covered = np.empty(STEPS)
    for p in range(len(recorded)):
        ratio = BIN_WIDTH_NS / width[p]
        origin = before[p] / width[p] - pulse[p] * ratio
        first = -1
        for k in range(STEPS):
            start = min(max(origin + k * ratio, 0.0), float(bins[p]))
            end = min(max(origin + (k + 1) * ratio, 0.0), float(bins[p]))
            covered[k] = (end - start) / ratio
            if first < 0 and covered[k] > _WHOLE:
                first = k
            held = 0.0
            i = int(start)
            while i < end:
                held += (min(end, i + 1.0) - max(start, float(i))) * recorded[p, i]
                i += 1
            laid[p, k] = held
        if background and first > 0:
            level = 0.0
            for k in range(first, min(first + BACKGROUND_BINS, STEPS)):
                level += laid[p, k] / BACKGROUND_BINS
            for k in range(first):
                laid[p, k] += level * (1.0 - covered[k])
