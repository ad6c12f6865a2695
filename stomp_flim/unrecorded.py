"""Runs too large to record: what is worth knowing of a schedule, summed up while it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stomp_flim.arrays import Cycles
from stomp_flim.bounds import Bounded, lower_bounds
from stomp_flim.chance.knowledge import Knows
from stomp_flim.engines.engine_choice import choose
from stomp_flim.foreign_output import foreign_output
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import Shown, counted
from stomp_flim.model.workload import Job, Workload
from stomp_flim.run import Rounds, Run

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Summary(Shown, Bounded):
    """What is kept of a run that is not recorded task by task.

    Attributes
    ----------
    instance : Instance
        What was simulated.
    policy : str
        What decided.
    finish : int64[jobs]
        Cycle in which each job finished.
    bin_cycles : int
        Width of the bins of time, a power of two; there are fewer than 1024.
    busy : float64[server types, bins]
        Server-cycles in each bin.
    waiting : float64[demands, bins]
        Task-cycles waited in each bin by the tasks of each demand.
    longest : int64[demands]
        Most tasks of each demand that waited at once, between two instants.
    demands : tuple of str
        What the tasks of each row of `waiting` ask for, for example ``"DSP"``, ``"2 DSP | GPU"`` or
        ``"DSP with 512 bits of BRAM"``.
    bytes_used : int
        Bytes of the state and the queues of the run.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> summary = sf.summarize([sf.Job(graph)] * 1000, platform)
    >>> bool(summary.jobs["response"].max() == summary.makespan)
    True
    >>> summary.utilization.columns.tolist()
    ['server_type', 'servers', 'busy', 'utilization']
    """

    instance: Instance
    policy: str
    finish: Cycles
    bin_cycles: int
    busy: NDArray[np.float64]
    waiting: NDArray[np.float64]
    longest: Cycles
    demands: tuple[str, ...]
    bytes_used: int

    def facts(self) -> dict[str, object]:
        """Return the makespan, and what was run where."""
        makespan = counted(self.makespan, "cycle")
        return {"makespan": makespan, **self.instance.facts(), "policy": self.policy}

    def more_facts(self) -> dict[str, object]:
        """Return bound and gap."""
        return {
            "lower bound": counted(self.lower_bound, "cycle"),
            "gap": f"{self.gap:.2%}",
        }

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finished."""
        return int(self.finish.max())

    @cached_property
    def bounds(self) -> dict[str, int]:
        """Every lower bound on the makespan by name, in cycles."""
        instance = self.instance
        return lower_bounds(instance.workload, instance.platform, instance.durations)

    @property
    def utilization(self) -> pd.DataFrame:
        """Columns server_type, servers, busy (server-cycles), utilization (of the makespan)."""
        import pandas as pd

        servers = self.instance.platform.servers
        frame = pd.DataFrame(
            {
                "server_type": list(servers),
                "servers": list(servers.values()),
                "busy": self.busy.sum(axis=1),
            }
        )
        frame["utilization"] = frame["busy"] / (frame["servers"] * self.makespan)
        return frame

    @property
    def utilization_over_time(self) -> pd.DataFrame:
        """Columns server_type, begin, end, utilization (0 to 1): one row a type and bin."""
        servers = self.instance.platform.servers
        counts = np.array(list(servers.values()))[:, np.newaxis]
        return self._over_time("server_type", tuple(servers), self.busy / counts, "utilization")

    @property
    def queue_length_over_time(self) -> pd.DataFrame:
        """Columns demand, begin, end, waiting (mean tasks): one row a demand and bin."""
        return self._over_time("demand", self.demands, self.waiting, "waiting")

    @property
    def jobs(self) -> pd.DataFrame:
        """One row a job: job, arrival, finish, response."""
        import pandas as pd

        arrival = self.instance.workload.arrival
        return pd.DataFrame(
            {
                "job": np.arange(len(arrival)),
                "arrival": arrival,
                "finish": self.finish,
                "response": self.finish - arrival,
            }
        )

    def summary(self) -> dict[str, Any]:
        """Return the figures of the run as plain values, for JSON."""
        table = self.utilization.set_index("server_type")
        return {
            "makespan": self.makespan,
            "tasks": self.instance.workload.tasks,
            "jobs": len(self.instance.workload),
            "policy": self.policy,
            "engine": "compiled",
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "busy": table["busy"].astype(np.int64).to_dict(),
            "utilization": table["utilization"].to_dict(),
        }

    def _over_time(
        self, label: str, names: tuple[str, ...], table: NDArray[np.float64], column: str
    ) -> pd.DataFrame:
        """Divide integrals by the length of their bins; the last one ends with the run."""
        import pandas as pd

        begin = np.arange(0, self.makespan, self.bin_cycles)
        end = np.minimum(begin + self.bin_cycles, self.makespan)
        mean = table[:, : len(begin)] / (end - begin)
        return pd.DataFrame(
            {
                label: np.repeat(np.array(names, dtype=object), len(begin)),
                "begin": np.tile(begin, len(names)),
                "end": np.tile(end, len(names)),
                column: mean.ravel(),
            }
        )


@foreign_output()
def summarize(
    jobs: Iterable[Job] | Workload | Run,
    platform: Platform | None = None,
    policy: Any = "fifo",
    *,
    rounds: Rounds = "instant",
    seed: int = 0,
    knows: Knows = "mean",
    slots: int | None = None,
) -> Summary:
    """Simulate jobs with the compiled engine and keep a summary in place of the schedule.

    The schedule is the one that `simulate` makes; the memory is little more than a byte a task.

    Parameters
    ----------
    jobs, platform, policy, rounds, seed, knows, slots
        As in `simulate`; the policy is a ranker.

    Raises
    ------
    InputError
        If an argument is wrong, the platform cannot run a task or the compiled engine cannot run
        the policy or the workload.
    PolicyError
        If the policy breaks its contract.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> summary = sf.summarize([sf.Job(graph)] * 1000, platform, "hlfet")
    >>> summary.makespan, summary.lower_bound
    (296, 256)
    """
    from stomp_flim.engines.compiled.engine import CompiledEngine

    run = Run.of(jobs, platform, policy, rounds=rounds, seed=seed, knows=knows, slots=slots)
    choose("compiled", run)  # which knows what it cannot run
    engine = CompiledEngine(run, record=False)
    engine.simulate()
    return Summary(
        run.instance,
        run.policy.name,
        finish=engine.tables.jobs["finish"].copy(),
        bin_cycles=1 << int(engine.usage.shift[0]),
        busy=engine.usage.busy,
        waiting=engine.usage.waiting,
        longest=engine.tables.classes["longest"].copy(),
        demands=_demands(run.instance),
        bytes_used=engine.bytes_used,
    )


def _demands(instance: Instance) -> tuple[str, ...]:
    """Write out what the tasks of each demand class ask for, in the order of trial."""
    types = list(instance.platform.servers)
    names = [""] * instance.demand_classes
    for choice in {choice for of_graph in instance.choices for choice in of_graph}:
        names[choice.demand_class] = " | ".join(
            " + ".join(f"{units} {types[kind]}" if units > 1 else types[kind] for kind, units in d)
            for d in (option.demand for option in choice.options)
        )
        if instance.memories is not None and choice.memory >= 0:
            memory = instance.memories.names[choice.memory]
            names[choice.demand_class] += f" with {choice.bits} bits of {memory}"
    return tuple(names)
