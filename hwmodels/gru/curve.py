"""Smooth activations as broken lines: nodes on a regular grid, straight in between, exact integers.

With nodes ``T_i`` at ``-2**reach + i * 2**-step``, of ``fraction`` bits each, a sum ``a`` between
two of them gives ``T_i + (T_{i+1} - T_i) * (a - node_i) * 2**step``, and beyond the ends the value
there. All of it is an integer without a rounding of its own; the point that takes it rounds once.
Between nodes ``d`` apart the line is off by at most ``d**2 / 8 * max|f''|``: ``0.0121 d**2`` for
the sigmoid, ``0.0963 d**2`` for tanh.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from hwmodels.gru.fixedpoint import Codes, Format, Overflow, Rounding
from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError, near_names

Function = Literal["sigmoid", "tanh"]


@dataclass(frozen=True)
class Curve:
    """A broken line in place of a smooth activation.

    Parameters
    ----------
    function : {"sigmoid", "tanh"}
        What it follows.
    reach : int
        The outermost nodes are at ``-2**reach`` and ``2**reach``; 0 to 5.
    step : int
        Nodes are ``2**-step`` apart; 0 to 10.
    fraction : int
        Fractional bits of the values at the nodes, 1 to 30.

    Raises
    ------
    InputError
        If the function is unknown or a number out of its range.

    Examples
    --------
    >>> from hwmodels.gru.curve import Curve
    >>> Curve("sigmoid", reach=1, step=0, fraction=8).nodes.tolist()
    [31, 69, 128, 187, 225]
    """

    function: Function
    reach: int
    step: int
    fraction: int

    def __post_init__(self) -> None:
        if self.function not in get_args(Function):
            known = near_names(str(self.function), get_args(Function))
            raise InputError(f"curve: unknown function {self.function!r}; {known}")
        for name, (least, most) in {
            "reach": (0, 5),
            "step": (0, 10),
            "fraction": (1, 30),
        }.items():
            value = getattr(self, name)
            if not is_integer(value) or not least <= value <= most:
                raise InputError(
                    f"curve: {name} is {value!r}, expected an integer from {least} to {most}"
                )

    @cached_property
    def nodes(self) -> Codes:
        """Values at the nodes, from the lowest: rounded to the nearest code, ties to even."""
        end = 1 << (self.reach + self.step)
        places = np.ldexp(np.arange(-end, end + 1), -self.step)
        values = np.tanh(places) if self.function == "tanh" else 1 / (1 + np.exp(-places))
        exact = Format(self.fraction + 2, self.fraction, Rounding.HALF_EVEN, Overflow.SATURATE)
        return exact.quantize(values)

    def drop(self, fraction: int) -> int:
        """Return the bits of a code of so many fractional bits that lie between two nodes."""
        return fraction - self.step

    def end(self, fraction: int) -> int:
        """Return the code of the last node, for codes of so many fractional bits."""
        return 1 << (self.reach + fraction)

    def bits(self, fraction: int) -> int:
        """Return the bits in which a value, and all on the way to it, is exact.

        A place reaches ``2 * end``; a value and the rise between two nodes are at most 1.
        """
        return max(self.reach + fraction + 3, self.fraction + self.drop(fraction) + 2)

    def __call__(self, codes: Codes, fraction: int) -> Codes:
        """Return the values at ``codes * 2**-fraction``.

        Parameters
        ----------
        codes : int64 array
            Sums.
        fraction : int
            Their fractional bits, at least `step`.

        Returns
        -------
        int64 array
            Codes with ``self.fraction + self.drop(fraction)`` fractional bits.
        """
        drop, end = self.drop(fraction), self.end(fraction)
        place = np.clip(codes, -end, end) + end
        left = np.minimum(place >> drop, len(self.nodes) - 2)
        below, above = self.nodes[left], self.nodes[left + 1]
        return np.asarray((below << drop) + (above - below) * (place - (left << drop)))
