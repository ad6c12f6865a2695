"""Memory claims: who gets memory, so that all jobs can be finished.

From the first task on that writes, a job has a CLAIM: the most that it holds from now on, once what
runs has finished, if the rest of it is executed in its known order. A task that writes starts only
if its buffer fits and the claims of all jobs together fit after its start. So no run gets stuck:
where nothing runs, the next task of any job that has a claim fits, since what it holds then is part
of the claim; it raises no claim. Where no job has one, each fits alone. A task that does not write
never raises a claim and waits for no memory.

This is deadlock avoidance by maximum claims (Habermann, Comm. ACM 12(7), 1969), with the claim of
what is left of a job in place of that of the whole. The banker's algorithm would be content if the
jobs could be finished one after another; but then only one of them is sure to advance.

See docs/contract.md (buffer-claim, buffer-end). `stomp_flim.engines.compiled.memory_claims` has the
same verbs over flat arrays.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from stomp_flim.instance import Instance
from stomp_flim.memory.limits import Memories, MemoryOrder

Bits = list[int]
"""One number for each limited memory."""


class MemoryClaims:
    """What tasks write into limited memories, and what jobs hold and claim.

    Parameters
    ----------
    instance : Instance
        What is simulated.
    memories : Memories
        Its limited memories.

    Attributes
    ----------
    free : list of int
        Bits of each memory that are free now.
    unclaimed : list of int
        Bits of each memory that no job claims.
    """

    def __init__(self, instance: Instance, memories: Memories) -> None:
        self.free: Bits = memories.capacity.tolist()
        self._names = memories.names
        self.unclaimed: Bits = self.free.copy()
        self._task_of = instance.workload.task_of
        graph_number = instance.workload.graph_number.tolist()
        self._order_of = [memories.orders[number] for number in graph_number]
        self._to_finish = np.diff(instance.workload.first_task).tolist()
        self._jobs: dict[int, _JobClaim] = {}  # of those that have begun
        self._refused: set[int] = set()  # as long as no task starts, the answer is the same

    @property
    def free_by_name(self) -> dict[str, int]:
        """Bits that are free now, by name of the memory."""
        return dict(zip(self._names, self.free, strict=True))

    def allows(self, record: int) -> bool:
        """Whether memory lets a ready task start now."""
        job, task = self._task_of(record)
        if self._order_of[job].footprint.memory[task] < 0:
            return True
        if record in self._refused or not self._fits(job, task):
            return False
        before = self._claim_of(job)
        more = before.with_start(task).more_than(before)
        allowed = all(bits <= left for bits, left in zip(more, self.unclaimed, strict=True))
        if not allowed:
            self._refused.add(record)
        return allowed

    def start(self, record: int) -> None:
        """Count a task as started: allocate its buffer, and change the claim of its job."""
        job, task = self._task_of(record)
        footprint = self._order_of[job].footprint
        if footprint.memory[task] >= 0:
            self.free[footprint.memory[task]] -= footprint.bits[task]
        before = self._claim_of(job)
        self._jobs[job] = before.with_start(task)
        more = self._jobs[job].more_than(before)
        self.unclaimed = [left - bits for left, bits in zip(self.unclaimed, more, strict=True)]
        self._refused.clear()

    def finish(self, record: int) -> None:
        """Free the buffers whose last consumer finishes."""
        job, task = self._task_of(record)
        footprint = self._order_of[job].footprint
        for writer in footprint.freed_by(task, self._jobs[job].unfinished):
            self.free[footprint.memory[writer]] += footprint.bits[writer]
        self._to_finish[job] -= 1
        if self._to_finish[job] == 0:
            del self._jobs[job]

    def _fits(self, job: int, task: int) -> bool:
        """Whether the buffer of a task fits now."""
        footprint = self._order_of[job].footprint
        memory, bits = footprint.memory[task], footprint.bits[task]
        return bool(self.free[memory] >= bits)

    def _claim_of(self, job: int) -> _JobClaim:
        return self._jobs.get(job) or _JobClaim.initial(self._order_of[job])


class _JobClaim:
    """What a job holds once its running tasks have finished, and what it claims.

    Attributes
    ----------
    remaining : list of int
        Tasks that have not started, in the known order.
    unread : list of int
        For each task, how many of its consumers have not started.
    unfinished : list of int
        For each task, how many of its consumers have not finished; shared by all claims of a job.
    held : list of int
        Bits of each memory in buffers that some task will read that has not started.
    writes : bool
        Whether a task has started that writes.
    """

    def __init__(
        self,
        order: MemoryOrder,
        remaining: list[int],
        unread: list[int],
        unfinished: list[int],
        held: Bits,
        writes: bool,
    ) -> None:
        self._footprint = order.footprint
        self._order = order
        self.remaining = remaining
        self.unread = unread
        self.unfinished = unfinished
        self.held = held
        self.writes = writes

    @classmethod
    def initial(cls, order: MemoryOrder) -> _JobClaim:
        """Return the claim of a job that has not begun."""
        consumers = list(map(len, order.footprint.successors))
        held = [0] * len(order.footprint.capacity)
        return cls(order, order.order, consumers, consumers.copy(), held, writes=False)

    def with_start(self, task: int) -> _JobClaim:
        """Return the claim after the start of another task."""
        remaining = [other for other in self.remaining if other != task]
        unread, held = self.unread.copy(), self.held.copy()
        self._count_start(task, unread, held)
        writes = self.writes or self._footprint.memory[task] >= 0
        return _JobClaim(self._order, remaining, unread, self.unfinished, held, writes)

    def more_than(self, before: _JobClaim) -> Bits:
        """Return by how much the claim is larger than one before."""
        return [now - then for now, then in zip(self.claim, before.claim, strict=True)]

    @cached_property
    def claim(self) -> Bits:
        """The most that the job holds from now on in its known order."""
        if not self.writes:
            return [0] * len(self.held)
        unread, held = self.unread.copy(), self.held.copy()
        most = held.copy()
        for task in self.remaining:
            memory = self._footprint.memory[task]
            if memory >= 0:
                most[memory] = max(most[memory], held[memory] + self._footprint.bits[task])
            self._count_start(task, unread, held)
        return most

    def _count_start(self, task: int, unread: list[int], held: Bits) -> None:
        """Count a task as started: what it leaves behind, and what it is the last to read."""
        footprint = self._footprint
        if footprint.memory[task] >= 0:
            held[footprint.memory[task]] += footprint.bits[task]
        for writer in footprint.freed_by(task, unread):
            held[footprint.memory[writer]] -= footprint.bits[writer]
