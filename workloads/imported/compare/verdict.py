"""Whether a file gives the outputs of a framework, and the likeliest reason where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from stomp_flim.errors import InputError, near_names, shown
from workloads.imported.compare.bias import fitted_bias
from workloads.imported.compare.changes import Change, changes
from workloads.imported.compare.differing import Recurrents, outputs, recurrents
from workloads.imported.graph import Array
from workloads.imported.model import Imported

TOLERANCE = 1e-4
"""Difference, of the largest value of an output, that single precision explains."""

NOTICEABLE = 0.1
"""Share of the difference that may be left by a reason which is worth a word."""

MOST_RUNS = 400
"""Of a model with changes."""


@dataclass(frozen=True)
class Reason:
    """What may be other in the framework than in the file.

    Attributes
    ----------
    what : str
    error : float
        Difference that is left, of the largest value.
    explains : bool
        Whether nothing is left but rounding.
    """

    what: str
    error: float
    explains: bool


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison.

    Attributes
    ----------
    errors : dict of str to float
        For each output the largest difference, of the largest value in the framework's; infinite
        where the shapes differ.
    tolerance : float
    reason : Reason or None
        The likeliest, where they differ and one leaves much less.
    tried : int
        Reasons that were tried.
    shapes : dict of str to pair of shapes
        For each output of another shape that of the file and that of the framework.
    """

    errors: dict[str, float] = field(default_factory=dict)
    tolerance: float = TOLERANCE
    reason: Reason | None = None
    tried: int = 0
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether all outputs agree."""
        return max(self.errors.values()) <= self.tolerance


def compare(
    model: Imported,
    inputs: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerance: float = TOLERANCE,
    source: str = "outputs",
) -> Verdict:
    """Compare a model with what a framework computed.

    Parameters
    ----------
    model : Imported
    inputs : mapping of str to array
        What both were given.
    expected : mapping of str to array
        The framework's outputs, by the names of the file; not all need be there.
    tolerance : float
        Difference, of the largest value of an output, up to which they agree.
    source : str
        What an error calls the framework's outputs, such as their file.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        If an output is unknown, holds no finite numbers or has the sizes of no order of axes of the
        model's.
    """
    found = model.run(inputs)
    _check(expected, found, source)
    errors = {name: _error(found[name], values) for name, values in expected.items()}
    shapes = {
        name: (found[name].shape, values.shape)
        for name, values in expected.items()
        if found[name].shape != values.shape
    }
    verdict = Verdict(errors, tolerance, shapes=shapes)
    if verdict.agrees:
        return verdict
    return _explained(model, inputs, expected, verdict)


def _check(expected: Mapping[str, Array], found: Mapping[str, Array], source: str) -> None:
    if not expected:
        raise InputError(f"{source}: no arrays, expected outputs of the model by their names")
    for name, values in expected.items():
        if name not in found:
            raise InputError(f"{source}: unknown output {shown(name)}; {near_names(name, found)}")
        if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
            raise InputError(f"{source}: output {shown(name)} holds no finite numbers alone")
        if sorted(values.shape) != sorted(found[name].shape) or not values.size:
            raise InputError(
                f"{source}: output {shown(name)} has shape {values.shape}, "
                f"expected {found[name].shape}"
            )


def _error(found: Array, expected: Array) -> float:
    """Return the largest difference, of the largest value; infinite where the shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    scale = float(np.abs(expected).max()) or 1.0
    return float(np.abs(found - expected).max()) / scale


Outputs = Mapping[str, Array]
Try = tuple[str, Callable[[], Outputs | None]]


def _explained(
    model: Imported, inputs: Mapping[str, Array], expected: Outputs, verdict: Verdict
) -> Verdict:
    """Return the verdict with the likeliest reason: the first that explains all, or the best."""
    best, tried = Reason("", float("inf"), False), 0
    for what, run in islice(_tries(model, inputs, expected), MOST_RUNS):
        try:
            found = run()
        except InputError:  # what was changed does not fit the rest of the model
            continue
        if found is None:
            continue
        tried += 1
        error = max(_error(np.asarray(found[name]), values) for name, values in expected.items())
        if error < best.error:
            best = Reason(what, error, error <= verdict.tolerance)
        if best.explains:
            break
    before = max(verdict.errors.values())
    worth = best.explains or best.error <= NOTICEABLE * min(before, 1.0)
    return replace(verdict, reason=best if worth else None, tried=tried)


def _tries(model: Imported, inputs: Mapping[str, Array], expected: Outputs) -> Iterator[Try]:
    """Yield what may be other, the likeliest first; singly, in one layer, then in pairs."""
    yield from _swaps(model, inputs)
    found = recurrents(model, inputs)
    singles = list(changes({recurrent.kind for recurrent in found.values()})) if found else []
    for change in singles:
        yield change.what, _changed(model, inputs, (change,))
    if len(found) > 1:
        for name in found:
            for change in singles:
                yield (
                    f"in node {shown(name)} {change.what}",
                    _changed(model, inputs, (change,), name),
                )
    yield from _bias(model, inputs, expected, found)
    for i, first in enumerate(singles):
        for second in singles[i + 1 :]:
            if second.family != first.family:
                both = (first, second)
                yield f"{first.what}, and {second.what}", _changed(model, inputs, both)


def _changed(
    model: Imported, inputs: Mapping[str, Array], made: tuple[Change, ...], only: str | None = None
) -> Callable[[], Outputs | None]:
    return lambda: outputs(model, inputs, made, only)


def _swaps(model: Imported, inputs: Mapping[str, Array]) -> Iterator[Try]:
    """Yield the model with the first two axes swapped in what went in, or in what came out."""

    def swapped(arrays: Outputs) -> dict[str, Array]:
        return {k: np.asarray(v).swapaxes(0, 1) if np.ndim(v) > 1 else v for k, v in arrays.items()}

    yield "batch and time are swapped in its outputs", lambda: swapped(model.run(inputs))
    yield "batch and time are swapped in its inputs", lambda: model.run(swapped(inputs))
    yield (
        "batch and time are swapped in its inputs and outputs",
        lambda: swapped(model.run(swapped(inputs))),
    )


def _bias(
    model: Imported, inputs: Mapping[str, Array], expected: Outputs, found: Recurrents
) -> Iterator[Try]:
    """Yield the model with the second biases that fit best, where its file has none."""
    if any(
        recurrent.kind == "GRU" and not recurrent.recurrent_bias.any()
        for recurrent in found.values()
    ):
        yield (
            "it has a second bias, of the state, that the file lacks",
            lambda: fitted_bias(model, inputs, expected, found),
        )
