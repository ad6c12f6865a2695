"""What the experiment `speedup` compares, checked before anything is simulated, and its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from experiments.shared.cases import DEFAULT, Case, Setup, shown_name, with_facts
from experiments.shared.choices import expand
from experiments.shared.labels import policy_label
from experiments.shared.options import MOST_STEPS, require_distinct, require_positive
from experiments.speedup.points import SpeedupOutcome, SpeedupPoint
from stomp_flim.bounds.requested import RequestedBounds
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
NONE_REQUESTED = RequestedBounds()
DEFAULT_POLICIES = ("manual", "manual-lanes", "fifo", "hlfet", "phase")


def default_stages(known: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
    """Return the usual stages as far as models have them, or else all that they have.

    Parameters
    ----------
    known : sequence of str
        Stages that all models have.
    usual : sequence of str
        What is taken where they have them.
    """
    summed = SUM in usual and set(SUMMED) <= set(known)
    found = tuple(stage for stage in usual if stage in known or (stage == SUM and summed))
    return found if found == tuple(usual) else tuple(known)


@dataclass(frozen=True)
class SpeedupSweep:
    """Models x devices x stages x pixels x policies.

    Attributes
    ----------
    models : tuple of str
        As `workloads.models` takes them.
    stages : tuple of str
        Stages of the models, and ``sum``: encoder, decoder and postprocess one after another.
    pixels : tuple of int
        Numbers of pixels, ascending.
    policies : tuple of str
        Names or files of policies.
    steps : int, optional
        Time steps of each stage, by default 1, and of an ONNX file its own.
    devices : tuple of str
        As `experiments.shared.cases` takes them.
    as_published : bool
        The workloads' graphs with the defects of the published ones.
    setup : Setup
        How models and devices are taken.
    requested : RequestedBounds
        Bounds to compute beside those that cost little.

    Raises
    ------
    InputError
        If a name is unknown or given twice, a list is empty or a number is out of its range.
    """

    models: tuple[str, ...] = DEFAULT_MODELS
    stages: tuple[str, ...] = DEFAULT_STAGES
    pixels: tuple[int, ...] = DEFAULT_PIXELS
    policies: tuple[str, ...] = DEFAULT_POLICIES
    steps: int | None = None
    devices: tuple[str, ...] = ("published",)
    as_published: bool = False
    setup: Setup = DEFAULT
    requested: RequestedBounds = NONE_REQUESTED

    def __post_init__(self) -> None:
        require_distinct("model", self.models)
        require_distinct("stage", self.stages)
        require_distinct("number of pixels", self.pixels)
        if self.requested.names:
            require_distinct("bound", [name.value for name in self.requested.names])
        require_distinct("policy", [policy_label(policy) for policy in self.policies])
        require_positive("--pixels", *self.pixels)
        if self.steps is not None:
            require_positive("--steps", self.steps, most=MOST_STEPS)
        object.__setattr__(self, "pixels", tuple(sorted(self.pixels)))
        for policy in self.policies:
            parse(policy)
        self._check_stages()

    def _check_stages(self) -> None:
        """Raise `InputError` where a model lacks a stage, or one that is to be summed."""
        known = (*self._known_stages, SUM)
        for stage in self.stages:
            if stage not in known:
                raise InputError(f"unknown stage {stage!r}; {near_names(stage, known)}")
        for case, stage in product(self.cases, self.simulated_stages):
            there = case.stages
            if stage not in there:
                raise InputError(
                    f"{case.loaded.name}: no stage {stage!r} with {case.durations} durations; "
                    f"expected one of {', '.join(there)}"
                )

    @cached_property
    def _expanded(self) -> tuple[list[Case], list[str]]:
        return expand(self.models, self.devices, self.as_published, self.setup)

    @property
    def cases(self) -> list[Case]:
        """Each model on each device."""
        return self._expanded[0]

    @property
    def remarks(self) -> list[str]:
        """What a reader has to know of the devices: what they lack, and which are left out."""
        warnings = [case.provision.warning for case in self.cases]
        return [*dict.fromkeys(text for text in warnings if text), *self._expanded[1]]

    @property
    def provisions(self) -> list[str]:
        """A line on the servers of each case and what they stand for."""
        return [f"{case}: {case.provision}" for case in self.cases]

    @cached_property
    def _known_stages(self) -> tuple[str, ...]:
        """The stages of all models, in the order of an inference."""
        of_models = (stage for case in self.cases for stage in case.stages)
        known = dict.fromkeys(of_models)
        return tuple(dict.fromkeys([*(stage for stage in STAGES if stage in known), *known]))

    @property
    def simulated_stages(self) -> tuple[str, ...]:
        """The stages that have graphs: those asked for and those that are summed."""
        summed = SUMMED if SUM in self.stages else ()
        wanted = {*self.stages, *summed}
        return tuple(
            stage
            for stage in dict.fromkeys([*STAGES, *self.stages])
            if stage in wanted and stage != SUM
        )

    @property
    def headline_stages(self) -> tuple[str, ...]:
        """The stages that stand for the whole inference, or the first if there is none."""
        whole = tuple(stage for stage in (SUM, "pipeline") if stage in self.stages)
        return whole or self.stages[:1]

    def title(self, case: Case) -> str:
        """Return what a figure calls a case: the model, and the device where there are several."""
        several = len({case.device for case in self.cases}) > 1
        return case.loaded.title + (f" on {case.device_name}" if several else "")

    @property
    def common_steps(self) -> int | None:
        """Steps that give the same graphs where they are said; None for an ONNX file's own."""
        found = {case.steps(self.steps) for case in self.cases}
        return found.pop() if len(found) == 1 else None

    @property
    def options(self) -> dict[str, object]:
        """What the options of a command are that were left to it, by name."""
        return {
            "model": self.models,
            "stage": self.stages,
            "steps": self.common_steps,
            "policy": self.policies,
            "device": self.devices,
        }

    @property
    def steps_text(self) -> str:
        """Steps of a stage in words, such as ``"1 step"``; those of models apart by commas."""
        columns = (case.steps_column(case.steps(self.steps)) for case in self.cases)
        text = ", ".join(dict.fromkeys(map(str, columns)))
        return f"{text} step{'s' * (text != '1')}"

    def point(self, case: Case, stage: str, pixels: int, policy: str) -> SpeedupPoint:
        """Return a point of this sweep."""
        return SpeedupPoint(
            case.model,
            stage,
            case.steps(self.steps),
            self.as_published,
            case.device,
            pixels,
            policy,
            self.setup,
        )

    def points(self) -> list[SpeedupPoint]:
        """Return all that is to be simulated for the table."""
        graphs = list(product(self.cases, self.simulated_stages))
        points = [self.point(*graph, 1, "fifo") for graph in graphs]  # what speed-ups refer to
        points += [
            self.point(*graph, pixels, policy)
            for graph, pixels, policy in product(graphs, self.pixels, self.policies)
        ]
        return list(dict.fromkeys(points))

    def check_device(self) -> None:
        """Try each graph and each policy on each device, on as few tasks as show an error.

        Raises
        ------
        InputError, PolicyError, ScheduleError
            If a device cannot run a task or a policy, or a memory is limited that no task writes.
        """
        self._check_graphs()
        for policy in self.policies:
            self._check_policy(policy)

    def with_policies_that_run(self) -> tuple[SpeedupSweep, list[str]]:
        """Return the sweep without policies that a device has too few servers for, and why.

        For policies that no user has named. The table has the same policies for all devices, so
        that one which cannot run on one of them is left out everywhere.

        Raises
        ------
        InputError, PolicyError, ScheduleError
            As `check_device`, but for those policies.
        """
        self._check_graphs()
        kept, left_out = [], []
        where = " everywhere, since one device cannot run it" if len(self.cases) > 1 else ""
        for policy in self.policies:
            try:
                self._check_policy(policy)
                kept.append(policy)
            except InputError as error:
                left_out.append(f"policy {policy} left out{where}: {error}")
        return replace(self, policies=tuple(kept)), left_out

    def _check_graphs(self) -> None:
        for case in self.cases:
            singles = self._singles(case)
            case.check([single.graph for single in singles])
            for single in singles:
                single.check_device()

    def _check_policy(self, policy: str) -> None:
        for case in self.cases:
            smallest = min(self._singles(case), key=lambda point: point.tasks)
            replace(smallest, policy=policy).schedule()

    def _singles(self, case: Case) -> list[SpeedupPoint]:
        return [self.point(case, stage, 1, "fifo") for stage in self.simulated_stages]

    def table(self, outcomes: Mapping[SpeedupPoint, SpeedupOutcome]) -> pd.DataFrame:
        """Return the table of results, by case, stage, pixels and policy as they were asked for.

        Returns
        -------
        DataFrame
            Columns model, device, stage, steps, pixels, policy, makespan, lower_bound, gap,
            manual_makespan, speedup, and those of `Case.facts`. Times are in cycles;
            ``manual_makespan`` is that of the pixels one at a time, each under FIFO. The gap is a
            fraction of the lower bound.
        """
        import pandas as pd

        rows = [
            (
                *(shown_name(case.model), case.device_name, stage),
                *(case.steps_column(case.steps(self.steps)), pixels),
                policy_label(policy),
                *outcomes[self.point(case, stage, pixels, policy)],
                outcomes[self.point(case, stage, 1, "fifo")].makespan * pixels,
            )
            for case, stage, pixels, policy in product(
                self.cases, self.simulated_stages, self.pixels, self.policies
            )
        ]
        index = ["model", "device", "stage", "steps", "pixels", "policy"]
        cycles = ["makespan", "lower_bound", "manual_makespan"]
        frame = pd.DataFrame(rows, columns=[*index, *cycles])
        if SUM in self.stages:
            summed = frame[frame["stage"].isin(SUMMED)].assign(stage=SUM)
            frame = pd.concat([frame, summed.groupby(index, sort=False, as_index=False).sum()])
        frame["gap"] = frame["makespan"] / frame["lower_bound"] - 1
        frame["speedup"] = frame["manual_makespan"] / frame["makespan"]
        parts = frame.groupby(["model", "device", "stage"])
        columns = [*index, "makespan", "lower_bound", "gap", "manual_makespan", "speedup"]
        found = []
        for case, stage in product(self.cases, self.stages):
            part = parts.get_group((shown_name(case.model), case.device_name, stage))[columns]
            found.append(with_facts(part, case))
        return pd.concat(found).reset_index(drop=True)
