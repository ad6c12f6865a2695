"""What is to be simulated: checked once, whichever door it comes through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

from stomp_flim.arrays import is_integer
from stomp_flim.chance.knowledge import Knows, require_knows
from stomp_flim.chance.representable import MOST_CYCLES
from stomp_flim.errors import InputError
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Job, Workload
from stomp_flim.policy import Policy
from stomp_flim.policy.decision_cost import FREE, DecisionCost
from stomp_flim.policy.loading import parse

Rounds = Literal["instant", "event"]


class Run:
    """Jobs on a platform under a policy, and the rules of the run.

    `simulate`, `summarize`, both engines, frames and experiments take it.

    Parameters
    ----------
    jobs : iterable of Job, or Workload
        What arrives.
    platform : Platform
        The servers.
    policy : str or object
        A name (``"hlfet"``, ``"manual-lanes:lanes=8"``), a file (``"mine.py:shortest_first"``) or
        an object that follows a protocol of `stomp_flim.policy`.
    rounds : {"instant", "event"}
        One round after all events of an instant, or at most one start after each event as IBM's
        STOMP does; a planner knows neither. Dispatchers then meet the completions of an instant in
        STOMP's order (`stomp_flim.engines.reference.stomp_order`), rankers in the order of
        dispatch.
    seed : int
        For durations that are random, at least 0: they depend on the workload and the seed alone,
        whatever the policy and the engine (`stomp_flim.chance.durations.draw`).
    knows : {"exact", "mean", "nothing"}
        What the policy knows of durations (`stomp_flim.chance.knowledge`). A plan made without the
        exact ones is executed in its order on its servers, as early as possible.
    slots : int, optional
        How many jobs may be in flight, by default all. Those that have arrived wait in the order
        of arrival (equal ones: of input), and the sources of one enter at the very point of an
        instant at which the last task of another finishes. They are ready since the arrival.
    decision : DecisionCost
        What the scheduler's own time costs, by default nothing. Where it costs something the run is
        SimPy's.

    Raises
    ------
    InputError
        If an argument is wrong, two do not go together, or the platform cannot run a task.
    DeadlockError
        If the memories are too small for a graph in whatever order its tasks run.

    Attributes
    ----------
    workload, policy : Workload, Policy
        The jobs and the policy as they were understood.
    instance : Instance
        The workload resolved on the platform.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
    >>> run = sf.Run([sf.Job(graph)] * 4, sf.device("published"), "hlfet", slots=2)
    >>> sf.simulate(run).makespan == sf.summarize(run).makespan
    True
    """

    def __init__(
        self,
        jobs: Iterable[Job] | Workload,
        platform: Platform,
        policy: Any = "fifo",
        *,
        rounds: Rounds = "instant",
        seed: int = 0,
        knows: Knows = "mean",
        slots: int | None = None,
        decision: DecisionCost = FREE,
    ) -> None:
        self.workload = jobs if isinstance(jobs, Workload) else Workload(jobs)
        if not isinstance(platform, Platform):
            raise InputError(f"the platform is {platform!r}, expected a Platform")
        if rounds not in get_args(Rounds):
            raise InputError(f"rounds is {rounds!r}, expected one of {get_args(Rounds)}")
        self.platform = platform
        self.policy: Policy = parse(policy)
        self.rounds = rounds
        self.seed = seed
        self.knows = require_knows(knows)
        self.slots = slots
        self.decision = decision
        self._require_slots()
        self._require_decision()
        self.instance = Instance(self.workload, platform, seed, knows)

    @classmethod
    def of(
        cls,
        jobs: Iterable[Job] | Workload | Run,
        platform: Platform | None,
        policy: Any,
        **rules: Any,
    ) -> Run:
        """Return a run, made of the arguments unless the first of them is one.

        Raises
        ------
        InputError
            If there is a run and other arguments too, or no platform.
        """
        if not isinstance(jobs, Run):
            if platform is None:
                raise InputError("there is no platform, expected one beside the jobs")
            return cls(jobs, platform, policy, **rules)
        defaults = {**(cls.__init__.__kwdefaults__ or {}), "policy": "fifo", "platform": None}
        for name, value in {**rules, "policy": policy, "platform": platform}.items():
            if value is not defaults[name] and value != defaults[name]:
                raise InputError(f"{name} is {value!r} beside a Run, which has one already")
        return jobs

    def __repr__(self) -> str:
        return (
            f"Run({len(self.workload):,} jobs of {self.workload.tasks:,} tasks on "
            f"{self.platform.name!r}, policy {self.policy.name!r}, rounds {self.rounds!r}, seed "
            f"{self.seed}, knows {self.knows!r}, slots {self.slots}, decision {self.decision})"
        )

    def _require_slots(self) -> None:
        """Raise where a planner is to heed slots: it decides by itself what is in flight."""
        if self.slots is None:
            return
        if not is_integer(self.slots) or self.slots < 1:
            raise InputError(
                f"slots is {self.slots!r}, expected an integer >= 1, or None for no limit"
            )
        if self.policy.kind == "planner":
            raise InputError(
                f"policy {self.policy.name!r} is a planner, which plans all jobs by itself and "
                "knows no slots; expected a ranker or a dispatcher"
            )

    def _require_decision(self) -> None:
        """Raise where a decision has no time: before the run, or as one start an event."""
        if not isinstance(self.decision, DecisionCost):
            raise InputError(f"decision is {self.decision!r}, expected a DecisionCost")
        if not self.decision:
            return
        if self.policy.kind == "planner":
            raise InputError(
                f"policy {self.policy.name!r} is a planner, which decides before the run and costs "
                "it no time; expected a ranker or a dispatcher where decisions cost time"
            )
        longest = self.workload.tasks * max(self.decision.cycles, self.decision.interval)
        if longest > MOST_CYCLES // 2:
            raise InputError(
                f"decisions of {self.decision.cycles:,} cycles every {self.decision.interval:,} "
                f"cycles for {self.workload.tasks:,} tasks, expected a run of less than 2^62 cycles"
            )
        if self.rounds != "instant":
            raise InputError(
                f"rounds is {self.rounds!r}, expected 'instant' where decisions cost time"
            )
