"""What callers and policies may do wrong must not reach a result."""

from __future__ import annotations

import pytest

import stomp_flim as sf

ONE = sf.Platform({"server": 1})


def chain(*latencies: int) -> sf.TaskGraph:
    """Return tasks one after another."""
    tasks = [sf.Task("", [sf.Mode({"server": 1}, latency)]) for latency in latencies]
    return sf.TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(len(tasks) - 1)])


def test_a_policy_cannot_change_the_graph():
    """Columns are read-only: a policy that writes to one is named, and no bound moves."""

    def greedy(graph, platform, jobs):
        rank = graph.shortest_latency
        rank *= 100
        return rank

    with pytest.raises(sf.PolicyError, match=r"line \d+: policy 'greedy' raised ValueError"):
        sf.simulate([sf.Job(chain(2, 3))], ONE, greedy)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(
    "job",
    [
        lambda: sf.Job(chain(2**70)),
        lambda: sf.Job(chain(2**62, 2**62)),
        lambda: sf.Job(chain(1), arrival=2**63 - 1),
    ],
)
def test_times_that_leave_int64_are_refused(engine, job):
    """No sum of times wraps: what could is refused before the run."""
    with pytest.raises(sf.InputError, match=r"expected at most 2\^63 - 1"):
        sf.simulate([job()], ONE, engine=engine)


@pytest.mark.parametrize("edge", [(0, 1, 2), (0, 1.7), ("a", "b")])
def test_an_edge_is_two_task_numbers(edge):
    """Anything else is refused, and not read as other edges."""
    tasks = [sf.Task("", [sf.Mode({"server": 1}, 1)])] * 2
    with pytest.raises(sf.InputError, match="expected two task numbers"):
        sf.TaskGraph.from_tasks(tasks, [edge])


def test_objects_of_another_kind_are_refused():
    """Jobs, platforms and demands are checked at the door."""
    with pytest.raises(sf.InputError, match="expected a Job"):
        sf.simulate([chain(1)], ONE)  # type: ignore[list-item]
    with pytest.raises(sf.InputError, match="expected a Platform"):
        sf.simulate([sf.Job(chain(1))], {"server": 1})  # type: ignore[arg-type]
    with pytest.raises(sf.InputError, match="expected units by server type"):
        sf.Mode("server", 3)  # type: ignore[arg-type]
