"""The reference engine: the contract's semantics, to be read; SimPy is its clock.

SimPy wakes the engine once for each instant in which something can change. No process exists for
a task, and nothing queues at a server: who starts is decided in a round, so that a server is only
free or not. What happens in an instant is one batch, see docs/contract.md (instant-arrivals,
instant-completions, instant-round).
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import simpy

from stomp_flim.engines.reference.dispatching import DispatcherRounds
from stomp_flim.engines.reference.memory_claims import MemoryClaims
from stomp_flim.engines.reference.ready_queues import RankedQueues, Selector, ranked_keys
from stomp_flim.engines.reference.ready_scan import RankedScan
from stomp_flim.engines.reference.servers import FreeServers, ServersOfType
from stomp_flim.errors import PolicyError
from stomp_flim.instance import Choice, Instance
from stomp_flim.policy import Policy
from stomp_flim.policy.error_place import written_at
from stomp_flim.run import Run
from stomp_flim.schedule import Schedule


class SimPyEngine:
    """One run under a ranker or a dispatcher.

    Parameters
    ----------
    run : Run
        What is simulated.
    """

    def __init__(self, run: Run) -> None:
        instance, policy = run.instance, run.policy
        workload, platform = instance.workload, instance.platform
        self._instance = instance
        self._duration = instance.duration
        self._policy = policy
        self._decision = run.decision
        self._now = -1
        self._decided = 0  # until when the decisions of a round are made
        self._next_round = 0  # its earliest cycle
        self._limit = 1 if run.rounds == "event" else None
        self._environment = simpy.Environment()
        self._servers = [
            ServersOfType(first, platform.servers[name])
            for name, first in platform.first_server.items()
        ]
        self._type_of_server = np.repeat(
            np.array(self._servers, dtype=object), list(platform.servers.values())
        ).tolist()
        self._free = FreeServers(dict(zip(platform.servers, self._servers, strict=True)))
        self._claims = (
            None if instance.memories is None else MemoryClaims(instance, instance.memories)
        )
        self._selector = self._selector_of(instance, policy)
        graphs = workload.graphs
        self._missing = instance.per_record([graph.in_degree.tolist() for graph in graphs])
        self._successors = instance.per_record(
            [[g.successors(task).tolist() for task in range(len(g))] for g in graphs]
        )
        tasks_of_job = np.diff(workload.first_task)
        self._first = np.repeat(workload.first_task[:-1], tasks_of_job).tolist()
        sinks = [int((np.diff(graph.successor_offset) == 0).sum()) for graph in graphs]
        graph_number = workload.graph_number.tolist()
        self._sinks = {
            first: sinks[number]
            for first, number in zip(workload.first_task.tolist(), graph_number, strict=False)
        }
        self._slots = len(workload) if run.slots is None else run.slots
        self._outside: deque[int] = deque()
        # The record, by record number: plain lists, whose items cost half of an array's.
        self._dispatched: list[int] = []
        self._mode, self._ready, self._begin, self._released, self._finish = (
            [0] * workload.tasks for _ in range(5)
        )
        self._held: list[list[int]] = [[]] * workload.tasks
        self._arrivals: dict[int, list[int]] = {}
        self._completions: dict[int, list[int]] = {}
        for job, time in sorted(enumerate(workload.arrival.tolist()), key=lambda pair: pair[1]):
            if time not in self._arrivals:
                self._arrivals[time] = []
                self._wake(time)
            self._arrivals[time].append(job)

    def run(self) -> Schedule:
        """Simulate to the end and return the schedule.

        Raises
        ------
        PolicyError
            If a dispatcher breaks its contract or leaves tasks that it never starts.
        """
        self.simulate()
        workload, dispatched = self._instance.workload, self._dispatched
        missing = workload.tasks - len(dispatched)
        if missing:
            raise PolicyError(
                f"{written_at(self._policy)}policy {self._policy.name!r} has not started {missing} "
                f"of {workload.tasks} tasks and nothing happens after cycle {self._now}"
            )
        return Schedule.from_records(
            workload,
            self._instance.platform,
            dispatched,
            self._mode,
            self._ready,
            self._begin,
            self._released,
            self._finish,
            self._held,
            self._instance.durations,
        )

    def simulate(self) -> None:
        """Let SimPy run until nothing is left to happen; the record grows on the way."""
        with _no_garbage_collection():
            self._environment.run()

    def _selector_of(self, instance: Instance, policy: Policy) -> Selector:
        """Return what holds the ready tasks, for the policy's protocol and limited memories."""
        if policy.kind == "dispatcher":
            return DispatcherRounds(instance, policy, self._start, self._claims)
        if self._claims is not None:
            choices = instance.per_record(instance.choices)
            keys = ranked_keys(policy, instance)
            return RankedScan(keys, choices, self._start, instance.workload)
        return RankedQueues(instance, policy, self._start)

    def _wake(self, delay: int) -> None:
        self._environment.timeout(delay).callbacks.append(self._instant)

    def _instant(self, _event: simpy.Event) -> None:
        """Arrivals, then completions in dispatch order, then one round (or one after each)."""
        now = int(self._environment.now)
        if now == self._now:  # a round that was put off to an instant in which tasks end
            return
        self._now = self._decided = now
        limit, free, run_round = self._limit, self._free, self._selector.round
        for job in self._arrivals.pop(now, ()):
            self._outside.append(job)
            self._enter(now)
            if limit:
                run_round(now, free, limit)
        self._complete(self._completions.pop(now, ()), now)
        if not limit:
            self._round(now)

    def _round(self, now: int) -> None:
        """One round, once the scheduler has made its decisions and may begin another."""
        if now < self._next_round:
            self._wake(self._next_round - now)
            return
        started = len(self._dispatched)
        self._selector.round(now, self._free, None)
        if len(self._dispatched) > started:
            self._next_round = max(self._decided, now + self._decision.interval)

    def _enter(self, now: int) -> None:
        """Let jobs that have arrived enter while there are slots.

        Their sources are ready since the arrival: to wait for a slot is to wait.
        """
        workload = self._instance.workload
        while self._outside and self._slots:
            self._slots -= 1
            job = self._outside.popleft()
            arrival = workload.jobs[job].arrival
            first, end = workload.first_task[job : job + 2].tolist()
            for record in range(first, end):
                if self._missing[record] == 0:
                    self._ready[record] = arrival
                    self._selector.enter(record, arrival)

    def _complete(self, batch: Sequence[int], now: int) -> None:
        """Free the servers of tasks, release their successors, or both."""
        released, finish, held, type_of = (
            self._released,
            self._finish,
            self._held,
            self._type_of_server,
        )
        missing, first_of, successors_of = self._missing, self._first, self._successors
        ready, enter = self._ready, self._selector.enter
        claims = self._claims
        for record in batch:
            if released[record] == now:
                for server in held[record]:
                    type_of[server].vacate(server)
            if finish[record] == now:
                if claims is not None:
                    claims.finish(record)
                first = first_of[record]
                for task in successors_of[record]:
                    successor = first + task
                    left = missing[successor] = missing[successor] - 1
                    if left == 0:
                        ready[successor] = now
                        enter(successor, now)
                if not successors_of[record]:
                    self._leave(first, now)
            if self._limit:
                self._selector.round(now, self._free, self._limit)

    def _leave(self, first: int, now: int) -> None:
        """Count the sinks of the job whose first record is given; the last one vacates its slot."""
        self._sinks[first] -= 1
        if self._sinks[first] == 0:
            self._slots += 1
            self._enter(now)

    def _start(self, record: int, choice: Choice) -> bool:
        """Start a task in the first of its modes that fits; the one place where one must wait."""
        servers = self._servers
        for option in choice.options:
            for server_type, units in option.demand:
                if servers[server_type].free_count < units:
                    break
            else:
                break
        else:
            return False
        if self._claims is not None:
            if not self._claims.allows(record):
                return False
            self._claims.start(record)
        latency, occupancy = self._duration(record, option)
        now = self._decided = self._decided + self._decision.cycles
        released, finish = now + occupancy, now + latency
        self._dispatched.append(record)
        self._mode[record] = option.mode
        self._begin[record] = now
        self._released[record] = released
        self._finish[record] = finish
        held: list[int] = []
        self._held[record] = held
        for server_type in option.units:
            held.append(servers[server_type].occupy())
        batch = self._completions.get(finish)
        if batch is None:
            batch = self._batch(finish)
        batch.append(record)
        if released < finish:
            self._batch(released).append(record)
        return True

    def _batch(self, time: int) -> list[int]:
        """Return the completions of an instant, which come in dispatch order."""
        batch = self._completions.get(time)
        if batch is None:
            batch = self._completions[time] = []
            if time not in self._arrivals:
                self._wake(time - self._now)
        return batch


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Pause the cycle collector: a run makes no cycles, but its growing record is scanned often."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
