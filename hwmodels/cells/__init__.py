"""Recurrent cells: equations, each said once, and what follows from them.

`hwmodels.cells.reference` computes them in float64, `hwmodels.cells.counts` counts their
operations; `hwmodels.costs` prices them and `workloads.tiles.graph` makes task graphs of them.
"""

from __future__ import annotations

from hwmodels.cells.equations import Cell
from hwmodels.cells.gru import RESET_BEFORE
from hwmodels.cells.gru_reset_after import RESET_AFTER
from hwmodels.cells.lstm import LSTM
from hwmodels.cells.rnn import RNN
from hwmodels.recurrent import CellName

CELLS: dict[CellName, Cell] = {
    "gru": RESET_BEFORE,
    "gru-reset-after": RESET_AFTER,
    "lstm": LSTM,
    "rnn": RNN,
}
"""The equations of each cell, by its name."""
