"""What was understood of a model, as data and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hwmodels.cells.weights import layer_shapes
from hwmodels.recurrent import DenseLayer, Layer, RecurrentLayer
from workloads.imported.document import Document
from workloads.imported.graph import Info
from workloads.imported.recognition.drafts import Draft, RecurrentDraft, StageDraft
from workloads.imported.recognition.network import Recognised, stage_name

MOST_LINES = 12
"""Of a kind, in the text."""

RESET = {
    "gru": "reset before the product",
    "gru-reset-after": "reset after the product, second bias",
}
READS = {
    "input": "reads the input",
    "nothing": "reads nothing",
    "previous": "reads the last output of the stage before in every step",
    "output": "reads its own output of the step before",
}


def about(document: Document, found: Recognised) -> dict[str, Any]:
    """Return what was understood, in plain values that JSON can hold."""
    stages = [_stage(number, stage) for number, stage in enumerate(found.stages)]
    return {
        "file": document.path.name,
        "sha256": document.digest,
        "producer": document.producer,
        "operator_set": document.version,
        "inputs": {info.name: _shape(info) for info in document.graph.inputs},
        "outputs": {info.name: _shape(info) for info in document.graph.outputs},
        "time_axes": found.time_axes,
        "stages": stages,
        "parameters": sum(layer["parameters"] for s in stages for layer in s["layers"]),
        "ignored": list(found.ignored),
        "not_placed": list(found.misplaced),
    }


def _shape(info: Info) -> list[int | str] | None:
    return None if info.shape is None else list(info.shape)


def _stage(number: int, draft: StageDraft) -> dict[str, Any]:
    layers = [_layer(layer) for layer in draft.layers]
    layers += [_layer(layer) | {"after_last_step": True} for layer in draft.after]
    return {
        "name": stage_name(number),
        "steps": draft.steps,
        "reads": draft.reads,
        "continues": draft.continues,
        "layers": layers,
    }


def _layer(draft: Draft) -> dict[str, Any]:
    layer: Layer = draft.layer
    found = {
        "node": draft.node,
        "inputs": layer.inputs,
        "units": layer.units,
        "activation": layer.activation,
        "parameters": _parameters(layer),
    }
    if isinstance(layer, DenseLayer):
        return {"cell": "dense"} | found
    assert isinstance(draft, RecurrentDraft)
    directions = list(draft.recurrent.directions)
    return {
        "cell": layer.cell,
        **({"reset": RESET[layer.cell]} if layer.cell in RESET else {}),
        **({} if layer.cell == "rnn" else {"gate_activation": layer.gate_activation}),
        "directions": directions,
    } | found


def _parameters(layer: Layer) -> int:
    directions = layer.directions if isinstance(layer, RecurrentLayer) else 1
    sizes = (
        shape[0] * (shape[1] if len(shape) > 1 else 1) for shape in layer_shapes(layer).values()
    )
    return directions * sum(sizes)


def text(report: dict[str, Any]) -> str:
    """Return a report of `about` for people."""
    lines = [
        f"model     {report['file']}",
        f"made by   {report['producer'] or 'unknown'}, operator set {report['operator_set']}",
        *(f"input     {name} {_axes(shape)}" for name, shape in report["inputs"].items()),
        *(f"output    {name} {_axes(shape)}" for name, shape in report["outputs"].items()),
    ]
    for stage in report["stages"]:
        states = ", starts from the states of the stage before" * stage["continues"]
        lines.append(f"{stage['name']:<9} {stage['steps']} steps, {READS[stage['reads']]}{states}")
        lines += [f"          {_sentence(layer)}" for layer in stage["layers"]]
    lines.append(f"in all    {report['parameters']:,} parameters")
    for word, key in (("ignored", "ignored"), ("no place", "not_placed")):
        lines += [f"{word:<9} {line}" for line in report[key][:MOST_LINES]]
        if len(report[key]) > MOST_LINES:
            lines.append(f"{word:<9} {len(report[key]) - MOST_LINES} more, see understood.json")
    return "\n".join(lines)


def _axes(shape: Sequence[int | str] | None) -> str:
    return (
        "of a shape that the file does not say"
        if shape is None
        else f"[{', '.join(map(str, shape))}]"
    )


def _sentence(layer: dict[str, Any]) -> str:
    parts = [f"{layer['cell']}: inputs {layer['inputs']}, units {layer['units']}"]
    if len(layer.get("directions", ())) > 1:
        parts[0] += " in each direction"
    elif layer.get("directions") == ["reverse"]:
        parts[0] += ", backwards"
    if "reset" in layer:
        parts.append(layer["reset"])
    gates = layer.get("gate_activation")
    parts.append(f"{gates} and {layer['activation']}" if gates else layer["activation"])
    parts.append(f"{layer['parameters']:,} parameters")
    after = " (after the last step)" * layer.get("after_last_step", False)
    return f"{', '.join(parts)}{after} — {layer['node']}"
