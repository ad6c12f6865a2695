"""The recipe of the zoo: a teacher, its outputs, and students that learn from it at 8 bits.

A student for a wide range of lifetimes has no teacher: it learns from the truth alone.

Every training is a file of its own in one folder, named by what it is. One that is complete is
not repeated, one that was interrupted goes on: the folder is the state of the whole recipe.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from stomp_flim.errors import InputError
from workloads.flim.data.pixels import WIDE, Recipe, stream
from workloads.flim.training.checkpoints import Progress, fingerprint, load, resume, save
from workloads.flim.training.dense_refinement import refine_dense
from workloads.flim.training.distillation import TeacherOutputs, teacher_outputs
from workloads.flim.training.loop import train
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.plan import Plan
from workloads.flim.training.presets import Preset

TEACHER_UNITS = (128, 128)

MOST_UNITS = 254
"""With more units, the 8-bit arithmetic's accumulators could overflow."""

Report = Callable[[str, int, int, float], object]
"""Called as ``report(training, steps_done, steps, loss)``."""

WIDE_SUFFIX, WORD_SUFFIX = "-wide", "-16bit"

TEACHER_WEIGHT = 0.6

REFINEMENT_DATA_SEED = 4
REFINEMENT_BATCHES, REFINEMENT_PIXELS = 8, 256
REFINEMENT_INTEGRAL_WEIGHT = 5.0


@dataclass(frozen=True)
class ZooEntry:
    """A network that can be trained for the zoo.

    Parameters
    ----------
    units : tuple of int
        Of each layer: those of the teacher, or of a Seq2SeqLite.
    wide : bool
        Whether a Seq2SeqLite is for the wide range of lifetimes.
    bits : {8, 16}
        Of its arithmetic.
    """

    units: tuple[int, ...]
    wide: bool = False
    bits: int = 8

    @property
    def is_teacher(self) -> bool:
        """Whether it is Seq2Seq with the teacher's weights as a start."""
        return self.units == TEACHER_UNITS

    @property
    def is_distilled(self) -> bool:
        """Whether it learns from the teacher."""
        return not (self.is_teacher or self.wide)

    @property
    def recipe(self) -> Recipe:
        """Ranges of the pixels that it is for."""
        return WIDE if self.wide else Recipe()

    @property
    def name(self) -> str:
        """Name of its files, such as ``seq2seqlite-32-wide``."""
        if self.is_teacher:
            return f"seq2seq-{TEACHER_UNITS[0]}"
        kind = WIDE_SUFFIX if self.wide else WORD_SUFFIX if self.bits == 16 else ""
        return f"seq2seqlite-{self.units[0]}{kind}"


def zoo_entry(name: str) -> ZooEntry:
    """Find what a name stands for.

    Parameters
    ----------
    name : str
        ``seq2seq-128``, ``seq2seqlite-N``, ``seq2seqlite-N-wide`` or ``seq2seqlite-N-16bit``.

    Raises
    ------
    InputError
        If it stands for nothing that can be trained.
    """
    teacher = ZooEntry(TEACHER_UNITS)
    if name == teacher.name:
        return teacher
    stem = name.removesuffix(WIDE_SUFFIX)
    wide = stem != name
    stem = stem if wide else name.removesuffix(WORD_SUFFIX)
    kind, _, units = stem.rpartition("-")
    if kind != "seq2seqlite" or not units.isdecimal() or not 1 <= int(units) <= MOST_UNITS:
        raise InputError(
            f"network {name!r}, expected {teacher.name}, or seq2seqlite-N, seq2seqlite-N"
            f"{WIDE_SUFFIX} or seq2seqlite-N{WORD_SUFFIX} with 1 to {MOST_UNITS} units"
        )
    return ZooEntry((int(units),), wide=wide, bits=8 if wide or stem == name else 16)


class ZooTraining:
    """The trainings of one preset in one folder.

    Parameters
    ----------
    folder : Path
        Of the checkpoints; exists.
    preset : Preset
    teacher_folder : Path, optional
        Where the teacher and its outputs are, if in another folder.
    device : str
        As PyTorch names it.
    report : callable, optional
        Called as ``report(training, steps_done, steps, loss)`` after each step.
    """

    def __init__(
        self,
        folder: Path,
        preset: Preset,
        *,
        teacher_folder: Path | None = None,
        device: str = "cpu",
        report: Report | None = None,
    ) -> None:
        self.folder, self.preset = folder, preset
        self.teacher_folder = teacher_folder or folder
        self.device = device
        self.report: Report = report or (lambda training, done, steps, loss: None)

    def teacher(self, executor: Executor | None = None) -> EncoderDecoder:
        """Train Seq2Seq with 2 + 2 layers of 128 units in real numbers.

        Parameters
        ----------
        executor : Executor, optional
            Processes that share the shards of its batches.
        """
        name, module = "seq2seq-128-float", EncoderDecoder(TEACHER_UNITS)
        folder = self.teacher_folder
        return self._run(name, module, self.preset.teacher, folder=folder, executor=executor)

    def teacher_integer(self) -> EncoderDecoder:
        """Fine-tune the teacher in the kernel's integers, quantization-aware."""
        module = self.teacher()
        module.compute_with(SEQ2SEQLITE_8_BIT)
        return self._refined("seq2seq-128-8bit", module, self.preset.teacher_integer)

    def teacher_outputs(self, executor: Executor | None = None) -> TeacherOutputs:
        """Compute what the students learn from; `executor` as of `teacher`."""
        plan = self.preset.student
        return teacher_outputs(
            self.teacher(executor),
            plan.recipe,
            pixels=plan.pixels,
            data_seed=plan.data_seed,
            batches=plan.batches,
            folder=self.teacher_folder,
            progress=lambda done, loss: self.report("teacher's outputs", done, plan.batches, loss),
        )

    def real(
        self, units: Sequence[int], *, distilled: bool, wide: bool = False, seed: int = 0
    ) -> EncoderDecoder:
        """Train a network in real numbers, with or without the teacher."""
        module = EncoderDecoder(units, seed=seed)
        name = f"{_named(module, distilled, wide, seed)}-float"
        plan = _adapted(self.preset.student, distilled, wide, seed)
        return self._run(name, module, plan, self.teacher_outputs() if distilled else None)

    def integer(
        self,
        units: Sequence[int],
        *,
        distilled: bool,
        wide: bool = False,
        seed: int = 0,
        arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
    ) -> EncoderDecoder:
        """Train a network in real numbers, then in integers, with or without the teacher."""
        bits = 16 if arithmetic is PLAIN_16_BIT else 8
        module = self.real(units, distilled=distilled, wide=wide, seed=seed)
        module.compute_with(arithmetic)
        name = f"{_named(module, distilled, wide, seed)}-{bits}bit"
        plan = _adapted(self.preset.student_integer, distilled, wide, seed)
        return self._refined(name, module, plan, self.teacher_outputs() if distilled else None)

    def shipped(self, entry: ZooEntry, seed: int = 0) -> EncoderDecoder:
        """Train a network of the zoo in integers."""
        if entry.is_teacher:
            return self.teacher_integer()
        return self.integer(
            entry.units,
            distilled=entry.is_distilled,
            wide=entry.wide,
            seed=seed,
            arithmetic=SEQ2SEQLITE_8_BIT if entry.bits == 8 else PLAIN_16_BIT,
        )

    def plans(self, entry: ZooEntry, seed: int = 0) -> dict[str, dict[str, Any]]:
        """Describe the two trainings of `shipped`, as a card keeps them."""
        size = self.preset
        real, integer = size.teacher, size.teacher_integer
        if not entry.is_teacher:
            real, integer = (
                _adapted(plan, entry.is_distilled, entry.wide, seed)
                for plan in (size.student, size.student_integer)
            )
        return {"real": real.to_dict(), "integer": integer.to_dict()}

    def _refined(
        self,
        name: str,
        module: EncoderDecoder,
        plan: Plan,
        teacher: TeacherOutputs | None = None,
    ) -> EncoderDecoder:
        """Train in integers, then choose the dense layer's codes together; a file for each."""
        path = self.folder / f"{name}-refined.pt"
        refinement = {
            "batches": REFINEMENT_BATCHES,
            "pixels": REFINEMENT_PIXELS,
            "data_seed": REFINEMENT_DATA_SEED,
            "integral_weight": REFINEMENT_INTEGRAL_WEIGHT,
        }
        start = fingerprint(module)
        description = plan.to_dict() | {"refinement": refinement, "start": start}
        if path.exists():
            resume(path, module, description)
            return module
        self._run(name, module, plan, teacher)
        batches = itertools.islice(
            stream(plan.recipe, REFINEMENT_PIXELS, REFINEMENT_DATA_SEED), REFINEMENT_BATCHES
        )
        refine_dense(module, batches, REFINEMENT_INTEGRAL_WEIGHT)
        save(path, module, description, Progress(plan.steps))
        return module

    def _run(
        self,
        name: str,
        module: EncoderDecoder,
        plan: Plan,
        teacher: TeacherOutputs | None = None,
        folder: Path | None = None,
        executor: Executor | None = None,
    ) -> EncoderDecoder:
        path = (folder or self.folder) / f"{name}.pt"
        train(
            module,
            plan,
            teacher=teacher,
            checkpoint=path,
            device=self.device,
            executor=executor,
            progress=lambda done, loss: self.report(name, done, plan.steps, loss),
        )
        return module


def losses(folder: Path) -> dict[str, list[float]]:
    """Return the losses of every training in a folder, by its name."""
    paths = sorted(folder.glob("[!.]*.pt"))  # what a killed save left begins with a dot
    found = {path.stem: load(path)[2].losses for path in paths}
    return {name: values for name, values in found.items() if values}


def _adapted(plan: Plan, distilled: bool, wide: bool, seed: int) -> Plan:
    plan = replace(plan, order_seed=seed, teacher_weight=TEACHER_WEIGHT if distilled else 0.0)
    # Without a teacher, whose outputs are computed once, no batch has to be read twice.
    return replace(plan, recipe=WIDE, batches=0) if wide else plan


def _named(module: EncoderDecoder, distilled: bool, wide: bool, seed: int) -> str:
    kind = ("-kd" if distilled else "") + ("-wide" if wide else "")
    return f"{module.name}{kind}-seed{seed}"
