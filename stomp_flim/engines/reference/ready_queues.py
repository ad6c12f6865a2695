"""Which ready task starts next: a ranker's priority queues, or a dispatcher's decisions."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Protocol

import numpy as np

from stomp_flim.arrays import is_integer
from stomp_flim.engines.reference.memory_claims import Bank
from stomp_flim.engines.reference.ready_scan import RankedScan, Start
from stomp_flim.errors import PolicyError
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload
from stomp_flim.policy import Policy, ReadyTask, priorities
from stomp_flim.policy.error_place import raised, yielded_at

if TYPE_CHECKING:
    from stomp_flim.engines.reference.engine import FreeServers


class Selector(Protocol):
    """Holds the ready tasks of a run and starts them in rounds."""

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready; the order of calls is the entry sequence."""
        ...

    def round(self, now: int, free: FreeServers, limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        ...


def selector(
    instance: Instance, policy: Policy, start: Start, bank: Bank | None = None
) -> Selector:
    """Return the selector for a ranker or a dispatcher, where memories are limited with a bank."""
    if policy.kind == "dispatcher":
        return DispatcherRounds(instance, policy, start, bank)
    if bank is not None:
        choices = instance.per_record(instance.choices)
        return RankedScan(_keys(policy, instance), choices, start, instance.workload)
    return RankedQueues(instance, policy, start)


class RankedQueues:
    """A round in key order, equal keys by entry sequence, in time that follows what starts.

    There is one priority queue for each demand class. Within a round servers only become busy, so
    where the head of a queue fits nowhere the rest of its queue does not either: a round merges the
    heads and drops a queue at the first failure, which equals a scan of all ready tasks.
    """

    def __init__(self, instance: Instance, policy: Policy, start: Start) -> None:
        self._start = start
        self._choices = instance.per_record(instance.choices)
        self._class = [choice.demand_class for choice in self._choices]
        self._keys = _keys(policy, instance)
        self._entry = count()
        self._queues = [Queue() for _ in range(instance.demand_classes)]

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready."""
        self._queues[self._class[record]].push((self._keys[record], next(self._entry), record))

    def round(self, now: int, free: Mapping[str, int], limit: int | None) -> None:
        """Start ready tasks, at most `limit`."""
        queues, start, choices, class_of = self._queues, self._start, self._choices, self._class
        heappop, heapreplace = heapq.heappop, heapq.heapreplace
        heads = [queue.head() for queue in queues if queue.keys]
        heapq.heapify(heads)
        while heads and limit != 0:
            record = heads[0][2]
            if not start(record, choices[record]):
                heappop(heads)
                continue
            follower = queues[class_of[record]].pop()
            if follower is None:
                heappop(heads)
            else:
                heapreplace(heads, follower)
            if limit is not None:
                limit -= 1


Entry = tuple[float, int, int]
"""Key, entry sequence and record number of a ready task."""


class Queue:
    """A priority queue whose equal keys are already in order: a heap of keys, one line for each.

    Entry sequences only grow, so a line is first in, first out. Policies repeat keys often (FIFO
    has one key), which makes this several times as fast as a heap of entries.
    """

    __slots__ = ("_lines", "keys")

    def __init__(self) -> None:
        self.keys: list[float] = []
        self._lines: dict[float, deque[Entry]] = {}

    def push(self, entry: Entry) -> None:
        """Add an entry with a later sequence than all before."""
        line = self._lines.get(entry[0])
        if line is None:
            self._lines[entry[0]] = deque((entry,))
            heapq.heappush(self.keys, entry[0])
        else:
            line.append(entry)

    def head(self) -> Entry:
        """Return the smallest entry."""
        return self._lines[self.keys[0]][0]

    def pop(self) -> Entry | None:
        """Remove the smallest entry and return the one after it, if any."""
        line = self._lines[self.keys[0]]
        line.popleft()
        if not line:
            del self._lines[heapq.heappop(self.keys)]
            if not self.keys:
                return None
            line = self._lines[self.keys[0]]
        return line[0]


class DispatcherRounds:
    """A round asks the dispatcher, and checks each of its assignments before the next."""

    def __init__(
        self, instance: Instance, policy: Policy, start: Start, bank: Bank | None = None
    ) -> None:
        self._instance = instance
        self._policy = policy
        self._start = start
        self._bank = bank
        self._ready: dict[int, ReadyTask] = {}
        self._started: set[int] = set()
        self._answer: object = None

    def add(self, record: int, now: int) -> None:
        """Take a task that became ready."""
        self._ready[record] = ReadyTask(*self._instance.workload.task_of(record), now)

    def round(self, now: int, free: FreeServers, limit: int | None) -> None:
        """Start what the dispatcher assigns, at most `limit` tasks."""
        if not self._ready or limit == 0:
            return
        view = DispatcherView(now, self._ready, free, self._instance, self._bank)
        in_vain: set[object] = set()  # since the last start: or else a policy could ask for ever
        for assignment in self._assignments(view):
            if not self._assign(view, assignment):
                if assignment in in_vain:
                    what = f"assigned {assignment!r} again, which must wait for memory"
                    raise self._error(view, f"{what}, and started nothing in between")
                in_vain.add(assignment)
                continue
            in_vain.clear()
            if limit is not None:
                limit -= 1
                if limit == 0:
                    return

    def _assignments(self, view: DispatcherView) -> Iterator[object]:
        """Yield what the dispatcher does; what it raises on the way is its own error."""
        try:
            self._answer = self._policy.implementation.dispatch(view)
            if isinstance(self._answer, Iterable):
                yield from self._answer
                return
        except (Exception, SystemExit) as error:
            raise raised(self._policy, error, f"at cycle {view.now}") from error
        raise self._error(view, f"dispatch returned {self._answer!r}, expected assignments")

    def _assign(self, view: DispatcherView, assignment: object) -> bool:
        """Start what was assigned; False if it must wait for memory."""
        if not (
            isinstance(assignment, tuple)
            and len(assignment) == 3
            and all(map(is_integer, assignment))
        ):
            raise self._error(view, f"assigned {assignment!r}, expected (job, task, mode)")
        job, task, mode = map(int, assignment)
        workload = self._instance.workload
        record = workload.record(job, task)
        if record is None or record not in self._ready:
            raise self._error(view, f"job {job}, task {task} {self._why_not(job, record)}")
        choice = self._instance.choices[int(workload.graph_number[job])][task]
        options = tuple(option for option in choice.options if option.mode == mode)
        if not options:
            raise self._error(
                view,
                f"job {job}, task {task} has no mode {mode} that the platform can run, expected "
                f"one of {[option.mode for option in choice.options]}",
            )
        if self._bank is not None and not self._bank.allows(record):
            return False
        if not self._start(record, choice._replace(options=options)):
            demand = dict(workload.jobs[job].graph.modes(task)[mode].demand)
            raise self._error(
                view,
                f"job {job}, task {task} in mode {mode} does not fit on the free servers: it "
                f"demands {demand}, free are {view.free}",
            )
        del self._ready[record]
        self._started.add(record)
        return True

    def _why_not(self, job: int, record: int | None) -> str:
        """Tell why a task cannot be assigned, from its record number."""
        workload = self._instance.workload
        if record is None:
            if 0 <= job < len(workload):
                return f"does not exist, expected tasks 0 to {len(workload.jobs[job].graph) - 1}"
            return f"does not exist, expected jobs 0 to {len(workload) - 1}"
        return "has been started before" if record in self._started else "is not ready"

    def _error(self, view: DispatcherView, what: str) -> PolicyError:
        """Return an error that names the policy, the line that it has come to, and the cycle."""
        place = yielded_at(self._policy, self._answer)
        return PolicyError(f"{place}policy {self._policy.name!r} at cycle {view.now}: {what}")


class DispatcherView:
    """What a dispatcher sees of a run; see `stomp_flim.policy.View`."""

    def __init__(
        self,
        now: int,
        ready: Mapping[int, ReadyTask],
        free: FreeServers,
        instance: Instance,
        bank: Bank | None,
    ) -> None:
        self._now = now
        self._ready = ready
        self._free = free
        self._instance = instance
        self._bank = bank

    @property
    def now(self) -> int:
        """The current cycle."""
        return self._now

    @property
    def workload(self) -> Workload:
        """The jobs, as far as they may be known."""
        return self._instance.seen

    @property
    def platform(self) -> Platform:
        """The servers."""
        return self._instance.platform

    @property
    def ready(self) -> Sequence[ReadyTask]:
        """Tasks that wait, in entry sequence."""
        return tuple(self._ready.values())

    @property
    def free(self) -> Mapping[str, int]:
        """Free servers of each type."""
        return dict(self._free)

    @property
    def free_servers(self) -> Mapping[str, Sequence[int]]:
        """Numbers of the free servers of each type, ascending."""
        return self._free.numbers

    @property
    def free_memory(self) -> Mapping[str, int]:
        """Free bits of each limited memory."""
        held = {} if self._bank is None else self._bank.free_by_name
        return {**self.platform.memories, **held}

    def may_start(self, job: int, task: int) -> bool:
        """Whether memory lets a ready task start now."""
        record = self.workload.record(job, task)
        if record is None or record not in self._ready:
            raise PolicyError(f"view.may_start: job {job}, task {task} is not ready")
        return self._bank is None or self._bank.allows(record)

    def latency(self, job: int, task: int, mode: int) -> int | None:
        """Latency of a task in a mode, in cycles: exact, the mean, or None if not known."""
        record = self.workload.record(job, task)
        if record is None or not 0 <= mode < len(self.workload.jobs[job].graph.modes(task)):
            raise PolicyError(f"view.latency: there is no job {job}, task {task}, mode {mode}")
        return self._instance.known_latency(record, mode)


def _keys(policy: Policy, instance: Instance) -> list[float]:
    """Key of each task by record number, smallest first."""
    workload = instance.seen
    keys = np.empty(workload.tasks)
    for number, graph in enumerate(workload.graphs):
        members = np.flatnonzero(workload.graph_number == number)
        jobs = [workload.jobs[job] for job in members]
        answer = priorities(policy, graph, instance.platform, jobs)
        for job, offset in zip(members, answer.offset, strict=True):
            first = workload.first_task[job]
            keys[first : first + len(graph)] = answer.slope * offset - answer.rank
    return keys.tolist()
