"""The points of the experiment `frame`: what is timed, and all that a result depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.shared.cases import DEFAULT, Case, Setup
from experiments.shared.digests import point_key
from stomp_flim.bounds import largest_bound
from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.frame import FrameTime, Method, frame_bound, free_running, lock_step
from stomp_flim.frame.recurrence import Period
from stomp_flim.frame.steady_state import ROUNDS
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform

Mode = Literal["free-running", "lock-step"]


@dataclass(frozen=True)
class FramePoint:
    """A frame on one platform under one policy.

    Attributes
    ----------
    model, steps : str, int
        The graph of a pixel: the whole of a model, with the steps of a network where none are
        given.
    pixels : int
        Of the frame.
    device, scale : str, int
        The servers: how many times those of a device.
    setup : Setup
        How model and device are taken.
    policy : str
        Name of the policy or its file.
    mode : {"free-running", "lock-step"}
        How pixels take slots.
    slots : int
        Pixels in flight.
    error : float
        With which an extrapolation is content.
    most_tasks : int
        Simulated at most where the mode is free-running.
    """

    model: str
    steps: int | None
    pixels: int
    device: str
    scale: int
    policy: str
    mode: Mode
    slots: int
    error: float
    most_tasks: int
    setup: Setup = DEFAULT

    def __str__(self) -> str:
        return (
            f"{self.model}, {self.pixels:,} pixels, {self.mode} in {self.slots} slots, "
            f"policy {self.policy!r}"
        )

    @property
    def graph(self) -> TaskGraph:
        """The graph of a pixel, made once in each process."""
        return self.case.graph(self.case.loaded.whole, self.steps)

    @property
    def case(self) -> Case:
        """The model on the device."""
        return Case(self.model, self.device, setup=self.setup)

    @property
    def platform(self) -> Platform:
        """The servers."""
        return self.case.provision.scaled(self.scale).platform

    @property
    def tasks(self) -> int:
        """Tasks that are simulated, as far as that is known: as many as a first estimate takes."""
        rounds = 1 if self.mode == "lock-step" else ROUNDS
        pixels = min(self.pixels, rounds * self.slots)
        return min(pixels * len(self.graph), self.most_tasks)

    def key(self) -> str:
        """Digest of all that the outcome depends on: graph, platform, figures and code."""
        return point_key(self, self.graph, self.platform, **asdict(self))


def evaluate(point: FramePoint) -> tuple[FrameTime, int]:
    """Return the time for the frame and the lower bound on it, in cycles.

    Raises
    ------
    InputError, PolicyError, ScheduleError
        As `free_running` and `lock_step` do, with the point named.
    """
    common: dict[str, int] = {"pixels": point.pixels, "slots": point.slots}
    try:
        if point.mode == "lock-step":
            time = lock_step(point.graph, point.platform, point.policy, **common)
        else:
            time = free_running(
                point.graph,
                point.platform,
                point.policy,
                error=point.error,
                most_tasks=point.most_tasks,
                **common,
            )
        bound = frame_bound(point.graph, point.platform, **common)
        if not time.error:  # an estimate may fall below
            largest_bound(time.cycles, {"frame": bound})
        return time, bound
    except (InputError, PolicyError, ScheduleError) as error:
        raise type(error)(f"{point}: {error}") from error


class _Kept(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class _Period(_Kept):
    begin: Annotated[int, Field(ge=0, lt=2**63)]
    jobs: Annotated[int, Field(ge=1, lt=2**63)]
    cycles: Annotated[int, Field(ge=1, lt=2**63)]


class _Time(_Kept):
    cycles: Annotated[int, Field(ge=1, lt=2**63)]
    method: Method
    error: Annotated[float, Field(ge=0)]
    simulated: Annotated[int, Field(ge=1, lt=2**63)]
    period: _Period | None


class _Entry(_Kept):
    """What `to_entry` writes; an entry of another version is none."""

    point: dict[str, Any]
    time: _Time
    lower_bound: Annotated[int, Field(ge=1, lt=2**63)]


def to_entry(point: FramePoint, outcome: tuple[FrameTime, int]) -> dict[str, Any]:
    """Return a point and its outcome as an entry of the journal."""
    time, bound = outcome
    return {"point": asdict(point), "time": asdict(time), "lower_bound": bound}


def from_entry(entry: Any) -> tuple[FrameTime, int] | None:
    """Return the outcome in an entry of the journal, or None if there is none in it."""
    try:
        kept = _Entry.model_validate(entry)
    except ValidationError:
        return None
    figures, period = kept.time.model_dump(), kept.time.period
    time = FrameTime(**{**figures, "period": Period(**period.model_dump()) if period else None})
    most = time.cycles * (1 + time.error)
    return (time, kept.lower_bound) if kept.lower_bound <= most else None
