"""Milestones: tasks that take no time, which formats use as entry, exit and barriers.

A task here takes at least one cycle, so a milestone is left out and what comes before it precedes
what comes after it. No start can change: a milestone is over in the cycle in which the last task
before it is, and holds nothing.

A milestone between n and m tasks becomes n m precedences. Those that a path by way of another task
implies are left out where that is seen at once; see `without_milestones`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.delimited import Row
from stomp_flim.interchange.text.limits import MOST_EDGES

Indices = NDArray[np.int32]


def without_milestones(
    rows: Sequence[Row], durations: Sequence[int], predecessors: Sequence[Collection[int]]
) -> tuple[list[int], NDArray[np.int64]]:
    """Leave milestones out of a graph and join what comes before and after them.

    Where a milestone precedes a task both directly and by way of another predecessor of it, the
    latter implies the former, which is left out.

    Parameters
    ----------
    rows : sequence of Row
        The line of each task, whose first value is what the file calls the task.
    durations : sequence of int
        Of each task, at least 0.
    predecessors : sequence of collection of int
        Of each task, by position in `rows`.

    Returns
    -------
    tasks : list of int
        Positions in `rows` of the tasks that take time.
    edges : int64[edges, 2]
        Predecessors and successors, by position in `tasks`.

    Raises
    ------
    InputError
        If there is a cycle, or there are more than `MOST_EDGES` precedences.
    """
    try:
        order = list(TopologicalSorter(dict(enumerate(predecessors))).static_order())
    except CycleError as error:
        cycle = error.args[1]
        names = " -> ".join(rows[task].fields[0] for task in cycle)
        raise InputError(
            f"{rows[cycle[0]].place}: the precedences have a cycle: {names}"
        ) from error
    before: dict[int, Indices] = {}  # the tasks that take time and are the last before each task
    total = 0
    for task in order:
        before[task] = found = _last_before(task, durations, predecessors, before)
        total += len(found)
        if total > MOST_EDGES:
            raise InputError(
                f"{rows[task].place}: with the tasks that take no time left out there are more "
                f"than {MOST_EDGES:,} precedences, expected fewer"
            )
    tasks = [task for task, duration in enumerate(durations) if duration]
    number = np.cumsum(np.asarray(durations, np.int64) > 0) - 1
    sources = np.concatenate([np.empty(0, np.int32), *(before[task] for task in tasks)])
    targets = np.repeat(np.arange(len(tasks)), [len(before[task]) for task in tasks])
    return tasks, np.column_stack([number[sources], targets])


def _last_before(
    task: int,
    durations: Sequence[int],
    predecessors: Sequence[Collection[int]],
    before: dict[int, Indices],
) -> Indices:
    milestones = {p for p in predecessors[task] if not durations[p]}
    direct = np.array(sorted(p for p in predecessors[task] if durations[p]), np.int32)
    if milestones and len(predecessors[task]) > 1:
        for predecessor in predecessors[task]:
            milestones.difference_update(predecessors[predecessor])
    parts = [before[milestone] for milestone in milestones]
    if len(direct) or not parts:
        parts.append(direct)
    # most milestones stand alone before a task, which shares what is before them
    return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
