"""One object says what is simulated, and every door checks it alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import rankers, workloads

import stomp_flim as sf

GRAPH = sf.TaskGraph.from_tasks([sf.Task("read", [sf.Mode({"server": 1}, 3)])], [])
PLATFORM = sf.Platform({"server": 1})
DOORS = [sf.Run, sf.simulate, sf.summarize]

WRONG = [
    ({"rounds": "nonsense"}, "rounds is 'nonsense', expected one of"),
    ({"knows": "all"}, "knows is 'all', expected one of"),
    ({"slots": 0}, "slots is 0, expected an integer >= 1"),
    ({"slots": 2.5}, "slots is 2.5, expected an integer >= 1"),
    ({"seed": -1}, "the seed is -1"),
    ({"policy": "fifoo"}, "unknown policy 'fifoo'"),
    ({"platform": {"server": 1}}, "the platform is {'server': 1}, expected a Platform"),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_every_door_refuses_the_same_in_the_same_words(door, wrong, message):
    """No argument is checked by one of them only."""
    with pytest.raises(sf.InputError) as error:
        door([sf.Job(GRAPH)], **{"platform": PLATFORM, **wrong})
    assert str(error.value).startswith(message)


@settings(max_examples=30)
@given(workloads(), rankers, st.sampled_from(["instant", "event"]), st.integers(1, 3))
def test_a_run_and_its_arguments_are_the_same(scene, policy, rounds, slots):
    """What is said at once or piece by piece gives one schedule, on either engine."""
    jobs, platform = scene
    run = sf.Run(jobs, platform, policy, rounds=rounds, slots=slots)
    expected = sf.simulate(jobs, platform, policy, rounds=rounds, slots=slots).makespan
    assert expected == sf.simulate(run).makespan
    assert expected == sf.simulate(run, engine="simpy").makespan
    assert expected == sf.summarize(run).makespan


@pytest.mark.parametrize(
    ("beside", "name"),
    [({"policy": "hlfet"}, "policy"), ({"platform": PLATFORM}, "platform"), ({"seed": 2}, "seed")],
)
def test_nothing_but_the_engine_stands_beside_a_run(beside, name):
    """Of two answers to one question neither is dropped in silence."""
    with pytest.raises(sf.InputError, match=f"{name} is .* beside a Run, which has one already"):
        sf.simulate(sf.Run([sf.Job(GRAPH)], PLATFORM), **beside)


def test_jobs_need_a_platform():
    """A run has one, jobs do not."""
    with pytest.raises(sf.InputError, match="there is no platform"):
        sf.simulate([sf.Job(GRAPH)])


def test_a_run_in_a_line():
    """The repr is as short for many jobs as for one."""
    text = repr(sf.Run([sf.Job(GRAPH)] * 5000, PLATFORM, "hlfet", slots=4))
    assert "5,000 jobs of 5,000 tasks" in text
    assert len(text) < 250
