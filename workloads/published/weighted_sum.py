"""A sum of weighted scalars as the published accelerator computes it: products and serial adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from workloads.published.block import BlockBuilder
from workloads.published.operations import ADD, MULTIPLY, READ_CONST, Modes


class Term(NamedTuple):
    """One scalar times one row of weights.

    Attributes
    ----------
    weights : str
        The row of weights, for example ``"U[3]"``.
    scalar : str
        The task that reads the scalar, for example ``"read_h[3]"``.
    """

    weights: str
    scalar: str


@dataclass(frozen=True)
class SumLayout:
    """Which products each add takes, and the order in which the tasks are numbered.

    Parameters
    ----------
    pairwise : bool
        The first add takes the first two products, else the first one alone.
    left : int
        Products left to the add after the chain, which takes the bias too; at -1 all are taken one
        add early and the last add of the chain has none.
    first, rest : str
        Tasks of the first term and of each other one: ``scalar``, ``weights``, ``multiply`` and
        ``add`` are those of the term, any other word is the name of a task.
    """

    pairwise: bool
    left: int
    first: str
    rest: str


def weighted_sum(
    block: BlockBuilder,
    owner: str,
    terms: Sequence[Term],
    layout: SumLayout,
    read_weights: Modes = READ_CONST,
) -> list[str]:
    """Add weight reads, products and a serial chain of adds to a block, and number them.

    Parameters
    ----------
    block : BlockBuilder
        The block, which has or gets the reads of the scalars.
    owner : str
        Prefix of the names of the tasks, for example ``"z."``.
    terms : sequence of Term
        At least one.
    layout : SumLayout
        Which products each add takes.
    read_weights : modes
        How a row of weights is read.

    Returns
    -------
    list of str
        What remains to be added up: the last add and the products left.
    """
    products = []
    for weights, scalar in terms:
        row = block.add(f"{owner}read_{weights}", read_weights)
        products.append(block.add(f"{owner}multiply_{weights}", MULTIPLY, scalar, row))
    adds = len(products) - layout.left - layout.pairwise
    pending = iter(products)
    chain = list(islice(pending, int(layout.pairwise)))
    for weights, _ in terms[: max(0, adds)]:
        chain = [block.add(f"{owner}add_{weights}", ADD, *chain, *islice(pending, 1))]
    block.numbering += _numbering(owner, terms, layout)
    return [*chain, *pending]


def _numbering(owner: str, terms: Sequence[Term], layout: SumLayout) -> Iterator[str]:
    """Yield the names of the tasks of a sum in the order of its layout."""
    words = layout.first.split()
    for weights, scalar in terms:
        names = {
            "scalar": scalar,
            "weights": f"{owner}read_{weights}",
            "multiply": f"{owner}multiply_{weights}",
            "add": f"{owner}add_{weights}",
        }
        yield from (names.get(word, word) for word in words)
        words = layout.rest.split()
