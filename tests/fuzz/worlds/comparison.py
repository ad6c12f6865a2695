"""What must hold in a world: equal schedules of both engines that are valid and beat no bound."""

from __future__ import annotations

import copy
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import stomp_flim as sf
from stomp_flim.bounds import lower_bounds
from stomp_flim.engines.compiled import state
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.schedule import Schedule
from tests.fuzz.worlds import memory
from tests.fuzz.worlds.rankers import loaded
from tests.fuzz.worlds.scenes import Rules, Scene

COLUMNS = ("job", "task", "mode", "ready", "start", "released", "finish", "server_offset", "server")
ENGINES = ("simpy", "compiled")
ERRORS = {"ranker": sf.PolicyError}
"""What a world is refused with, by what is wrong in it; anything else with an `InputError`."""
ONLY_COMPILED = ("long", "late")


class Difference(Exception):  # noqa: N818 - it is what the search looks for
    """Something that must hold does not."""


@dataclass
class Outcome:
    """What came of a scene.

    Attributes
    ----------
    kinds : Counter of str
        How many worlds had what: equal schedules, or an error as it must be.
    findings : list of str
        What is wrong, each with its rules and its place; empty where all holds.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


Further = Callable[[Scene, sf.Run, Schedule], None]


def examine(scene: Scene, further: Further | None = None) -> Outcome:
    """Look at all worlds of a scene, and further at the first of them."""
    outcome = Outcome()
    rules = scene.rules[0]
    try:
        if scene.wrong is not None:
            outcome.kinds[_refusal(scene, rules, scene.wrong)] += 1
            return outcome
        try:
            base = _run(scene, rules)
        except sf.DeadlockError as error:
            _confirm(scene, error)
            outcome.kinds["DeadlockError"] += 1
            return outcome
        bounds = lower_bounds(base.workload, base.platform, base.instance.durations)
    except Exception as error:
        outcome.findings.append(_told(rules, error))
        return outcome
    for number, rules in enumerate(scene.rules):
        try:
            run = _varied(base, rules)
            schedule = _compared(run, number)
            require_no_bound_above(bounds, schedule.makespan)
            if further is not None and number == 0:
                further(scene, run, schedule)
            outcome.kinds["equal schedules"] += 1
        except Exception as error:
            outcome.findings.append(_told(rules, error))
    return outcome


def require_no_bound_above(bounds: Mapping[str, int], makespan: int) -> None:
    """Raise a `Difference` where a bound is above a makespan that was reached."""
    for name, bound in bounds.items():
        if bound > makespan:
            raise Difference(f"{name} is {bound}, and a schedule takes {makespan}")


def require_equal(expected: Schedule, actual: Schedule) -> None:
    """Raise a `Difference` where a column of a schedule has another type, length or value."""
    for column in COLUMNS:
        wanted, found = getattr(expected, column), getattr(actual, column)
        if wanted.dtype != found.dtype or wanted.tobytes() != found.tobytes():
            raise Difference(f"{column} is {found!r}, in the reference engine {wanted!r}")


def _run(scene: Scene, rules: Rules) -> sf.Run:
    options = rules._asdict()
    return sf.Run(scene.jobs, scene.platform, loaded(options.pop("policy")), **options)


def _varied(base: sf.Run, rules: Rules) -> sf.Run:
    """Return the run of other rules; the jobs are not resolved on the platform once more.

    All rules of a scene have one seed and let policies know the same.
    """
    run = copy.copy(base)
    run.policy, run.rounds, run.slots = loaded(rules.policy), rules.rounds, rules.slots
    return run


def _compared(run: sf.Run, number: int) -> Schedule:
    """Run both engines, the compiled one in one of the ways in which it may have to go on."""
    expected = SimPyEngine(run).run()
    engine = CompiledEngine(run)
    way = number % 4
    if way == 1:  # with a return to Python as each job finishes
        while not engine.advance(jobs=1):
            pass
    elif way == 2 and run.slots is None and run.instance.memories is None:
        missing, longest = engine.state.missing, run.instance.longest_latency
        engine.state = state.initial(engine.tables, missing, longest, cells=1)  # which grows
    elif way == 3:
        without = CompiledEngine(run, record=False)
        without.simulate()
        finish = np.zeros(len(run.workload), np.int64)
        np.maximum.at(finish, expected.job, expected.finish)
        if without.tables.jobs["finish"].tolist() != finish.tolist():
            raise Difference(f"without a record jobs finish at {without.tables.jobs['finish']}")
    actual = engine.run()
    require_equal(expected, actual)
    actual.check()
    return actual


def _refusal(scene: Scene, rules: Rules, wrong: str) -> str:
    """Return the kind of error with which both engines refuse a world, in the same words."""
    errors = [_error(scene, rules, engine) for engine in ENGINES]
    expected: list[type[Exception] | None] = [ERRORS.get(wrong, sf.InputError)] * 2
    if wrong in ONLY_COMPILED:
        expected[0] = None
    kinds = [None if error is None else type(error) for error in errors]
    if kinds != expected:
        raise Difference(f"{wrong}: {errors!r}, expected {expected}") from errors[0] or errors[1]
    if wrong not in ONLY_COMPILED and str(errors[0]) != str(errors[1]):
        raise Difference(f"{wrong}: one engine says {errors[0]}\nand the other one {errors[1]}")
    if "\n" in str(errors[1]):
        raise Difference(f"{wrong}: more than one line: {errors[1]}")
    return f"{kinds[1].__name__ if kinds[1] else None}, {wrong}"


def _error(scene: Scene, rules: Rules, engine: str) -> Exception | None:
    options = rules._asdict()
    try:
        sf.simulate(scene.jobs, scene.platform, engine=engine, **options).schedule.check()
    except Exception as error:
        return error
    return None


def _confirm(scene: Scene, error: sf.DeadlockError) -> None:
    """Raise a `Difference` unless no order of some graph fits, and what is asked for is the least.

    Only the first graph that does not fit is spoken of.
    """
    capacity = scene.platform.memories
    graphs = dict.fromkeys(job.graph for job in scene.jobs)
    stuck = [graph for graph in graphs if not memory.fits(graph, capacity)]
    if not error.proved or not stuck:
        raise Difference("a deadlock, where an order exists" if not stuck else f"{error}")
    for name, bits in error.required.items():
        if not memory.fits(stuck[0], {**capacity, name: bits}):
            raise Difference(f"{bits} bits of {name} are not enough: {error}")
        if memory.fits(stuck[0], {**capacity, name: bits - 1}):
            raise Difference(f"fewer than {bits} bits of {name} are enough: {error}")


def _told(rules: Rules, error: Exception) -> str:
    """Return what went wrong where, the rules first."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    told = f"{rules}\n{type(error).__name__} at {where}: {error}"
    if isinstance(error, Difference) and error.__cause__ is None:
        return told
    return told + "\n" + "".join(traceback.format_exception(error))
