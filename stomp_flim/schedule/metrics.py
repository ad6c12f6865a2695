"""What a run cost and who waited: tidy frames made of a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stomp_flim.schedule import Schedule
from stomp_flim.schedule.storage import steps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Metrics:
    """Metrics of one schedule; each is computed when it is first asked for."""

    schedule: Schedule

    @cached_property
    def utilization(self) -> pd.DataFrame:
        """Columns server_type, servers, busy (server-cycles), utilization (of the makespan)."""
        import pandas as pd

        servers, busy = self.schedule.platform.servers, self.schedule.busy
        frame = pd.DataFrame(
            {"server_type": list(servers), "servers": servers.values(), "busy": busy.values()}
        )
        frame["utilization"] = frame["busy"] / (frame["servers"] * self.schedule.makespan)
        return frame

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """Cycles from ready to start, by server type.

        Columns server_type, tasks, mean, median, maximum, total. A task that holds servers of
        several types counts for each of them.
        """
        frame = self.schedule.to_frame().drop_duplicates(["job", "task", "server_type"])
        waited = (frame["start"] - frame["ready"]).groupby(frame["server_type"], sort=False)
        table = waited.agg(
            tasks="size", mean="mean", median="median", maximum="max", total="sum"
        ).reindex([t for t in self.schedule.platform.servers if t in waited.groups])
        return table.reset_index()

    @cached_property
    def occupancy(self) -> pd.DataFrame:
        """Busy servers over time: columns server_type, time, busy; each holds until the next."""
        schedule = self.schedule
        execution = schedule.holder
        return self._steps(schedule.start[execution], schedule.released[execution], "busy")

    @cached_property
    def memory(self) -> pd.DataFrame:
        """What memories hold over time: columns memory, time, bits; each until the next.

        The memories of the platform and others that tasks write. A buffer is held from the start of
        its writer to the finish of its last consumer; see `stomp_flim.model.buffer`.
        """
        import pandas as pd

        stored = self.schedule.storage
        held = [steps(stored, number) for number in range(len(stored.memories))]
        return pd.DataFrame(
            {
                "memory": np.repeat(
                    np.array(stored.memories, dtype=object), [len(s.time) for s in held]
                ),
                "time": np.concatenate([s.time for s in held] or [np.zeros(0, np.int64)]),
                "bits": np.concatenate([s.bits for s in held] or [np.zeros(0, np.int64)]),
            }
        )

    @cached_property
    def peak_memory(self) -> dict[str, int]:
        """Most bits that each memory holds at once, 0 where no task writes it."""
        stored = self.schedule.storage
        return {
            memory: int(steps(stored, number).bits.max(initial=0))
            for number, memory in enumerate(stored.memories)
        }

    @cached_property
    def queue_length(self) -> pd.DataFrame:
        """Demands that wait over time: columns server_type, time, waiting; each until the next.

        A waiting task counts one demand for each server that it will get.
        """
        schedule = self.schedule
        execution = schedule.holder
        return self._steps(schedule.ready[execution], schedule.start[execution], "waiting")

    @cached_property
    def queue_histogram(self) -> pd.DataFrame:
        """For how long how many tasks waited: columns length, cycles, fraction (of the makespan).

        A task waits from ready to start and counts once, whatever it demands. The cycles of all
        lengths, 0 included, sum to the makespan.
        """
        import pandas as pd

        schedule = self.schedule
        times = np.concatenate([[0], schedule.ready, schedule.start, [schedule.makespan]])
        change = np.repeat([0, 1, -1, 0], [1, len(schedule), len(schedule), 1])
        order = np.argsort(times, kind="stable")
        length = np.cumsum(change[order])[:-1]
        lasts = np.diff(times[order]) > 0  # within an instant the count is not a queue
        lengths, place = np.unique(length[lasts], return_inverse=True)
        cycles = np.zeros(len(lengths), np.int64)
        np.add.at(cycles, place, np.diff(times[order])[lasts])
        return pd.DataFrame(
            {"length": lengths, "cycles": cycles, "fraction": cycles / schedule.makespan}
        )

    @cached_property
    def statistics(self) -> dict[str, Any]:
        """STOMP's statistics of a run as plain values, in cycles.

        - ``waiting``: from ready to start of a task, mean and maximum;
        - ``response``: from the arrival to the finish of a job, mean and maximum;
        - ``queue_length``: tasks that wait, mean over time and maximum;
        - ``queue_histogram``: cycles for which so many tasks waited, by length;
        - ``deadlines``: jobs that have one, and those of them that met it.
        """
        waited = self.schedule.start - self.schedule.ready
        jobs, queue = self.jobs, self.queue_histogram
        return {
            "waiting": {"mean": float(waited.mean()), "maximum": int(waited.max())},
            "response": {
                "mean": float(jobs["response"].mean()),
                "maximum": int(jobs["response"].max()),
            },
            "queue_length": {
                "mean": float((queue["length"] * queue["fraction"]).sum()),
                "maximum": int(queue["length"].max()),
            },
            "queue_histogram": dict(
                zip(map(str, queue["length"]), queue["cycles"].tolist(), strict=True)
            ),
            "deadlines": {
                "jobs": int(jobs["deadline"].notna().sum()),
                "met": int(jobs["met"].sum()),
            },
        }

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """One row a job: job, graph, arrival, start, finish, response, deadline, met.

        The deadline is relative to the arrival; a job without one has none to miss.
        """
        import pandas as pd

        schedule = self.schedule
        first = schedule.workload.first_task[:-1]
        start = np.minimum.reduceat(schedule.by_record(schedule.start), first)
        finish = np.maximum.reduceat(schedule.by_record(schedule.finish), first)
        jobs = schedule.workload.jobs
        frame = pd.DataFrame(
            {
                "job": range(len(jobs)),
                "graph": [job.graph.name for job in jobs],
                "arrival": schedule.workload.arrival,
                "start": start,
                "finish": finish,
                "response": finish - schedule.workload.arrival,
                "deadline": pd.array([job.deadline for job in jobs], dtype="Int64"),
            }
        )
        frame["met"] = (frame["response"] <= frame["deadline"]).astype("boolean")
        return frame

    def _steps(self, begin: np.ndarray, end: np.ndarray, column: str) -> pd.DataFrame:
        """Count intervals that are open, for each server type, at each time of change."""
        import pandas as pd

        types = self.schedule.server_type_number
        frames = []
        for number, name in enumerate(self.schedule.platform.servers):
            of_type = types == number
            times = np.concatenate([begin[of_type], end[of_type]])
            change = np.repeat([1, -1], [of_type.sum()] * 2)
            instants, position = np.unique(times, return_inverse=True)
            steps = np.zeros(len(instants), np.int64)
            np.add.at(steps, position, change)
            frames.append(
                pd.DataFrame({"server_type": name, "time": instants, column: steps.cumsum()})
            )
        return pd.concat(frames, ignore_index=True)
