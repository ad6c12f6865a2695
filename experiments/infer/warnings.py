"""What the command `infer` warns of: what is wrong with an image, or with most of its results."""

from __future__ import annotations

import numpy as np

from hwmodels.gru.preprocess import BASELINE_BINS
from stomp_flim.model.shown import counted as number_of
from workloads.flim import zoo
from workloads.flim.instrument.chain import Instrument
from workloads.flim.instrument.shape import UNLIKE, second_pulse_ns, unlikeness
from workloads.flim.lifetimes.methods import Judged
from workloads.flim.lifetimes.quality.flags import Flag

COARSE_NS = 0.2
"""Bins so wide hide most responses, and what is estimated from them may be far off."""

NOTABLE = 0.1
"""Share of the bright pixels with one reason not to be trusted, from which a warning says so."""

_UNSEEN_BINS = 0.5
_NEGLIGIBLE = 0.01


def warnings_of(instrument: Instrument, judged: Judged, photons: float = 0.0) -> list[str]:
    """Return what is wrong with an image, or with most of its results; most images have nothing.

    Parameters
    ----------
    instrument : Instrument
    judged : Judged
    photons : float
        Least photons that the network was trained on; 0 for other methods.
    """
    record, found = instrument.record, judged.found
    said = []
    if (distance := second_pulse_ns(record)) is not None:
        said.append(
            f"a second pulse rises {distance:.3g} ns after the first: the record holds two decays, "
            "and lifetimes are not theirs (give the laser period with --period, or a --window)"
        )
    if unlikeness(record, instrument.fit) > UNLIKE:
        said.append(
            "no decay explains the sum of all pixels: is the time axis the last one (see "
            "--time-axis), and the response that of this instrument?"
        )
    if instrument.response.is_estimated and record.width_ns >= COARSE_NS:
        said.append(
            f"bins of {record.width_ns:.3g} ns do not show the response: measure it (--irf), or "
            "give its width (--irf-width)"
        )
    computed = np.isfinite(found.background) & (found.flags & int(Flag.LEFT_OUT) == 0)
    if computed.any() and (found.flags[computed] & int(Flag.BACKGROUND) > 0).all():
        said.append(
            "no pixel shows a decay above its background: is the time axis the last one (see "
            "--time-axis)?"
        )
    if (inferred := judged.inferred) is not None:
        bins = inferred.time_bins
        before = float((1 - bins.coverage)[:BASELINE_BINS].sum())
        constant = instrument.fit.background * float(record.live.sum())
        if (
            before > _UNSEEN_BINS
            and not bins.background_known
            and constant > _NEGLIGIBLE * record.counts
        ):
            said.append(
                f"{before:.1f} of the {BASELINE_BINS} bins that show the network the background "
                "lie before the record: too little background may be subtracted"
            )
    too_dim = computed & (found.flags & int(Flag.DARK | Flag.BACKGROUND) == int(Flag.DARK))
    if photons and too_dim.sum() > NOTABLE * computed.sum():
        said.append(
            f"{number_of(int(too_dim.sum()), 'pixel')} are too dim for a network that was trained "
            f"on {photons:g} photons and more (--pixel-binning or --method poisson)"
        )
    advice = {
        Flag.SATURATED: "counts stand at a ceiling and the lifetimes are too long",
        Flag.PILE_UP: "more than one photon a pulse is counted as one, which shortens lifetimes",
        Flag.OUT_OF_RANGE: _for_other_lifetimes(found.about),
        Flag.UNEXPLAINED: "the results do not explain the counts: see the response and --compare",
        Flag.IMPOSSIBLE: "the components are impossible",
    }
    for flag, words in advice.items():
        number = int(np.count_nonzero(found.flags[computed] & int(flag)))
        if number > NOTABLE * np.count_nonzero(computed):
            said.append(f"in {number_of(number, 'pixel')} {words}")
    return said


def _for_other_lifetimes(about: str) -> str:
    others = f"--network {zoo.FIELD} or --method poisson"
    if zoo.FIELD in about:
        others = "--method poisson"
    return f"the lifetimes lie outside the range that the network was trained on ({others})"
