"""Tables 1 to 3 of arXiv 2410.00948 with our networks, on the same synthetic pixels for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.accuracy.published import (
    MEASURES,
    SEQ2SEQ_COLUMNS,
    SEQ2SEQLITE_COLUMNS,
    published,
)
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from workloads.flim import zoo
from workloads.flim.data.digit_images import digit_pixels
from workloads.flim.data.pixels import Pixels, Recipe
from workloads.flim.lifetimes.decay_metrics import DecayErrors, decay_errors
from workloads.flim.training.evaluation import HELD_OUT_SEED, outputs
from workloads.flim.training.recipe.entries import Student

if TYPE_CHECKING:
    from workloads.flim.training.networks import EncoderDecoder
    from workloads.flim.training.recipe.presets import Preset
    from workloads.flim.training.recipe.trainings import ZooTraining

ARITHMETICS = {16: PLAIN_16_BIT, 8: SEQ2SEQLITE_8_BIT}


@dataclass(frozen=True)
class Study:
    """One training behind the tables: a column of tables 1 and 2, or a cell's network of table 3.

    Parameters
    ----------
    column : str
        As the paper heads it.
    bits : int
        32 for real numbers, else those of the arithmetic it is trained in.
    seed : int
        Of the initial weights and the order of the batches.
    arithmetic : Arithmetic, optional
        By default the one of so many bits.
    """

    column: str
    bits: int
    seed: int = 0
    arithmetic: Arithmetic | None = None

    @property
    def units(self) -> tuple[int, ...]:
        """Units of the layers: two of them in Seq2Seq, one in Seq2SeqLite."""
        sizes = tuple(int(size) for size in self.column.split()[0].split("x"))
        return sizes if self.bits == 32 else sizes[:1]

    @property
    def distilled(self) -> bool:
        """Whether it learns from the teacher."""
        return self.column.endswith("KD")

    @property
    def student(self) -> Student:
        """What is trained."""
        return Student(self.units, distilled=self.distilled, seed=self.seed)

    def module(self, training: ZooTraining) -> EncoderDecoder:
        """Train the network, or read it where it was trained before."""
        student = self.student
        if self.bits == 32:
            return training.real(student)
        return training.integer(student, self.arithmetic or ARITHMETICS[self.bits])


def groups() -> list[list[Study]]:
    """Return every training of the tables, the longest first.

    Those of a group begin with the same training in real numbers, so one process does them all.
    """
    lite = [Study(column, bits) for column in SEQ2SEQLITE_COLUMNS for bits in (8, 16)]
    found: dict[tuple[tuple[int, ...], bool, int], list[Study]] = {}
    for study in (*lite[:2], *(Study(column, 32) for column in SEQ2SEQ_COLUMNS), *lite[2:]):
        found.setdefault((study.units, study.distilled, study.seed), []).append(study)
    return list(found.values())


def table_preset(preset: Preset) -> Preset:
    """Return a preset in which every network of the tables is trained for equally many steps.

    Large networks do not bear the rate of the students.
    """
    steps, rate = preset.table_steps, preset.teacher.learning_rate
    return replace(
        preset,
        student=replace(preset.student, steps=steps, learning_rate=rate),
        student_integer=replace(preset.student_integer, steps=steps),
    )


def table_pixels(count: int) -> Pixels:
    """Draw the pixels of digits on which all networks are compared."""
    return digit_pixels(Recipe(), count, np.random.default_rng([HELD_OUT_SEED, 1]))


def rows(training: ZooTraining, pixels: Pixels) -> Iterator[dict[str, Any]]:
    """Yield the rows of the tables: one a table, number of bits, variant, column and measure.

    Parameters
    ----------
    training : ZooTraining
        Whose trainings are complete, or will be done now.
    pixels : Pixels
        Test pixels; the measures are of the full decay.

    Yields
    ------
    dict
        table, bits, variant, column, measure, mean and deviation over pixels, published.
    """
    from workloads.flim.training.post_training import Scale, quantize_weights

    for column in SEQ2SEQ_COLUMNS:
        module = Study(column, 32).module(training)
        yield from _measured(module, pixels, 1, 32, "float", column)
        for bits in (16, 8):
            for scale in Scale:
                rounded = quantize_weights(module, bits, scale)
                yield from _measured(rounded, pixels, 2, bits, f"PTQ, {scale} scale", column)
    for column in SEQ2SEQLITE_COLUMNS:
        for bits in (16, 8):
            module = Study(column, bits).module(training)
            yield from _measured(module, pixels, 3, bits, "QAT", column)


def zoo_rows(pixels: Pixels) -> list[dict[str, Any]]:
    """Measure the shipped networks, by the integer kernel, on the pixels of the tables."""
    found = []
    for name in zoo.names():
        entry = zoo.read(name)
        y = outputs(entry.weights, pixels, entry.specification.arithmetic)
        errors = decay_errors(y[..., 0], pixels.targets()[..., 0], dtw=True)
        means = {measure: float(getattr(errors, measure).mean()) for measure in MEASURES}
        pooled = {"pooled_rmse": errors.pooled_rmse, "pooled_r2": errors.pooled_r2}
        found.append({"network": name, **means, **pooled})
    return found


def _measured(
    module: EncoderDecoder, pixels: Pixels, table: int, bits: int, variant: str, column: str
) -> Iterator[dict[str, Any]]:
    errors = module_errors(module, pixels)
    for measure in MEASURES:
        values = getattr(errors, measure)
        yield {
            "table": table,
            "bits": bits,
            "variant": variant,
            "column": column,
            "measure": measure,
            "mean": float(values.mean()),
            "deviation": float(values.std()),
            "published": published(table, bits, column, measure),
        }


def module_errors(module: EncoderDecoder, pixels: Pixels, *, dtw: bool = True) -> DecayErrors:
    """Measure the full decay that a network finds, in the numbers that it computes with."""
    found = module_outputs(module, pixels)
    return decay_errors(found[..., 0], pixels.targets()[..., 0], dtw=dtw)


def module_outputs(module: EncoderDecoder, pixels: Pixels) -> np.ndarray[Any, Any]:
    """Return a network's outputs: [pixels, STEPS, outputs]."""
    import torch

    target = (module.arithmetic or SEQ2SEQLITE_8_BIT).input
    x = pixels.inputs(target, with_response=module.inputs == 2)
    with torch.no_grad():
        y: np.ndarray[Any, Any] = module(torch.from_numpy(x)).double().numpy()
    return y


def complete(group: list[Study], folder: Path, teacher: Path, preset: Preset) -> list[Study]:
    """Do the trainings of a group, in whatever process, and return it."""
    from experiments.train.command import one_order_of_sums
    from workloads.flim.training.recipe.trainings import ZooTraining

    one_order_of_sums()
    for study in group:
        study.module(ZooTraining(folder, preset, teacher_folder=teacher))
    return group
