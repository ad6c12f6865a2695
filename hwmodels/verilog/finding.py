"""What a check found: the figures that the model gives beside those that were measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwmodels.gru.fixedpoint import Codes

BITS, CYCLES, DSP, RAM = "bits", "cycles", "DSP48E1", "RAMB18"


@dataclass(frozen=True)
class Finding:
    """One figure of one configuration.

    Attributes
    ----------
    configuration : str
        What was built.
    role : str
        Whether it set constants of the cost model or only checks them; empty where none applies.
    what : str
        `BITS`, `CYCLES`, `DSP` or `RAM`.
    expected, measured : str
        By the integer kernel or the cost model, and by simulation or synthesis.
    right : bool
        They agree.
    """

    configuration: str
    role: str
    what: str
    expected: str
    measured: str
    right: bool


def compared(configuration: str, role: str, expected: Codes, measured: Codes) -> Finding:
    """Compare all outputs of a block; at least one is needed."""
    same = expected.shape == measured.shape and expected.size > 0
    equal = int(np.count_nonzero(expected == measured)) if same else 0
    return Finding(
        configuration,
        role,
        BITS,
        f"{expected.size:,} values",
        f"{equal:,} equal",
        same and equal == expected.size,
    )


def counted(
    configuration: str, role: str, what: str, expected: int, measured: int | set[int]
) -> Finding:
    """Compare a count, or the set of all counts that were measured."""
    found = measured if isinstance(measured, set) else {measured}
    shown = ", ".join(f"{count:,}" for count in sorted(found)) or "nothing"
    return Finding(configuration, role, what, f"{expected:,}", shown, found == {expected})
