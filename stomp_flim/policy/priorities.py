"""What a ranker answers, checked: one finite number a task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stomp_flim.errors import PolicyError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job
from stomp_flim.policy.error_place import raised, written_at
from stomp_flim.policy.protocols import AffinePriority, Policy


def priorities(
    policy: Policy, graph: TaskGraph, platform: Platform, jobs: Sequence[Job]
) -> AffinePriority:
    """Ask a ranker for its priorities and check their shapes.

    Raises
    ------
    PolicyError
        If the ranker raises, or there is not one finite number a task (and, for offsets, a job).

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.policy import priorities
    >>> from stomp_flim.policy.loading import parse
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> found = priorities(parse("hlfet"), graph, sf.device("published"), [sf.Job(graph)])
    >>> found.rank.max()  # of a source: the critical path
    np.float64(52.0)
    """
    try:
        answer = policy.implementation(graph, platform, jobs)
    except (Exception, SystemExit) as error:
        raise raised(policy, error, f"for graph {graph.name!r}, before cycle 0") from error
    tasks = len(graph)
    whose = f"{written_at(policy)}policy {policy.name!r}"
    if not isinstance(answer, AffinePriority):
        answer = AffinePriority(answer, np.zeros(tasks), np.zeros(len(jobs)))
    columns = []
    for name, length in (("rank", tasks), ("slope", tasks), ("offset", len(jobs))):
        try:
            column = np.asarray(getattr(answer, name), np.float64)
        except (TypeError, ValueError) as error:
            raise PolicyError(f"{whose}: {name} is not numeric: {error}") from error
        if column.shape != (length,):
            raise PolicyError(
                f"{whose}: {name} has shape {column.shape} for graph {graph.name!r}, expected "
                f"({length},): a number for each {'job' if name == 'offset' else 'task'}"
            )
        for place in np.flatnonzero(~np.isfinite(column))[:1]:
            of = f"job {place}" if name == "offset" else _task(graph, place)
            raise PolicyError(
                f"{whose}: {name} of {of} is {column[place]} for graph {graph.name!r}, expected a "
                "finite number"
            )
        columns.append(column)
    rank, slope, offset = columns
    largest = [float(np.abs(column).max()) for column in columns]
    if not np.isfinite(largest[0] + largest[1] * largest[2]):
        raise PolicyError(
            f"{whose}: rank - slope * offset leaves the finite numbers for graph {graph.name!r}, "
            f"with a rank of {largest[0]:g}, a slope of {largest[1]:g} and an offset of "
            f"{largest[2]:g}"
        )
    return AffinePriority(rank, slope, offset)


def _task(graph: TaskGraph, task: int) -> str:
    return f"task {task} ({graph.task_names[task]!r})"
