"""The accelerator's graphs without one of their dependencies: replay finds out what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pages
from accelerator_runs import assert_equal, entering, expected_of, inputs
from strategies import RandomRanker

import stomp_flim as sf
from hwmodels.gru.weights import Weights, seeded_weights
from hwmodels.network import Network
from stomp_flim.errors import ReplayError
from stomp_flim.policy import Assignment, View
from workloads.accelerator.graph import STAGES, accelerator_graph
from workloads.accelerator.interpreter import Inference
from workloads.published.operations import CONST, DATA, DSP, SHARED

MUTANTS, PIXELS = 200, 2


class Delayed:
    """A dispatcher that starts one task of every job as late as it can, and all others at once.

    It waits until another task of the job has started, or nothing else can run.
    """

    def __init__(self, task: int, until: int) -> None:
        self.task, self.until = task, until
        self.awaited: set[int] = set()

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield what fits; what is delayed comes last."""
        free = dict(view.free)
        for job, task, _ in sorted(view.ready, key=lambda ready: ready.task == self.task):
            idle = free == dict(view.platform.servers)
            if task == self.task and job not in self.awaited and not idle:
                continue
            (mode,) = view.workload.jobs[job].graph.modes(task)
            ((server_type, units),) = mode.demand.items()
            if free[server_type] < units:
                continue
            free[server_type] -= units
            if task == self.until:
                self.awaited.add(job)
            yield Assignment(job, task, 0)


class Mutant:
    """A graph with order edges beside those of its values, from which one edge was removed."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        layers, hidden_units, steps = random.integers((1, 2, 1), (3, 5, 3)).tolist()
        self.network = Network("network", layers, hidden_units, steps=steps)
        self.stage = str(random.choice(STAGES))
        accumulation = str(random.choice(["serial", "tree"]))
        graph = accelerator_graph(self.network, self.stage, accumulation=accumulation)
        self.values = set(map(tuple, graph.edges.tolist()))
        place = np.argsort(graph.topological_order)
        pairs = random.integers(0, len(graph), (len(graph) // 5, 2)).tolist()
        further = [sorted(pair, key=place.__getitem__) for pair in pairs if pair[0] != pair[1]]
        self.tasks = graph.to_networkx()
        self.tasks.add_edges_from(further)
        # Edges that others imply are few: a quarter of the mutants look for one.
        for edge in random.permutation(sorted(self.tasks.edges)).tolist():
            self.tasks.remove_edge(*edge)
            self.removed = tuple(edge)
            if seed % 4 or self.is_implied:
                break
            self.tasks.add_edge(*edge)

    @property
    def carries_a_value(self) -> bool:
        """Whether the second task of the removed edge reads what the first one writes."""
        return self.removed in self.values

    @property
    def is_implied(self) -> bool:
        """Whether the second task still waits for the first, by way of others."""
        return bool(nx.has_path(self.tasks, *self.removed))

    def schedules(self, seed: int) -> Iterator[sf.Result]:
        """Yield schedules of several policies, with durations of other hardware.

        Four are ordinary ones on few servers. The last makes the most of what the mutant allows.
        """
        random = np.random.default_rng(seed)
        for policy in ("fifo", "hlfet", RandomRanker(seed), RandomRanker(seed + 1)):
            counts = random.integers(1, 6, 4).tolist()
            platform = sf.Platform(dict(zip((DSP, SHARED, CONST, DATA), counts, strict=True)))
            yield sf.simulate(self._jobs(random), platform, policy)
        yield sf.simulate(self._jobs(random), sf.device("published"), Delayed(*self.removed))

    def _jobs(self, random: np.random.Generator) -> list[sf.Job]:
        for _, attributes in self.tasks.nodes(data=True):
            (mode,) = attributes["modes"]
            attributes["modes"] = [sf.Mode(mode.demand, int(random.integers(1, 20)))]
        return [sf.Job(sf.TaskGraph.from_networkx(self.tasks))] * PIXELS


def replayed(result: sf.Result, weights: Weights, x: np.ndarray) -> Inference | str:
    """Return the outputs, or what was found out."""
    try:
        return result.replay(weights, x)
    except ReplayError as error:
        return str(error)


def test_missing_dependencies_are_found_and_no_other():
    """Of 200 graphs that lack an edge, replay finds those whose numbers could come out wrong.

    Removing an edge can change the order of two tasks unless other edges imply it, and that order
    matters where the edge carries a value. Then some schedule is caught, with task and value named;
    otherwise every schedule gives the kernel's numbers.
    """
    kinds: Counter[tuple[bool, bool]] = Counter()
    catching: Counter[int] = Counter()
    for seed in range(MUTANTS):
        mutant = Mutant(seed)
        kinds[mutant.carries_a_value, mutant.is_implied] += 1
        weights = seeded_weights(mutant.network, 0)
        expected = expected_of(mutant.network, PIXELS)
        x = entering(mutant.stage, inputs(mutant.network, PIXELS), expected)
        caught = False
        for number, result in enumerate(mutant.schedules(seed)):
            outcome = replayed(result, weights, x)
            caught = isinstance(outcome, str)
            if caught:
                catching[number] += 1
                break
            assert_equal(mutant.stage, expected, outcome)
        assert (mutant.carries_a_value and not mutant.is_implied) == caught, seed
        if caught:
            (writer, reader), names = mutant.removed, mutant.tasks.nodes(data="name")
            message = (
                f"job #, task {reader} ({names[reader]!r}) reads value {names[writer]!r} at #, "
                f"but task {writer} ({names[writer]!r}) writes it at #"
            )
            assert re.fullmatch(re.escape(message).replace(r"\#", r"\d+"), outcome), outcome
    found, delayed = kinds[True, False], catching[4]
    page = pages.words("replay.md")
    assert f"Each of the {found} removals of that kind is caught" in page
    assert f"in some schedule: {found - delayed} by FIFO, HLFET or a random ranking" in page
    assert f"None of the other {MUTANTS - found} is ever reported" in page
    assert MUTANTS / 100 < min(kinds[True, True], kinds[False, True], kinds[False, False])
