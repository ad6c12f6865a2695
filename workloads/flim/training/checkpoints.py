"""Checkpoints of a training: written whole or not at all, read back into the same architecture."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading, replacing
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.zoo import arithmetic_named


@dataclass
class Progress:
    """How far a training has come.

    Parameters
    ----------
    step : int
        Steps done.
    losses : list of float
        Loss of every step done.
    optimizer : dict
        State of the optimizer; empty before the first step.
    best_loss : float
        Lowest loss so far of the mean weights of a window, on the pixels that they are chosen on.
    best_weights : dict
        These weights; empty where none are kept.
    window_weights : dict
        Sum of the weights after each step of the window that is not over.
    """

    step: int = 0
    losses: list[float] = field(default_factory=list)
    optimizer: dict[str, Any] = field(default_factory=dict)
    best_loss: float = math.inf
    best_weights: dict[str, Any] = field(default_factory=dict)
    window_weights: dict[str, Any] = field(default_factory=dict)


def architecture(module: EncoderDecoder) -> dict[str, Any]:
    """Describe what two networks must share to exchange weights, and how they compute."""
    return {
        "units": list(module.units),
        "inputs": module.inputs,
        "outputs": module.outputs,
        "arithmetic": module.arithmetic.name if module.arithmetic else None,
    }


def save(path: Path, module: EncoderDecoder, plan: dict[str, Any], progress: Progress) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    path : Path
    module : EncoderDecoder
    plan : dict
        Description of the training; one resumes only under the plan that it began with.
    progress : Progress

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    content = {
        "architecture": architecture(module),
        "plan": plan,
        "step": progress.step,
        "losses": torch.tensor(progress.losses, dtype=torch.float64),
        "weights": module.state_dict(),
        "optimizer": progress.optimizer,
        "best": {
            "loss": progress.best_loss,
            "weights": progress.best_weights,
            "window": progress.window_weights,
        },
    }
    with replacing(path) as temporary:
        torch.save(content, temporary)


def fingerprint(module: EncoderDecoder) -> str:
    """Return a checksum of a network's weights, SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    for value in module.state_dict().values():
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def load(path: Path) -> tuple[EncoderDecoder, dict[str, Any], Progress]:
    """Read a checkpoint and build its network.

    Returns
    -------
    module : EncoderDecoder
    plan : dict
    progress : Progress

    Raises
    ------
    InputError
        If the file cannot be read or is no checkpoint.
    """
    content = _read(path)
    with reading(path, "a readable checkpoint", damage=Exception):  # whatever stands in it
        shape = content["architecture"]
        named = shape["arithmetic"]
        arithmetic = None if named is None else arithmetic_named(named, str(path))
        held = sum(value.numel() for value in content["weights"].values())
        if any(size**2 > held for size in shape["units"]):
            raise InputError(f"{path}: weights of another architecture: fewer than it has")
        module = EncoderDecoder(
            shape["units"],
            arithmetic=arithmetic,
            inputs=shape["inputs"],
            outputs=shape["outputs"],
        )
        _fill(module, content, path)
    return module, content["plan"], _progress(content, path)


def resume(path: Path, module: EncoderDecoder, plan: dict[str, Any]) -> Progress:
    """Read a checkpoint into a network that a training begins with.

    Raises
    ------
    InputError
        If the file cannot be read, is no checkpoint, or belongs to another architecture or plan.
    """
    content = _read(path)
    for name, expected in (("architecture", architecture(module)), ("plan", plan)):
        found = content[name]
        if not isinstance(found, dict):
            raise InputError(f"{path}: is not a readable checkpoint: {name} is {shown(found)}")
        for key in sorted(expected.keys() | found.keys(), key=str):
            if found.get(key) != expected.get(key):
                raise InputError(
                    f"{path}: checkpoint of another {name}: {key} is {shown(found.get(key))}, "
                    f"expected {expected.get(key)!r}"
                )
    _fill(module, content, path)
    return _progress(content, path)


def _read(path: Path) -> dict[str, Any]:
    with reading(path, "a readable checkpoint", damage=Exception):  # as many as pickle has
        content = torch.load(path, map_location="cpu", weights_only=True)
    expected = {"architecture", "plan", "step", "losses", "weights", "optimizer", "best"}
    if not isinstance(content, dict) or content.keys() != expected:
        raise InputError(f"{path}: is not a checkpoint, expected {', '.join(sorted(expected))}")
    return content


def _fill(module: EncoderDecoder, content: dict[str, Any], path: Path) -> None:
    with reading(path, "a checkpoint of this architecture", damage=Exception):
        module.load_state_dict(content["weights"])


def _progress(content: dict[str, Any], path: Path) -> Progress:
    with reading(path, "a readable checkpoint", damage=Exception):
        step, best = content["step"], content["best"]
        losses, loss = content["losses"].to(torch.float64), float(best["loss"])
        kept = (content["optimizer"], best["weights"], best["window"])
        if type(step) is not int or step < 0 or losses.shape != (step,) or math.isnan(loss):
            raise InputError(
                f"{path}: is not a readable checkpoint: step {shown(step)}, losses of the shape "
                f"{tuple(losses.shape)}, best loss {loss}"
            )
        if not all(isinstance(value, dict) for value in kept):
            raise InputError(f"{path}: is not a readable checkpoint: no state of the optimizer")
        return Progress(step, losses.tolist(), kept[0], loss, kept[1], kept[2])
