"""What the experiment `phase` says of its points: tables, and a line a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.phase.points import GUIDED, PLANNER, POLICIES, PhaseOutcome, PhasePoint
from experiments.phase.sets import COMPARED, pipelines, published_stages
from experiments.shared.labels import servers_text
from stomp_flim import Job, Platform, summarize

if TYPE_CHECKING:
    import pandas as pd

_WHERE = ("device", "servers", "clock_ns")
"""Columns of both tables."""

Outcomes = Mapping[PhasePoint, PhaseOutcome]


def points_table(sets: Mapping[str, Sequence[PhasePoint]], outcomes: Outcomes) -> pd.DataFrame:
    """Return one row a point of each set.

    Returns
    -------
    DataFrame
        Columns set, name, pixels, bound, bound_name, the makespan under each policy, in cycles
        (None of a planner where it was not asked), best (a policy), gap (of it, a fraction of the
        bound), and device, servers, clock_ns.
    """
    import pandas as pd

    rows = []
    for name, points in sets.items():
        for point in points:
            found = outcomes[point]
            makespans = (found.makespan.get(policy) for policy in (*POLICIES, PLANNER, GUIDED))
            row = (name, point.name, point.pixels, found.bound, found.bound_name, *makespans)
            rows.append((*row, found.best, found.gap(found.best), *_where(point.platform)))
    columns = ["set", "name", "pixels", "bound", "bound_name", *POLICIES, PLANNER, GUIDED]
    frame = pd.DataFrame(rows, columns=[*columns, "best", "gap", *_WHERE])
    return frame.astype({PLANNER: object, GUIDED: object})


def summary(found: Outcomes) -> str:
    """Say in two sentences how close `phase`, and the best policy, are to the bounds of points."""
    worse = sum(outcome.is_worse for outcome in found.values())
    phase = dict.fromkeys(found, "phase")
    best = {point: outcome.best for point, outcome in found.items()}
    return (
        f"{len(found)} points: phase {_distances(found, phase)}, worse than the better of FIFO and "
        f"HLFET at {worse}; the best policy {_distances(found, best)}"
    )


def _distances(found: Outcomes, policy: Mapping[PhasePoint, str]) -> str:
    worst = max(found, key=lambda point: found[point].gap(policy[point]))
    within = ", ".join(
        f"within {per_cent}% at {sum(o.is_within(per_cent, policy[p]) for p, o in found.items())}"
        for per_cent in (1, 2, 4)
    )
    return (
        f"at most {found[worst].gap(policy[worst]):.2%} above the bound ({worst.name}, "
        f"{worst.pixels} pixels), {within}"
    )


def speedups(points: Sequence[PhasePoint], outcomes: Outcomes) -> pd.DataFrame:
    """Return the speed-ups over one pixel at a time under FIFO, stages summed and as one graph.

    Parameters
    ----------
    points : sequence of PhasePoint
        Those of the set ``speedup``.
    outcomes : mapping of PhasePoint to PhaseOutcome
        What was measured at them.

    Returns
    -------
    DataFrame
        Columns network, pixels, form, manual, makespan (of `phase`), speedup, at_most (by the lower
        bound), device, servers, clock_ns. Times are in cycles.
    """
    import pandas as pd

    of_graph = {(point.name, point.pixels): point for point in points}
    rows = []
    for network, pixels in COMPARED.items():
        forms = {"stages summed": published_stages(network)}
        forms |= {
            name.removeprefix(f"{network} "): [name]
            for name in pipelines()
            if name.startswith(f"{network} ")
        }
        for form, names in forms.items():
            parts = [of_graph[name, pixels] for name in names]
            manual = pixels * sum(
                summarize([Job(part.graph)], part.platform, "fifo").makespan for part in parts
            )
            makespan = sum(outcomes[part].makespan["phase"] for part in parts)
            bound = sum(outcomes[part].bound for part in parts)
            row = (network, pixels, form, manual, makespan, manual / makespan, manual / bound)
            rows.append((*row, *_where(parts[0].platform)))
    columns = ["network", "pixels", "form", "manual", "makespan", "speedup", "at_most", *_WHERE]
    return pd.DataFrame(rows, columns=columns)


def _where(platform: Platform) -> tuple[str, str, float]:
    return platform.name, servers_text(platform), platform.clock_ns
