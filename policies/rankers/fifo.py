"""First in, first out: STOMP's ``simple_policy_ver2``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stomp_flim import Job, Platform, TaskGraph


def fifo(graph: TaskGraph, platform: Platform, jobs: Sequence[Job]) -> NDArray[np.float64]:
    """First in, first out: tasks start in the order in which they became ready.

    A constant rank leaves the entry sequence to decide. Each task takes the fastest mode that has
    free servers, as STOMP's second simple policy does (Vega et al., STOMP, arXiv 2007.14371).
    """
    return np.zeros(len(graph))
