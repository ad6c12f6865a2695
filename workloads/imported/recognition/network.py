"""The network that a model is, or what keeps it from being one."""

from __future__ import annotations

from dataclasses import dataclass

from hwmodels.recurrent import RecurrentNetwork
from stomp_flim.errors import InputError, shown
from workloads.imported.document import Document
from workloads.imported.execution import Execution
from workloads.imported.graph import Array
from workloads.imported.recognition.drafts import StageDraft
from workloads.imported.recognition.placing import Placing
from workloads.imported.recognition.recognizer import Recognizer
from workloads.imported.recognition.rolling.rolled import rolled
from workloads.imported.recognition.sizes import (
    MOST_STEPS,
    Sizes,
    example,
    open_axes,
    probes,
    steps_axes,
)

NAMES = ("encoder", "decoder")


@dataclass(frozen=True, eq=False)
class Recognised:
    """What was recognised of a model.

    Attributes
    ----------
    stages : tuple of StageDraft
    sizes : mapping of str to int
        Sizes of the open axes in the run on which this rests.
    time_axes : mapping of str to int
        Of the inputs that layers read.
    ignored, misplaced : tuple of str
        What the network does not show, and what keeps it from being one.
    """

    stages: tuple[StageDraft, ...]
    sizes: Sizes
    time_axes: dict[str, int]
    ignored: tuple[str, ...]
    misplaced: tuple[str, ...]


def recognise(document: Document, steps: int | None) -> Recognised:
    """Run a model once and place its operators.

    Parameters
    ----------
    document : Document
    steps : int, optional
        Needed where the file leaves the number of steps open.

    Raises
    ------
    InputError
        If the number of steps is left open and not given, or given and fixed to another, or the
        model does not run.
    """
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        raise InputError(f"{document.path}: steps is {steps}, expected 1 to {MOST_STEPS:,}")
    graph, sizes = document.graph, dict.fromkeys(open_axes(document.graph), 1)
    if sizes:
        axes = _placed(document, probes(graph)).time_axes
        names, _ = steps_axes(graph, axes)
        if names and steps is None:
            where = ", ".join(
                f"axis {axes[i.name]} of {shown(i.name)}"
                for i in graph.inputs
                if axes.get(i.name, -1) >= 0
            )
            raise InputError(
                f"{document.path}: the number of time steps is left open ({where}), expected "
                "steps=N in Python, or --steps N on the command line"
            )
        sizes |= dict.fromkeys(names, steps or 1)
    found = _placed(document, sizes)
    if found.misplaced:
        loops = rolled(document, _inputs(document, sizes))
        found = found if loops is None else _placed(loops, sizes)
    _, fixed = steps_axes(graph, found.time_axes)
    if steps is not None and fixed - {steps}:
        raise InputError(
            f"{document.path}: steps is {steps}, expected {min(fixed)}, to which the file fixes it"
        )
    return Recognised(
        tuple(found.stages),
        sizes,
        found.time_axes,
        tuple(dict.fromkeys(found.ignored)),
        tuple(dict.fromkeys(found.misplaced)),
    )


def _placed(document: Document, sizes: Sizes) -> Placing:
    inputs = _inputs(document, sizes)
    recognizer = Recognizer(inputs, Execution(document))
    Execution(document, recognizer).run(inputs)
    return recognizer.placing


def _inputs(document: Document, sizes: Sizes) -> dict[str, Array]:
    try:
        return example(document.graph, sizes)
    except InputError as error:
        raise InputError(f"{document.path}: {error}") from error


def stage_name(number: int) -> str:
    """Return what a stage is called by its place: encoder, decoder, decoder-2 and so on."""
    return NAMES[number] if number < len(NAMES) else f"decoder-{number}"


def network(found: Recognised, name: str, weight_bits: int = 8) -> RecurrentNetwork:
    """Return the network.

    Raises
    ------
    InputError
        If something keeps the model from being one.
    """
    if found.misplaced or not found.stages:
        why = list(found.misplaced[:3]) or ["no layer was found"]
        more = f", and {len(found.misplaced) - 3} more" * (len(found.misplaced) > 3)
        raise InputError(f"no network of layers and stages: {'; '.join(why)}{more}")
    stages = tuple(s.stage(stage_name(number)) for number, s in enumerate(found.stages))
    return RecurrentNetwork(name, stages, weight_bits)
