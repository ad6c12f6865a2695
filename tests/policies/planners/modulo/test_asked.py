"""What may be asked of `modulo`, and what it answers to what cannot be."""

from __future__ import annotations

import re

import pytest

import stomp_flim as sf
from policies.planners.modulo.policy import Modulo
from stomp_flim.policy.loading import parse

GRAPH = sf.TaskGraph.from_tasks(
    [
        sf.Task("read", [sf.Mode({"port": 1}, 5)], buffer=sf.Buffer("BRAM", 8)),
        sf.Task("multiply", [sf.Mode({"DSP": 1}, 2)]),
        sf.Task("exponential", [sf.Mode({"DSP": 1}, 14)]),
    ],
    [(0, 1), (1, 2)],
    name="pixel",
)
PLATFORM = sf.Platform({"port": 2, "DSP": 4}, name="small")


def test_a_table_may_be_given():
    """Jobs and cycles of a period, as parameters of the policy."""
    table = parse("modulo:jobs=4,cycles=17").implementation.period(GRAPH, PLATFORM)
    table.check()
    assert (4, 17) == (table.jobs, table.cycles)


@pytest.mark.parametrize(
    ("policy", "memory", "slots", "message"),
    [
        ("modulo", {}, 0, "slots is 0, expected an integer >= 1"),
        ("modulo:cycles=-1", {}, None, "modulo: cycles is -1, expected an integer >= 0"),
        ("modulo:jobs=3", {}, None, "modulo: jobs is 3, expected cycles for them too"),
        (
            "modulo:jobs=4,cycles=15",
            {},
            None,
            r"15 cycles for 4 jobs of 'pixel', expected at least 16 \(DSP\)",
        ),
        (
            "modulo:jobs=4,cycles=16",
            {},
            4,
            r"16 cycles for 4 jobs of 'pixel', expected at least 21 \(slots\)",
        ),
        (
            "modulo:jobs=4,cycles=20",
            {"BRAM": 8},
            None,
            r"20 cycles for 4 jobs of 'pixel', expected at least 28 \(BRAM\)",
        ),
        (
            "modulo:jobs=1,cycles=7",
            {},
            None,
            r"7 cycles for 1 job of 'pixel', expected at least 14 \(whole tasks\)",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(policy, memory, slots, message):
    """Too few cycles, slots or bits, and no slot at all."""
    platform = sf.Platform({"port": 2, "DSP": 4}, name="small", memories=memory)
    with pytest.raises(sf.InputError, match=message):
        parse(policy).implementation.period(GRAPH, platform, slots)


@pytest.mark.parametrize(
    ("policy", "memory", "slots", "message"),
    [
        ("jobs=3,cycles=17", {}, 4, "5 jobs in flight in 4 slots"),
        ("jobs=3,cycles=15", {"BRAM": 16}, None, "5 jobs in flight hold 24 bits of 'BRAM' with 16"),
        ("jobs=5,cycles=27", {}, None, "tasks of several lengths or on several servers find no"),
    ],
)
def test_what_is_too_tight_is_told_with_a_table_that_is_not(policy, memory, slots, message):
    """The period that the message expects is one that can be had."""
    platform = sf.Platform({"port": 1, "DSP": 4}, memories=memory)
    with pytest.raises(sf.InputError, match=message) as refused:
        parse(f"modulo:{policy}").implementation.period(GRAPH, platform, slots)
    cycles, jobs = re.findall(r"expected (\d+) cycles for (\d+) job", str(refused.value))[0]
    table = Modulo(int(jobs), int(cycles)).period(GRAPH, platform, slots)
    table.check()


def test_little_memory_takes_a_longer_period():
    """Buffers of one job at a time, or of two, are a bound that the table meets."""
    for bits, cycles in ((8, 7), (16, 4), (10**6, 4)):
        platform = sf.Platform({"port": 2, "DSP": 4}, memories={"BRAM": bits})
        table = Modulo().period(GRAPH, platform)
        table.check()
        assert table.memory["BRAM"] <= bits
        assert cycles == table.cycles_per_job


def test_a_memory_for_one_job_in_any_other_order():
    """Where tasks as late as possible need more than there is, a job runs alone as it can."""
    dsp = [sf.Mode({"DSP": 1}, 2)]
    tasks = [sf.Task(f"load {n}", dsp, buffer=sf.Buffer("BRAM", 4)) for n in range(3)]
    tasks += [sf.Task(f"use {n}", dsp) for n in range(3)]
    graph = sf.TaskGraph.from_tasks(tasks, [(0, 3), (1, 4), (2, 5)])
    platform = sf.Platform({"DSP": 6}, memories={"BRAM": 4})
    table = Modulo().period(graph, platform)
    table.check()
    assert {"BRAM": 4} == table.memory
    table.schedule(5).check()


def test_memory_that_holds_no_job_is_a_deadlock():
    """As with any other policy."""
    dsp = [sf.Mode({"DSP": 1}, 2)]
    tasks = [sf.Task("load", dsp, buffer=sf.Buffer("BRAM", 4)) for _ in range(2)]
    graph = sf.TaskGraph.from_tasks([*tasks, sf.Task("use", dsp)], [(0, 2), (1, 2)])
    with pytest.raises(sf.DeadlockError):
        Modulo().period(graph, sf.Platform({"DSP": 6}, memories={"BRAM": 4}))
