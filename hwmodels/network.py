"""The shape of a GRU encoder-decoder: one description for kernels, decompositions and costs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from stomp_flim.errors import InputError


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

    Raises
    ------
    InputError
        If a size is not a positive integer.

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

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise InputError(
                    f"network {self.name!r}: {field.name} is {value!r}, expected an integer >= 1"
                )


SEQ2SEQ = Network("seq2seq", layers=2, hidden_units=128)
SEQ2SEQLITE = Network("seq2seqlite", layers=1, hidden_units=32)
