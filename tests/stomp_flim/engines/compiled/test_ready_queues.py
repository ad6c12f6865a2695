"""The compiled engine's priority queues, against a sorted list."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import RandomAffineRanker, RandomRanker, dense_workloads, seeds, workloads

import stomp_flim as sf
from stomp_flim.engines.compiled import ready_queues, state, tables
from stomp_flim.engines.compiled.compilation import compiled
from stomp_flim.instance import Instance
from stomp_flim.policy import AffinePriority
from stomp_flim.policy.loading import parse

ARRIVE, ENTER, POP = range(3)


@compiled
def perform(built, now, operation, number, popped):
    """Let a job arrive, let the task of a cell enter, or pop a class; say what was popped."""
    if operation == ARRIVE:
        ready_queues.arrive(built, now, np.uint64(number))
    elif operation == ENTER:
        ready_queues.enter(built, now, np.uint64(number))
    elif not ready_queues.is_empty(built, None, np.uint64(number)):
        begin = built.classes[number].line_begin
        ready_queues.find_head(built, now, np.uint64(number), begin)
        cell = now.cells[ready_queues.pop(built, now, None, np.uint64(number))]
        popped[0], popped[1], popped[2] = cell.job, cell.node, cell.sequence


class Queues:
    """Queues of a run, and beside them a sorted list of (key, sequence, job, node) a class."""

    def __init__(self, jobs, platform, policy):
        instance = Instance(sf.Workload(jobs), platform)
        self.tables = tables.build(instance, parse(policy))
        tasks = instance.workload.tasks
        self.state = state.initial(self.tables, np.zeros(0, np.uint8), 64, cells=2 * tasks + 64)
        self.state = state.grown(self.tables, self.with_room_for(tasks))
        self.sequence = 0
        self.waiting = [[] for _ in self.tables.classes]
        self.followers = []
        self.to_arrive = self.tables.arrivals.tolist()

    def with_room_for(self, entries):
        """Ask for heaps into which everything fits."""
        self.state.run["entries"] = entries
        return self.state

    def enter(self, job, node):
        """Add a task to the sorted list of its class."""
        demand_class = self.tables.lines["demand_class"][self.tables.nodes["line"][node]]
        key = self.tables.keys[node]
        value = float(key["slope"] * self.tables.jobs["offset"][job] - key["rank"])
        self.waiting[demand_class].append((value, self.sequence, job, node))
        self.waiting[demand_class].sort()
        self.sequence += 1

    def arrive(self):
        """Let the next job arrive: its sources enter in node order, the others may from now on."""
        job = self.to_arrive.pop(0)
        graph = self.tables.graphs[self.tables.jobs["graph"][job]]
        for node in range(graph["node_begin"], graph["node_end"]):
            if node in self.tables.sources["node"]:
                self.enter(job, node)
            else:
                self.followers.append((job, node))
        self.perform(ARRIVE, job)

    def ready(self, place):
        """Let a task that is no source enter."""
        job, node = self.followers.pop(place % len(self.followers))
        run, cells = self.state.run, self.state.cells
        number = int(run["cell"][0])
        run["cell"], run["cells"] = cells["following"][number], run["cells"] - 1
        cells["job"][number], cells["node"][number] = job, node
        cells["sequence"][number] = run["sequence"][0]
        run["sequence"] += 1
        self.enter(job, node)
        self.perform(ENTER, number)

    def pop(self, demand_class):
        """Return what a queue and the sorted list have for their head: (job, node, sequence)."""
        actual = self.perform(POP, demand_class)
        waiting = self.waiting[demand_class]
        if not waiting:
            return (-1, -1, -1), actual
        _, sequence, job, node = waiting.pop(0)
        return (job, node, sequence), actual

    def perform(self, operation, number):
        """Return what compiled code pops, -1 for nothing."""
        popped = np.full(3, -1, np.int64)
        perform(self.tables, self.state, operation, number, popped)
        return tuple(popped.tolist())


def staggered(graph, platform, jobs):
    """Put jobs in their order: keys never fall, so that a source waits for that of another job."""
    offset = 2.0 * np.arange(len(jobs))
    return AffinePriority(graph.bottom_level, np.full(len(graph), 0.5), offset)


lines = st.just("fifo") | st.just("hlfet") | st.builds(RandomRanker, seeds)
heaps = st.just(staggered) | st.builds(RandomAffineRanker, seeds)


@pytest.mark.parametrize("policies", [lines, heaps], ids=["lines", "heaps"])
@settings(max_examples=60)
@given(st.data(), workloads() | dense_workloads(), seeds)
def test_the_first_by_key_and_entry_sequence_comes_first(policies, data, workload, seed):
    """Whatever arrives, becomes ready and is taken in between, to the last task."""
    queues = Queues(*workload, data.draw(policies))
    random = np.random.default_rng(seed)
    while queues.to_arrive or queues.followers or any(queues.waiting):
        choice = random.integers(4)
        if choice == ARRIVE and queues.to_arrive:
            queues.arrive()
        elif choice == ENTER and queues.followers:
            queues.ready(int(random.integers(2**31)))
        else:
            expected, actual = queues.pop(int(random.integers(len(queues.waiting))))
            assert expected == actual
