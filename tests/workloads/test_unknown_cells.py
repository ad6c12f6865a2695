"""What knows one form of the GRU refuses the other, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.curve import Curve
from hwmodels.gru.weights import seeded_weights
from hwmodels.network import Network
from hwmodels.verilog.design import Cell
from hwmodels.verilog.generator import generate
from stomp_flim.errors import InputError
from workloads.flim.training.export import restore
from workloads.flim.training.networks import EncoderDecoder
from workloads.published.decomposition import decompose

AFTER = Network("after", layers=1, hidden_units=4, steps=2, cell="gru-reset-after")
SMOOTH = replace(SEQ2SEQLITE_8_BIT, tanh=Curve("tanh", 2, 3, 10))
WEIGHTS = seeded_weights(AFTER, 0)


@pytest.mark.parametrize(
    ("use", "what"),
    [
        (lambda: decompose(AFTER), "the published decomposition"),
        (lambda: generate(WEIGHTS, lanes=1), "the Verilog generator"),
        (lambda: restore(WEIGHTS), "training"),
    ],
)
def test_the_reset_after_the_product_is_refused(use: Callable[[], object], what: str) -> None:
    """One error that names the cell, who does not know it, and what it knows."""
    with pytest.raises(InputError, match=f"cell is 'gru-reset-after', but {what} knows only 'gru'"):
        use()


@pytest.mark.parametrize(
    ("use", "what"),
    [
        (lambda: Cell(4, 4, arithmetic=SMOOTH), "the Verilog generator"),
        (lambda: EncoderDecoder((4,), arithmetic=SMOOTH), "training"),
    ],
)
def test_smooth_activations_are_refused(use: Callable[[], object], what: str) -> None:
    """So are curves in an arithmetic."""
    with pytest.raises(InputError, match=f"a smooth tanh, but {what} knows only hard activations"):
        use()


def test_unknown_cells_are_refused() -> None:
    """A network with a cell that nobody knows."""
    with pytest.raises(InputError, match="cell is 'gru-after'; did you mean 'gru-reset-after'"):
        Network("wrong", 1, 4, cell="gru-after")  # type: ignore[arg-type]
