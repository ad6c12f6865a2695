"""The steps of a graph: which tasks do the same in each of them, and what passes between steps.

Tasks of steps are named ``stage[step].role``, such as ``encoder[3].z.add_U[0]``. The tasks of one
stage and role in all steps are one ROLE; what has no step in its name is done once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from stomp_flim import InputError, TaskGraph
from stomp_flim.arrays import Cycles

_NAME = re.compile(r"([^\[\].]+)\[(\d+)\]\.(.+)")
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Roles:
    """The tasks of a graph by role and step.

    Attributes
    ----------
    role, step : int64[tasks]
        The role of each task, and the step in which it runs, counted through the stages: where a
        stage waits for the last step of another, its first step is that last one.
    example : int64[roles]
        A task of each role.
    edges : int64[edges, 2]
        Roles of which the second waits for the first.
    distance : int64[edges]
        How many steps later it is, at least 0.
    steps : int
        Steps of the longest stage: as often a job can enter, at most.
    """

    role: Cycles
    step: Cycles
    example: Cycles
    edges: Cycles
    distance: Cycles
    steps: int


def roles_of(graph: TaskGraph) -> Roles:
    """Return the steps of a graph.

    Raises
    ------
    InputError
        If its names tell of no stage of several steps, or a step waits for a later one.
    """
    keys: list[tuple[str, str, int, int]] = []
    step = np.zeros(len(graph), np.int64)
    counts: dict[tuple[str, str, int], int] = {}
    for task, name in enumerate(graph.task_names):
        found = _NAME.fullmatch(name)
        stage, role = (found[1], found[3]) if found else (f"{name.partition('.')[0]} once", name)
        step[task] = int(found[2]) if found else 0
        again = counts[stage, role, int(step[task])] = (
            counts.get((stage, role, int(step[task])), 0) + 1
        )
        keys.append((stage, role, again, int(graph.mode_set[task])))
    if not step.any():
        raise InputError(
            f"modulo: graph {graph.name!r} has no steps for a table of one, its tasks have names "
            f"like {graph.task_names[0]!r}; expected some like 'encoder[3].read'"
        )
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    role = np.array([number[key] for key in keys], np.int64)
    stages = {stage: place for place, stage in enumerate(dict.fromkeys(key[0] for key in keys))}
    stage_of = np.array([stages[key[0]] for key in keys], np.int64)
    longest = 1 + int(max(step[stage_of == place].max() for place in range(len(stages))))
    step = step + _offsets(graph, stage_of, step, len(stages))[stage_of]
    example = np.zeros(len(number), np.int64)
    example[role] = np.arange(len(graph))
    source, target = graph.edges.T.astype(np.int64)
    code = role[source] * len(number) + role[target]
    pairs, place = np.unique(code, return_inverse=True)
    distance = np.full(len(pairs), _NEVER)
    np.minimum.at(distance, place, step[target] - step[source])
    edges = np.column_stack(np.divmod(pairs, len(number)))
    if (distance < 0).any() or (edges[distance == 0, 0] == edges[distance == 0, 1]).any():
        raise InputError(f"modulo: graph {graph.name!r} has steps that wait for later ones")
    return Roles(role, step, example, edges, distance, longest)


def _offsets(graph: TaskGraph, stage_of: Cycles, step: Cycles, stages: int) -> Cycles:
    """Return the first step of each stage, so that no edge leads to an earlier step."""
    source, target = graph.edges.T
    behind = step[source] - step[target]
    crosses = stage_of[source] != stage_of[target]
    first = np.zeros(stages, np.int64)
    for _ in range(stages):
        wanted = first[stage_of[source[crosses]]] + behind[crosses]
        np.maximum.at(first, stage_of[target[crosses]], wanted)
    return first
