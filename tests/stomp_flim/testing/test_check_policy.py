"""The conformance kit: what is right passes, and of each rule it finds what breaks it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pages
import pytest
from registered import POLICIES
from strategies import NewestFirst

from policies.planners.manual import Manual
from stomp_flim import InputError, PolicyError, simulate
from stomp_flim.testing import CONTRACT, RULES, ConformanceError, check_policy, reference_worlds


@pytest.mark.parametrize("policy", POLICIES)
def test_every_registered_policy_keeps_the_contract(policy):
    """A third party's, once installed, too."""
    report = check_policy(policy)
    assert report.ok
    assert CONTRACT == report.contract


def in_order(view, ready):
    """Yield what fits of ready tasks, each in the fastest mode that does."""
    for job, task, _ in ready:
        modes = view.workload.jobs[job].graph.modes(task)
        for mode in sorted(range(len(modes)), key=lambda mode: modes[mode].latency):
            if all(n <= view.free.get(t, 0) for t, n in modes[mode].demand.items()):
                yield job, task, mode
                break


class First:
    """First come, first served; it claims what is true."""

    work_conserving = True

    def dispatch(self, view):
        """Yield what fits."""
        yield from in_order(view, view.ready)


class EachAlone:
    """One task at a time: a dispatcher that idles and does not claim otherwise."""

    def dispatch(self, view):
        """Yield one task once nothing is busy."""
        if view.free == view.platform.servers:
            yield next(in_order(view, view.ready))


class Clairvoyant:
    """A dispatcher that says that it looks at jobs that have not arrived."""

    online = False

    def dispatch(self, view):
        """Let the number of all jobs decide."""
        yield from in_order(view, view.ready[:: -1 if len(view.workload) % 2 else 1])


@pytest.mark.parametrize("policy", [First(), EachAlone(), Clairvoyant(), NewestFirst(), First])
def test_what_is_right_passes(policy):
    """Whether it idles or looks ahead, as long as it does not claim that it does not."""
    policy = policy() if isinstance(policy, type) else policy
    assert check_policy(policy).ok


class Raises:
    """It fails at some cycle."""

    def dispatch(self, view):
        """Raise in the middle of a run."""
        if view.now >= 9:
            raise KeyError("DSP")
        yield from in_order(view, view.ready)


class Sleeps:
    """It starts nothing after a while."""

    def dispatch(self, view):
        """Yield until cycle 5."""
        yield from in_order(view, view.ready if view.now < 5 else ())


class Greedy:
    """It starts what does not fit."""

    def dispatch(self, view):
        """Yield all that is ready."""
        for job, task, _ in view.ready:
            yield job, task, 0


class Declines:
    """It can plan for nothing."""

    def plan(self, workload, platform):
        """Refuse."""
        raise InputError("not today")


class Vandal:
    """It breaks the engine behind its view."""

    def dispatch(self, view):
        """Forget a task."""
        view._ready.clear()
        yield 0, 0, 0


def not_finite(graph, platform, jobs):
    """Return no number for the last task."""
    return np.where(np.arange(len(graph)) < len(graph) - 1, 0.0, np.nan)


class Early:
    """It plans every task one cycle before it can start."""

    def plan(self, workload, platform):
        """Shift a valid schedule."""
        plan = simulate(workload, platform, engine="simpy").schedule
        return replace(
            plan, start=plan.start - 1, released=plan.released - 1, finish=plan.finish - 1
        )


class Remembers:
    """It decides by how often it has been asked, in this run and in those before."""

    asked = 0

    def dispatch(self, view):
        """Turn the order around every third time."""
        self.asked += 1
        yield from in_order(view, view.ready[:: -1 if self.asked % 3 == 0 else 1])


class Counter:
    """A ranker that gives other numbers each time."""

    calls = 0

    def __call__(self, graph, platform, jobs):
        """Return numbers of a generator that is never seeded anew."""
        self.calls += 1
        return np.random.default_rng(self.calls).random(len(graph))


def engine_dependent(graph, platform, jobs):
    """Look who asks: the engines do not ask from the same module."""
    sign = -1 if any("/engines/reference/" in file for file in callers()) else 1
    return sign * graph.bottom_level


def callers():
    """Yield the files of the callers."""
    frame = sys._getframe()
    while frame is not None:
        yield frame.f_code.co_filename.replace("\\", "/")
        frame = frame.f_back


def changes_a_column(graph, platform, jobs):
    """Make a column writable and write to it."""
    levels = graph.bottom_level  # computed anew, and the columns that it is made of are not
    graph.head.setflags(write=True)
    graph.head[:] = 0
    return levels


def changes_a_job(graph, platform, jobs):
    """Give the first job a priority."""
    object.__setattr__(jobs[0], "priority", 99)
    return np.zeros(len(graph))


class Halves:
    """It makes every demand smaller before it dispatches."""

    def dispatch(self, view):
        """Change the modes of the graph."""
        for job in view.workload.jobs:
            for modes in job.graph.mode_sets:
                for mode in modes:
                    object.__setattr__(mode, "demand", dict.fromkeys(mode.demand, 1))
        yield from in_order(view, view.ready)


class Peeks:
    """It looks behind its view at the durations that were drawn."""

    def dispatch(self, view):
        """Start the tasks that will take less time first."""
        drawn = view._instance.durations
        workload = view.workload
        ready = view.ready
        if drawn is not None:
            ready = sorted(
                ready, key=lambda r: int(drawn.latency[workload.record(r.job, r.task)].max())
            )
        yield from in_order(view, ready)


class Waits:
    """It keeps servers for jobs that have not arrived, and for those that are more urgent."""

    def dispatch(self, view):
        """Start nothing where a job comes soon."""
        soon = any(view.now < job.arrival <= view.now + 9 for job in view.workload.jobs)
        if not soon or view.now == 0:
            yield from in_order(view, view.ready)


def knows_how_many(graph, platform, jobs):
    """Rank by the number of jobs, arrived or not."""
    return graph.bottom_level * (-1) ** len(jobs)


knows_how_many.online = True


class Idles(EachAlone):
    """It claims to keep servers busy."""

    work_conserving = True


class IdlePlan(Manual):
    """A planner that claims so, with one job at a time."""

    work_conserving: ClassVar[bool] = True


BROKEN = {
    "runs": [Raises(), Sleeps(), Greedy(), Declines(), Vandal(), not_finite],
    "correct": [Early()],
    "determinism": [Remembers(), Counter()],
    "read-only": [changes_a_column, changes_a_job, Halves()],
    "knowledge": [Peeks(), Waits(), knows_how_many],
    "work-conserving": [Idles(), IdlePlan()],
    "engines": [engine_dependent],
}


@pytest.mark.parametrize(
    ("rule", "policy"),
    [(rule, policy) for rule, policies in BROKEN.items() for policy in policies],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", None),
)
def test_what_breaks_a_rule_is_found(rule, policy):
    """The rule is named, and with `strict` it is an error that says so."""
    report = check_policy(policy, strict=False)
    assert rule in report.broken
    assert not report.ok


@pytest.mark.parametrize(
    "rule", ["correct", "read-only", "knowledge", "work-conserving", "engines"]
)
def test_a_policy_that_breaks_one_rule_breaks_no_other(rule):
    """Findings are not mixed up."""
    for policy in BROKEN[rule]:
        if isinstance(policy, Halves):  # whose assignments do not fit either
            continue
        assert (rule,) == check_policy(policy, strict=False).broken


def test_a_makespan_below_the_bound_is_found(monkeypatch):
    """No schedule can be, so the bound is lifted here."""
    monkeypatch.setattr("stomp_flim.simulation.lower_bounds", lambda *_: {"wrong": 10**9})
    assert ("bound",) == check_policy("fifo", strict=False).broken


def test_every_rule_has_something_that_breaks_it():
    """Of these tests."""
    assert set(RULES) == {*BROKEN, "bound"}


def test_a_broken_rule_is_an_error_that_tells_what_was_seen():
    """The policy, the rule, the world, the cycle and the tasks."""
    with pytest.raises(ConformanceError) as error:
        check_policy(Idles())
    assert isinstance(error.value, PolicyError)
    lines = str(error.value).splitlines()
    assert f"Idles: breaks contract {CONTRACT} in 12 worlds" == lines[0]
    assert lines[1].startswith(
        "  work-conserving, in 'independent tasks': at cycle 0 job 0, task 1"
    )
    assert ("work-conserving",) == error.value.report.broken


def test_a_planner_may_decline_some_worlds(tmp_path):
    """But not all of them."""
    report = check_policy("manual-lanes")
    assert report.ok
    assert "one task" in report.declined
    assert {"equal pixels", "waves, with priorities and deadlines"} == set(report.worlds)
    refused = check_policy(Declines(), strict=False)
    (finding,) = refused.findings
    assert "it declines every world, the last one with: not today" == finding.message


def test_a_dispatcher_may_decline_too():
    """What it cannot run, it says; the rest is checked."""

    class OneUnit(First):
        def dispatch(self, view):
            graph = view.workload.jobs[0].graph
            if any(sum(m.demand.values()) > 1 for modes in graph.mode_sets for m in modes):
                raise InputError("one unit at a time is expected")
            yield from super().dispatch(view)

    report = check_policy(OneUnit())
    assert report.ok
    assert "tasks as STOMP has them" in report.worlds
    assert "equal pixels" in report.declined


def test_the_rules_are_documented():
    """In the table of the page about the kit."""
    page = pages.page("policy_kit.md")
    table = {line.split("|")[1].strip(" `") for line in page.splitlines() if line.startswith("| `")}
    assert set(RULES) <= table


def test_worlds_of_ones_own():
    """It runs there instead."""
    worlds = reference_worlds()[:2]
    assert ("one task", "independent tasks") == check_policy("fifo", worlds=worlds).worlds


SETS = """
def by_letter(graph, platform, jobs):
    letters = list(set("abcdefghijklmnopqrstuvwxyz"))
    return [letters.index(chr(ord("a") + task % 26)) for task in range(len(graph))]
"""


def test_an_order_of_names_in_a_set_is_found(tmp_path):
    """With seeds of Python's hashes, of which at least one is not that of this process."""
    (tmp_path / "sets.py").write_text(SETS)
    report = check_policy(f"{tmp_path}/sets.py:by_letter", hash_seeds=(1, 2), strict=False)
    assert ("determinism",) == report.broken
    assert "PYTHONHASHSEED" in report.findings[0].message


def test_hash_seeds_need_a_policy_that_another_process_can_name():
    """An object cannot be sent."""
    with pytest.raises(InputError, match="is an object, expected a name or a file"):
        check_policy(First(), hash_seeds=[1])


def test_the_library_does_not_depend_on_hashes():
    """Here a dispatcher that keeps tables by the names of server types."""
    assert check_policy("sufferage", hash_seeds=[2]).ok


def test_the_reference_worlds_are_made_anew_and_have_names():
    """So that no policy leaves a trace in them."""
    first, second = reference_worlds(), reference_worlds()
    names = [world.name for world in first]
    assert names == [world.name for world in second]
    assert len(names) == len(set(names))
    assert not {id(job.graph) for world in first for job in world.jobs} & {
        id(job.graph) for world in second for job in world.jobs
    }


def test_the_reference_worlds_tell_policies_apart():
    """Servers are scarce in each but the smallest: what starts first makes a difference."""
    for world in reference_worlds()[1:]:
        schedules = [
            simulate(world.jobs, world.platform, policy, **world.options).schedule
            for policy in ("fifo", "hlfet", "spt", "lpt", "random")
        ]
        orders = {(*s.job.tolist(), *s.task.tolist(), *s.start.tolist()) for s in schedules}
        assert len(orders) >= 2, world.name
