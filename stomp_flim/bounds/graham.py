"""How far from the optimum a policy that leaves nothing idle can be: guarantees, not bounds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload

if TYPE_CHECKING:
    from stomp_flim.schedule import Schedule


def guarantee(workload: Workload, platform: Platform) -> Fraction | None:
    """Return the most by which a list schedule's makespan can exceed the optimum, as a factor.

    A list schedule is one that never leaves a server idle while a ready task could start on it,
    as every ranker makes it. Where all jobs are there at 0, no limited memory is written, and every
    task has one mode, of one unit that is held for its whole latency:

    - on one server type of m servers the factor is ``2 - 1/m`` (Graham, Bell System Technical
      Journal 45(9), 1966);
    - on K types of which each task needs a given one it is ``K + 1 - 1/m``, m servers being the
      most of any type (Liu and Liu, IFIP Congress 1974).

    Both are reached by some graph, so no better factor holds for every graph. A lower bound of a
    given graph says more: ``Result.gap``.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is to be scheduled, on what.

    Returns
    -------
    Fraction or None
        None where the assumptions do not hold.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.bounds import guarantee
    >>> float(guarantee(sf.Workload([sf.Job(graph)] * 64), platform))
    3.99609375
    """
    if workload.arrival.any():
        return None
    used: set[str] = set()
    for graph in workload.graphs:
        if platform.memories and graph.buffers:
            return None
        for modes in graph.mode_sets:
            if len(modes) > 1 or graph.is_random:
                return None
            (mode,) = modes
            if mode.occupancy < mode.latency or list(mode.demand.values()) != [1]:
                return None
            used |= mode.demand.keys()
    most = max(platform.servers.get(server_type, 1) for server_type in used)
    return len(used) + 1 - Fraction(1, most)


def is_list_schedule(schedule: Schedule) -> bool:
    """Return whether no task waits while servers that it could have are idle.

    Parameters
    ----------
    schedule : Schedule
        Its tasks hold one unit of one server type each.
    """
    kind = schedule.server_type_number
    for number, servers in enumerate(schedule.platform.servers.values()):
        of_type = kind == number
        if not of_type.any():
            continue
        start, released, ready = (
            column[of_type] for column in (schedule.start, schedule.released, schedule.ready)
        )
        change = np.concatenate([start, released])
        by = np.repeat([1, -1], len(start))
        time, place = np.unique(change, return_inverse=True)
        busy = np.cumsum(np.bincount(place, by, len(time)))
        full = np.concatenate([[0], np.cumsum(np.where(busy[:-1] == servers, np.diff(time), 0))])
        waited_while_full = np.interp(start, time, full) - np.interp(ready, time, full)
        if (waited_while_full != start - ready).any():
            return False
    return True
