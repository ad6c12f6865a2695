"""What distillation gives at equal training, over seeds: its gain with a confidence interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.accuracy.tables import Study, module_outputs
from workloads.flim.training.evaluation import figures_of
from workloads.flim.training.recipe.entries import STORED_16_BIT

if TYPE_CHECKING:
    from workloads.flim.training.networks import EncoderDecoder
    from workloads.flim.training.recipe.presets import Preset
    from workloads.flim.training.recipe.trainings import ZooTraining

SEEDS = (0, 1, 2, 3, 4)

MEASURES = {
    "rmse": "RMSE",
    "rmse_components": "RMSE, 3 outputs",
    "lifetime_error": "lifetime",
}
"""Errors of a network, and what they are called."""

CONFIDENCE = 0.95


def distillation_pairs() -> list[tuple[Study, Study]]:
    """Return the 8-bit students of 32 units without and with the teacher, a pair a seed.

    Their states are stored in 16 bits: in 8, what rounding adds differs more from seed to seed than
    what a teacher can give.
    """
    return [
        (Study("32x32", 8, seed, STORED_16_BIT), Study("32x32 KD", 8, seed, STORED_16_BIT))
        for seed in SEEDS
    ]


def pair_preset(preset: Preset) -> Preset:
    """Return a preset for the pairs: half the steps of the shipped students, on their pixels."""
    student, integer = preset.student, preset.student_integer
    return replace(
        preset,
        student=replace(student, steps=-(-student.steps // 2)),
        student_integer=replace(integer, steps=-(-integer.steps // 2)),
    )


def distillation_rows(training: ZooTraining, count: int) -> list[dict[str, Any]]:
    """Compare students with and without a teacher at equal training, seed by seed.

    Parameters
    ----------
    training : ZooTraining
        Of the pairs.
    count : int
        Held-out pixels.

    Returns
    -------
    list of dict
        seed, bits (32 for the training in real numbers that 8 bits begin with), distilled, the RMSE
        and R2 of the full decay over all pixels, and of the three outputs together, and the median
        relative error of the mean lifetime at 1,000 photons.
    """

    def row(module: EncoderDecoder, study: Study, bits: int) -> dict[str, Any]:
        found = figures_of(partial(module_outputs, module), count)
        return {
            "seed": study.seed,
            "bits": bits,
            "distilled": study.distilled,
            **{key: found[key] for key in ("rmse", "r2", "rmse_components", "r2_components")},
            "lifetime_error": found["lifetime_error_1000"],
        }

    found = []
    for pair in distillation_pairs():
        reals = [training.real(study.student) for study in pair]
        found += [row(module, study, 32) for module, study in zip(reals, pair, strict=True)]
        found += [row(study.module(training), study, study.bits) for study in pair]
    return found


@dataclass(frozen=True)
class Gain:
    """By how much students with a teacher are better than those of the same seeds without one.

    Parameters
    ----------
    bits : int
        32 for real numbers.
    measure : str
        Of `MEASURES`.
    gain, low, high : float
        Mean over seeds of the error without less that with the teacher, and its confidence
        interval, after Student's distribution of the differences.
    without, taught : (float, float)
        Least and largest error over seeds.
    """

    bits: int
    measure: str
    gain: float
    low: float
    high: float
    without: tuple[float, float]
    taught: tuple[float, float]

    @property
    def verdict(self) -> str:
        """Whether the interval holds 0."""
        if self.low > 0:
            return "helps"
        return "harms" if self.high < 0 else "does not show"


def gains(rows: Iterable[Mapping[str, Any]]) -> list[Gain]:
    """Compare pairs of students, a pair a seed.

    Parameters
    ----------
    rows : iterable of dict
        As `distillation_rows` returns them, of two seeds at least.
    """
    from scipy.stats import t

    rows = list(rows)
    found = []
    for bits in dict.fromkeys(row["bits"] for row in rows):
        for measure in MEASURES:
            without, taught = (
                np.array(
                    [
                        row[measure]
                        for row in rows
                        if (row["bits"], row["distilled"]) == (bits, with_)
                    ]
                )
                for with_ in (False, True)
            )
            difference = without - taught
            mean = float(difference.mean())
            half = float(
                t.ppf((1 + CONFIDENCE) / 2, difference.size - 1)
                * difference.std(ddof=1)
                / np.sqrt(difference.size)
            )
            spreads = [(float(each.min()), float(each.max())) for each in (without, taught)]
            found.append(Gain(bits, measure, mean, mean - half, mean + half, *spreads))
    return found
