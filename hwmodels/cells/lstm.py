"""The LSTM with a forget gate and no peepholes (Gers et al., Neural Computation 12, 2000)."""

from __future__ import annotations

from hwmodels.cells.equations import Activate, Cell, ElementWise, gate

LSTM = Cell(
    (
        *gate("i"),
        *gate("f"),
        *gate("g", "candidate"),
        ElementWise("update", (("f.activate", "c"), ("i.activate", "g.activate"))),
        *gate("o"),
        Activate("c.activate", "update", "candidate"),
        ElementWise("output", (("o.activate", "c.activate"),)),
    ),
    (("h", "output"), ("c", "update")),
)
