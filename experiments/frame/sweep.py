"""What the experiment `frame` compares: frame times, and the marks beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from experiments.frame.points import FramePoint, Mode
from experiments.shared.cases import DEFAULT, NONE_ABLE, Case, Setup, shown_name
from experiments.shared.choices import expand
from experiments.shared.labels import policy_label
from experiments.shared.options import MOST_STEPS, require_distinct, require_positive
from hwmodels.costs.network import multiply_accumulates
from hwmodels.network import SEQ2SEQLITE
from hwmodels.platforms import Provision
from hwmodels.published.hls import CLOCK_NS, LANE
from stomp_flim.errors import InputError
from stomp_flim.frame import MOST_TASKS, FrameTime
from stomp_flim.model.workload import MOST
from stomp_flim.policy.loading import parse

if TYPE_CHECKING:
    import pandas as pd

MODES: tuple[Mode, ...] = ("free-running", "lock-step")
DEFAULT_PIXELS = 512 * 512
MOST_SCALE = 10_000
"""Multiples of a device's servers, of which an engine keeps each one."""

DEFAULT_SLOTS = (1, 2, 4, 8, 16, 32, 64)
DEFAULT_POLICIES = ("fifo", "hlfet", "modulo")

# The published HLS accelerator of Seq2SeqLite with 135+135 steps on a xc7k410t (arXiv 2410.07364).
LANE_CYCLES = LANE.iteration_cycles()
LANES = {4: "4 HLS lanes", 6: "6 HLS lanes (most that fit)", 8: "8 HLS lanes"}
MULTIPLY_ACCUMULATES = multiply_accumulates(SEQ2SEQLITE)
MULTIPLIERS = 1540


@dataclass(frozen=True)
class Mark:
    """A frame rate to compare with.

    Attributes
    ----------
    name : str
        What has it.
    kind : {"camera", "accelerator", "limit"}
        A demand, a design that exists, or what no design exceeds.
    frames_per_second : float
        The rate.
    """

    name: str
    kind: str
    frames_per_second: float


@dataclass(frozen=True)
class FrameSweep:
    """Slots x policies x modes x platforms, for one frame of one model.

    Attributes
    ----------
    model, steps, pixels : str, int, int
        What a pixel is, and how many a frame has.
    devices, scales : tuple of str, tuple of int
        Platforms: each device with each multiple of its servers.
    setup : Setup
        How model and devices are taken.
    policies : tuple of str
        Rankers, and planners of tables that repeat, which are free-running only.
    modes : tuple of str
        How pixels take slots.
    slots : tuple of int
        Pixels in flight, ascending.
    camera : tuple of float
        Frame rates to be marked.
    error, most_tasks : float, int
        As in `stomp_flim.frame.free_running`.

    Raises
    ------
    InputError
        If a name is unknown or given twice, a list is empty or a number is out of its range.
    """

    model: str = "seq2seqlite"
    steps: int | None = None
    pixels: int = DEFAULT_PIXELS
    devices: tuple[str, ...] = ("published",)
    scales: tuple[int, ...] = (1,)
    policies: tuple[str, ...] = DEFAULT_POLICIES
    modes: tuple[Mode, ...] = MODES
    slots: tuple[int, ...] = DEFAULT_SLOTS
    camera: tuple[float, ...] = (1.0, 10.0, 25.0, 100.0)
    error: float = 1e-3
    most_tasks: int = MOST_TASKS
    setup: Setup = DEFAULT

    def __post_init__(self) -> None:
        for what, values in (
            ("device", self.devices),
            ("scale", self.scales),
            ("policy", [policy_label(policy) for policy in self.policies]),
            ("mode", self.modes),
            ("number of slots", self.slots),
            ("camera rate", self.camera),
        ):
            require_distinct(what, values)
        if self.steps is not None:
            require_positive("--steps", self.steps, most=MOST_STEPS)
        require_positive("--pixels", self.pixels)
        require_positive("--most-tasks", self.most_tasks, most=MOST)
        require_positive("--scale", *self.scales, most=MOST_SCALE)
        require_positive("--slots", *self.slots)
        require_positive("--camera", *self.camera)
        require_positive("--error", self.error)
        for case in self.cases:
            case.check([case.graph(case.loaded.whole, self.steps)])
        for policy in self.policies:
            parsed = parse(policy)
            if parsed.kind != "ranker" and not parsed.plans_tables:
                raise InputError(
                    f"policy {policy!r} is a {parsed.kind}, expected a ranker, which can run in "
                    "slots, or a planner of tables that repeat"
                )
        if "free-running" not in self.modes and all(
            parse(policy).plans_tables for policy in self.policies
        ):
            raise InputError(
                f"mode 'lock-step' and policy {self.policies[0]!r}, whose table is free-running; "
                "expected a ranker, or mode 'free-running'"
            )
        object.__setattr__(self, "slots", tuple(sorted(self.slots)))

    def points(self) -> list[FramePoint]:
        """Return all frames to be timed, the most work first."""
        points = [
            FramePoint(
                self.model,
                self.steps,
                self.pixels,
                case.device,
                scale,
                policy,
                mode,
                slots,
                self.error,
                self.most_tasks,
                self.setup,
            )
            for case, scale, mode, slots, policy in product(
                self.cases, self.scales, self.modes, reversed(self.slots), self.policies
            )
            if mode == "free-running" or not parse(policy).plans_tables
        ]
        return sorted(points, key=lambda point: -point.tasks)

    def table(self, outcomes: Mapping[FramePoint, tuple[FrameTime, int]]) -> pd.DataFrame:
        """Return the table of results.

        Returns
        -------
        DataFrame
            Columns model, device, steps, pixels, platform (a multiple of the device), policy,
            mode, slots, cycles, seconds, frames_per_second, method, error, simulated, lower_bound,
            gap, and those of `Case.facts`. The error is a fraction of the cycles with 99%
            confidence, 0 where they are exact; the gap one of the bound.
        """
        import pandas as pd

        rows = []
        for point in self.points():
            time, bound = outcomes[point]
            seconds = time.cycles * point.platform.clock_ns * 1e-9
            rows.append(
                {
                    "model": shown_name(point.model),
                    "device": point.case.device_name,
                    "steps": self.steps_column,
                    "pixels": point.pixels,
                    "platform": point.platform.name,
                    "policy": policy_label(point.policy),
                    "mode": point.mode,
                    "slots": point.slots,
                    "cycles": time.cycles,
                    "seconds": seconds,
                    "frames_per_second": 1 / seconds,
                    "method": time.method,
                    "error": time.error,
                    "simulated": time.simulated,
                    "lower_bound": bound,
                    "gap": time.cycles / bound - 1,
                    **point.case.facts(point.scale),
                }
            )
        order = {name: place for place, name in enumerate(self.platforms)}
        frame = pd.DataFrame(rows).astype(dict.fromkeys(NONE_ABLE, object))
        frame["order"] = frame["platform"].map(order)
        frame = frame.sort_values(["order", "policy", "mode", "slots"], kind="stable")
        return frame.drop(columns="order").reset_index(drop=True)

    @property
    def platforms(self) -> list[str]:
        """Names of the platforms, in order."""
        return [of.platform.name for of in self._provisions]

    @cached_property
    def _expanded(self) -> tuple[list[Case], list[str]]:
        return expand([self.model], self.devices, False, self.setup)

    @property
    def cases(self) -> list[Case]:
        """The model on each device."""
        return self._expanded[0]

    @property
    def _provisions(self) -> list[Provision]:
        return [case.provision.scaled(n) for case, n in product(self.cases, self.scales)]

    @property
    def provisions(self) -> list[str]:
        """A line on the servers of each platform and what they stand for."""
        title, durations = self.cases[0].loaded.title, self.cases[0].durations
        return [
            f"{title} on {of.platform.name}, {durations} durations: {of}" for of in self._provisions
        ]

    @property
    def steps_column(self) -> int | str:
        """Steps of a stage where those of all are equal, else as in `steps_text`."""
        case = self.cases[0]
        return case.steps_column(None if case.loaded.network is None else self.steps)

    @property
    def steps_text(self) -> str:
        """Steps of the stages, such as ``"135+135"``; empty where the model is no network."""
        network = self.cases[0].loaded.network
        if network is None or self.steps is None:
            return self.cases[0].loaded.steps
        return "+".join([str(self.steps)] * len(network.stages))

    @property
    def remarks(self) -> list[str]:
        """What a reader has to know of the platforms: what they lack, and which are left out."""
        warnings = (provision.warning for provision in self._provisions)
        clocks = (
            f"seconds and frame rates are at an assumed clock of {case.platform.clock_ns:g} ns, "
            f"since {case.loaded.name} says none; expected --clock-ns"
            for case in self.cases
            if case.clock_assumed
        )
        return [*(text for text in warnings if text), *clocks, *self._expanded[1]]

    def marks(self) -> list[Mark]:
        """Return the camera's rates and, for the published network, its accelerators and limit."""
        marks = [Mark(f"camera {rate:g}/s", "camera", rate) for rate in sorted(self.camera)]
        if self.model != "seq2seqlite" or self.steps not in (None, SEQ2SEQLITE.steps):
            return marks
        second = 1e9 / CLOCK_NS
        for lanes, name in LANES.items():
            cycles = -(-self.pixels // lanes) * LANE_CYCLES
            marks.append(Mark(name, "accelerator", second / cycles))
        cycles = -(-self.pixels * MULTIPLY_ACCUMULATES // MULTIPLIERS)
        return [*marks, Mark(f"{MULTIPLIERS} multipliers", "limit", second / cycles)]


def marks_table(marks: Sequence[Mark]) -> pd.DataFrame:
    """Return marks as a table: columns name, kind, frames_per_second, seconds."""
    import pandas as pd

    frame = pd.DataFrame([asdict(mark) for mark in marks])
    frame["seconds"] = 1 / frame["frames_per_second"]
    return frame
