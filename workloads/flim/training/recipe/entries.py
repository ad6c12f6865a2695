"""What can be trained for the zoo, by name: networks, the pixels they are for, their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.state_bits import with_state_bits
from stomp_flim.errors import InputError
from workloads.flim.data.field import FIELD
from workloads.flim.data.pixels import WIDE, PixelRecipe, Recipe

TEACHER_UNITS = (128, 128)

MOST_UNITS = 254
"""With more units, the 8-bit arithmetic's accumulators could overflow."""

WORD_SUFFIX, STATE_SUFFIX = "-16bit", "-state16"
"""What a name ends with for weights of 16 bits, and for weights of 8 with a state of 16."""

LIFETIME_WEIGHT = 0.02
"""Of the published ranges, beside decays."""

STORED_16_BIT = with_state_bits(SEQ2SEQLITE_8_BIT, products=8, stored=16, candidate=16)
"""Weights and products of 8 bits, and a stored state of 16 that loses no small step."""


class Kind(StrEnum):
    """What a Seq2SeqLite is for, as its name ends."""

    NARROW = ""
    WIDE = "-wide"
    FIELD = "-field"
    FIELD_RESPONSE = "-field-response"

    @property
    def recipe(self) -> PixelRecipe:
        """Ranges of the pixels."""
        return {Kind.NARROW: Recipe(), Kind.WIDE: WIDE}.get(self, FIELD)

    @property
    def lifetime_weight(self) -> float:
        """Weight of lifetimes beside decays, which are harder to tell in the field."""
        return 0.1 if self.recipe is FIELD else LIFETIME_WEIGHT

    @property
    def inputs(self) -> int:
        """Features of a step: the counts, and the response where it is known."""
        return 2 if self is Kind.FIELD_RESPONSE else 1


@dataclass(frozen=True)
class Student:
    """A Seq2SeqLite, or another network without a teacher's weights, before it is trained.

    Parameters
    ----------
    units : tuple of int
        Of each layer.
    kind : Kind
    distilled : bool
        Whether it learns from the teacher, too.
    seed : int
        Of the initial weights and the order of the batches.
    """

    units: tuple[int, ...]
    kind: Kind = Kind.NARROW
    distilled: bool = False
    seed: int = 0

    @property
    def suffix(self) -> str:
        """What distinguishes the names of its trainings from those of others of its units."""
        return ("-kd" if self.distilled else "") + f"{self.kind}-seed{self.seed}"


@dataclass(frozen=True)
class ZooEntry:
    """A network that can be trained for the zoo.

    Parameters
    ----------
    units : tuple of int
        Of each layer: those of the teacher, or of a Seq2SeqLite.
    kind : Kind
        What a Seq2SeqLite is for.
    suffix : {"", "-16bit", "-state16"}
        Of its arithmetic; without one it is the published one of students of the teacher.
    """

    units: tuple[int, ...]
    kind: Kind = Kind.NARROW
    suffix: str = ""

    @property
    def is_teacher(self) -> bool:
        """Whether it is Seq2Seq with the teacher's weights as a start."""
        return self.units == TEACHER_UNITS

    @property
    def is_distilled(self) -> bool:
        """Whether it learns from the teacher."""
        return self.kind is Kind.NARROW and not self.is_teacher

    @property
    def arithmetic(self) -> Arithmetic:
        """Quantization points that it computes with."""
        if self.suffix == WORD_SUFFIX:
            return PLAIN_16_BIT
        published = self.is_distilled and self.suffix != STATE_SUFFIX
        return SEQ2SEQLITE_8_BIT if published else STORED_16_BIT

    def student(self, seed: int) -> Student:
        """Return what is trained for it."""
        return Student(self.units, self.kind, self.is_distilled, seed)

    @property
    def name(self) -> str:
        """Name of its files, such as ``seq2seqlite-32-wide``."""
        if self.is_teacher:
            return f"seq2seq-{TEACHER_UNITS[0]}"
        return f"seq2seqlite-{self.units[0]}{self.kind}{self.suffix}"


def zoo_entry(name: str) -> ZooEntry:
    """Find what a name stands for.

    Parameters
    ----------
    name : str
        ``seq2seq-128``, or ``seq2seqlite-N`` with what it is for, ``-wide``, ``-field`` or
        ``-field-response``, and how it computes: ``-16bit`` in 16 bits; ``-state16`` in 8 with a
        state of 16, as networks for other pixels than the teacher's do anyway.

    Raises
    ------
    InputError
        If it stands for nothing that can be trained.
    """
    teacher = ZooEntry(TEACHER_UNITS)
    if name == teacher.name:
        return teacher
    suffix = next((end for end in (WORD_SUFFIX, STATE_SUFFIX) if name.endswith(end)), "")
    stem = name.removesuffix(suffix)
    kind = next((kind for kind in reversed(Kind) if kind and stem.endswith(kind)), Kind.NARROW)
    family, _, units = stem.removesuffix(kind).rpartition("-")
    whole = units.isdecimal() and 1 <= int(units) <= MOST_UNITS
    if family != "seq2seqlite" or not whole or (kind and suffix == STATE_SUFFIX):
        kinds = ", ".join(kind for kind in Kind if kind)
        raise InputError(
            f"network {name!r}, expected {teacher.name}, or seq2seqlite-N with 1 to {MOST_UNITS} "
            f"units and, behind it, none or one of {kinds}, and none or {WORD_SUFFIX}, or "
            f"{STATE_SUFFIX} alone"
        )
    return ZooEntry((int(units),), kind, suffix)
