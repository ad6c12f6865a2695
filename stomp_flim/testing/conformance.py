"""The conformance kit: it runs a policy in small worlds and says what it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.foreign_output import foreign_output
from stomp_flim.policy import Policy
from stomp_flim.policy.loading import parse
from stomp_flim.schedule import Schedule
from stomp_flim.simulation import Result, simulate
from stomp_flim.testing import hash_seeds as seeds
from stomp_flim.testing import rules
from stomp_flim.testing.claims import claims
from stomp_flim.testing.report import ConformanceError, Finding, Report, Rule
from stomp_flim.testing.worlds import World, changed_futures, reference_worlds


@foreign_output()
def check_policy(
    policy: Any,
    *,
    worlds: Iterable[World] | None = None,
    hash_seeds: Sequence[int] = (),
    strict: bool = True,
) -> Report:
    """Check that a policy keeps the contract; `stomp_flim.testing.RULES` has it in words.

    Parameters
    ----------
    policy : str or object
        As `stomp_flim.simulate` takes it. Its class or function may claim more than its protocol
        asks for, by attributes: ``work_conserving = True``, ``online = True`` or ``False``
        (`stomp_flim.testing.claims.Claims`).
    worlds : iterable of World, optional
        Where it runs, by default in `reference_worlds`; what it may know is checked there always.
    hash_seeds : sequence of int
        Seeds of Python's hashes with which to run it in the reference worlds once more, each in a
        process of its own: a policy that follows the order of a set of names decides otherwise
        there. It must be named by a text then.
    strict : bool
        Raise where it breaks a rule, rather than only report it.

    Returns
    -------
    Report
        What was found.

    Raises
    ------
    ConformanceError
        If it breaks a rule and `strict` is set.
    InputError
        If there is no such policy.

    Examples
    --------
    >>> from stomp_flim.testing import check_policy
    >>> check_policy("hlfet").ok
    True
    """
    chosen = parse(policy)
    if hash_seeds and not isinstance(policy, str):
        raise InputError(
            f"policy {chosen.name!r} is an object, expected a name or a file to run with other "
            "hash seeds"
        )
    kit = _Kit(chosen)
    given = None if worlds is None else tuple(worlds)
    first = {}
    for world in given or reference_worlds():
        fresh = parse(policy)  # a new object where the policy is named by a text
        first[world.name] = kit.run(world, fresh)
    for world in reversed(given or reference_worlds()):
        schedule = first[world.name]
        if schedule is not None:
            kit.compare_again(world, schedule)
            kit.compare_engines(world)
    kit.compare_draws()
    kit.compare_futures()
    for seed in hash_seeds:
        kit.compare_digests(seed)
    ran = tuple(name for name, schedule in first.items() if schedule is not None)
    if not ran and not kit.findings:
        reason = f"it declines every world, the last one with: {kit.reason}"
        kit.add("runs", "all worlds", reason)
    report = Report(chosen.name, chosen.kind, ran, tuple(kit.declined), tuple(kit.findings))
    if strict and not report.ok:
        raise ConformanceError(report)
    return report


class _Kit:
    """Runs a policy and collects what it breaks."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.claims = claims(policy)
        self.findings: list[Finding] = []
        self.declined: list[str] = []
        self.reason = ""

    def add(self, rule: Rule, world: str, message: str | None) -> None:
        """Add a finding if there is one, and the same one once."""
        if message is not None:
            finding = Finding(rule, world, message)
            if finding not in self.findings:
                self.findings.append(finding)

    def run(self, world: World, policy: Policy) -> Schedule | None:
        """Run it in a world under the rules that one run can break; None where there is none."""
        if "slots" in world.options and policy.kind == "planner":
            return None  # it decides by itself what is in flight
        result = self._simulate(world, policy)
        if result is None:
            return None
        schedule = result.schedule
        bound = max(result.bounds.values())
        if result.makespan < bound:
            message = f"the makespan is {result.makespan}, and the lower bound {bound}"
            self.add("bound", world.name, message)
        # Slots and memories let tasks wait, and so does a plan made for other durations.
        executed = policy.kind == "planner" and schedule.durations is not None
        may_wait = "slots" in world.options or world.platform.memories or executed
        if self.claims.work_conserving and not may_wait:
            self.add("work-conserving", world.name, rules.idle(schedule))
        return schedule

    def compare_again(self, world: World, schedule: Schedule) -> None:
        """Run it again with what it remembers of other runs."""
        again = self._simulate(world, self.policy)
        if again is not None:
            self.add("determinism", world.name, rules.difference(schedule, again.schedule))

    def compare_engines(self, world: World) -> None:
        """Run it with one start an event, and in both engines where it is a ranker."""
        if self.policy.kind == "planner":
            return
        for rounds in ("instant", "event"):
            options = {"rounds": rounds, "engine": "simpy"}
            reference = self._simulate(world, self.policy, **options)
            if self.policy.kind == "ranker" and reference is not None:
                compiled = self._simulate(world, self.policy, **{**options, "engine": "compiled"})
                if compiled is not None:
                    different = rules.difference(reference.schedule, compiled.schedule)
                    self.add("engines", f"{world.name}, rounds {rounds!r}", different)

    def compare_draws(self) -> None:
        """Let it decide in two worlds whose durations it does not know and which differ in them."""
        for world in reference_worlds():
            if world.options.get("knows") in ("mean", "nothing"):
                self._compare_worlds(
                    world,
                    World(world.name, world.jobs, world.platform, {**world.options, "seed": 2}),
                )

    def compare_futures(self) -> None:
        """Where it is online, let it decide in two worlds whose futures differ."""
        if self.claims.online:
            self._compare_worlds(*changed_futures())

    def compare_digests(self, seed: int) -> None:
        """Run it in another process, in which names have other hashes."""
        found = seeds.digests_with(self.policy.name, seed)
        for name, digest in seeds.digests(self.policy.name).items():
            if found.get(name) != digest:
                message = f"the schedule is another one with PYTHONHASHSEED={seed}"
                self.add("determinism", name, message)

    def _compare_worlds(self, one: World, other: World) -> None:
        if self.policy.kind == "planner":
            return  # a plan is made before anything is to be seen
        results = [self._simulate(world, self.policy, engine="simpy") for world in (one, other)]
        schedules = [result.schedule for result in results if result is not None]
        if len(schedules) == 2:
            self.add("knowledge", one.name, rules.foresight(*schedules))

    def _simulate(self, world: World, policy: Policy, **options: Any) -> Result | None:
        before = rules.snapshot(world)
        try:
            result = simulate(world.jobs, world.platform, policy, **{**world.options, **options})
            result.schedule.check()
        except (InputError, PolicyError) as error:
            own_word = isinstance(error.__cause__ or error, InputError)
            if own_word and policy.kind != "ranker":
                self.reason = str(error)
                if world.name not in self.declined:
                    self.declined.append(world.name)
            else:
                self.add("runs", world.name, str(error))
            result = None
        except ScheduleError as error:
            self.add("correct", world.name, str(error))
            result = None
        except Exception as error:  # only by what it does to the engine behind its view
            self.add("runs", world.name, f"the run ended by {type(error).__name__}: {error}")
            result = None
        self.add("read-only", world.name, rules.changes(before, rules.snapshot(world)))
        return result
