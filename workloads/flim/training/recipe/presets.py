"""Sizes of the recipe of the zoo, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stomp_flim.errors import InputError, near_names
from workloads.flim.training.plan import Plan
from workloads.flim.training.recipe.entries import LIFETIME_WEIGHT

FINE_RATE = 1e-4
"""Learning rate in integers that lose little of what real numbers found."""

DISTILLATION_DATA_SEED, ALONE_DATA_SEED = 2, 5


@dataclass(frozen=True)
class Preset:
    """Size of the recipe.

    Parameters
    ----------
    name : str
    teacher : Plan
        Training of the teacher in real numbers.
    teacher_integer : Plan
        Its fine-tuning in the kernel's integers.
    student : Plan
        Training of a student in real numbers.
    student_integer : Plan
        Its quantization-aware training, from there.
    alone, alone_integer : Plan
        Both, of a student that has no teacher, on a stream without end.
    table_steps : int
        Steps of each of the trainings behind the accuracy tables.
    """

    name: str
    teacher: Plan
    teacher_integer: Plan
    student: Plan
    student_integer: Plan
    alone: Plan
    alone_integer: Plan
    table_steps: int


def _preset(
    name: str,
    *,
    teacher: int,
    teacher_integer: int,
    student: int,
    student_integer: int,
    alone: int,
    alone_integer: int,
    batches: int,
    tables: int,
) -> Preset:
    studies = Plan(student, learning_rate=8e-3, batches=batches, data_seed=DISTILLATION_DATA_SEED)
    endless = Plan(alone, pixels=256, learning_rate=8e-3, data_seed=ALONE_DATA_SEED)
    teaches = Plan(teacher, pixels=64, learning_rate=4e-3)
    return Preset(
        name,
        teacher=teaches,
        teacher_integer=replace(
            _in_integers(teaches, teacher_integer, rate=5e-4),
            data_seed=3,
            lifetime_weight=LIFETIME_WEIGHT,
        ),
        student=studies,
        student_integer=_in_integers(studies, student_integer, rate=2e-3),
        alone=endless,
        alone_integer=_in_integers(endless, alone_integer, rate=2e-3),
        table_steps=tables,
    )


def _in_integers(plan: Plan, steps: int, rate: float) -> Plan:
    """Return how training goes on in integers, where a gradient may grow over the sequence.

    Adam's mean would follow one that is hundreds of times the others for a hundred steps.
    """
    return replace(plan, steps=steps, learning_rate=rate, largest_gradient=0.1, keep_best=True)


PRESETS = {
    preset.name: preset
    for preset in (
        _preset(
            "tiny",
            teacher=2,
            teacher_integer=2,
            student=2,
            student_integer=2,
            alone=2,
            alone_integer=2,
            batches=2,
            tables=1,
        ),
        _preset(
            "minutes",
            teacher=1000,
            teacher_integer=100,
            student=1000,
            student_integer=800,
            alone=1000,
            alone_integer=400,
            batches=100,
            tables=200,
        ),
        _preset(
            "zoo",
            teacher=8000,
            teacher_integer=2000,
            student=12_000,
            student_integer=6000,
            alone=20_000,
            alone_integer=6000,
            batches=1200,
            tables=400,
        ),
        _preset(
            "night",
            teacher=60_000,
            teacher_integer=4000,
            student=60_000,
            student_integer=30_000,
            alone=200_000,
            alone_integer=50_000,
            batches=4000,
            tables=30_000,
        ),
    )
}
"""Sizes: to see that it runs, for minutes, for the shipped zoo (two hours), and for a night."""


def preset(name: str) -> Preset:
    """Find a preset by its name.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in PRESETS:
        raise InputError(f"training preset {name!r}: {near_names(name, PRESETS)}")
    return PRESETS[name]
