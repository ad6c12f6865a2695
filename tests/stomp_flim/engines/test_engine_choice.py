"""Which engine runs: the compiled one wherever it can."""

from __future__ import annotations

import subprocess
import sys

import pytest
from strategies import NewestFirst

import stomp_flim as sf


def one_task(latency: int = 1):
    """Return a job of one task and a platform of one server."""
    graph = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, latency)])], [])
    return [sf.Job(graph)], sf.Platform({"server": 1})


@pytest.mark.parametrize(
    ("policy", "latency", "expected"),
    [
        ("fifo", 2**20, "compiled"),
        ("fifo", 2**20 + 1, "simpy"),
        (NewestFirst(), 1, "simpy"),
        ("manual", 1, "planner"),
    ],
)
def test_auto_says_which_engine_it_took(policy, latency, expected):
    """Rankers run compiled, unless a latency is too long for its calendar."""
    assert expected == sf.simulate(*one_task(latency), policy).engine


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_an_engine_that_is_asked_for_is_taken(engine):
    """And named in the result."""
    result = sf.simulate(*one_task(5), "fifo", engine)
    assert (engine, 5) == (result.engine, result.makespan)


def test_an_engine_that_cannot_run_the_policy_is_refused():
    """A dispatcher is asked at each instant, which compiled code cannot do."""
    with pytest.raises(sf.InputError, match="is a dispatcher, which the compiled engine cannot"):
        sf.simulate(*one_task(), NewestFirst(), "compiled")


def test_numba_is_imported_only_by_the_engine_that_needs_it():
    """Importing the package and simulating with the reference engine stay quick."""
    program = (
        "import sys, stomp_flim as sf\n"
        "g = sf.TaskGraph.from_tasks([sf.Task('', [sf.Mode({'a': 1}, 1)])], [])\n"
        "sf.simulate([sf.Job(g)], sf.Platform({'a': 1}), engine='simpy')\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
