"""What bits give: one student in many arithmetics, by bits of its state."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from experiments.accuracy.tables import Study, module_outputs
from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT
from hwmodels.gru.state_bits import with_state_bits
from workloads.flim.training.evaluation import PHOTONS, figures_of

if TYPE_CHECKING:
    from workloads.flim.training.recipe.trainings import ZooTraining

STUDY = Study("32x32 KD", 8)
"""The student that all arithmetics begin with, trained in real numbers."""

LADDER = (
    SEQ2SEQLITE_8_BIT,
    *(with_state_bits(SEQ2SEQLITE_8_BIT, 8, bits, candidate=bits) for bits in (10, 12, 16)),
    PLAIN_16_BIT,
)
"""Arithmetics from the published one to 16 bits everywhere, by the bits of a stored state."""

ERRORS = ("rmse", *(f"lifetime_error_{photons:g}" for photons in PHOTONS))


def state_rows(training: ZooTraining, count: int) -> list[dict[str, Any]]:
    """Compare one student in real numbers, and trained on from there in each arithmetic.

    Parameters
    ----------
    training : ZooTraining
        Of the pairs.
    count : int
        Held-out pixels.

    Returns
    -------
    list of dict
        arithmetic, stored (bits of the state of a unit; 32 in real numbers), the RMSE of the full
        decay over all pixels, and lifetime_error_N, the median relative error of the mean lifetime
        at N photons.
    """
    networks = [("real numbers", 32, training.real(STUDY.student))]
    networks += [
        (each.name, each.stored_state.bits, training.integer(STUDY.student, each))
        for each in LADDER
    ]
    rows = []
    for name, stored, module in networks:
        found = figures_of(partial(module_outputs, module), count)
        measured = {key: found[key] for key in ERRORS}
        rows.append({"arithmetic": name, "stored": stored, **measured})
    return rows
