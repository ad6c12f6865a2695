"""Milestones: tasks that take no time, which formats use as entry, exit and barriers.

A task here takes at least one cycle, so a milestone is left out and what comes before it precedes
what comes after it. No start can change: a milestone is over in the cycle in which the last task
before it is, and holds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.delimited import Row


def without_milestones(
    rows: Sequence[Row], durations: Sequence[int], predecessors: Sequence[Collection[int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Leave milestones out of a graph and join what comes before and after them.

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
    edges : list of (int, int)
        Predecessors and successors, by position in `tasks`.

    Raises
    ------
    InputError
        If there is a cycle.
    """
    try:
        order = list(TopologicalSorter(dict(enumerate(predecessors))).static_order())
    except CycleError as error:
        cycle = error.args[1]
        names = " -> ".join(rows[task].fields[0] for task in cycle)
        raise InputError(
            f"{rows[cycle[0]].place}: the precedences have a cycle: {names}"
        ) from error
    # the tasks that take time and are the last before each task
    before: dict[int, set[int]] = {}
    for task in order:
        before[task] = set()
        for predecessor in predecessors[task]:
            before[task] |= {predecessor} if durations[predecessor] else before[predecessor]
    tasks = [task for task, duration in enumerate(durations) if duration]
    number = {task: index for index, task in enumerate(tasks)}
    edges = [(number[u], number[v]) for v in tasks for u in sorted(before[v])]
    return tasks, edges
