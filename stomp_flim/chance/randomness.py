"""Random streams: one seed for a run, and a stream of its own for each purpose."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

_PURPOSES = ("durations", "arrivals", "kinds")


def generator(
    seed: int, purpose: Literal["durations", "arrivals", "kinds"], *key: int
) -> np.random.Generator:
    """Return the random stream of a purpose; streams of different keys are independent.

    Raises
    ------
    InputError
        If the seed is no integer >= 0.
    """
    require_seed(seed)
    spawn_key = (_PURPOSES.index(purpose), *key)
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=spawn_key))


def require_seed(seed: int) -> None:
    """Raise an InputError unless a seed is an integer >= 0."""
    if not is_integer(seed) or seed < 0:
        raise InputError(f"the seed is {seed!r}, expected an integer >= 0")
