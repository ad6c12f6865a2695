"""Options of the command `infer` in words and numbers, and what they mean."""

from __future__ import annotations

from math import inf
from pathlib import Path

from experiments.shared.choices import tell
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.timebins import STEPS
from workloads.flim.lifetimes.methods import Fitting, Trained


def trained(
    path: Path | None, name: str | None, *, measured: bool, response_known: bool
) -> Trained:
    """Return a network of weights in a file, of the zoo by name, or the one for what is known.

    Parameters
    ----------
    path, name : Path and str, optional
        As they were asked for.
    measured : bool
        Whether the image is a file, and not the synthetic one of the published setting.
    response_known : bool
        Whether the response was measured, or its width.
    """
    from hwmodels.gru.weights import network_of, read_weights

    if path is None:
        if name is None:
            name = _for_image(measured, response_known)
        resolved(network=name)
        entry = zoo.read(name)
        return Trained(
            name,
            entry.weights,
            entry.specification.arithmetic,
            entry.lifetimes_ns,
            entry.photons[0],
        )
    if name is not None:
        raise InputError(f"--weights {path} and --network {name} are given, expected one of them")
    weights = read_weights(path)
    shape = network_of(weights, STEPS, source=str(path))
    if shape.inputs not in (1, 2) or shape.outputs != 3:
        raise InputError(
            f"{path}: a network of {shape.inputs} input(s) and {shape.outputs} output(s), "
            "expected 1 input, or 2 with the response, and 3 outputs"
        )
    return Trained(str(path), weights, SEQ2SEQLITE_8_BIT)


def _for_image(measured: bool, response_known: bool) -> str:
    """Return the name of the network for an image, and say why it is the one."""
    if not measured:
        return zoo.DEFAULT
    source = "as it is given" if response_known else "as it is estimated"
    tell([f"network {zoo.FIELD_RESPONSE}, which reads the response {source}"])
    return zoo.FIELD_RESPONSE


def fitting_of(components: int, lifetimes: str) -> Fitting:
    """Return what a fit looks for."""
    if not 1 <= components <= 3:
        raise InputError(f"--components is {components}, expected 1 to 3")
    if lifetimes == "free":
        return Fitting(components)
    if lifetimes == "global":
        return Fitting(components, "global")
    try:
        known = tuple(float(each) for each in lifetimes.split(","))
    except ValueError as error:
        raise InputError(
            f"--lifetimes is {lifetimes!r}, expected free, global, or lifetimes in ns as 0.6,2.4"
        ) from error
    if len(known) > 3 or len(set(known)) < len(known) or not all(0 < t < inf for t in known):
        raise InputError(
            f"--lifetimes is {lifetimes!r}, expected at most 3 different lifetimes above 0"
        )
    return Fitting(components, known)


def at_least_0(option: str, value: float) -> float:
    """Return the value of an option that cannot be below 0."""
    if not 0 <= value < inf:
        raise InputError(f"{option} is {value}, expected a finite number >= 0")
    return value


def above_0(option: str, value: float | None) -> float | None:
    """Return the value of an option that, where it is given, is above 0."""
    if value is not None and not 0 < value < inf:
        raise InputError(f"{option} is {value:g}, expected a finite number above 0")
    return value


def limits_of(limits: str | None) -> tuple[float, float] | None:
    """Return two lifetimes of text such as ``0.5:3``."""
    if limits is None:
        return None
    try:
        low, high = map(float, limits.split(":"))
    except ValueError as error:
        raise InputError(
            f"--limits is {limits!r}, expected two lifetimes in ns such as 0.5:3"
        ) from error
    if not 0 <= low < high < inf:
        raise InputError(f"--limits is {limits!r}, expected two rising lifetimes of 0 or more")
    return low, high
