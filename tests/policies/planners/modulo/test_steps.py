"""Tables of one step: the same table in every step, and whole jobs that keep to all rules."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import stomp_flim as sf
from policies.planners.modulo.options import options_of
from policies.planners.modulo.policy import Modulo
from policies.planners.modulo.steps.recurrence import recurrence_bound
from policies.planners.modulo.steps.roles import roles_of
from stomp_flim.frame import free_running
from tests.policies.planners.modulo import cycle_by_cycle

PUBLISHED = sf.device("published")
STEP = Modulo(step=True)
SERVERS = sf.Platform({"port": 9, "DSP": 9})


def chain(steps, names="cell[{}].{}"):
    """Return steps of a read, a multiplication that takes the state, and a write of the state."""
    tasks, edges = [], []
    for step in range(steps):
        for role, kind, cycles in (
            ("read", "port", 3),
            ("multiply", "DSP", 7),
            ("write", "port", 2),
        ):
            tasks.append(sf.Task(names.format(step, role), [sf.Mode({kind: 1}, cycles)]))
        first = 3 * step
        edges += [(first, first + 1), (first + 1, first + 2)]
        edges += [(first - 1, first + 1)] if step else []
    return sf.TaskGraph.from_tasks(tasks, edges, "chain")


def test_the_recurrence_bound_is_the_loop():
    """From the state to the state: 7 cycles of multiplication and 2 of writing, the read aside."""
    graph = chain(5)
    roles = roles_of(graph)
    options = options_of(graph, SERVERS)
    assert 9 == recurrence_bound(roles, options.latency[options.first[roles.example]])
    assert 3 == len(roles.example)
    assert 5 == roles.steps


def test_the_recurrence_bound_is_met():
    """With servers enough for the slots a step takes no longer than its loop."""
    table = STEP.period(chain(6), SERVERS, slots=3)
    table.check()
    assert 9 == table.recurrence == table.step_cycles


@pytest.mark.parametrize("steps", [2, 6])
def test_whole_jobs_keep_to_all_rules(steps):
    """Three periods of the published network, every edge, every server and every cycle."""
    graph = sf.workload_graph("seq2seqlite", steps=steps)
    table = STEP.period(graph, PUBLISHED)
    table.check()
    jobs = 3 * table.jobs + table.in_flight
    schedule = table.schedule(jobs)
    schedule.check()
    cycle_by_cycle.require_valid(schedule.to_frame(), graph, PUBLISHED, jobs)
    assert schedule.makespan == table.makespan(jobs)


def test_each_step_is_the_same_table():
    """What starts in a lane in one step starts in it a step later, on the same server."""
    graph = sf.workload_graph("seq2seqlite", steps=4)
    table = STEP.period(graph, PUBLISHED)
    entries = set()
    server = table.server.reshape(table.start.shape)
    for task, name in enumerate(graph.task_names):
        stage, _, role = name.partition("].")
        for row in range(table.jobs):
            cycle = int(table.start[row, task]) % table.step_cycles
            entries.add((row, stage.partition("[")[0], role, cycle, int(server[row, task])))
    assert table.entries == len(entries)
    busy = {(entry[3], entry[4]) for entry in entries}
    assert len(entries) == len(busy)


def test_135_steps_at_the_rate_of_the_servers():
    """The table of a step is 1% longer than the free one at most, and far smaller."""
    graph = sf.workload_graph("seq2seqlite", steps=135)
    table = STEP.period(graph, PUBLISHED)
    table.check()
    assert table.step_cycles >= table.recurrence == 220
    assert table.cycles_per_job <= Fraction(101, 100) * Modulo().period(graph, PUBLISHED).bound
    assert table.in_flight <= 1.5 * graph.critical_path / table.bound
    assert table.bits < 10**6
    first = np.sort(table.first)
    assert (np.diff(first) <= 2 * table.cycles / table.jobs).all()


def test_frames_take_it():
    """A frame of a table of one step has no error."""
    graph = sf.workload_graph("seq2seqlite", steps=3)
    time = free_running(graph, PUBLISHED, "modulo:step=true", pixels=300, slots=64)
    assert 0 == time.error
    assert STEP.period(graph, PUBLISHED, 64).schedule(300).makespan == time.cycles


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (sf.workload_graph("seq2seqlite", stage="encoder"), "has no steps for a table of one"),
        (chain(3, "{}.{}"), "has no steps for a table of one, its tasks have names like '0.read'"),
    ],
    ids=["one step", "no names of steps"],
)
def test_a_graph_without_steps_is_told(graph, message):
    """A single step, and names that tell of none."""
    with pytest.raises(sf.InputError, match=message):
        roles_of(graph)


@pytest.mark.parametrize("slots", [1, 2, 3, 8, 20])
def test_few_slots_take_fewer_lanes(slots):
    """A lane has a job in each of two stages, and so needs two slots at least."""
    graph = sf.workload_graph("seq2seqlite", steps=8)
    if slots == 1:
        with pytest.raises(sf.InputError, match="in 1 slot: no table of one step fits"):
            STEP.period(graph, PUBLISHED, slots)
        return
    table = STEP.period(graph, PUBLISHED, slots)
    table.check()
    assert table.in_flight <= slots
    assert table.cycles_per_job >= table.bound


def test_memory_for_no_table_of_a_step_is_told():
    """Two buffers of a step that lie beside each other in any step, where there is room for one."""
    tasks, edges = [], []
    for step in range(3):
        for role in ("load[0]", "load[1]"):
            buffer = sf.Buffer("BRAM", 4)
            tasks.append(sf.Task(f"cell[{step}].{role}", [sf.Mode({"DSP": 1}, 2)], buffer=buffer))
        for role in ("use[0]", "use[1]"):
            tasks.append(sf.Task(f"cell[{step}].{role}", [sf.Mode({"DSP": 1}, 2)]))
        edges += [(4 * step, 4 * step + 2), (4 * step + 1, 4 * step + 3)]
    graph = sf.TaskGraph.from_tasks(tasks, edges, "pairs")
    platform = sf.Platform({"DSP": 9}, memories={"BRAM": 4})
    with pytest.raises(sf.InputError, match="'pairs': no table of one step fits, expected more"):
        STEP.period(graph, platform)
    Modulo().period(graph, platform).check()


def test_a_step_and_a_period_cannot_both_be_asked_for():
    """A table of one step has the jobs and cycles that its lanes have."""
    with pytest.raises(sf.InputError, match="step and cycles"):
        Modulo(cycles=100, step=True)
