"""What the experiment `speedup` compares, checked before anything is simulated, and its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from experiments.shared.labels import policy_label
from experiments.shared.options import MOST_STEPS, require_distinct, require_positive
from experiments.speedup.points import SpeedupOutcome, SpeedupPoint
from stomp_flim import plugins
from stomp_flim.errors import InputError, near_names
from stomp_flim.policy.loading import parse
from workloads.published.decomposition import STAGES

if TYPE_CHECKING:
    import pandas as pd

SUM = "sum"
SUMMED = ("encoder", "decoder", "postprocess")

DEFAULT_MODELS = ("seq2seq", "seq2seqlite")
DEFAULT_STAGES = (*SUMMED, SUM)
DEFAULT_PIXELS = tuple(2**power for power in range(9))
DEFAULT_POLICIES = ("manual", "manual-lanes", "fifo", "hlfet", "phase")


@dataclass(frozen=True)
class SpeedupSweep:
    """Models x stages x pixels x policies on one device.

    Attributes
    ----------
    models : tuple of str
        Registered workloads.
    stages : tuple of str
        Stages of the workloads, and ``sum``: encoder, decoder and postprocess one after another.
    pixels : tuple of int
        Numbers of pixels, ascending.
    policies : tuple of str
        Names or files of policies.
    steps : int
        Time steps of the encoder and of the decoder.
    device : str
        A registered device.
    as_published : bool
        The workloads' graphs with the defects of the published ones.

    Raises
    ------
    InputError
        If a name is unknown or given twice, a list is empty or a number is out of its range.
    """

    models: tuple[str, ...] = DEFAULT_MODELS
    stages: tuple[str, ...] = DEFAULT_STAGES
    pixels: tuple[int, ...] = DEFAULT_PIXELS
    policies: tuple[str, ...] = DEFAULT_POLICIES
    steps: int = 1
    device: str = "published"
    as_published: bool = False

    def __post_init__(self) -> None:
        require_distinct("model", self.models)
        require_distinct("stage", self.stages)
        require_distinct("number of pixels", self.pixels)
        require_distinct("policy", [policy_label(policy) for policy in self.policies])
        require_positive("--pixels", *self.pixels)
        require_positive("--steps", self.steps, most=MOST_STEPS)
        object.__setattr__(self, "pixels", tuple(sorted(self.pixels)))
        known = (*STAGES, SUM)
        for stage in self.stages:
            if stage not in known:
                raise InputError(f"unknown stage {stage!r}; {near_names(stage, known)}")
        for model in self.models:
            plugins.load("workloads", model)
        for policy in self.policies:
            parse(policy)
        plugins.device(self.device)

    @property
    def simulated_stages(self) -> tuple[str, ...]:
        """The stages that have graphs: those asked for and those that are summed."""
        summed = SUMMED if SUM in self.stages else ()
        return tuple(stage for stage in STAGES if stage in (*self.stages, *summed))

    @property
    def headline_stages(self) -> tuple[str, ...]:
        """The stages that stand for the whole inference, or the first if there is none."""
        whole = tuple(stage for stage in (SUM, "pipeline") if stage in self.stages)
        return whole or self.stages[:1]

    def point(self, model: str, stage: str, pixels: int, policy: str) -> SpeedupPoint:
        """Return a point of this sweep."""
        return SpeedupPoint(
            model, stage, self.steps, self.as_published, self.device, pixels, policy
        )

    def points(self) -> list[SpeedupPoint]:
        """Return all that is to be simulated for the table."""
        graphs = list(product(self.models, self.simulated_stages))
        points = [self.point(*graph, 1, "fifo") for graph in graphs]  # what speed-ups refer to
        points += [
            self.point(*graph, pixels, policy)
            for graph, pixels, policy in product(graphs, self.pixels, self.policies)
        ]
        return list(dict.fromkeys(points))

    def check_device(self) -> None:
        """Try each graph and each policy on the device, on as few tasks as show an error.

        Raises
        ------
        InputError, PolicyError, ScheduleError
            If the device cannot run a task or a policy.
        """
        singles = [
            self.point(model, stage, 1, "fifo")
            for model, stage in product(self.models, self.simulated_stages)
        ]
        for single in singles:
            single.check_device()
        smallest = min(singles, key=lambda point: point.tasks)
        for policy in self.policies:
            replace(smallest, policy=policy).schedule()

    def table(self, outcomes: Mapping[SpeedupPoint, SpeedupOutcome]) -> pd.DataFrame:
        """Return the table of results, by model, stage, pixels and policy as they were asked for.

        Returns
        -------
        DataFrame
            Columns model, stage, steps, pixels, policy, makespan, lower_bound, gap,
            manual_makespan, speedup. Times are in cycles; ``manual_makespan`` is that of the
            pixels one at a time, each under FIFO. The gap is a fraction of the lower bound.
        """
        import pandas as pd

        rows = [
            (model, stage, self.steps, pixels, policy_label(policy))
            + outcomes[self.point(model, stage, pixels, policy)]
            + (outcomes[self.point(model, stage, 1, "fifo")].makespan * pixels,)
            for model, stage, pixels, policy in product(
                self.models, self.simulated_stages, self.pixels, self.policies
            )
        ]
        index = ["model", "stage", "steps", "pixels", "policy"]
        cycles = ["makespan", "lower_bound", "manual_makespan"]
        frame = pd.DataFrame(rows, columns=[*index, *cycles])
        if SUM in self.stages:
            summed = frame[frame["stage"].isin(SUMMED)].assign(stage=SUM)
            frame = pd.concat([frame, summed.groupby(index, sort=False, as_index=False).sum()])
        frame["gap"] = frame["makespan"] / frame["lower_bound"] - 1
        frame["speedup"] = frame["manual_makespan"] / frame["makespan"]
        parts = frame.groupby(["model", "stage"])
        frame = pd.concat([parts.get_group(pair) for pair in product(self.models, self.stages)])
        columns = [*index, "makespan", "lower_bound", "gap", "manual_makespan", "speedup"]
        return frame[columns].reset_index(drop=True)
