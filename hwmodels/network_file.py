"""Recurrent networks as TOML files, for all that needs their shape and not their weights.

Flat keys say the usual forms; ``form = "stages"`` says any network, stage by stage. See
``docs/reference/network_files.md``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hwmodels.network_tables import FileTable
from hwmodels.recurrent import DenseLayer, Layer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from stomp_flim.interchange.text.toml_document import quoted
from stomp_flim.interchange.text.toml_section import checked_section, read_section


def read_network(path: Path | str) -> RecurrentNetwork:
    r"""Read a network from a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML, a key is missing, unknown or of a wrong value, or
        the sizes do not fit together; the error names the file and the key.

    Examples
    --------
    >>> import tempfile
    >>> from hwmodels.network_file import read_network
    >>> text = 'name = "mine"\ncell = "lstm"\nunits = 32\nencoder_steps = 200\n'
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".toml") as file:
    ...     _ = file.write(text + 'outputs = 2\nform = "sequence-to-one"\n'), file.flush()
    ...     network = read_network(file.name)
    >>> network.stages[0].outputs
    2
    """
    file = read_section(Path(path), FileTable)
    try:
        return file.network()
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_network(network: RecurrentNetwork, path: Path | str) -> None:
    """Write a network to a TOML file, from which `read_network` reads an equal one.

    Flat keys are used where they say the network, stages where they do not.

    Raises
    ------
    InputError
        If the file cannot be written, or a size is beyond what is read.
    """
    document = _flat(network)
    try:
        is_flat = FileTable.model_validate(document).network() == network
    except (InputError, ValidationError):  # no flat keys say it
        is_flat = False
    if not is_flat:
        document = _staged(network)
        checked_section(document, FileTable, f"{path}: cannot be written")
    with replacing(path) as temporary:
        temporary.write_text(_toml(document), encoding="utf-8")


def _flat(network: RecurrentNetwork) -> dict[str, Any]:
    """Return the flat keys that come nearest to a network; they may stand for another one."""
    first, last = network.stages[0], network.stages[-1]
    dense = [layer for layer in (*last.layers, *last.after) if isinstance(layer, DenseLayer)]
    document: dict[str, Any] = {"name": network.name, "form": "sequence-to-sequence"}
    if len(network.stages) > 1:
        document["form"] = "encoder-decoder"
    elif last.after:
        document["form"] = "sequence-to-one"
    for layer in first.recurrent[:1]:
        document |= {"inputs": max(1, layer.inputs)} | _recurrent(layer)
    document |= {"units": [layer.units for layer in first.recurrent], "encoder_steps": first.steps}
    if len(network.stages) > 1:
        document["decoder_steps"] = last.steps
    if dense and dense[-1].activation == "linear":
        document["outputs"] = dense.pop().units
    return document | {"dense": [_dense(layer) for layer in dense], "bits": network.weight_bits}


def _staged(network: RecurrentNetwork) -> dict[str, Any]:
    stages = [_stage(stage) for stage in network.stages]
    return {
        "name": network.name,
        "form": "stages",
        "bits": network.weight_bits,
        "stages": stages,
    }


def _stage(stage: Stage) -> dict[str, Any]:
    inputs = {"inputs": stage.layers[0].inputs} if stage.reads == "input" else {}
    return {
        "name": stage.name,
        "steps": stage.steps,
        "reads": stage.reads,
        "continues": stage.continues,
        **inputs,
        "layers": [_layer(layer) for layer in stage.layers],
        "after": [_dense(layer) for layer in stage.after],
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return _recurrent(layer) if isinstance(layer, RecurrentLayer) else _dense(layer)


def _recurrent(layer: RecurrentLayer) -> dict[str, Any]:
    return {
        "cell": layer.cell,
        "units": layer.units,
        "bidirectional": layer.bidirectional,
        "gate_activation": layer.gate_activation,
        "activation": layer.activation,
    }


def _dense(layer: DenseLayer) -> dict[str, Any]:
    return {"units": layer.units, "activation": layer.activation}


def _toml(document: dict[str, Any]) -> str:
    """Return a document whose only nested tables are stages and layers."""
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if key != "stages"]
    for stage in document.get("stages", []):
        lines += ["", "[[stages]]", *(f"{key} = {_value(value)}" for key, value in stage.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_value(item)}' for key, item in value.items())}}}"
    return quoted(value) if isinstance(value, str) else json.dumps(value)
