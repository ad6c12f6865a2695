"""Random worlds, in their short form: fixed seeds, in this process.

``make fuzz-worlds`` is the long one.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import signal

import numpy as np
import pytest

import stomp_flim as sf
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.memory.order import memory_order
from tests.fuzz.worlds import blocks, comparison, memory
from tests.fuzz.worlds.__main__ import blocks_to_do
from tests.fuzz.worlds.blocks import Block, Journal, done_blocks
from tests.fuzz.worlds.comparison import examine
from tests.fuzz.worlds.reproducer import as_program
from tests.fuzz.worlds.scenes import WRONG, scene
from tests.fuzz.worlds.thorough import look_further
from tests.helpers.oracle import rows

SCENES = [scene(seed) for seed in range(200)]
REFUSED = [drawn for drawn in map(scene, range(1500)) if drawn.wrong]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_engines_agree_in_every_world(first):
    """And what they make is valid and beats no bound."""
    for seed in range(first, first + 50):
        assert [] == examine(SCENES[seed]).findings, seed


def test_both_engines_refuse_the_same():
    """Whatever is wrong in a world, both raise the same kind of error and say the same."""
    assert set(WRONG) == {drawn.wrong for drawn in REFUSED}
    for drawn in REFUSED:
        assert [] == examine(drawn).findings


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 7])
def test_the_oracle_the_policies_and_the_optimum_agree(seed):
    """In the first world of a scene."""
    assert [] == examine(SCENES[seed], look_further).findings


def test_what_can_meet_does():
    """Of everything that a world can have there is some in the first scenes."""
    regular = [drawn for drawn in SCENES if drawn.wrong is None]
    graphs = [job.graph for drawn in regular for job in drawn.jobs]
    modes = [mode for graph in graphs for modes in graph.mode_sets for mode in modes]
    kinds = {type(mode.distribution).__name__ for mode in modes}
    assert {"NoneType", "Normal", "Exponential", "Empirical"} == kinds
    assert any(mode.occupancy < mode.latency for mode in modes)
    assert any(len(mode.demand) > 1 for mode in modes)
    assert any(len({job.graph for job in drawn.jobs}) > 1 for drawn in regular)
    assert any(
        buffer.memory in drawn.platform.memories
        for drawn in regular
        for job in drawn.jobs
        for buffer in job.graph.buffers or ()
        if buffer
    )
    rules = [rules for drawn in regular for rules in drawn.rules]
    assert {"instant", "event"} == {each.rounds for each in rules}
    assert {True, False} == {each.slots is None for each in rules}
    assert {"mean", "nothing", "exact"} == {each.knows for each in rules}


def test_no_world_is_counted_twice():
    """The rules of a scene differ."""
    for drawn in SCENES:
        assert len(drawn.rules) == len(set(drawn.rules))


def test_a_seed_gives_the_same_world():
    """So that a finding comes again."""
    for seed in range(40):
        one, other = scene(seed), scene(seed)
        assert as_program(one, one.rules[0]) == as_program(other, other.rules[0])


def test_a_world_as_a_program_is_the_same_world():
    """What it prints is what both engines start."""
    for drawn in [drawn for drawn in SCENES[:30] if drawn.wrong is None]:
        rules = drawn.rules[0]
        try:
            schedule = sf.simulate(drawn.jobs, drawn.platform, **rules._asdict()).schedule
        except sf.DeadlockError:
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(as_program(drawn, rules), {})
        started = "\n".join(map(str, rows(schedule)))
        assert f"simpy\n{started}\ncompiled\n{started}\n" == printed.getvalue()


def test_all_orders_fit_where_one_is_known_and_none_where_there_is_none():
    """Two ways to ask whether memories are large enough."""
    answers = set()
    for drawn, spare in itertools.product(SCENES[:80], (0, -1, -3)):
        for graph in {job.graph for job in drawn.jobs if job.graph.buffers and not drawn.wrong}:
            bits = {name: max(1, bits + spare) for name, bits in drawn.platform.memories.items()}
            largest = dict.fromkeys(bits, 0)
            for buffer in graph.buffers:
                if buffer and buffer.memory in bits:
                    largest[buffer.memory] = max(largest[buffer.memory], buffer.bits)
            if not bits or any(largest[name] > bits[name] for name in bits):
                continue
            try:
                order = memory_order(graph, bits, "")
            except sf.DeadlockError:
                order = None
            assert memory.fits(graph, bits) == (order is not None)
            if order is not None:
                peaks = memory.peaks(graph, order)
                assert all(peaks.get(name, 0) <= bits[name] for name in bits)
            answers.add(order is not None)
    assert {True, False} == answers


class LateEngine(CompiledEngine):
    """It finishes the last task a cycle late."""

    def run(self):
        """Run as the engine does."""
        schedule = super().run()
        schedule.finish[-1] += 1
        return schedule


def raise_key_error(run):
    """Stand in for an engine."""
    raise KeyError("lost")


@pytest.mark.parametrize(
    ("engine", "patched", "expected"),
    [
        ("CompiledEngine", LateEngine, "Difference at"),
        ("SimPyEngine", raise_key_error, "KeyError at"),
        ("lower_bounds", lambda *_: {"too high": 10**9}, "too high is 1000000000"),
    ],
)
def test_a_fault_is_found(monkeypatch, engine, patched, expected):
    """A difference, an error of a wrong kind, a bound above a makespan."""
    monkeypatch.setattr(comparison, engine, patched)
    findings = examine(SCENES[1]).findings
    assert len(SCENES[1].rules) == len(findings)
    assert all(expected in finding for finding in findings)


def test_columns_of_another_type_or_length_differ():
    """Not only those of other values."""
    schedule = sf.simulate(SCENES[1].jobs, SCENES[1].platform).schedule
    for change in (lambda c: c.astype(np.int16), lambda c: c[:-1], lambda c: c[::-1] + 1):
        other = sf.simulate(SCENES[1].jobs, SCENES[1].platform).schedule
        object.__setattr__(other, "mode", change(other.mode))
        with pytest.raises(comparison.Difference, match="mode is"):
            comparison.require_equal(schedule, other)


def test_a_process_that_dies_leaves_its_scene(monkeypatch):
    """As a crash of compiled code does; all others of the block are looked at."""

    def deadly(seed):
        if seed == 1005:
            os.kill(os.getpid(), signal.SIGKILL)
        return scene(seed)

    monkeypatch.setattr(blocks, "scene", deadly)
    found = list(done_blocks([(1000, 1008)], 1))
    assert sorted((block.first, block.end) for block in found if not block.findings) == [
        (1000, 1004),
        (1004, 1005),
        (1006, 1008),
    ]
    assert [(1005, "the system has ended the process")] == [
        finding for block in found for finding in block.findings
    ]


def test_a_run_goes_on_where_the_last_one_has_ended(tmp_path):
    """Also where that was within a line."""
    journal = Journal(tmp_path)
    journal.add(Block(0, 200, {"equal schedules": 900}))
    journal.add(Block(200, 203, {}, [(201, "lost")]))
    with journal.path.open("a") as file:
        file.write('{"first": 203')
    again = Journal(tmp_path)
    assert [(0, 200, 900), (200, 203, 0)] == [(b.first, b.end, b.worlds) for b in again.blocks]
    assert [(203, 204), (204, 205)] == list(itertools.islice(blocks_to_do(0, again.blocks), 2))
    again.add(Block(203, 400))
    assert [0, 200, 203] == [block.first for block in Journal(tmp_path).blocks]
    assert (400, 600) == next(blocks_to_do(0, Journal(tmp_path).blocks))
