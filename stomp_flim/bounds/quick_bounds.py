"""The lower bounds that cost little and are part of every result."""

from __future__ import annotations

import numpy as np

from stomp_flim.bounds.head_tail import Work, strong
from stomp_flim.bounds.unavoidable import group_of, unavoidable
from stomp_flim.chance.durations import Durations
from stomp_flim.chance.representable import require_representable
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload


def lower_bounds(
    workload: Workload, platform: Platform, durations: Durations | None = None
) -> dict[str, int]:
    """Return every bound on the makespan by name, in cycles, but for `start_count_bound`.

    They hold for any policy:

    - critical path: no job finishes before its arrival and its longest path;
    - head-tail: a set S of tasks that occupy servers of type k (m of them) lies between the least
      head and the least tail of S, so
      ``min head + ceil(work of S on k / m) + min tail <= makespan``. The largest value over the
      sets {head >= a, tail >= b} is taken (the strong form; Carlier 1982, extended to m servers);
    - whole waves: what a server does for S is a multiple of the greatest common divisor g of the
      occupancies in S, so the work takes ``g * ceil(work of S on k / (m * g))`` cycles. For n tasks
      of one occupancy g these are ``ceil(n / m)`` waves of g cycles.

    A head is the arrival plus the longest path to a task; a tail the longest path after the moment
    when its servers are free again. Of alternative modes each figure takes the smallest (and the
    divisor is that of all of them), so the bounds hold whichever modes are chosen.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is to be scheduled, on what.
    durations : Durations, optional
        Where durations are random, those that were drawn: the bounds are then bounds of this world,
        which no policy can beat in it, also one that knows it. By default the latencies of the
        modes, which are means where they are random.

    Raises
    ------
    InputError
        If a sum of times could leave int64.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.bounds import lower_bounds
    >>> bounds = lower_bounds(sf.Workload([sf.Job(graph)] * 64), platform)
    >>> bounds["critical path"], bounds["head-tail DSP"]
    (52, 52)
    """
    require_representable(workload, durations)
    groups = [group_of(workload, number, durations) for number in range(len(workload.graphs))]
    bounds = {"critical path": max(int(g.finish.max()) for g in groups)}
    for server_type, servers in platform.servers.items():
        parts = [unavoidable(group, server_type) for group in groups]
        work = Work(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        if len(work.head):
            any_time, whole_waves = strong(work, servers)
            bounds[f"head-tail {server_type}"] = any_time
            bounds[f"whole waves {server_type}"] = whole_waves
    return bounds


def lower_bound(workload: Workload, platform: Platform, durations: Durations | None = None) -> int:
    """Return the largest of `lower_bounds`, in cycles.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.bounds import lower_bound
    >>> lower_bound(sf.Workload([sf.Job(graph)] * 64), platform)
    52
    """
    return max(lower_bounds(workload, platform, durations).values())
