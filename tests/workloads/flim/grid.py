"""The conditions under which lifetimes are judged: `python -m tests.workloads.flim.grid --help`.

Each axis is varied around three bases, and the product of all axes is sampled. Where the median
error of the mean lifetime is above 10%, at least 95% of the pixels are to be flagged, or the
uncertainty is to cover the error; where it is below 5%, at most 5% are to be flagged.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.workloads.flim.decay_simulator import Scene, simulate
from workloads.flim import zoo
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.chain import Instrument, instrument_of
from workloads.flim.instrument.response import Optics, Response, measured
from workloads.flim.lifetimes.methods import Job, Trained, network_map
from workloads.flim.lifetimes.quality.flags import counted

WRONG, RIGHT = 0.10, 0.05
"""Median errors above which pixels are to be flagged, and below which they are not."""

TOLD, SHOWN = 0.95, 0.05
"""Least share of pixels flagged or covered, and most share of flagged ones."""

DECAYS = [
    *([(1.0, t)] for t in (0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0, 2.5, 3.0)),
    *([(1.0, t)] for t in (3.5, 4.0, 5.0)),
    *([(f, a), (1 - f, b)] for f, a, b in ((0.5, 0.2, 1.0), (0.75, 0.4, 2.5), (0.3, 0.6, 3.2))),
    *([(f, a), (1 - f, b)] for f, a, b in ((0.6, 0.5, 2.0), (0.5, 0.1, 1.5), (0.5, 0.5, 4.0))),
    *([(1 / 3, t) for t in three] for three in ((0.2, 0.8, 1.5), (0.1, 0.5, 2.5), (0.3, 1, 3))),
]
RESPONSES: list[dict[str, float]] = [
    *({"fwhm_ns": width} for width in (0.05, 0.1, 0.18, 0.25, 0.4, 0.6)),
    {"fwhm_ns": 0.25, "tail_ns": 0.2},
    {"fwhm_ns": 0.2, "tail_ns": 0.5, "tail_share": 0.3},
]
AXES: dict[str, list[dict[str, Any]]] = {
    "response": list(RESPONSES),
    "photons": [{"photons": n} for n in (50, 100, 200, 300, 500, 1000, 3000, 10_000, 20_000)],
    "background": [{"background": share} for share in (0.0, 0.1, 0.2, 0.3)],
    "period": [{"period_ns": ns} for ns in (12.5, 25.0, None)],
    "width": [{"width_ns": ns} for ns in (0.0125, 0.05, 0.1, 0.2, 0.4)],
}
BASES = [DECAYS[6], DECAYS[3], DECAYS[17]]


@dataclass(frozen=True)
class Condition:
    """A decay, and how it is recorded."""

    axis: str
    decay: list[tuple[float, float]]
    record: dict[str, Any] = field(default_factory=dict)
    seed: int = 0

    @property
    def name(self) -> str:
        """The condition in words."""
        decay = "+".join(f"{share:.2g}x{tau:g}" for share, tau in self.decay)
        return " ".join([decay, *(f"{key}={value}" for key, value in self.record.items())])

    def scene(self) -> Scene:
        """Simulate it."""
        return simulate(self.decay, seed=self.seed, **self.record)


def conditions(sampled: int = 190) -> list[Condition]:
    """Return each axis around the bases, and a sample of the product of all axes."""
    found = [Condition("decay", decay) for decay in DECAYS]
    for axis, values in AXES.items():
        found += [Condition(axis, base, value) for base in BASES for value in values]
    generator = np.random.default_rng(0)
    for number in range(sampled):
        record: dict[str, Any] = {}
        for values in AXES.values():
            record |= values[generator.integers(len(values))]
        decay = DECAYS[generator.integers(len(DECAYS))]
        found.append(Condition("product", decay, record, 1 + number))
    return found


@dataclass(frozen=True)
class Outcome:
    """What became of a condition's pixels in one network."""

    network: str
    error: float
    flagged: float
    told: float
    uncertainty: float
    reasons: str

    @property
    def violation(self) -> str:
        """What is wrong with it, or nothing."""
        if self.error > WRONG and self.told < TOLD:
            return "wrong and not told"
        return "right and flagged" if self.error < RIGHT and self.flagged > SHOWN else ""


def image_of(scene: Scene) -> MeasuredImage:
    """Return the pixels of a scene as an image of 16 rows."""
    return MeasuredImage(scene.counts.reshape(16, -1, scene.counts.shape[1]), scene.width_ns, "x")


def instrument_seen(scene: Scene, condition: Condition, known: bool) -> Instrument:
    """Return the instrument behind an image, with the response and the period known or not."""
    if not known:
        return instrument_of(image_of(scene))
    histogram = np.round(1e5 * scene.response)  # as it is measured

    def respond(record: Any, optics: Optics) -> Response:
        return measured(record, optics, histogram, scene.width_ns, source="response")

    optics = Optics(period_ns=condition.record.get("period_ns"))
    return instrument_of(image_of(scene), response=respond, optics=optics)


def trained(name: str) -> Trained:
    """Return a shipped network."""
    entry = zoo.read(name)
    arithmetic = entry.specification.arithmetic
    return Trained(name, entry.weights, arithmetic, entry.lifetimes_ns, entry.photons[0])


def outcomes(condition: Condition, networks: list[str], *, known: bool) -> Iterator[Outcome]:
    """Yield what becomes of a condition's pixels in each network."""
    scene = condition.scene()
    image = image_of(scene)
    instrument = instrument_seen(scene, condition, known)
    job = Job(image, instrument, np.zeros(image.shape, np.uint16), min_photons=10)
    for network in networks:
        found = network_map(job, trained(network)).found
        error = np.abs(np.nan_to_num(found.mean_ns) - scene.mean_ns)
        flagged = found.flags > 0
        spread = found.uncertainty_ns / np.maximum(found.mean_ns, 0.01)
        reasons = counted(found.flags)
        yield Outcome(
            network,
            float(np.median(error)) / scene.mean_ns,
            float(flagged.mean()),
            float(((error <= found.uncertainty_ns) | flagged).mean()),
            float(np.nanmedian(spread)) if np.isfinite(spread).any() else float("nan"),
            ", ".join(f"{reason}: {number}" for reason, number in reasons.items()),
        )


def main() -> int:
    """Judge the grid, and return how many violations there are, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    shipped = zoo.names()
    parser.add_argument("--network", action="append", choices=shipped)
    parser.add_argument("--response", choices=["known", "estimated"], default="known")
    parser.add_argument("--out", type=Path, help="a CSV file")
    parser.add_argument("--every", type=int, default=1, help="judge one condition of so many")
    options = parser.parse_args()
    networks = options.network or [zoo.DEFAULT, zoo.WIDE, zoo.FIELD, zoo.FIELD_RESPONSE]
    rows: list[list[Any]] = []
    started = time.monotonic()
    for condition in conditions()[:: options.every]:
        for each in outcomes(condition, networks, known=options.response == "known"):
            numbers = [each.error, each.flagged, each.told, each.uncertainty]
            rounded = [f"{number:.3f}" for number in numbers]
            name = condition.name
            rows.append(
                [condition.axis, name, each.network, *rounded, each.reasons, each.violation]
            )
            if each.violation:
                print(*rows[-1], sep=" | ", flush=True)
    bad = [row for row in rows if row[-1]]
    print(f"{len(bad)} violations of {len(rows)}; {time.monotonic() - started:.0f} s")
    for axis in ["decay", *AXES, "product"]:
        these = [row for row in rows if row[0] == axis]
        kinds = [sum(row[-1].startswith(kind) for row in these) for kind in ("wrong", "right")]
        print(
            f"{axis}: {kinds[0]} wrong and not told, {kinds[1]} right and flagged of {len(these)}"
        )
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            head = ["axis", "condition", "network", "error", "flagged", "told", "uncertainty"]
            writer.writerows([[*head, "reasons", "violation"], *rows])
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
