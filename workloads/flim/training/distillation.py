r"""Knowledge distillation: a student learns from its teacher's outputs as well as from the truth.

For the teacher's output :math:`y_T` and the truth :math:`y_*` the loss is

.. math::
    \alpha\,\mathrm{MSE}(y, y_T) + (1 - \alpha)\,\mathrm{MSE}(y, y_*) .

With :math:`\hat y = \alpha y_T + (1 - \alpha) y_*` that is :math:`\mathrm{MSE}(y, \hat y)` and a
term that does not depend on :math:`y`: one distance to one target, with equal gradients. What the
truth says beyond what a TPSF shows - which of many decays gave this noise - the teacher has
averaged out, so the student follows less noise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from workloads.flim.data.pixels import PixelRecipe, batch
from workloads.flim.data.timebins import STEPS
from workloads.flim.training.checkpoints import fingerprint
from workloads.flim.training.networks import EncoderDecoder


@dataclass(frozen=True, eq=False)
class TeacherOutputs:
    """A teacher's outputs for the first batches of a stream.

    Parameters
    ----------
    outputs : float16[batches, pixels, steps, outputs]
        May be mapped from a file.
    recipe : PixelRecipe
    data_seed : int
        What the batches were drawn from.
    teacher : str
        Checksum of the teacher's weights, as `workloads.flim.training.checkpoints.fingerprint`
        gives it.
    """

    outputs: npt.NDArray[np.float16]
    recipe: PixelRecipe
    data_seed: int
    teacher: str

    def check(self, recipe: PixelRecipe, pixels: int, data_seed: int, batches: int) -> None:
        """Check that these are the outputs for a training's batches.

        Raises
        ------
        InputError
            If they belong to other pixels.
        """
        found = (self.recipe, self.outputs.shape[1], self.data_seed)
        if found != (recipe, pixels, data_seed) or not 0 < batches <= len(self.outputs):
            raise InputError(
                f"teacher's outputs are for {len(self.outputs)} batches of "
                f"{self.outputs.shape[1]} pixels with the data seed {self.data_seed}, expected "
                f"{batches} of {pixels} with {data_seed}, drawn from the same ranges"
            )


def teacher_outputs(
    module: EncoderDecoder,
    recipe: PixelRecipe,
    *,
    pixels: int,
    data_seed: int,
    batches: int,
    folder: Path,
    progress: Callable[[int, float], object] | None = None,
) -> TeacherOutputs:
    """Compute a teacher's outputs once, for all students and all passes over the data.

    They are kept in a file that is named after the teacher's weights and the data, and read from
    there where it exists and holds enough batches.

    Parameters
    ----------
    module : EncoderDecoder
        The teacher.
    recipe, pixels, data_seed, batches
        The data, as of `workloads.flim.training.plan.Plan`.
    folder : Path
        Of the file, teacher-outputs-DIGEST.npy; the outputs are mapped from it.
    progress : callable, optional
        Called as ``progress(batches_done, 0.0)``.

    Raises
    ------
    InputError
        If the file cannot be read or written.
    """
    teacher = fingerprint(module)
    about = json.dumps([teacher, recipe.to_dict(), pixels, data_seed])
    path = folder / f"teacher-outputs-{hashlib.sha256(about.encode()).hexdigest()[:12]}.npy"
    shape = (pixels, STEPS, module.outputs)
    if path.exists():
        outputs = _read(path, shape)
        if len(outputs) >= batches:
            return TeacherOutputs(outputs, recipe, data_seed, teacher)
    with replacing(path) as temporary, torch.no_grad():
        stored = np.lib.format.open_memmap(
            temporary, mode="w+", dtype=np.float16, shape=(batches, *shape)
        )
        for index in range(batches):
            x = torch.from_numpy(batch(recipe, pixels, data_seed, index).inputs())
            stored[index] = module(x).numpy()
            if progress is not None:
                progress(index + 1, 0.0)
        stored.flush()
    return TeacherOutputs(_read(path, shape), recipe, data_seed, teacher)


def _read(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
    try:
        outputs: npt.NDArray[np.float16] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a teacher's outputs: {error}") from error
    if outputs.dtype != np.float16 or outputs.shape[1:] != shape:
        raise InputError(
            f"{path}: {outputs.dtype}[{', '.join(map(str, outputs.shape))}], expected a teacher's "
            f"outputs, float16[batches, {', '.join(map(str, shape))}]"
        )
    return outputs


def distilled_target(
    teacher: npt.NDArray[np.float16], truth: npt.NDArray[np.float32], weight: float
) -> npt.NDArray[np.float32]:
    """Return ``weight*teacher + (1 - weight)*truth``."""
    return np.float32(weight) * teacher.astype(np.float32) + np.float32(1 - weight) * truth
