"""The trained networks that are shipped: integer weights, each with a card beside it.

``networks/NAME.npz`` holds the weights as `hwmodels.gru.weights` describes them; ``NAME.toml``
beside it, the card, says for which network and arithmetic they are, their checksum, on which data
and by which command they were trained, and what they reach on held-out pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwmodels.gru import state_bits
from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.weights import Weights, check_weights, checksum, read_weights
from hwmodels.network import Network
from stomp_flim.errors import InputError, near_names
from stomp_flim.files import reading
from stomp_flim.interchange.text.toml_document import read_toml

FOLDER = Path(__file__).parent / "networks"
DEFAULT = "seq2seqlite-32"
"""Network of the published setting, for lifetimes of 0.2 to 1.5 ns."""

WIDE = "seq2seqlite-32-wide"
"""Network for lifetimes of 0.05 to 3 ns."""

FIELD, FIELD_RESPONSE = "seq2seqlite-32-field", "seq2seqlite-32-field-response"
"""Networks for measured images, which read counts alone, or the response beside them."""

STATE_16 = "seq2seqlite-32-state16"
"""Network of the published setting and weights, whose state of 16 bits loses no small step."""

SIXTEEN_BITS = "seq2seqlite-32-16bit"
"""Network whose 16 bits lose next to nothing."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A trained network.

    Parameters
    ----------
    specification : Specification
    weights : dict of str to integer array
    card : dict
        The whole card.
    """

    specification: Specification
    weights: Weights
    card: dict[str, Any]

    @property
    def lifetimes_ns(self) -> tuple[float, float]:
        """Shortest and longest lifetime that it was trained on, in ns."""
        ranges = self.card["training"]["real"]["recipe"]
        shortest, longest = ranges.get("short_ns"), ranges.get("long_ns")
        if shortest is None:  # a recipe with one range for all lifetimes
            shortest = longest = ranges["tau_ns"]
        return float(shortest[0]), float(longest[1])

    @property
    def photons(self) -> tuple[float, float]:
        """Fewest and most photons of a pixel that it was trained on."""
        fewest, most = self.card["training"]["real"]["recipe"]["photons"]
        return float(fewest), float(most)


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the networks in a folder, by default the shipped ones."""
    return sorted(path.stem for path in folder.glob("[!.]*.toml"))


def read(name: str, folder: Path = FOLDER) -> Entry:
    """Read a network and check that weights and card belong together.

    Raises
    ------
    InputError
        If there is none of this name, or its files are not whole or not of each other.
    """
    if name not in names(folder):
        raise InputError(f"trained network {name!r}: {near_names(name, names(folder))}")
    path = folder / f"{name}.toml"
    card = read_toml(path)
    with reading(path, "the card of a trained network", (TypeError, KeyError, ValueError)):
        shape = card["network"]
        network = Network(
            name, shape["layers"], shape["hidden_units"], shape["inputs"], shape["outputs"],
            shape["steps"], shape.get("cell", "gru"),
        )  # fmt: skip
        arithmetic = arithmetic_named(card["arithmetic"], str(path))
        expected = card["sha256"]
    source = path.with_suffix(".npz")
    weights = read_weights(source, arithmetic)
    weights = check_weights(weights, network, arithmetic, source=str(source))
    found = checksum(weights)
    if found != expected:
        raise InputError(f"{source}: checksum {found}, expected that of its card, {expected}")
    return Entry(Specification(network, arithmetic), weights, card)


def arithmetic_named(name: str, source: str) -> Arithmetic:
    """Find an arithmetic by the name that a card or a checkpoint gives.

    Raises
    ------
    InputError
        If there is none of this name, with the file that gave it.
    """
    try:
        return state_bits.arithmetic_named(name)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
