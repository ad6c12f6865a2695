"""From a trained network to the zoo: weights file and card."""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hwmodels.gru.weights import checksum, write_weights
from stomp_flim.errors import InputError
from stomp_flim.files import replacing
from stomp_flim.interchange.text.toml_document import read_toml
from workloads.flim.data.pixels import PixelRecipe
from workloads.flim.training.evaluation import figures
from workloads.flim.training.export import export
from workloads.flim.training.networks import EncoderDecoder, network_of


def write_entry(
    folder: Path,
    name: str,
    module: EncoderDecoder,
    *,
    training: dict[str, Any],
    command: str,
    recipe: PixelRecipe | None = None,
    pixels: int = 2000,
) -> dict[str, Any]:
    """Write a network that was trained in integers, with its card.

    Parameters
    ----------
    folder : Path
        Exists.
    name : str
        Of the files.
    module : EncoderDecoder
        Computes in an arithmetic.
    training : dict
        Plans of its trainings by name, as `workloads.flim.training.plan.Plan.to_dict` gives them.
    command : str
        What reproduces it.
    recipe : PixelRecipe, optional
        Ranges of the held-out pixels, by default the narrow ones.
    pixels : int
        Held-out pixels for each figure.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    InputError
        If the network computes in real numbers, or a file cannot be written.
    """
    import tomli_w

    arithmetic = module.arithmetic
    if arithmetic is None:
        raise InputError(
            f"{name}: computes in real numbers, "
            "expected a quantization-aware training before it is exported"
        )
    weights = export(module, arithmetic)
    digest = checksum(weights)
    shape = asdict(network_of(module))
    del shape["name"]
    teacher = EncoderDecoder((128, 128)).parameter_count
    card = {
        "name": name,
        "date": _date(folder / f"{name}.toml", digest),
        "command": command,
        "arithmetic": arithmetic.name,
        "sha256": digest,
        "parameters": module.parameter_count,
        "reduction_from_teacher": 1 - module.parameter_count / teacher,
        "network": shape,
        "held_out": figures(weights, count=pixels, arithmetic=arithmetic, recipe=recipe),
        "training": training,
    }
    write_weights(folder / f"{name}.npz", weights, arithmetic)
    with replacing(folder / f"{name}.toml") as temporary:
        temporary.write_text(tomli_w.dumps(card), encoding="utf-8")
    return card


def _date(card: Path, digest: str) -> datetime.date:
    """Return today, or the date of a card of the same weights: to export again makes none newer."""
    if card.exists():
        with suppress(OSError, ValueError):
            old = read_toml(card)
            date = old.get("date")
            if old.get("sha256") == digest and isinstance(date, datetime.date):
                return date
    return datetime.datetime.now(tz=datetime.UTC).date()
