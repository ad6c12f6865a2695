"""Reasons not to trust a pixel's lifetime, one bit each."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
import numpy.typing as npt

MOST_UNCERTAIN = 0.5
"""Half width of the 97% band, as a share of the lifetime, beyond which it is not shown."""


class Flag(IntFlag):
    """Why a pixel's lifetime is not shown; a pixel without a flag is valid."""

    DARK = 1
    BACKGROUND = 2
    SATURATED = 4
    PILE_UP = 8
    IMPOSSIBLE = 16
    OUT_OF_RANGE = 32
    UNEXPLAINED = 64
    UNCERTAIN = 128
    LEFT_OUT = 256


NOTHING_TO_JUDGE = Flag.DARK | Flag.BACKGROUND | Flag.SATURATED | Flag.LEFT_OUT
"""Reasons beside which a result's own are not told: it was made of what is no decay."""

RESULT = Flag.IMPOSSIBLE | Flag.OUT_OF_RANGE | Flag.UNEXPLAINED | Flag.UNCERTAIN
"""Reasons that lie in a result."""

REASONS = {
    Flag.DARK: "too few photons",
    Flag.BACKGROUND: "background only",
    Flag.SATURATED: "saturated",
    Flag.PILE_UP: "pile-up",
    Flag.IMPOSSIBLE: "impossible components",
    Flag.OUT_OF_RANGE: "outside the trained range",
    Flag.UNEXPLAINED: "decay not explained by the result",
    Flag.UNCERTAIN: "too uncertain",
    Flag.LEFT_OUT: "outside the region",
}
"""What each flag says, as reports and figures name it."""


def first_reasons(flags: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Return flags without those of results that were made of what is no decay."""
    judged = flags & int(NOTHING_TO_JUDGE) == 0
    return np.where(judged, flags, flags & ~np.uint16(RESULT)).astype(np.uint16)


def counted(flags: npt.NDArray[np.uint16]) -> dict[str, int]:
    """Return the pixels of each reason, the largest first; a pixel may have several.

    Examples
    --------
    >>> import numpy as np
    >>> from workloads.flim.lifetimes.quality.flags import counted
    >>> counted(np.array([[0, 2], [2, 130]], np.uint16))
    {'background only': 3, 'too uncertain': 1}
    """
    found = {reason: int(np.count_nonzero(flags & int(flag))) for flag, reason in REASONS.items()}
    return {r: n for r, n in sorted(found.items(), key=lambda item: -item[1]) if n}
