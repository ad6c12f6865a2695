"""Orders that fit into memories: found where there is one, and a proof where there is none."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import seeds

import stomp_flim as sf
from stomp_flim import Buffer, DeadlockError, Job, Mode, Platform, Task, TaskGraph
from stomp_flim.memory import search
from stomp_flim.memory.footprint import Footprint
from stomp_flim.memory.order import memory_order

MODES = [Mode({"DSP": 1}, 2)]
NAMES = ("BRAM", "URAM")


@st.composite
def graphs(draw, tasks, memories=2, edges=2.0):
    """Return a graph most of whose tasks write a few bits into one of several memories."""
    random = np.random.default_rng(draw(seeds))
    size = draw(tasks)
    pairs = random.integers(0, size, (int(edges * size), 2))
    buffers = [
        Buffer(NAMES[random.integers(memories)], int(random.integers(1, 6)))
        if random.random() < 0.8
        else None
        for _ in range(size)
    ]
    return TaskGraph.from_tasks(
        [Task(f"task {number}", MODES, buffer=buffer) for number, buffer in enumerate(buffers)],
        [sorted(pair) for pair in pairs.tolist() if pair[0] != pair[1]],
    )


@st.composite
def scarce(draw, graph, memories=2):
    """Return capacities that hold every single buffer, and rarely many of them."""
    capacity = {}
    for memory in NAMES[:memories]:
        bits = [b.bits for b in graph.buffers or () if b and b.memory == memory] or [1]
        capacity[memory] = draw(st.integers(max(bits), max(bits) + 6))
    return capacity


def can_be_finished(jobs, capacity):
    """Whether some order of all tasks of all jobs fits, by looking at every one of them."""
    tasks = [(job, task) for job, graph in enumerate(jobs) for task in range(len(graph))]

    def held(started, finished):
        bits = dict.fromkeys(capacity, 0)
        for job, task in started:
            buffer = jobs[job].buffer(task)
            readers = jobs[job].successors(task).tolist() or [task]
            if buffer and any((job, reader) not in finished for reader in readers):
                bits[buffer.memory] += buffer.bits
        return bits

    @cache
    def finishes(done):
        if len(done) == len(tasks):
            return True
        for job, task in tasks:
            before = [u for u, v in jobs[job].edges.tolist() if v == task]
            ready = all((job, u) in done for u in before) and (job, task) not in done
            started = done | {(job, task)}
            fits = all(bits <= capacity[m] for m, bits in held(started, done).items())
            if ready and fits and finishes(started):
                return True
        return False

    return finishes(frozenset())


@settings(max_examples=150)
@given(st.data(), st.sampled_from([1, 2]), st.sampled_from(["simpy", "auto"]))
def test_a_deadlock_is_reported_exactly_where_no_order_exists(data, memories, engine):
    """Also with several jobs at once, and although tasks overlap: by looking at every order."""
    drawn = data.draw(st.lists(graphs(st.integers(1, 4), memories), min_size=1, max_size=2))
    capacity = {}
    for graph in drawn:
        for memory, bits in data.draw(scarce(graph, memories)).items():
            capacity[memory] = max(bits, capacity.get(memory, 1))
    platform = Platform({"DSP": 3}, memories=capacity)
    jobs = [Job(graph) for graph in drawn]
    if can_be_finished(drawn, capacity):
        sf.simulate(jobs, platform, "hlfet", engine).schedule.check()
    else:
        with pytest.raises(DeadlockError, match="no order of its tasks exists"):
            sf.simulate(jobs, platform, "hlfet", engine)


@given(st.data())
def test_the_proof_holds_for_larger_graphs(data):
    """Of single graphs of up to nine tasks every order can be looked at too."""
    graph = data.draw(graphs(st.integers(5, 9)))
    capacity = data.draw(scarce(graph))
    if not can_be_finished([graph], capacity):
        with pytest.raises(DeadlockError, match="no order of its tasks exists"):
            memory_order(graph, capacity, "platform")
        return
    order = memory_order(graph, capacity, "platform")
    assert sorted(order) == list(range(len(graph)))
    place = np.argsort(order)
    assert all(place[u] < place[v] for u, v in graph.edges.tolist())
    assert Footprint(graph, capacity).fits(order)


@given(st.data(), st.integers(0, 9), st.integers(0, 9))
def test_a_larger_capacity_never_deadlocks_where_a_smaller_one_does_not(data, more, most):
    """Whatever memory grows, by however much; and then the run fits too."""
    graph = data.draw(graphs(st.integers(1, 14)))
    capacity = data.draw(scarce(graph))
    jobs = [Job(graph)] * 3
    try:
        sf.simulate(jobs, Platform({"DSP": 2}, memories=capacity))
    except DeadlockError:
        return
    larger = {"BRAM": capacity["BRAM"] + more, "URAM": capacity["URAM"] + most}
    sf.simulate(jobs, Platform({"DSP": 2}, memories=larger)).schedule.check()


@given(st.data())
def test_what_a_deadlock_would_have_taken_is_exact(data):
    """With the bits that the error requires there is an order, with one fewer there is none."""
    graph = data.draw(graphs(st.integers(1, 9)))
    capacity = data.draw(scarce(graph))
    try:
        memory_order(graph, capacity, "platform")
    except DeadlockError as error:
        for memory, bits in error.required.items():
            assert capacity[memory] < bits
            memory_order(graph, {**capacity, memory: bits}, "platform")
            with pytest.raises(DeadlockError):
                memory_order(graph, {**capacity, memory: bits - 1}, "platform")
        for memory in capacity.keys() - error.required.keys():
            with pytest.raises(DeadlockError):
                memory_order(graph, {**capacity, memory: 1000}, "platform")


@given(graphs(st.integers(1, 12), memories=1))
def test_a_requirement_is_what_an_order_holds(graph):
    """Counted task by task: what has been written and some successor has not read."""
    footprint = Footprint(graph, {"BRAM": 99})
    order = graph.topological_order.tolist()
    during = []
    for place in range(len(order)):
        done, started = set(order[:place]), order[: place + 1]
        during.append(
            sum(
                footprint.bits[task]
                for task in started
                if any(s not in done for s in graph.successors(task).tolist() or [task])
            )
        )
    expected = [max(during[place:], default=0) for place in range(len(order) + 1)]
    assert expected == footprint.requirement(order)[:, 0].tolist()


@given(st.integers(0, 4), seeds)
def test_trees_of_equal_buffers_take_as_little_as_is_possible(extra, seed):
    """A tree whose inner nodes have two operands needs its Sethi-Ullman number of buffers, plus 1.

    One more than in registers, since the result is written while both operands are still held.
    """
    random = np.random.default_rng(seed)
    leaves, edges, label = [0, 1], [], {0: 1, 1: 1}
    number = 2
    for _ in range(extra):
        leaves.append(number)
        label[number] = 1
        number += 1
    while len(leaves) > 1:
        a, b = (leaves.pop(random.integers(len(leaves))) for _ in range(2))
        edges += [(a, number), (b, number)]
        equal = label[a] == label[b]
        label[number] = label[a] + 1 if equal else max(label[a], label[b])
        leaves.append(number)
        number += 1
    tasks = [Task("node", MODES, buffer=Buffer("BRAM", 1))] * number
    graph = TaskGraph.from_tasks(tasks, edges)
    bits = label[number - 1] + 1
    memory_order(graph, {"BRAM": bits}, "platform")
    with pytest.raises(DeadlockError, match=f"expected at least {bits} bits"):
        memory_order(graph, {"BRAM": bits - 1}, "platform")


def test_a_search_that_gives_up_says_so(monkeypatch):
    """It claims no proof, and names what the best order that it knows would take."""
    tasks = [Task("task", MODES, buffer=Buffer("BRAM", 1 + number % 3)) for number in range(8)]
    graph = TaskGraph.from_tasks(tasks, [*pairwise(range(8)), (0, 7), (1, 6)])
    monkeypatch.setattr(search, "WORK", 1)
    with pytest.raises(DeadlockError, match=r"no order of its 8 tasks was found, and") as caught:
        memory_order(graph, {"BRAM": 3}, "platform")
    assert "the best order known takes 8 bits of 'BRAM'" in str(caught.value)
    assert not caught.value.proved
    assert () == caught.value.tasks
