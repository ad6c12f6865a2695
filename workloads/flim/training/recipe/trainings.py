"""The recipe of the zoo: a teacher, its outputs, and students that learn from it at 8 bits.

Students for other pixels than the teacher's learn from the truth alone.

Every training is a file of its own in one folder, named by what it is. One that is complete is
not repeated, one that was interrupted goes on: the folder is the state of the whole recipe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from workloads.flim.data.field import FIELD
from workloads.flim.training.checkpoints import load
from workloads.flim.training.distillation import TeacherOutputs, teacher_outputs
from workloads.flim.training.loop import train
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.plan import Plan
from workloads.flim.training.recipe.entries import (
    STORED_16_BIT,
    TEACHER_UNITS,
    Kind,
    Student,
    ZooEntry,
)
from workloads.flim.training.recipe.presets import FINE_RATE, Preset

Report = Callable[[str, int, int, float], object]
"""Called as ``report(training, steps_done, steps, loss)``."""

TEACHER_WEIGHT = 0.6

SHORTER = 8
"""How many times shorter a training is in integers that lose little."""


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

    def teacher(self) -> EncoderDecoder:
        """Train Seq2Seq with 2 + 2 layers of 128 units in real numbers."""
        name, module = "seq2seq-128-float", EncoderDecoder(TEACHER_UNITS)
        return self._run(name, module, self.preset.teacher, folder=self.teacher_folder)

    def teacher_integer(self) -> EncoderDecoder:
        """Fine-tune the teacher in the kernel's integers, quantization-aware."""
        module = self.teacher()
        module.compute_with(STORED_16_BIT)
        return self._run("seq2seq-128-integer", module, self.preset.teacher_integer)

    def teacher_outputs(self) -> TeacherOutputs:
        """Compute what the students learn from."""
        plan = self.preset.student
        return teacher_outputs(
            self.teacher(),
            plan.recipe,
            pixels=plan.pixels,
            data_seed=plan.data_seed,
            batches=plan.batches,
            folder=self.teacher_folder,
            progress=lambda done, loss: self.report("teacher's outputs", done, plan.batches, loss),
        )

    def real(self, student: Student) -> EncoderDecoder:
        """Train a student in real numbers, with or without the teacher."""
        module = EncoderDecoder(student.units, inputs=student.kind.inputs, seed=student.seed)
        teacher = self.teacher_outputs() if student.distilled else None
        name = f"{module.name}{student.suffix}-float"
        return self._run(name, module, self._plan(student, None), teacher)

    def integer(
        self, student: Student, arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT
    ) -> EncoderDecoder:
        """Train a student in real numbers, then in integers, with or without the teacher."""
        module = self.real(student)
        module.compute_with(arithmetic)
        teacher = self.teacher_outputs() if student.distilled else None
        formats = arithmetic.name.replace(" ", "-").replace("/", "-")
        name = f"{module.name}{student.suffix}-{formats}"
        return self._run(name, module, self._plan(student, arithmetic), teacher)

    def shipped(self, entry: ZooEntry, seed: int = 0) -> EncoderDecoder:
        """Train a network of the zoo in integers."""
        if entry.is_teacher:
            return self.teacher_integer()
        return self.integer(entry.student(seed), entry.arithmetic)

    def plans(self, entry: ZooEntry, seed: int = 0) -> dict[str, dict[str, Any]]:
        """Describe the two trainings of `shipped`, as a card keeps them."""
        size = self.preset
        real, integer = size.teacher, size.teacher_integer
        if not entry.is_teacher:
            student = entry.student(seed)
            real, integer = self._plan(student, None), self._plan(student, entry.arithmetic)
        return {"real": real.to_dict(), "integer": integer.to_dict()}

    def _plan(self, student: Student, arithmetic: Arithmetic | None) -> Plan:
        """Return how a student is trained, in real numbers or then in integers."""
        size = self.preset
        if student.kind is Kind.NARROW:
            plan = size.student_integer if arithmetic else size.student
        else:
            plan = size.alone_integer if arithmetic else size.alone
        # 8 bits of the weights lose more of decays behind any response.
        loses = arithmetic is SEQ2SEQLITE_8_BIT or student.kind.recipe is FIELD
        if arithmetic is PLAIN_16_BIT or (arithmetic and not loses):
            plan = replace(plan, learning_rate=FINE_RATE, steps=-(-plan.steps // SHORTER))
        return replace(
            plan,
            recipe=student.kind.recipe,
            order_seed=student.seed,
            lifetime_weight=student.kind.lifetime_weight,
            teacher_weight=TEACHER_WEIGHT if student.distilled else 0.0,
        )

    def _run(
        self,
        name: str,
        module: EncoderDecoder,
        plan: Plan,
        teacher: TeacherOutputs | None = None,
        folder: Path | None = None,
    ) -> EncoderDecoder:
        path = (folder or self.folder) / f"{name}.pt"
        train(
            module,
            plan,
            teacher=teacher,
            checkpoint=path,
            device=self.device,
            progress=lambda done, loss: self.report(name, done, plan.steps, loss),
        )
        return module


def losses(folder: Path) -> dict[str, list[float]]:
    """Return the losses of every training in a folder, by its name."""
    paths = sorted(folder.glob("[!.]*.pt"))  # what a killed save left begins with a dot
    found = {path.stem: load(path)[2].losses for path in paths}
    return {name: values for name, values in found.items() if values}
