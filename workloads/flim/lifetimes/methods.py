"""Maps of lifetimes by the network or a classical method, judged alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hwmodels.gru.arithmetic import Arithmetic
from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument import background as backgrounds
from workloads.flim.instrument.background import Background
from workloads.flim.instrument.chain import Instrument
from workloads.flim.lifetimes.inference import LifetimeImage, bright_pixels, infer_image
from workloads.flim.lifetimes.lifetime_map import LifetimeMap, Method
from workloads.flim.lifetimes.network_components import network_components
from workloads.flim.lifetimes.quality.flags import MOST_UNCERTAIN, Flag, first_reasons
from workloads.flim.lifetimes.quality.judging import Limits, judge

Values = npt.NDArray[np.float64]
Progress = Callable[[int, int], object]


@dataclass(frozen=True, eq=False)
class Trained:
    """A network that finds lifetimes.

    Parameters
    ----------
    name : str
        As messages call it.
    weights : mapping of str to integer array
    arithmetic : Arithmetic
    range_ns : (float, float), optional
        Lifetimes that it was trained on, where they are known.
    photons : float
        Least photons that it was trained on; 0 where they are not known.
    """

    name: str
    weights: Mapping[str, npt.NDArray[Any]]
    arithmetic: Arithmetic
    range_ns: tuple[float, float] | None = None
    photons: float = 0.0


@dataclass(frozen=True)
class Fitting:
    """What a fit looks for.

    Parameters
    ----------
    components : {1, 2, 3}
        Decays of a pixel at most.
    lifetimes : {"free", "global"} or tuple of float
        Whether each pixel has lifetimes of its own, all pixels share them, or they are known (ns).
    """

    components: int = 2
    lifetimes: Literal["free", "global"] | tuple[float, ...] = "free"


@dataclass(frozen=True, eq=False)
class Judged:
    """A map with what belongs to it.

    Parameters
    ----------
    found : LifetimeMap
    background : Background
        Of the pixels that have a result, in the order of rows.
    inferred : LifetimeImage, optional
        What the network put out.
    """

    found: LifetimeMap
    background: Background
    inferred: LifetimeImage | None = None


@dataclass(frozen=True, eq=False)
class Job:
    """What a map is made of, besides the method.

    Parameters
    ----------
    image : MeasuredImage
    instrument : Instrument
    flags : uint16[rows, columns]
        Flags that are known beforehand, such as of saturation.
    min_photons : float
        Counts below which a pixel is not looked at.
    background : float64[rows, columns], optional
        Counts a bin, where they are known.
    most_uncertain : float
        See `workloads.flim.lifetimes.quality.judging.Limits`.
    peak_bin : int, optional
        See `workloads.flim.data.timebins.align`.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)``.
    """

    image: MeasuredImage
    instrument: Instrument
    flags: npt.NDArray[np.uint16]
    min_photons: float = 100
    background: Values | None = None
    most_uncertain: float = MOST_UNCERTAIN
    peak_bin: int | None = None
    progress: Progress | None = field(default=None, repr=False)


def network_map(job: Job, network: Trained) -> Judged:
    """Return the lifetimes that a network finds.

    Raises
    ------
    InputError
        See `workloads.flim.lifetimes.inference.infer_image`.
    """
    inferred = infer_image(
        job.image,
        network.weights,
        arithmetic=network.arithmetic,
        min_photons=job.min_photons,
        peak_bin=job.peak_bin,
        record=job.instrument.record,
        response=job.instrument.forward.in_bins,
        progress=job.progress,
    )
    parts = network_components(inferred.lifetimes)
    impossible = np.where(parts.impossible, int(Flag.IMPOSSIBLE), 0).astype(np.uint16)
    job = replace(job, flags=job.flags | impossible)
    about = f"network {network.name}"
    if network.range_ns is not None:
        about += ", trained on {:g} to {:g} ns".format(*network.range_ns)
    limits = Limits(job.most_uncertain, network.range_ns, network.photons)
    background = _background(job, inferred.mask)
    parts_found = parts.tau_ns, parts.share, parts.mean_ns
    found = _judged(job, "network", about, inferred.mask, parts_found, limits, background)
    return Judged(found, background, inferred)


def classical_map(job: Job, method: Method, fitting: Fitting) -> Judged:
    """Return the lifetimes that a classical method finds.

    Raises
    ------
    InputError
        If no pixel is bright enough, or the fit cannot be done.
    """
    image, forward = job.image, job.instrument.forward
    bright = bright_pixels(image, job.min_photons)
    counts = image.counts[bright]
    background = _background(job, bright)
    if method in ("phasor", "rapid"):
        from workloads.flim.lifetimes.classical.phasor import phase_lifetimes
        from workloads.flim.lifetimes.classical.rapid import gated_lifetimes

        by = phase_lifetimes if method == "phasor" else gated_lifetimes
        tau = by(counts, forward, background=background.level)[:, None]
        share = np.where(np.isfinite(tau), 1.0, np.nan)
        about = {"phasor": "phasor, phase lifetime", "rapid": "rapid lifetime determination"}
        words = about[method]
    else:
        # A free one takes light of long lifetimes where photons are few.
        given = background.level if background.seen else None
        tau, share, words = _fitted(job, counts, method, fitting, given)
    mean = np.where(share > 0, share * tau, 0.0).sum(axis=1)
    mean[~np.isfinite(share).all(axis=1)] = np.nan
    whole = [np.full((*image.shape, *part.shape[1:]), np.nan) for part in (tau, share, mean)]
    for array, part in zip(whole, (tau, share, mean), strict=True):
        array[bright] = part
    parts = whole[0], whole[1], whole[2]
    found = _judged(job, method, words, bright, parts, Limits(job.most_uncertain), background)
    return Judged(found, background)


def _fitted(
    job: Job,
    counts: npt.NDArray[Any],
    method: Method,
    fitting: Fitting,
    background: Values | None,
) -> tuple[Values, Values, str]:
    from workloads.flim.lifetimes.classical import least_squares, poisson
    from workloads.flim.lifetimes.classical.global_fit import fit_global

    known = fitting.lifetimes if isinstance(fitting.lifetimes, tuple) else None
    number = fitting.components if known is None else max(fitting.components, len(known))
    options: dict[str, Any] = {"components": number, "background": background}
    words = f"{'Poisson fit' if method == 'poisson' else 'least squares'}"
    words += f" of {'1 component' if number == 1 else f'up to {number} components'}"
    if fitting.lifetimes == "global":
        if method == "least-squares":
            raise InputError("lifetimes shared by all pixels, expected with the method poisson")
        found = fit_global(counts, job.instrument.forward, progress=job.progress, **options)
        words += ", lifetimes shared by all pixels"
    else:
        fit = poisson.fit if method == "poisson" else least_squares.fit
        options |= {"fixed": known, "progress": job.progress}
        found = fit(counts, job.instrument.forward, **options)
        if known is not None:
            words += f", of {', '.join(f'{tau:g}' for tau in known)} ns"
    return found.tau_ns, found.share, words


def _background(job: Job, pixels: npt.NDArray[np.bool_]) -> Background:
    if job.background is not None:
        level = job.background[pixels]
        return Background(level, np.zeros_like(level))
    instrument = job.instrument
    return backgrounds.estimated(job.image.counts[pixels], instrument.record, instrument.fit)


def _judged(
    job: Job,
    method: Method,
    about: str,
    found: npt.NDArray[np.bool_],
    parts: tuple[Values, Values, Values],
    limits: Limits,
    background: Background,
) -> LifetimeMap:
    image, (tau, share, mean) = job.image, parts
    judged = judge(
        image.counts[found],
        tau[found],
        share[found],
        mean[found],
        job.instrument,
        limits,
        background=background,
    )
    intensity = image.intensity
    flags = job.flags.copy()
    flags[intensity < max(job.min_photons, 1)] |= int(Flag.DARK)
    flags[(intensity >= max(job.min_photons, 1)) & ~found] |= int(Flag.BACKGROUND)
    flags[found] |= judged.flags
    uncertainty, chi_square, level = (np.full(image.shape, np.nan) for _ in range(3))
    uncertainty[found] = judged.evidence.uncertainty_ns
    chi_square[found] = judged.chi_square
    level[found] = background.level
    return LifetimeMap(
        method,
        about,
        tau,
        share,
        mean,
        uncertainty,
        chi_square,
        intensity,
        level,
        first_reasons(flags),
    )
