"""The shape of a GRU encoder-decoder: one description for kernels, decompositions and costs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from stomp_flim.errors import InputError, near_names

Cell = Literal["gru", "gru-reset-after"]
"""Where the reset gate acts: on the state before its matrix product, ``U (r*h)``, or after it.

The form after the product, ``r * (U h + b2)``, is that of PyTorch, cuDNN and Keras' default.
"""


@dataclass(frozen=True)
class Network:
    """A GRU encoder-decoder with a dense output layer.

    The encoder reads a TPSF one time bin a step; the decoder starts from the encoder's final
    state, receives no input, and feeds a dense layer after each step (arXiv 2410.00948, section 2).

    Parameters
    ----------
    name : str
        Name of the network, as shown in tables and figures.
    layers : int
        Stacked GRU layers of the encoder; the decoder mirrors them.
    hidden_units : int
        Units of every GRU layer.
    inputs : int
        Features of one input step (1: the photon count of a time bin).
    outputs : int
        Values of one output step (3: the decay and its two components).
    steps : int
        Time bins of the input and of the output sequence.
    cell : {"gru", "gru-reset-after"}
        Where the reset gate acts: before the recurrent matrix product, or after it.

    Raises
    ------
    InputError
        If a size is not a positive integer, or the cell is not one of these.

    Examples
    --------
    >>> from hwmodels.network import Network
    >>> Network("small", layers=1, hidden_units=16).steps
    135
    """

    name: str
    layers: int
    hidden_units: int
    inputs: int = 1
    outputs: int = 3
    steps: int = 135
    cell: Cell = "gru"

    def __post_init__(self) -> None:
        if self.cell not in get_args(Cell):
            raise InputError(
                f"network {self.name!r}: cell is {self.cell!r}; "
                + near_names(str(self.cell), get_args(Cell))
            )
        for field in fields(self)[1:-1]:
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise InputError(
                    f"network {self.name!r}: {field.name} is {value!r}, expected an integer >= 1"
                )

    def require_reset_before(self, what: str) -> None:
        """Refuse a cell that something does not know.

        Parameters
        ----------
        what : str
            What knows the reset before the product alone, as a message calls it.

        Raises
        ------
        InputError
            If the reset comes after the product.
        """
        if self.cell != "gru":
            raise InputError(
                f"network {self.name!r}: cell is {self.cell!r}, but {what} knows only 'gru', "
                "whose reset comes before the matrix product"
            )


SEQ2SEQ = Network("seq2seq", layers=2, hidden_units=128)
SEQ2SEQLITE = Network("seq2seqlite", layers=1, hidden_units=32)
