"""What the experiment `compare` compares: policies on graphs, over pixels, decisions charged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from experiments.shared.cases import Case
from experiments.shared.digests import point_key
from experiments.speedup.points import SpeedupOutcome, SpeedupPoint
from experiments.speedup.sweep import SpeedupSweep
from stomp_flim.policy.decision_cost import FREE, DecisionCost
from stomp_flim.run import Run

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_MODELS = ("seq2seqlite",)
DEFAULT_STAGES = ("encoder",)
DEFAULT_POLICIES = ("fifo", "hlfet", "phase")


@dataclass(frozen=True)
class CostlyPoint(SpeedupPoint):
    """A number of pixels of one graph under one policy, whose decisions may take time.

    Attributes
    ----------
    decision : DecisionCost
        What the scheduler's own time costs.
    """

    decision: DecisionCost = FREE

    @property
    def run(self) -> Run:
        """What is simulated."""
        return Run(self.workload, self.platform, self.policy, decision=self.decision)

    def key(self) -> str:
        """Digest of all that the outcome depends on."""
        return point_key(
            self,
            self.graph,
            self.platform,
            self.policy,
            pixels=self.pixels,
            decision=self.decision,
        )


@dataclass(frozen=True)
class Comparison(SpeedupSweep):
    """What a `SpeedupSweep` holds, with a cost of decisions.

    Attributes
    ----------
    decision : DecisionCost
        What the scheduler's own time costs; planners, which decide before the run, are refused
        where it costs something.
    """

    models: tuple[str, ...] = DEFAULT_MODELS
    stages: tuple[str, ...] = DEFAULT_STAGES
    policies: tuple[str, ...] = DEFAULT_POLICIES
    decision: DecisionCost = FREE

    def point(self, case: Case, stage: str, pixels: int, policy: str) -> CostlyPoint:
        """Return a point of this comparison."""
        point = super().point(case, stage, pixels, policy)
        values = {field.name: getattr(point, field.name) for field in fields(point)}
        return CostlyPoint(**values, decision=self.decision)

    def table(self, outcomes: Mapping[SpeedupPoint, SpeedupOutcome]) -> pd.DataFrame:
        """Return the table of results, by case, stage, pixels and policy as they were asked for.

        Returns
        -------
        DataFrame
            Columns model, device, stage, steps, pixels, policy, decision_cycles,
            decision_interval, makespan, lower_bound, gap, and those of `Case.facts`. Times are in
            cycles; the gap is a fraction of the lower bound.
        """
        frame = super().table(outcomes).drop(columns=["manual_makespan", "speedup"])
        place = frame.columns.get_loc("makespan")
        assert isinstance(place, int)
        frame.insert(place, "decision_interval", self.decision.interval)
        frame.insert(place, "decision_cycles", self.decision.cycles)
        return frame
