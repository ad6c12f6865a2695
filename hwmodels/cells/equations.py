"""How a cell says its equations: three kinds of operations on named vectors.

The float reference, the counts, the costs and the task graphs are all read off these lists, so that
no two of them can tell different equations. ``x`` is the input of a step; the vectors of the state
keep their values from step to step; every other name is the result of an operation before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

INPUT, OUTPUT = "x", "h"
"""What a cell reads from below, and the vector of its state that is its output."""


@dataclass(frozen=True)
class Product:
    """A sum of matrix-vector products and biases.

    Attributes
    ----------
    result : str
        Name of the sum, a vector of as many elements as the layer has units.
    terms : tuple of (str, str)
        A matrix and the vector that it multiplies; one that multiplies the input of a layer without
        inputs is no term.
    biases : tuple of str
        Added vectors.
    """

    result: str
    terms: tuple[tuple[str, str], ...]
    biases: tuple[str, ...]


@dataclass(frozen=True)
class ElementWise:
    """A sum of products of two vectors, element by element, and perhaps of one vector more.

    Attributes
    ----------
    result : str
        Name of the sum.
    pairs : tuple of (str, str)
        The factors; ``"1-z"`` is the complement of ``"z"``.
    plus : str, optional
        What is added.
    """

    result: str
    pairs: tuple[tuple[str, str], ...]
    plus: str | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The vectors that it reads, complements as what they complement."""
        factors = [name.removeprefix("1-") for pair in self.pairs for name in pair]
        return tuple(dict.fromkeys([*factors, *([self.plus] if self.plus else [])]))


@dataclass(frozen=True)
class Activate:
    """An activation, element by element.

    Attributes
    ----------
    result, of : str
        Name of the result, and the vector.
    kind : {"gate", "candidate"}
        Which of the layer's two activations.
    """

    result: str
    of: str
    kind: Literal["gate", "candidate"]


Operation = Product | ElementWise | Activate


@dataclass(frozen=True)
class Cell:
    """The equations of a cell.

    Attributes
    ----------
    operations : tuple
        One after the other.
    state : tuple of (str, str)
        The vectors of the state, ``"h"`` first, and the results that replace them.
    """

    operations: tuple[Operation, ...]
    state: tuple[tuple[str, str], ...]

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The operations with matrices."""
        return tuple(one for one in self.operations if isinstance(one, Product))

    @property
    def states(self) -> tuple[str, ...]:
        """The vectors of the state."""
        return tuple(name for name, _ in self.state)


def gate(name: str, kind: Literal["gate", "candidate"] = "gate") -> tuple[Operation, ...]:
    """Return the activated sum of input and state that most gates are: ``f(W x + U h + b)``."""
    return (affine(name), Activate(f"{name}.activate", f"{name}.tile", kind))


def affine(name: str, state: str = OUTPUT) -> Product:
    """Return the sum ``W x + U h + b`` of a gate."""
    return Product(f"{name}.tile", ((f"W_{name}", INPUT), (f"U_{name}", state)), (f"b_{name}",))
