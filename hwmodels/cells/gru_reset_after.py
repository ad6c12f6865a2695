"""The GRU whose reset gate acts after the product, on a sum with a bias of its own.

As cuDNN computes it, and with it PyTorch (the page of ``torch.nn.GRU``) and Keras by default.
"""

from __future__ import annotations

from hwmodels.cells.equations import INPUT, Activate, Cell, ElementWise, Product, gate

RESET_AFTER = Cell(
    (
        *gate("z"),
        *gate("r"),
        Product("c.tile", (("W_c", INPUT),), ("b_c",)),
        Product("u.tile", (("U_c", "h"),), ("d_c",)),
        ElementWise("r.reset", (("r.activate", "u.tile"),), plus="c.tile"),
        Activate("c.activate", "r.reset", "candidate"),
        ElementWise("blend", (("1-z.activate", "c.activate"), ("z.activate", "h"))),
    ),
    (("h", "blend"),),
)
