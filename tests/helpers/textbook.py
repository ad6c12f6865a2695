"""Planning on unlike processors as the papers write it, communication included.

One processor a column, lists searched from the beginning: slow, and independent of `policies`. With
communication these functions give the figures that the papers print for their examples; without it
they are what the planners are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean, median
from typing import NamedTuple

from hypothesis import strategies as st

from stomp_flim import Job, Mode, Platform, Schedule, Task, TaskGraph, simulate


class Problem(NamedTuple):
    """Cycles of each task on each processor, and of each edge between two processors."""

    cost: Sequence[Sequence[int]]
    edges: Mapping[tuple[int, int], int]

    @property
    def tasks(self) -> range:
        """Task numbers."""
        return range(len(self.cost))

    @property
    def processors(self) -> range:
        """Processor numbers."""
        return range(len(self.cost[0]))

    def before(self, task: int) -> list[int]:
        """Return the predecessors of a task."""
        return [u for u, v in self.edges if v == task]

    def after(self, task: int) -> list[int]:
        """Return the successors of a task, ascending."""
        return sorted(v for u, v in self.edges if u == task)

    def without_communication(self) -> Problem:
        """Return the problem as our graphs can hold it."""
        return Problem(self.cost, dict.fromkeys(self.edges, 0))


TOPCUOGLU = Problem(
    [
        [14, 16, 9],
        [13, 19, 18],
        [11, 13, 19],
        [13, 8, 17],
        [12, 13, 10],
        [13, 16, 9],
        [7, 15, 11],
        [5, 11, 14],
        [18, 12, 20],
        [21, 7, 16],
    ],
    {
        (0, 1): 18,
        (0, 2): 12,
        (0, 3): 9,
        (0, 4): 11,
        (0, 5): 14,
        (1, 7): 19,
        (1, 8): 16,
        (2, 6): 23,
        (3, 7): 27,
        (3, 8): 23,
        (4, 8): 13,
        (5, 7): 15,
        (6, 9): 17,
        (7, 9): 11,
        (8, 9): 13,
    },
)
"""The example of Topcuoglu et al. 2002: HEFT 80, CPOP 86, DLS 91."""

ARABNEJAD = Problem(
    [
        [22, 21, 36],
        [22, 18, 18],
        [32, 27, 43],
        [7, 10, 4],
        [29, 27, 35],
        [26, 17, 24],
        [14, 25, 30],
        [29, 23, 36],
        [15, 21, 8],
        [13, 16, 33],
    ],
    {
        (0, 1): 17,
        (0, 2): 31,
        (0, 3): 29,
        (0, 4): 13,
        (0, 5): 7,
        (1, 7): 3,
        (1, 8): 30,
        (2, 6): 16,
        (3, 7): 11,
        (3, 8): 7,
        (4, 8): 57,
        (5, 7): 5,
        (6, 9): 9,
        (7, 9): 42,
        (8, 9): 7,
    },
)
"""The example of Arabnejad and Barbosa 2014: PEFT 122, lookahead 127, HEFT 133."""


class Run(NamedTuple):
    """Where and when a task runs."""

    processor: int
    start: int
    finish: int


Plan = dict[int, Run]


def data_ready(problem: Problem, plan: Plan, task: int, processor: int) -> int:
    """Return when the results of all predecessors in the plan are there."""
    return max(
        (
            plan[u].finish + (plan[u].processor != processor) * problem.edges[u, task]
            for u in problem.before(task)
            if u in plan
        ),
        default=0,
    )


def inserted(problem: Problem, plan: Plan, task: int, processor: int) -> Run:
    """Run a task in the first gap of a processor that is long enough."""
    start, cost = data_ready(problem, plan, task, processor), problem.cost[task][processor]
    for run in sorted(plan.values(), key=lambda run: run.start):
        if run.processor == processor and run.finish > start:
            if start + cost <= run.start:
                break
            start = run.finish
    return Run(processor, start, start + cost)


def appended(problem: Problem, plan: Plan, task: int, processor: int) -> Run:
    """Run a task behind all that the processor does."""
    busy = max((run.finish for run in plan.values() if run.processor == processor), default=0)
    start = max(busy, data_ready(problem, plan, task, processor))
    return Run(processor, start, start + problem.cost[task][processor])


def first_to_finish(run: Run) -> tuple[int, int, int]:
    """Earliest finish, then shortest, then lowest processor."""
    return run.finish, -run.start, run.processor


def upward(problem: Problem, cost: Sequence[float]) -> list[float]:
    """Longest path from each task on, communication included."""

    def rank(task: int) -> float:
        paths = [problem.edges[task, v] + rank(v) for v in problem.after(task)]
        return cost[task] + max(paths, default=0)

    return [rank(task) for task in problem.tasks]


def means(problem: Problem) -> list[float]:
    """Return the mean cycles of each task."""
    return [mean(row) for row in problem.cost]


def by_rank(rank: Sequence[float]) -> Callable[[int], tuple[float, int]]:
    """Return a key: higher ranks first, equal ones (but for rounding) by number."""
    return lambda task: (-round(rank[task], 6), task)


def heft(problem: Problem) -> Plan:
    """Topcuoglu et al. 2002, figure 2."""
    plan: Plan = {}
    for task in sorted(problem.tasks, key=by_rank(upward(problem, means(problem)))):
        runs = [inserted(problem, plan, task, p) for p in problem.processors]
        plan[task] = min(runs, key=first_to_finish)
    return plan


def lookahead(problem: Problem) -> Plan:
    """Bittencourt et al. 2010, with the maximum over all children."""
    key = by_rank(upward(problem, means(problem)))
    plan: Plan = {}
    for task in sorted(problem.tasks, key=key):

        def outlook(run: Run, task: int = task) -> tuple[int, ...]:
            trial = {**plan, task: run}
            for child in sorted(problem.after(task), key=key):
                runs = [inserted(problem, trial, child, p) for p in problem.processors]
                trial[child] = min(runs, key=first_to_finish)
            children = [trial[child].finish for child in problem.after(task)]
            return max(children, default=run.finish), *first_to_finish(run)

        plan[task] = min(
            [inserted(problem, plan, task, p) for p in problem.processors], key=outlook
        )
    return plan


def cpop(problem: Problem) -> Plan:
    """Topcuoglu et al. 2002, figure 3."""
    cost = means(problem)
    rank = upward(problem, cost)

    def downward(task: int) -> float:
        paths = [downward(u) + cost[u] + problem.edges[u, task] for u in problem.before(task)]
        return max(paths, default=0)

    path = [min((t for t in problem.tasks if not problem.before(t)), key=by_rank(rank))]
    while after := problem.after(path[-1]):
        on = path[-1]
        path.append(min((-round(problem.edges[on, v] + rank[v], 6), v) for v in after)[1])
    bound = min(problem.processors, key=lambda p: sum(problem.cost[task][p] for task in path))
    key = by_rank([rank[task] + downward(task) for task in problem.tasks])
    plan: Plan = {}
    while len(plan) < len(problem.cost):
        task = min(ready(problem, plan), key=key)
        processors = [bound] if task in path else problem.processors
        runs = [inserted(problem, plan, task, p) for p in processors]
        plan[task] = min(runs, key=first_to_finish)
    return plan


def ready(problem: Problem, plan: Plan) -> list[int]:
    """Tasks whose predecessors are all in the plan."""
    return [t for t in problem.tasks if t not in plan and plan.keys() >= set(problem.before(t))]


def peft(problem: Problem) -> Plan:
    """Arabnejad and Barbosa 2014, algorithm 1."""

    def optimistic(task: int, processor: int) -> int:
        """Optimistic cost table, eq. 5 of the paper."""
        return max(
            (
                min(
                    optimistic(v, p)
                    + problem.cost[v][p]
                    + (p != processor) * problem.edges[task, v]
                    for p in problem.processors
                )
                for v in problem.after(task)
            ),
            default=0,
        )

    table = [[optimistic(task, p) for p in problem.processors] for task in problem.tasks]
    key = by_rank([mean(row) for row in table])
    plan: Plan = {}
    while len(plan) < len(problem.cost):
        task = min(ready(problem, plan), key=key)
        runs = [inserted(problem, plan, task, p) for p in problem.processors]
        plan[task] = min(
            runs, key=lambda r: (r.finish + table[task][r.processor], *first_to_finish(r))
        )
    return plan


def dls(problem: Problem) -> Plan:
    """Sih and Lee 1993: static levels without communication, dynamic ones with it."""
    middle = [median(row) for row in problem.cost]
    level = upward(problem.without_communication(), middle)
    plan: Plan = {}
    while len(plan) < len(problem.cost):
        pairs = [
            (task, appended(problem, plan, task, processor))
            for task in ready(problem, plan)
            for processor in problem.processors
        ]
        task, run = min(
            pairs,
            key=lambda pair: (
                pair[1].finish - level[pair[0]] - middle[pair[0]],
                pair[0],
                -pair[1].start,
                pair[1].processor,
            ),
        )
        plan[task] = run
    return plan


def makespan(plan: Plan) -> int:
    """Return when the last task finishes."""
    return max(run.finish for run in plan.values())


def simulated(problem: Problem, policy: str) -> Plan:
    """Simulate a policy, on one server a processor and without communication."""
    platform, graph = as_graph(problem)
    return as_plan(simulate([Job(graph)], platform, policy).schedule)


def as_graph(problem: Problem) -> tuple[Platform, TaskGraph]:
    """Make each processor a server type with one server, and each task have a mode on each."""
    names = [f"P{p + 1}" for p in problem.processors]
    tasks = [
        Task(f"T{number + 1}", [Mode({p: 1}, c) for p, c in zip(names, row, strict=True)])
        for number, row in enumerate(problem.cost)
    ]
    return Platform(dict.fromkeys(names, 1)), TaskGraph.from_tasks(tasks, problem.edges)


def as_plan(schedule: Schedule) -> Plan:
    """Read off a schedule of one job."""
    columns = (schedule.task, schedule.server, schedule.start, schedule.finish)
    return {task: Run(*run) for task, *run in zip(*(c.tolist() for c in columns), strict=True)}


@st.composite
def problems(draw: st.DrawFn, max_tasks: int = 9) -> Problem:
    """Small problems without communication; numbered so that predecessors come first."""
    tasks, processors = draw(st.integers(1, max_tasks)), draw(st.integers(1, 3))
    cost = st.lists(st.integers(1, 9), min_size=processors, max_size=processors)
    pairs = [(u, v) for v in range(tasks) for u in range(v)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return Problem(
        draw(st.lists(cost, min_size=tasks, max_size=tasks)), dict.fromkeys(sorted(edges), 0)
    )
