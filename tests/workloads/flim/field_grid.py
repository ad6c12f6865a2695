"""How near a network comes to the limit: `python -m tests.workloads.flim.field_grid --help`.

The limit is the error of the posterior's median over what `workloads.flim.data.field` draws. It is
the least in the mean over those pixels, not at each fixed lifetime: so the figures to go by are
those of pixels that are drawn, and the grid shows where a network is weak. Each error is the median
over pixels of |found / true - 1|, of the mean lifetime.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwmodels.gru.kernel import infer
from hwmodels.gru.preprocess import preprocess
from tests.workloads.flim.decay_simulator import simulate
from tests.workloads.flim.grid import Condition, conditions, image_of, instrument_seen
from workloads.flim import zoo
from workloads.flim.data.field import FIELD
from workloads.flim.data.pixels import response_codes
from workloads.flim.data.records import Records
from workloads.flim.data.timebins import align
from workloads.flim.lifetimes.classical import poisson
from workloads.flim.lifetimes.decay_metrics import median_relative_error
from workloads.flim.lifetimes.inference import infer_image
from workloads.flim.lifetimes.lifetimes import lifetimes
from workloads.flim.lifetimes.posterior.light import posterior_of_light
from workloads.flim.lifetimes.posterior.records import posterior_of_records

PHOTONS = (300.0, 1000.0, 3000.0, 10_000.0)
LEAST_DRAWS = 20.0
"""Effective draws of a pixel below which its limit is not certain."""


@dataclass(frozen=True)
class Compared:
    """Errors of a network, of the Poisson fit with the known response, and of the posterior."""

    axis: str
    condition: str
    photons: float
    network: float
    fit: float
    limit: float
    uncertain: float
    """Share of pixels of which the limit is not certain."""

    @property
    def of_limit(self) -> float:
        """The network's error in parts of the limit."""
        return self.network / self.limit

    @property
    def of_fit(self) -> float:
        """The network's error in parts of the fit's."""
        return self.network / self.fit


def drawn(entry: zoo.Entry, photons: float, pixels: int, *, known: bool) -> Compared:
    """Compare on pixels that the recipe draws, each with an instrument of its own."""
    recipe = FIELD.with_photons(photons)
    records = recipe.records(pixels, np.random.default_rng([2_000_003, round(photons)]))
    counts, response = records.counts(1)
    truth = (records.tau_ns * records.share).sum(axis=1)
    models = [records.forward(row) for row in range(pixels)]
    rows = [row[:bins] for row, bins in zip(counts, records.bins, strict=True)]
    fits = [poisson.fit([row], model).mean_ns[0] for row, model in zip(rows, models, strict=True)]
    if known:
        limit = posterior_of_light(rows, models, recipe)
    else:
        limit = posterior_of_records(records, counts, recipe)
    found = of_records(entry, records, counts, response)
    return Compared(
        "drawn", "of the recipe", photons,
        median_relative_error(found, truth),
        median_relative_error(np.array(fits), truth),
        median_relative_error(limit.median_ns, truth),
        float((limit.effective_draws < LEAST_DRAWS).mean()),
    )  # fmt: skip


def of_records(entry: zoo.Entry, records: Records, counts: Any, response: Any) -> Any:
    """Return the mean lifetimes that a network finds, each record aligned as an image is."""
    mean, _ = records.counts()  # an image's sum of pixels shows the peak without noise
    light, pulse = [], []
    for row, bins in enumerate(records.bins):
        place = align(mean[row, :bins], float(records.width_ns[row]))
        light.append(place.with_background(place.resample(counts[row, :bins])))
        pulse.append(place.resample(response[row, :bins]))
    specification = entry.specification
    x = preprocess(np.array(light), specification)
    if specification.network.inputs == 2:
        codes = response_codes(pulse, specification.arithmetic.input)
        x = np.stack((x, codes.astype(x.dtype)), axis=-1)
    _, y = infer(entry.weights, x, specification=specification)
    return lifetimes(specification.arithmetic.output.to_real(y)).mean_ns


def fixed(
    entry: zoo.Entry, condition: Condition, photons: float, pixels: int, *, known: bool
) -> Compared:
    """Compare on pixels of one decay and one instrument, of a simulator of their own."""
    record = condition.record | {"photons": photons}
    scene = simulate(condition.decay, seed=condition.seed, pixels=pixels, **record)
    image = image_of(scene)
    # The fit knows the response, the network and the limit only where they are told.
    told = instrument_seen(scene, replace(condition, record=record), known=True)
    seen = told if known else instrument_seen(scene, condition, known=False)
    arithmetic = entry.specification.arithmetic
    found = infer_image(
        image, entry.weights, arithmetic=arithmetic, min_photons=10,
        record=seen.record, response=seen.forward.in_bins,
    )  # fmt: skip
    if known:
        limit = posterior_of_light(scene.counts, [told.forward], FIELD)
    else:
        limit = posterior_of_records(like(scene, condition, pixels), scene.counts, FIELD)
    mean = np.full(pixels, scene.mean_ns)
    return Compared(
        condition.axis, condition.name, photons,
        median_relative_error(found.lifetimes.mean_ns.ravel(), mean),
        median_relative_error(poisson.fit(scene.counts, told.forward).mean_ns, mean),
        median_relative_error(limit.median_ns, mean),
        float((limit.effective_draws < LEAST_DRAWS).mean()),
    )  # fmt: skip


def like(scene: Any, condition: Condition, pixels: int) -> Records:
    """Return records of which only the time bins and the period are those of a scene."""
    bins = scene.counts.shape[1]
    known = {
        "width_ns": scene.width_ns,
        "length_ns": scene.width_ns * (bins + 0.5),
        "period_ns": condition.record.get("period_ns") or np.inf,
    }
    any_records = FIELD.records(pixels, np.random.default_rng(0))
    return replace(any_records, **{name: np.full(pixels, value) for name, value in known.items()})


def compared(entry: zoo.Entry, options: argparse.Namespace) -> Iterator[Compared]:
    """Yield drawn pixels first, then the conditions of the grid but for their photons."""
    known = options.response == "known"
    for photons in options.photons:
        yield drawn(entry, photons, options.drawn, known=known)
    chosen = [each for each in conditions() if each.axis != "photons"]
    for condition in chosen[:: options.every] if options.every else []:
        for photons in options.photons:
            yield fixed(entry, condition, photons, options.pixels, known=known)


def summary(rows: list[Compared]) -> Iterator[str]:
    """Yield the pooled errors and ratios of each axis and number of photons."""
    for axis in dict.fromkeys(row.axis for row in rows):
        for photons in dict.fromkeys(row.photons for row in rows):
            these = [row for row in rows if (row.axis, row.photons) == (axis, photons)]
            errors = [np.median([getattr(row, name) for row in these]) for name in NAMES]
            ratios = [np.median([row.of_limit for row in these]), max(r.of_fit for r in these)]
            uncertain = np.mean([row.uncertain for row in these])
            yield (
                f"{axis} {photons:g}: network {errors[0]:.1%}, fit {errors[1]:.1%}, limit "
                f"{errors[2]:.1%}; {ratios[0]:.2f} x the limit, at most {ratios[1]:.2f} x the fit; "
                f"{uncertain:.0%} of the limits uncertain"
            )


NAMES = ("network", "fit", "limit")


def main() -> int:
    """Print how a network compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default=zoo.WIDE)
    parser.add_argument("--zoo", type=Path, default=zoo.FOLDER, help="folder of the network")
    parser.add_argument("--response", choices=["known", "unknown"], default="known")
    parser.add_argument("--photons", type=float, nargs="+", default=PHOTONS)
    parser.add_argument("--drawn", type=int, default=512, help="pixels that are drawn")
    parser.add_argument("--pixels", type=int, default=256, help="pixels of a condition, 16 n")
    parser.add_argument("--every", type=int, default=1, help="one condition of so many; 0: none")
    parser.add_argument("--out", type=Path, help="a CSV file")
    options = parser.parse_args()
    rows = []
    for row in compared(zoo.read(options.network, options.zoo), options):
        rows.append(row)
        print(*next(iter(summary([row]))).split(": ", 1), row.condition, sep=" | ", flush=True)
    print(*summary(rows), sep="\n")
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [*asdict(rows[0]), "of_limit", "of_fit"])
            writer.writeheader()
            ratios = ({"of_limit": row.of_limit, "of_fit": row.of_fit} for row in rows)
            writer.writerows(asdict(row) | more for row, more in zip(rows, ratios, strict=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
