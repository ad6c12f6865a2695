"""The compiled engine: the same schedules as SimPy's, at the speed of memory."""

from __future__ import annotations

import numpy as np

from stomp_flim.engines.compiled import (
    LONGEST_LATENCY,
    jobs_in_flight,
    loop,
    memory_claims,
    state,
    tables,
)
from stomp_flim.engines.compiled.record import EXECUTION, Record
from stomp_flim.engines.compiled.server_numbers import number_servers
from stomp_flim.engines.compiled.tables import Array
from stomp_flim.engines.compiled.usage import Usage
from stomp_flim.errors import InputError
from stomp_flim.instance import Instance
from stomp_flim.run import Run
from stomp_flim.schedule import Schedule

BUDGET = 2_000_000
"""Tasks between two returns to Python, which make a run interruptible."""
MOST_RECORDED = 2**25
"""Tasks of a full record, which takes some 200 bytes each with the schedule made of it."""
BINS = 1024
"""Bins of the integrals over time."""


class CompiledEngine:
    """One run under a ranker.

    Parameters
    ----------
    run : Run
        What is simulated. Without a record and without random durations only the jobs in its slots
        take memory.
    record : bool
        Keep every execution, for a `Schedule`: 44 bytes a task. Without it there is only what is
        observed on the way.

    Raises
    ------
    InputError
        If the policy is no ranker, there are more than 2^31 - 1 tasks or more than 2^25 to record,
        a job arrives later than cycle 2^62, or a latency is longer than 2^20 cycles.
    """

    def __init__(
        self,
        run: Run,
        *,
        record: bool = True,
    ) -> None:
        instance, policy, slots = run.instance, run.policy, run.slots
        if policy.kind != "ranker":
            raise InputError(
                f"policy {policy.name!r} is a {policy.kind}, which the compiled engine cannot run; "
                "expected a ranker, or engine 'simpy'"
            )
        longest = _require_latency(instance)
        if record and instance.workload.tasks > MOST_RECORDED:
            raise InputError(
                f"the workload has {instance.workload.tasks:,} tasks, expected at most "
                f"{MOST_RECORDED:,} for a full record; use stomp_flim.summarize"
            )
        self._instance = instance
        self.tables = tables.build(instance, policy)
        self._durations = instance.duration_table()
        self._limit = 1 if run.rounds == "event" else 0
        shared = slots is not None and not record and instance.durations is None
        self.state = state.initial(
            self.tables,
            np.zeros(0, np.uint8) if shared else _missing(instance),
            longest,
            cells=1024 + 4 * int(self.tables.servers.sum()),
        )
        if slots is not None:
            graphs = instance.workload.graphs
            self.state = jobs_in_flight.limited(
                self.tables, self.state, slots, graphs, shared=shared
            )
        self._claims = None
        if instance.memories is not None:
            self._claims = memory_claims.initial(
                instance, self.tables, instance.memories, len(self.state.missing)
            )
            begins = min(int(self.tables.servers.sum()), len(instance.workload))
            self.state.run["begins"] = begins * int(self.tables.graphs["sources"].max())
        kept = instance.workload.tasks if record else 0
        self._record = Record(np.zeros(kept, np.uint32), np.zeros(kept, EXECUTION))
        self.usage = Usage(
            np.zeros(1, np.int64),
            np.zeros((len(self.tables.servers), BINS)),
            np.zeros((len(self.tables.classes), BINS)),
        )

    def run(self) -> Schedule:
        """Simulate to the end."""
        self.simulate()
        workload, platform = self._instance.workload, self._instance.platform
        order = self._record.dispatched
        rows = self._record.executions[order]
        job = (np.searchsorted(workload.first_task, order, side="right") - 1).astype(np.int32)
        node = order - self.tables.jobs["base"][job]
        line = self.tables.nodes["line"][node]
        is_source = self.tables.lines["cursor"][line] != tables.NONE
        offset, server = number_servers(self.tables, rows)
        return Schedule(
            workload,
            platform,
            job=job,
            task=(order - workload.first_task[job]).astype(np.int32),
            mode=self.tables.options["mode"][rows["option"]].astype(np.int32),
            ready=np.where(is_source, workload.arrival[job], rows["ready"]),
            start=rows["start"].copy(),
            released=rows["released"].copy(),
            finish=rows["finish"].copy(),
            server_offset=offset,
            server=server,
            durations=self._instance.durations,
        )

    def simulate(self) -> None:
        """Run the loop to its end."""
        while not self.advance():
            pass

    def advance(self, jobs: int = 2**31) -> bool:
        """Simulate until so many more jobs have finished; return whether nothing is left to do.

        All that happens in the instant in which the last of them finishes has then happened.
        """
        end = self.finished + jobs
        status = loop.PAUSED
        while status != loop.DONE and self.finished < end:
            status = loop.advance(
                self.tables,
                self.state,
                self._claims,
                self._durations,
                self._record,
                self.usage,
                self._limit,
                BUDGET,
                end - self.finished,
            )
            if status == loop.MORE_ROOM:
                self.state = state.grown(self.tables, self.state)
        return status == loop.DONE

    def truncate(self, jobs: int) -> None:
        """Let only the first jobs arrive; those after them must not have entered yet."""
        self.tables = self.tables._replace(arrivals=self.tables.arrivals[:jobs])
        self.state.run["arrived"] = jobs

    @property
    def finished(self) -> int:
        """How many jobs have finished."""
        return int(self.state.run["finished"][0])

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finished."""
        return int(self.tables.jobs["finish"].max())

    @property
    def bytes_used(self) -> int:
        """Bytes of the state and the queues of the run."""
        changing = (self.tables.jobs, self.tables.lines, self.tables.classes, *self.state)
        return sum(array.nbytes for array in (*changing, *(self._claims or ())))


def _require_latency(instance: Instance) -> int:
    longest = instance.longest_latency
    if longest > LONGEST_LATENCY:
        raise InputError(
            f"the longest latency is {longest:,} cycles, expected at most {LONGEST_LATENCY:,} for "
            "the compiled engine; use engine 'simpy' or a coarser clock"
        )
    return longest


def _missing(instance: Instance) -> Array:
    """Return the in-degree of each task by record number."""
    workload = instance.workload
    kind = tables.counter_type(workload.graphs)
    missing = np.empty(workload.tasks, kind)
    for number, graph in enumerate(workload.graphs):
        in_degree = graph.in_degree.astype(kind)
        for first in workload.first_task[:-1][workload.graph_number == number].tolist():
            missing[first : first + len(graph)] = in_degree
    return missing
