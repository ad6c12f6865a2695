"""How far the policy `phase` is from the bounds: ``python -m experiments.phase.command --help``.

``docs/background/phase.md`` shows what it prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from experiments.phase.points import SETS, PhasePoint, pipelines, published_graphs
from hwmodels.published import published
from stomp_flim import Job, TaskGraph, Workload, summarize
from stomp_flim.bounds import lower_bounds, start_count_bound
from stomp_flim.errors import near_names
from stomp_flim.files import replacing

POLICIES = ("fifo", "hlfet", "phase")
CLOSE = 1
"""Per cent of the bound beyond which that of start counts is worth its time."""
COMPARED = {"Seq2Seq": 64, "Seq2SeqLite": 256}
"""Pixels of the published speed-ups."""


@dataclass(frozen=True)
class PhaseOutcome:
    """Makespans at a point, the tightest bound on them and its name."""

    point: PhasePoint
    makespan: dict[str, int]
    bound: int
    bound_name: str

    def gap(self, policy: str = "phase") -> float:
        """Return how far a policy is above the bound, as a fraction of it."""
        return self.makespan[policy] / self.bound - 1

    def is_within(self, per_cent: int) -> bool:
        """Return whether `phase` is at most so many per cent above the bound."""
        return 100 * self.makespan["phase"] <= (100 + per_cent) * self.bound

    @property
    def is_worse(self) -> bool:
        """Whether `phase` is worse than the better of FIFO and HLFET."""
        return self.makespan["phase"] > min(self.makespan["fifo"], self.makespan["hlfet"])


def measure(point: PhasePoint, start_counts: float = 0.0) -> PhaseOutcome:
    """Simulate a point under all policies.

    Parameters
    ----------
    point : PhasePoint
        What is simulated.
    start_counts : float
        Seconds for the bound of start counts where the gap is above 1%, 0 for none.
    """
    workload = Workload([Job(point.graph)] * point.pixels)
    makespan = {policy: summarize(workload, point.platform, policy).makespan for policy in POLICIES}
    bounds = lower_bounds(workload, point.platform)
    outcome = _compared(point, makespan, bounds)
    if start_counts and not outcome.is_within(CLOSE):
        bounds["start counts"] = start_count_bound(
            workload, point.platform, time_limit=start_counts
        )
        outcome = _compared(point, makespan, bounds)
    return outcome


def _compared(point: PhasePoint, makespan: dict[str, int], bounds: dict[str, int]) -> PhaseOutcome:
    name = max(bounds, key=bounds.__getitem__)
    return PhaseOutcome(point, makespan, bounds[name], name)


def summary(outcomes: list[PhaseOutcome]) -> str:
    """Say in a line how close `phase` is to the bounds."""
    worst = max(outcomes, key=PhaseOutcome.gap)
    within = ", ".join(
        f"within {per_cent}% at {sum(outcome.is_within(per_cent) for outcome in outcomes)}"
        for per_cent in (1, 2, 4)
    )
    return (
        f"{len(outcomes)} points: at most {worst.gap():.2%} above the bound ({worst.point.name}, "
        f"{worst.point.pixels} pixels), {within}, worse than the better of FIFO and HLFET at "
        f"{sum(outcome.is_worse for outcome in outcomes)}"
    )


def speedups() -> Table:
    """Return the speed-ups over one pixel at a time under FIFO, stages summed and as one graph."""
    table = Table("network", "pixels", "form", "manual", "makespan", "speed-up", "at most")
    for model, pixels in COMPARED.items():
        stages = [g for n, g in published_graphs().items() if n.startswith((f"{model} ", "post"))]
        _add(table, model, pixels, "stages summed", stages)
        for name, graph in pipelines().items():
            if name.startswith(f"{model} "):
                _add(table, model, pixels, name.removeprefix(f"{model} "), [graph])
    return table


def _add(table: Table, model: str, pixels: int, form: str, graphs: list[TaskGraph]) -> None:
    manual = makespan = bound = 0
    for graph in graphs:
        outcome = measure(PhasePoint(form, graph, published(), pixels))
        manual += pixels * summarize([Job(graph)], published(), "fifo").makespan
        makespan += outcome.makespan["phase"]
        bound += outcome.bound
    table.add_row(
        *(model, str(pixels), form, str(manual), str(makespan)),
        *(f"{manual / makespan:.2f}", f"{manual / bound:.2f}"),
    )


def main(
    which: Annotated[
        list[str], typer.Argument(metavar="SET...", help=f"{', '.join(SETS)} or speedup.")
    ],
    start_counts: Annotated[
        float, typer.Option(help="Seconds a point for the bound of start counts, gap above 1%.")
    ] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Also write the points as CSV.")] = None,
) -> None:
    """Print the gap of `phase`, HLFET and FIFO to the tightest bound, point by point."""
    console = Console(soft_wrap=True)
    for name in which:
        if name not in (*SETS, "speedup"):
            raise typer.BadParameter(
                f"unknown set {name!r}; {near_names(name, (*SETS, 'speedup'))}"
            )
    lines = ["set,name,pixels,bound,bound_name," + ",".join(POLICIES)]
    for name in which:
        if name == "speedup":
            console.print(speedups())
            continue
        outcomes = []
        for point in SETS[name]():
            outcome = measure(point, start_counts)
            outcomes.append(outcome)
            gaps = "  ".join(f"{policy} {outcome.gap(policy):7.2%}" for policy in POLICIES)
            bound = f"{outcome.bound:>7} ({outcome.bound_name})"
            console.print(f"{point.name:44} {point.pixels:5}  {gaps}  {bound}", highlight=False)
            row = (name, f'"{point.name}"', point.pixels, outcome.bound, outcome.bound_name)
            lines.append(",".join(map(str, (*row, *outcome.makespan.values()))))
        console.print(f"{name}: {summary(outcomes)}", highlight=False)
    if out is not None:
        with replacing(out) as temporary:
            temporary.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    typer.run(main)
