"""Training of a network on a stream of synthetic pixels, resumable at any step."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Pixels, batch
from workloads.flim.training import checkpoints
from workloads.flim.training.checkpoints import Progress
from workloads.flim.training.distillation import TeacherOutputs, distilled_target
from workloads.flim.training.losses import decay_loss, lifetime_loss
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.plan import WINDOW, Plan

CHOICE_SEED, CHOICE_PIXELS = 1_000_003, 2048
"""Stream and number of the pixels on which weights are chosen."""

CHECKPOINT_STEPS = 200
"""Steps between two checkpoints: a killed training repeats at most so many."""

ASTRAY = 10
"""Times the largest gradient from which on one along rounded states is not followed."""

_MOMENTA = (0.9, 0.99)


def train(
    module: EncoderDecoder,
    plan: Plan,
    *,
    teacher: TeacherOutputs | None = None,
    checkpoint: Path | None = None,
    device: str = "cpu",
    progress: Callable[[int, float], object] | None = None,
) -> list[float]:
    """Train a network in place, in the numbers that it computes with.

    Two trainings of one plan and one network give equal weights on one machine with one number of
    threads; one that was interrupted, and goes on from its checkpoint, too.

    Parameters
    ----------
    module : EncoderDecoder
        Network to start from. All its weights stay within the 8-bit formats.
    plan : Plan
    teacher : TeacherOutputs, optional
        Outputs of the teacher for the plan's batches; asked for by a teacher weight.
    checkpoint : Path, optional
        File to resume from, where it exists, and to write: from time to time, at the end, and when
        the training is interrupted.
    device : str
        As PyTorch names it.
    progress : callable, optional
        Called as ``progress(steps_done, loss)`` after each step.

    Returns
    -------
    list of float
        Loss of every step.

    Raises
    ------
    InputError
        If the checkpoint belongs to another architecture or plan, or the teacher's outputs to
        other pixels; if the loss is not finite.
    """
    if (plan.teacher_weight > 0) != (teacher is not None):
        raise InputError(
            f"training: teacher_weight is {plan.teacher_weight}, "
            f"expected {'0 without' if teacher is None else 'more than 0 with'} a teacher"
        )
    if teacher is not None:
        teacher.check(plan.recipe, plan.pixels, plan.data_seed, plan.batches)
    description = plan.to_dict() | ({} if teacher is None else {"teacher": teacher.teacher})
    state = Progress()
    if checkpoint is not None and checkpoint.exists():
        state = checkpoints.resume(checkpoint, module, description)
    module.to(device)
    optimizer = torch.optim.Adam(module.parameters(), lr=plan.learning_rate, betas=_MOMENTA)
    if state.optimizer:
        optimizer.load_state_dict(state.optimizer)

    def keep() -> None:
        if checkpoint is not None:
            state.optimizer = optimizer.state_dict()
            checkpoints.save(checkpoint, module, description, state)

    chooses = plan.keep_best and state.step < plan.steps
    best = _Best(module, plan, device) if chooses else None
    whole = True  # whether the weights are those of state.step
    try:
        while state.step < plan.steps:
            loss = gradients(module, plan, state.step, teacher, device)
            if not math.isfinite(loss):
                raise InputError(
                    f"{checkpoint or 'training'}: the loss of step {state.step} is {loss}, "
                    "expected a finite number: lower the learning rate, or take another seed"
                )
            for group in optimizer.param_groups:
                group["lr"] = plan.rate(state.step)
            whole = False
            optimizer.step()
            module.keep_in_range()
            state.losses.append(loss)
            state.step += 1
            if best is not None:
                best.add(module, state)
            if state.step == plan.steps and state.best_weights:
                module.load_state_dict(state.best_weights)
            whole = True
            if progress is not None:
                progress(state.step, loss)
            if state.step % CHECKPOINT_STEPS == 0 or state.step == plan.steps:
                keep()
    except KeyboardInterrupt:
        if whole:
            keep()
        raise
    module.to("cpu")
    return state.losses


class _Best:
    """Chooses among the mean weights of windows, on pixels that no step sees.

    Single weights step to and fro over the edge between two codes; their mean does less of it. But
    it is rounded to other codes than any step had, so what it is worth is measured.
    """

    def __init__(self, module: EncoderDecoder, plan: Plan, device: str) -> None:
        self.candidate, self.plan = copy.deepcopy(module), plan
        pixels = batch(plan.recipe, CHOICE_PIXELS, CHOICE_SEED, 0)
        self.given = _tensors(module, pixels, pixels.targets(), device)

    def add(self, module: EncoderDecoder, state: Progress) -> None:
        """Add the weights after a step to the mean of its window, and look at a whole one."""
        position = (state.step - 1) % WINDOW
        for name, value in module.state_dict().items():
            added = value.detach().double()
            held = state.window_weights.get(name) if position else None
            state.window_weights[name] = added if held is None else held + added
        if position + 1 < WINDOW and state.step < self.plan.steps:
            return
        mean = {
            name: (total / (position + 1)).float() for name, total in state.window_weights.items()
        }
        self.candidate.load_state_dict(mean)
        with torch.no_grad():
            loss = _loss(self.candidate, self.plan, *self.given).item()
        if loss < state.best_loss:
            state.best_loss, state.best_weights = loss, mean


def gradients(
    module: EncoderDecoder, plan: Plan, step: int, teacher: TeacherOutputs | None, device: str
) -> float:
    """Give the parameters the gradients of a step and return its loss; no weight changes.

    Parameters
    ----------
    module : EncoderDecoder
    plan : Plan
    step : int
        From 0.
    teacher : TeacherOutputs, optional
        Outputs of the teacher for the plan's batches.
    device : str
    """
    index = plan.batch_of(step)
    pixels = batch(plan.recipe, plan.pixels, plan.data_seed, index)
    target = pixels.targets()
    if teacher is not None:
        target = distilled_target(np.asarray(teacher.outputs[index]), target, plan.teacher_weight)
    given, integers = _tensors(module, pixels, target, device), module.integer_steps
    loss, norm = _backward(module, plan, *given)
    if integers is not None and not norm <= ASTRAY * plan.largest_gradient:
        with integers.along_real_states():
            loss, _ = _backward(module, plan, *given)
    return loss


def _backward(module: EncoderDecoder, plan: Plan, *given: Tensor) -> tuple[float, float]:
    """Return the loss, and the norm of its gradient before that is shortened."""
    module.zero_grad()
    loss = _loss(module, plan, *given)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = float(torch.nn.utils.clip_grad_norm_(module.parameters(), plan.largest_gradient))
    if not math.isfinite(norm):  # it would turn all weights into what is not a number
        module.zero_grad()
    return loss.item(), norm


def _tensors(
    module: EncoderDecoder,
    pixels: Pixels,
    target: npt.NDArray[np.float32],
    device: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return what a loss is computed from: inputs, decays, mean lifetimes and photons."""
    arrays = (
        pixels.inputs(with_response=module.inputs == 2),
        target,
        pixels.mean_ns.astype(np.float32),
        pixels.photons.astype(np.float32),
    )
    x, wanted, mean_ns, photons = (torch.from_numpy(each).to(device) for each in arrays)
    return x, wanted, mean_ns, photons


def _loss(
    module: EncoderDecoder, plan: Plan, x: Tensor, wanted: Tensor, mean_ns: Tensor, photons: Tensor
) -> Tensor:
    outputs = module(x)
    loss = decay_loss(outputs, wanted, plan.integral_weight)
    if plan.lifetime_weight:
        loss = loss + plan.lifetime_weight * lifetime_loss(outputs, mean_ns, photons)
    return loss
