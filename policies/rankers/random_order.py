"""Random order, as a baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stomp_flim import AffinePriority, Job, Platform, TaskGraph
from stomp_flim.chance.randomness import require_seed


def random_order(
    graph: TaskGraph, platform: Platform, jobs: Sequence[Job], *, seed: int = 0
) -> AffinePriority:
    """Random order: a random number a task less one a job; what a policy should at least beat.

    Both are uniform between 0 and 1. They depend on the seed and on the name of the graph, so that
    equally numbered tasks of different graphs have different numbers.

    Raises
    ------
    InputError
        If the seed is no integer >= 0.
    """
    require_seed(seed)
    random = np.random.default_rng([seed, *graph.name.encode()])
    return AffinePriority(random.random(len(graph)), np.ones(len(graph)), random.random(len(jobs)))
