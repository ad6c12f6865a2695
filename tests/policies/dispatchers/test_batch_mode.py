"""Min-min, max-min and sufferage against the paper's procedures, machine by machine."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim import Job, Mode, Normal, Platform, Task, TaskGraph, simulate


class Machines:
    """Independent tasks on unlike machines; every instant maps what has not begun."""

    def __init__(self, cost, arrival, machines):
        """Take `cost` by task and machine and the machines of each type as ranges."""
        self.cost, self.arrival = cost, arrival
        self.type_of = [kind for kind, number in enumerate(machines) for _ in range(number)]
        self.begun = {}

    def run(self, heuristic):
        """Return the start of each task."""
        actual = [0] * len(self.type_of)
        waiting = []
        for now in count():
            waiting += [t for t in range(len(self.cost)) if self.arrival[t] == now]
            if len(self.begun) == len(self.cost):
                return [self.begun[task] for task in range(len(self.cost))]
            for task, machine, start in heuristic(self, waiting, [max(a, now) for a in actual]):
                if start == now:
                    self.begun[task] = now
                    actual[machine] = now + self.cost[task][self.type_of[machine]]
            waiting = [task for task in waiting if task not in self.begun]

    def choices(self, task, free):
        """Completion, latency and machine of all choices, the best one first."""
        latency = [self.cost[task][kind] for kind in self.type_of]
        return sorted((free[m] + latency[m], latency[m], m) for m in range(len(free)))


def one_by_one(sign):
    """Return min-min (1) or max-min (-1)."""

    def heuristic(machines, waiting, free):
        left = list(waiting)
        while left:
            task = min(left, key=lambda t: sign * machines.choices(t, free)[0][0])
            completion, latency, machine = machines.choices(task, free)[0]
            free[machine] = completion
            left.remove(task)
            yield task, machine, completion - latency

    return heuristic


def sufferage(machines, waiting, free):
    """As in the paper: a task that suffers more displaces another from its machine."""
    left = list(waiting)
    while left:
        assigned = {}
        for task in list(left):
            best, *others = machines.choices(task, free)
            value = others[0][0] - best[0] if others else float("inf")
            machine = best[2]
            if machine not in assigned or assigned[machine][1] < value:
                assigned[machine] = (task, value, best)
        for machine, (task, _, (completion, latency, _)) in assigned.items():
            free[machine] = completion
            left.remove(task)
            yield task, machine, completion - latency


HEURISTICS = {"min-min": one_by_one(1), "max-min": one_by_one(-1), "sufferage": sufferage}


@st.composite
def batches(draw):
    """Costs by task and machine type, arrivals in order, and machines of each type."""
    machines = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    row = st.lists(st.integers(1, 9), min_size=len(machines), max_size=len(machines))
    cost = draw(st.lists(row, min_size=1, max_size=9))
    arrival = draw(st.lists(st.integers(0, 6), min_size=len(cost), max_size=len(cost)))
    return cost, sorted(arrival), machines


def simulated(policy, cost, arrival, machines):
    """Return the start of each task."""
    types = [f"type {number}" for number in range(len(machines))]
    graphs = [
        TaskGraph.from_tasks(
            [Task("t", [Mode({t: 1}, n) for t, n in zip(types, row, strict=True)])], []
        )
        for row in cost
    ]
    jobs = [Job(graph, at) for graph, at in zip(graphs, arrival, strict=True)]
    platform = Platform(dict(zip(types, machines, strict=True)))
    schedule = simulate(jobs, platform, policy).schedule
    return schedule.by_record(schedule.start).tolist()


@pytest.mark.parametrize("policy", HEURISTICS)
@settings(max_examples=80)
@given(batch=batches())
def test_it_is_that_of_the_paper(policy, batch):
    """Task for task, although only what matters now is mapped."""
    assert Machines(*batch).run(HEURISTICS[policy]) == simulated(policy, *batch)


@pytest.mark.parametrize("policy", HEURISTICS)
def test_a_task_waits_for_a_server_that_is_faster_in_the_end(policy):
    """The second task is done at 4 on the fast server, though the slow one is free."""
    row = [2, 9]
    assert [0, 2] == simulated(policy, [row, row], [0, 0], [1, 1])


@pytest.mark.parametrize("policy", HEURISTICS)
def test_a_policy_forgets_the_run_before(policy):
    """One object runs two workloads as two objects do, also when durations are others."""
    from stomp_flim.policy.loading import parse

    modes = [Mode({"CPU": 1}, distribution=Normal(9, 4)), Mode({"GPU": 1}, 4)]
    jobs = [Job(TaskGraph.from_tasks([Task("t", modes)] * 5, []), arrival) for arrival in (0, 3)]
    platform = Platform({"CPU": 2, "GPU": 1})
    reused = parse(policy)
    for seed in range(3):
        for knows in ("exact", "mean", "nothing"):
            arguments = {"seed": seed, "knows": knows}
            expected = simulate(jobs, platform, policy, **arguments).schedule
            actual = simulate(jobs, platform, reused, **arguments).schedule
            assert expected.start.tolist() == actual.start.tolist()


def test_all_servers_of_a_demand_are_mapped():
    """By hand: the wide task waits for both types; the narrow one behind it fills the gap.

    Min-min maps the two reads (done at 2 and 2), then the wide task behind them (2 to 5), then the
    add (0 to 6) on the DSP that the wide task leaves free.
    """
    read = Task("read", [Mode({"memory": 1}, 2)])
    wide = Task("wide", [Mode({"memory": 2, "DSP": 1}, 3)])
    add = Task("add", [Mode({"DSP": 1}, 6)])
    graph = TaskGraph.from_tasks([wide, read, add, read], [])
    schedule = simulate([Job(graph)], Platform({"memory": 2, "DSP": 2}), "min-min").schedule
    assert [2, 0, 0, 0] == schedule.by_record(schedule.start).tolist()


@pytest.mark.parametrize("policy", HEURISTICS)
def test_a_mapping_may_be_cut_short(policy):
    """With one start an event, what was mapped and not asked for waits for the next one."""
    tasks = [Task("t", [Mode({"CPU": 1}, n), Mode({"GPU": 1}, 2)]) for n in (3, 9, 4, 9, 5)]
    jobs = [Job(TaskGraph.from_tasks(tasks, [(0, 2)]), arrival) for arrival in (0, 1, 1)]
    simulate(jobs, Platform({"CPU": 1, "GPU": 2}), policy, rounds="event").schedule.check()
