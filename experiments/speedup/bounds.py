"""Bounds that are asked for by name, once for all policies of a number of pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.shared.cases import shown_name
from experiments.shared.digests import point_key
from experiments.shared.sweep import run_all
from experiments.speedup.points import SpeedupOutcome, SpeedupPoint
from experiments.speedup.sweep import SpeedupSweep
from stomp_flim.bounds import largest_bound, lower_bounds
from stomp_flim.bounds.requested import RequestedBounds
from stomp_flim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Found = Mapping["BoundPoint", Mapping[str, int]]


@dataclass(frozen=True)
class BoundPoint:
    """All bounds of a number of pixels of one graph.

    Attributes
    ----------
    of : SpeedupPoint
        Whose policy does not matter.
    requested : RequestedBounds
        Beside those that every point has.
    """

    of: SpeedupPoint
    requested: RequestedBounds

    @property
    def tasks(self) -> int:
        """Number of tasks that are bounded."""
        return len(self.of.graph) * self.of.pixels

    def key(self) -> str:
        """Digest of all that the bounds depend on."""
        requested, pixels = repr(self.requested), self.of.pixels
        graph, platform = self.of.graph, self.of.platform
        return point_key(self, graph, platform, "fifo", pixels=pixels, requested=requested)


def bound_all(sweep: SpeedupSweep, journal: Path, processes: int) -> Found:
    """Return the bounds of each graph and number of pixels, none where none is requested."""
    if not sweep.requested.names:
        return {}
    points = [bound_point(point, sweep.requested) for point in sweep.points()]
    return run_all(list(dict.fromkeys(points)), journal, processes, evaluate, to_entry, from_entry)


def bound_point(point: SpeedupPoint, requested: RequestedBounds) -> BoundPoint:
    """Return where the bounds of a point are found, whatever its policy."""
    anyhow = {**vars(point), "policy": "fifo"}
    return BoundPoint(SpeedupPoint(**anyhow), requested)


def evaluate(point: BoundPoint) -> dict[str, int]:
    """Return every bound by name, in cycles.

    Raises
    ------
    InputError
        As `RequestedBounds.of`, with the point named.
    """
    workload, platform = point.of.workload, point.of.platform
    try:
        requested = point.requested.of(workload, platform)
    except InputError as error:
        raise InputError(f"{point.of}: {error}") from error
    return {**lower_bounds(workload, platform), **requested}


def to_entry(point: BoundPoint, bounds: Mapping[str, int]) -> dict[str, object]:
    """Return the bounds of a point as an entry of the journal."""
    return {"pixels": point.of.pixels, "bounds": dict(bounds)}


def from_entry(entry: Mapping[str, Any] | None) -> Mapping[str, int] | None:
    """Return the bounds in an entry of the journal, or None if there are none."""
    match entry:
        case {"bounds": dict(bounds)} if bounds:
            whole = all(isinstance(bound, int) and bound >= 1 for bound in bounds.values())
            return bounds if whole else None
    return None


def tightened(
    outcomes: Mapping[SpeedupPoint, SpeedupOutcome], sweep: SpeedupSweep, found: Found
) -> dict[SpeedupPoint, SpeedupOutcome]:
    """Return outcomes beside the largest of all bounds that were found.

    Raises
    ------
    ScheduleError
        If a bound is above a makespan.
    """
    result = {}
    for point, (makespan, known) in outcomes.items():
        bounds = found.get(bound_point(point, sweep.requested), {})
        result[point] = SpeedupOutcome(makespan, largest_bound(makespan, {"": known, **bounds}))
    return result


def bounds_table(sweep: SpeedupSweep, found: Found) -> pd.DataFrame:
    """Return which bound holds where.

    Returns
    -------
    DataFrame
        Columns model, device, stage, pixels, cheap_bound and cheap_bound_name (the largest of
        those that cost little), one for each requested bound, lower_bound and lower_bound_name. In
        cycles; where two are equal it is the cheaper one that is named.
    """
    import pandas as pd

    rows = []
    for point, bounds in sorted_points(sweep, found):
        asked = {name: bounds[name] for name in names(sweep)}
        cheap = {name: bound for name, bound in bounds.items() if name not in asked}
        least, best = (max(of, key=of.__getitem__) for of in (cheap, {**cheap, **asked}))
        where = (shown_name(point.model), point.case.device_name, point.stage, point.pixels)
        rows.append((*where, cheap[least], least, *asked.values(), bounds[best], best))
    columns = ["model", "device", "stage", "pixels", "cheap_bound", "cheap_bound_name"]
    requested = [name.replace(" ", "_") for name in names(sweep)]
    return pd.DataFrame(rows, columns=[*columns, *requested, "lower_bound", "lower_bound_name"])


def names(sweep: SpeedupSweep) -> Sequence[str]:
    """Return the names that results give to the requested bounds."""
    return [name.shown for name in sweep.requested.names]


def sorted_points(
    sweep: SpeedupSweep, found: Found
) -> list[tuple[SpeedupPoint, Mapping[str, int]]]:
    """Return the points of a sweep with their bounds, in the order of its table."""
    points = [bound_point(point, sweep.requested) for point in sweep.points()]
    asked = [point for point in dict.fromkeys(points) if point.of.pixels in sweep.pixels]
    return [(point.of, found[point]) for point in asked]
