"""Two other ways to the least makespan: exhaustive search, and a time-indexed program.

Neither shares anything with `policies.planners.optimal.model`, and the first uses no solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import lcm

from ortools.sat.python import cp_model

from stomp_flim import Job, Mode, Platform

Node = tuple[int, int]
"""A job and a task."""

Start = tuple[Node, int]
"""A task and the number of one of its modes that the platform can run."""

Finish = dict[Node, int]
"""When each task that has started finishes."""

Held = dict[Node, tuple[int, int]]
"""In which mode a task holds servers, and until when."""


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


def _work(mode: Mode, cycles: int, weights: Mapping[str, int]) -> int:
    """Return what is held of several server types for so long, each as a share of its servers."""
    return sum(units * weights.get(kind, 0) * cycles for kind, units in mode.demand.items())


def _undominated(modes: list[Mode]) -> list[Mode]:
    """Leave out what takes no less in anything than a mode that is left."""
    left: list[Mode] = []
    for mode in sorted(modes, key=lambda m: (m.latency, m.occupancy, sum(m.demand.values()))):
        if not any(
            one.occupancy <= mode.occupancy
            and all(units <= mode.demand.get(kind, 0) for kind, units in one.demand.items())
            for one in left
        ):
            left.append(mode)
    return left


def arcs(jobs: Sequence[Job]) -> list[tuple[Node, Node]]:
    """Return the precedences of all jobs."""
    return [
        ((number, before), (number, after))
        for number, job in enumerate(jobs)
        for before, after in job.graph.edges.tolist()
    ]


class Exhaustive:
    """All schedules in which no task could have started an instant before, by branch and bound.

    Instants are those at which a job arrives, servers are released or a task finishes. Any schedule
    can be brought to them: what could start earlier moves there, in the same mode, and neither
    servers nor memory are lacked by another for it. So at each instant every set of tasks is tried,
    without those that fitted beside all that was started at the instant before. Left out are states
    that were seen as early, equal jobs being equal, and those whose paths or whose work lead beyond
    the best schedule.
    """

    def __init__(self, jobs: Sequence[Job], platform: Platform) -> None:
        self.platform = platform
        self.modes = {node: _undominated(of) for node, of in runnable(jobs, platform).items()}
        self.arrival = {node: jobs[node[0]].arrival for node in self.modes}
        self.before: dict[Node, list[Node]] = {node: [] for node in self.modes}
        self.readers: dict[Node, list[Node]] = {node: [] for node in self.modes}
        for one, other in arcs(jobs):
            self.before[other].append(one)
            self.readers[one].append(other)
        self.buffers = {
            node: buffer
            for node in self.modes
            if (buffer := jobs[node[0]].graph.buffer(node[1]))
            and buffer.memory in platform.memories
        }
        self.remaining = _windows(jobs, self.modes)[1]
        self.path = {
            n: min(m.latency for m in of) + self.remaining[n] for n, of in self.modes.items()
        }
        whole = lcm(*platform.servers.values())
        self.weights = [
            {kind: whole // platform.servers[kind] for kind in kinds}
            for size in range(1, len(platform.servers) + 1)
            for kinds in combinations(platform.servers, size)
        ]
        self.work = [
            {
                node: min(_work(m, m.occupancy, weights) for m in of)
                for node, of in self.modes.items()
            }
            for weights in self.weights
        ]
        self.whole = whole
        graph_number = {job.graph: number for number, job in enumerate(jobs)}
        self.graph = [graph_number[job.graph] for job in jobs]
        self.best = 0
        self.seen: dict[object, int] = {}

    def optimum(self) -> int:
        """Return the least makespan."""
        longest = sum(max(mode.latency for mode in modes) for modes in self.modes.values())
        return self.least_below(max(self.arrival.values()) + longest + 1)

    def least_below(self, limit: int) -> int:
        """Return the least makespan if that is below a limit, else the limit."""
        self.best, self.seen = limit, {}
        self._visit(0, {}, {}, set())
        return self.best

    def _visit(self, now: int, finish: Finish, held: Held, passed: set[Start]) -> None:
        """Continue from an instant.

        With the finish of all that has started, the servers that are held, until when, and what
        could have started at the instant before.
        """
        if len(finish) == len(self.modes):
            self.best = min(self.best, max(finish.values()))
            return
        state = self._state(now, finish, held, passed)
        if self.seen.get(state, now + 1) <= now or self._least(now, finish, held) >= self.best:
            return
        self.seen[state] = now
        ready = [
            node for node in self.modes if node not in finish and self._is_ready(node, now, finish)
        ]
        starts = [(node, mode) for node in ready for mode in range(len(self.modes[node]))]
        allowed = [start for start in starts if start not in passed]
        allowed.sort(key=lambda start: -self.path[start[0]])
        for chosen in self._choices(now, finish, held, allowed):
            after, holding = self._started(now, finish, held, chosen)
            instants = [*after.values(), *(until for _, until in holding.values())]
            later = [time for time in (*instants, *self.arrival.values()) if time > now]
            if later:
                then = min(later)
                could = {
                    (node, mode)
                    for node, mode in starts
                    if node not in after and self._fits(now, after, holding, node, mode)
                }
                self._visit(then, after, {n: h for n, h in holding.items() if h[1] > then}, could)

    def _choices(
        self, now: int, finish: Finish, held: Held, rest: list[Start]
    ) -> Iterator[list[Start]]:
        """Yield every set of starts that fit together; the empty one last."""
        for place, (node, mode) in enumerate(rest):
            if self._fits(now, finish, held, node, mode):
                with_it = self._started(now, finish, held, [(node, mode)])
                others = [start for start in rest[place + 1 :] if start[0] != node]
                for more in self._choices(now, *with_it, others):
                    yield [(node, mode), *more]
        yield []

    def _started(
        self, now: int, finish: Finish, held: Held, chosen: list[Start]
    ) -> tuple[Finish, Held]:
        finish, held = dict(finish), dict(held)
        for node, mode in chosen:
            finish[node] = now + self.modes[node][mode].latency
            held[node] = mode, now + self.modes[node][mode].occupancy
        return finish, held

    def _is_ready(self, node: Node, now: int, finish: Finish) -> bool:
        return self.arrival[node] <= now and all(
            finish.get(one, now + 1) <= now for one in self.before[node]
        )

    def _fits(self, now: int, finish: Finish, held: Held, node: Node, mode: int) -> bool:
        for kind, units in self.modes[node][mode].demand.items():
            taken = sum(self.modes[n][m].demand.get(kind, 0) for n, (m, _) in held.items())
            if taken + units > self.platform.servers[kind]:
                return False
        if node not in self.buffers:
            return True
        memory = self.buffers[node].memory
        stored = sum(
            buffer.bits
            for writer, buffer in self.buffers.items()
            if buffer.memory == memory
            and (writer in finish or writer == node)
            and any(finish.get(n, now + 1) > now for n in self.readers[writer] or [writer])
        )
        return stored <= self.platform.memories[memory]

    def _least(self, now: int, finish: Finish, held: Held) -> int:
        """No continuation ends before this."""
        left = [node for node in self.modes if node not in finish]
        least = max(max(now, self.arrival[node]) + self.path[node] for node in left)
        for node, time in finish.items():
            least = max(least, time + self.remaining[node])
        for weights, of_node in zip(self.weights, self.work, strict=True):
            work = sum(of_node[node] for node in left)
            for node, (mode, until) in held.items():
                work += _work(self.modes[node][mode], until - now, weights)
            least = max(least, now - (-work // (len(weights) * self.whole)))
        return least

    def _state(self, now: int, finish: Finish, held: Held, passed: set[Start]) -> object:
        """Return what the future depends on, the same for jobs that change places."""
        jobs: list[list[object]] = [[number] for number in self.graph]
        for node, modes in self.modes.items():
            time = finish.get(node)
            mode, until = held.get(node, (-1, now))
            jobs[node[0]].append(
                (
                    -1 - max(0, self.arrival[node] - now) if time is None else max(0, time - now),
                    mode,
                    until - now,
                    tuple((node, number) in passed for number in range(len(modes))),
                )
            )
        return tuple(sorted(map(tuple, jobs)))


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
