"""Two other ways to the least makespan: exhaustive search, and a time-indexed program.

Neither shares anything with `policies.planners.optimal.model`, and the first uses no solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ortools.sat.python import cp_model

from stomp_flim import Job, Mode, Platform

Node = tuple[int, int]
"""A job and a task."""


def runnable(jobs: Sequence[Job], platform: Platform) -> dict[Node, list[Mode]]:
    """Return the modes of each task that the platform can run."""
    return {
        (number, task): [
            mode
            for mode in job.graph.modes(task)
            if all(platform.servers.get(kind, 0) >= units for kind, units in mode.demand.items())
        ]
        for number, job in enumerate(jobs)
        for task in range(len(job.graph))
    }


def arcs(jobs: Sequence[Job]) -> list[tuple[Node, Node]]:
    """Return the precedences of all jobs."""
    return [
        ((number, before), (number, after))
        for number, job in enumerate(jobs)
        for before, after in job.graph.edges.tolist()
    ]


class Exhaustive:
    """All schedules whose starts are instants at which a job arrives or something ends.

    One of them is optimal: starts move earlier until they meet such an instant. The states that
    were seen are not entered again, nor those whose longest path leads beyond the best schedule.
    """

    def __init__(self, jobs: Sequence[Job], platform: Platform) -> None:
        self.modes = runnable(jobs, platform)
        self.arrival = {node: jobs[node[0]].arrival for node in self.modes}
        self.before: dict[Node, list[Node]] = {node: [] for node in self.modes}
        for one, other in arcs(jobs):
            self.before[other].append(one)
        self.remaining = _windows(jobs, self.modes)[1]
        self.servers = dict(platform.servers)
        self.best = max(self.arrival.values()) + sum(
            max(mode.latency for mode in modes) for modes in self.modes.values()
        )
        self.seen: set[object] = set()

    def optimum(self) -> int:
        """Return the least makespan."""
        self._visit(0, {}, {})
        return self.best

    def _visit(self, now: int, finish: dict[Node, int], held: dict[Node, tuple[Mode, int]]) -> None:
        """Continue from an instant with the finish of all started tasks and what is held."""
        if len(finish) == len(self.modes):
            self.best = min(self.best, max(finish.values()))
            return
        state = (
            now,
            frozenset((node, max(time, now)) for node, time in finish.items()),
            frozenset((node, until) for node, (_, until) in held.items()),
        )
        if state in self.seen or self._least(now, finish) >= self.best:
            return
        self.seen.add(state)
        for chosen in self._choices(now, finish, held, list(self.modes)):
            after = finish | {node: now + mode.latency for node, mode in chosen.items()}
            holding = held | {n: (m, now + m.occupancy) for n, m in chosen.items()}
            instants = [*after.values(), *(until for _, until in holding.values())]
            later = [time for time in [*instants, *self.arrival.values()] if time > now]
            if later:
                then = min(later)
                self._visit(then, after, {n: h for n, h in holding.items() if h[1] > then})

    def _least(self, now: int, finish: dict[Node, int]) -> int:
        """No continuation ends before this."""
        return max(
            finish[node] + self.remaining[node]
            if node in finish
            else now + min(mode.latency for mode in modes) + self.remaining[node]
            for node, modes in self.modes.items()
        )

    def _choices(
        self,
        now: int,
        finish: dict[Node, int],
        held: dict[Node, tuple[Mode, int]],
        rest: list[Node],
    ) -> Iterator[dict[Node, Mode]]:
        """Yield every set of tasks that can start together, with their modes; the empty one last.

        Each as ``{task: mode}``.
        """
        if not rest:
            yield {}
            return
        node, *rest = rest
        ready = self.arrival[node] <= now and all(
            finish.get(one, now + 1) <= now for one in self.before[node]
        )
        if node not in finish and ready:
            for mode in self.modes[node]:
                taken = held | {node: (mode, now + mode.occupancy)}
                if all(
                    sum(m.demand.get(kind, 0) for m, _ in taken.values()) <= count
                    for kind, count in self.servers.items()
                ):
                    for others in self._choices(now, finish, taken, rest):
                        yield {node: mode} | others
        yield from self._choices(now, finish, held, rest)


def time_indexed(jobs: Sequence[Job], platform: Platform, horizon: int) -> int:
    """Return the least makespan up to a horizon by which some schedule ends.

    A pseudo-Boolean program with a variable for each task, mode and start (Pritsker, Watters and
    Wolfe 1969, with the disaggregated precedences of Christofides, Alvarez-Valdes and Tamarit
    1987): no interval, no cumulative constraint, no order among equal jobs.
    """
    modes = runnable(jobs, platform)
    earliest, remaining = _windows(jobs, modes)
    model = cp_model.CpModel()
    makespan = model.new_int_var(0, horizon, "makespan")
    pulses = {
        node: [
            (mode, start, model.new_bool_var(""))
            for mode in of_node
            for start in range(earliest[node], horizon - remaining[node] - mode.latency + 1)
        ]
        for node, of_node in modes.items()
    }
    for of_node in pulses.values():
        model.add_exactly_one(pulse for *_, pulse in of_node)
        model.add(makespan >= sum((s + m.latency) * pulse for m, s, pulse in of_node))
    for one, other in arcs(jobs):
        for time in range(horizon):
            later = [pulse for m, s, pulse in pulses[one] if s + m.latency > time]
            earlier = [pulse for _, s, pulse in pulses[other] if s <= time]
            if later and earlier:
                model.add_at_most_one(later + earlier)
    for kind, count in platform.servers.items():
        for time in range(horizon):
            holding = [
                mode.demand[kind] * pulse
                for of_node in pulses.values()
                for mode, start, pulse in of_node
                if kind in mode.demand and start <= time < start + mode.occupancy
            ]
            model.add(sum(holding) <= count)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 600
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    return int(solver.objective_value)


def _windows(
    jobs: Sequence[Job], modes: dict[Node, list[Mode]]
) -> tuple[dict[Node, int], dict[Node, int]]:
    """Earliest start of each task, and the least time from its finish to the end."""
    shortest = {node: min(mode.latency for mode in of_node) for node, of_node in modes.items()}
    earliest = {node: jobs[node[0]].arrival for node in modes}
    remaining = dict.fromkeys(modes, 0)
    for _ in modes:  # as many passes as the longest chain could need
        for one, other in arcs(jobs):
            earliest[other] = max(earliest[other], earliest[one] + shortest[one])
            remaining[one] = max(remaining[one], remaining[other] + shortest[other])
    return earliest, remaining
