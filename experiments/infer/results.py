"""One image of the command `infer`: what is asked of it, and its maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from experiments.infer.measuring import Told
from experiments.infer.warnings import warnings_of
from experiments.shared.progress import progress
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.chain import Instrument
from workloads.flim.lifetimes.inference import bright_pixels
from workloads.flim.lifetimes.lifetime_map import Method
from workloads.flim.lifetimes.methods import (
    Fitting,
    Job,
    Judged,
    Trained,
    classical_map,
    network_map,
)
from workloads.flim.lifetimes.quality.flags import Flag


@dataclass(frozen=True)
class Asked:
    """What the command is asked to compute and draw, apart from files."""

    method: Method
    network: Trained | None
    fitting: Fitting
    compare: Method | None = None
    min_photons: float = 100
    most_uncertain: float = 0.5
    peak_bin: int | None = None
    limits_ns: tuple[float, float] | None = None
    show_flagged: bool = False
    pixel_um: float | None = None
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, eq=False)
class Result:
    """The maps of an image."""

    image: MeasuredImage
    instrument: Instrument
    judged: Judged
    other: Judged | None
    warnings: Sequence[str]


def computed(image: MeasuredImage, flags: Any, asked: Asked) -> Result:
    """Compute the map of an image, and the one that it is compared with.

    Parameters
    ----------
    image : MeasuredImage
    flags : uint16[rows, columns]
        Flags that are known beforehand.
    asked : Asked
    """
    bright_pixels(image, asked.min_photons)  # none is an error before anything is estimated
    inside = asked.told.inside(image.shape)
    if inside is not None:
        flags = flags | np.where(inside, 0, int(Flag.LEFT_OUT)).astype(np.uint16)
    instrument = asked.told.instrument(image, _trusted(image, flags))
    level = asked.told.level(image.shape)

    def by(method: Method) -> Judged:
        with progress() as report_progress:
            job = Job(
                image,
                instrument,
                flags,
                asked.min_photons,
                level,
                asked.most_uncertain,
                asked.peak_bin,
                partial(report_progress, "pixels"),
            )
            if method == "network" and asked.network is not None:
                return network_map(job, asked.network)
            return classical_map(job, method, asked.fitting)

    judged = by(asked.method)
    other = by(asked.compare) if asked.compare is not None else None
    photons = asked.network.photons if asked.network and asked.method == "network" else 0.0
    return Result(image, instrument, judged, other, warnings_of(instrument, judged, photons))


def _trusted(image: MeasuredImage, flags: Any) -> Any:
    """Return the pixels that tell the response: counts at a ceiling show another decay."""
    lit = image.intensity > 0
    meant = lit & (flags & int(Flag.LEFT_OUT) == 0)
    unbent = meant & (flags & int(Flag.SATURATED | Flag.PILE_UP) == 0)
    return unbent if unbent.any() else meant
