"""The plain recurrent cell (Elman, Cognitive Science 14, 1990)."""

from __future__ import annotations

from hwmodels.cells.equations import Cell, gate

RNN = Cell(gate("h", "candidate"), (("h", "h.activate"),))
