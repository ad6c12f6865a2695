"""Sizes of the recipe of the zoo, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stomp_flim.errors import InputError, near_names
from workloads.flim.training.plan import Plan

DISTILLATION_DATA_SEED = 2


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
    table_steps : int
        Steps of each of the trainings behind the accuracy tables.
    """

    name: str
    teacher: Plan
    teacher_integer: Plan
    student: Plan
    student_integer: Plan
    table_steps: int


def _preset(
    name: str,
    *,
    teacher: int,
    teacher_integer: int,
    student: int,
    student_integer: int,
    batches: int,
    tables: int,
) -> Preset:
    studies = Plan(student, learning_rate=8e-3, batches=batches, data_seed=DISTILLATION_DATA_SEED)
    teaches = Plan(teacher, pixels=64, shards=2, learning_rate=4e-3)
    return Preset(
        name,
        teacher=teaches,
        teacher_integer=replace(
            teaches,
            steps=teacher_integer,
            learning_rate=5e-4,
            data_seed=3,
            largest_gradient=0.1,
            integral_weight=20.0,
        ),
        student=studies,
        student_integer=replace(studies, steps=student_integer, learning_rate=2e-3, keep_best=True),
        table_steps=tables,
    )


PRESETS = {
    preset.name: preset
    for preset in (
        _preset(
            "tiny",
            teacher=2,
            teacher_integer=2,
            student=2,
            student_integer=2,
            batches=2,
            tables=1,
        ),
        _preset(
            "minutes",
            teacher=1000,
            teacher_integer=100,
            student=1000,
            student_integer=800,
            batches=100,
            tables=200,
        ),
        _preset(
            "zoo",
            teacher=8000,
            teacher_integer=1000,
            student=8000,
            student_integer=4000,
            batches=600,
            tables=400,
        ),
        _preset(
            "night",
            teacher=60_000,
            teacher_integer=4000,
            student=60_000,
            student_integer=30_000,
            batches=4000,
            tables=30_000,
        ),
    )
}
"""Sizes: to see that it runs, for minutes, for the shipped zoo (an hour), and for a night."""


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
