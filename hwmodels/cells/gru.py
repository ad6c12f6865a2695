"""The GRU whose reset gate acts before the product (arXiv 1406.1078, equations 5 to 8)."""

from __future__ import annotations

from hwmodels.cells.equations import Activate, Cell, ElementWise, affine, gate

RESET_BEFORE = Cell(
    (
        *gate("z"),
        *gate("r"),
        ElementWise("r.reset", (("r.activate", "h"),)),
        affine("c", "r.reset"),
        Activate("c.activate", "c.tile", "candidate"),
        ElementWise("blend", (("1-z.activate", "c.activate"), ("z.activate", "h"))),
    ),
    (("h", "blend"),),
)
