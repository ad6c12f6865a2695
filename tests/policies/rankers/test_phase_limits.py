"""What no policy can reach that leaves no server idle while a task waits for it, as rankers do."""

import numpy as np
import pytest

from experiments.phase.sets import published_graphs
from hwmodels.published import published
from stomp_flim import Job, summarize

GRAPH = published_graphs()["post-processing"]
LATENCY = GRAPH.shortest_latency


class Counts:
    """A linear program over how many of `pixels` have started each task by each cycle.

    It is a relaxation: every schedule that ends by `end` is a solution.
    """

    def __init__(self, pixels, end):
        self.pixels, self.end = pixels, end
        self.rows, self.limits, self.variable, self.possible = [], [], {}, True
        for task in range(len(GRAPH)):
            for time in range(end):
                self.at_most([(1, task, time), (-1, task, time + 1)], 0)
        for first, second in GRAPH.edges.tolist():
            for time in range(end):
                self.at_most([(1, second, time), (-1, first, time - LATENCY[first])], 0)
        for kind, servers in published().servers.items():
            for time in range(end):
                started = self.started(kind, time)
                freed = [(-1, i, t - LATENCY[i]) for _, i, t in started]
                self.at_most(started + freed, servers)

    def started(self, kind, time):
        """Return the terms that add up to the tasks of a server type started by a cycle."""
        tasks = [i for i in range(len(GRAPH)) if kind in GRAPH.modes(i)[0].demand]
        return [(1, task, time) for task in tasks]

    def at_most(self, terms, limit):
        """Demand that a weighted sum of counts is at most a limit."""
        row = {}
        for weight, task, time in terms:
            if time >= self.end - GRAPH.bottom_level[task]:
                limit -= weight * self.pixels
            elif time >= GRAPH.head[task]:
                column = self.variable.setdefault((task, time), len(self.variable))
                row[column] = row.get(column, 0) + weight
        self.possible &= bool(row) or limit >= 0
        self.rows.append(row)
        self.limits.append(limit)

    def is_feasible(self):
        """Return whether the program has a solution."""
        from scipy.optimize import linprog
        from scipy.sparse import coo_array

        if not self.possible:
            return False
        entries = [(r, c, w) for r, row in enumerate(self.rows) for c, w in row.items()]
        row, column, weight = np.array(entries).T
        matrix = coo_array((weight, (row, column)), (len(self.rows), len(self.variable)))
        result = linprog(
            np.zeros(len(self.variable)), matrix.tocsr(), self.limits, bounds=(0, self.pixels)
        )
        assert result.status in (0, 2)
        return result.status == 0


@pytest.mark.parametrize(("pixels", "free", "busy"), [(96, 60, 61), (128, 60, 61), (256, 80, 82)])
def test_post_processing_with_nothing_idle(pixels, free, busy):
    """The bound holds for any schedule; with all sources ready and nothing idle it is larger.

    As long as sources wait for a type, all its servers start anew at every multiple of their
    latency, 3 or 5 cycles; what becomes ready in between, as the critical path does, is late.
    """
    assert [False, True] == [Counts(pixels, end).is_feasible() for end in (free - 1, free)]
    found = []
    for end in (busy - 1, busy):
        program = Counts(pixels, end)
        for kind, latency in (("data mem", 3), ("Const mem", 5)):
            sources = sum(not GRAPH.in_degree[i] for _, i, _ in program.started(kind, 0)) * pixels
            servers = published().servers[kind]
            for start in range(1, sources // servers + 1):
                started = program.started(kind, (start - 1) * latency)
                program.at_most([(-w, i, t) for w, i, t in started], -start * servers)
        found.append(program.is_feasible())
    assert [False, True] == found
    assert busy == summarize([Job(GRAPH)] * pixels, published(), "phase").makespan
