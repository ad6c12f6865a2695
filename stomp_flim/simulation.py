"""The front door: simulate jobs on a platform under a policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stomp_flim.bounds import Bounded, guarantee, lower_bounds
from stomp_flim.bounds.graham import is_list_schedule
from stomp_flim.chance.knowledge import Knows, planned
from stomp_flim.engines.engine_choice import choose, require_engine
from stomp_flim.engines.engine_choice import engine as make_engine
from stomp_flim.errors import InputError, PolicyError, ScheduleError
from stomp_flim.foreign_output import foreign_output
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.shown import Shown, as_line, counted, listed
from stomp_flim.model.workload import Job, Workload
from stomp_flim.policy import Policy
from stomp_flim.policy.decision_cost import FREE, DecisionCost
from stomp_flim.policy.error_place import raised, written_at
from stomp_flim.replay import replay
from stomp_flim.run import Rounds, Run
from stomp_flim.schedule import Schedule
from stomp_flim.schedule.metrics import Metrics
from stomp_flim.schedule.replan import execute

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Result(Shown, Bounded):
    """A schedule with the bound that it is to be compared with.

    Attributes
    ----------
    schedule : Schedule
        What ran when and where.
    policy, engine : str
        What made it; the engine is "compiled", "simpy" or "planner".

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> result.makespan, result.lower_bound, result.proven
    (52, 52, True)
    >>> sorted(result.bounds)[0]
    'critical path'
    >>> result.metrics.utilization.columns.tolist()
    ['server_type', 'servers', 'busy', 'utilization']
    """

    schedule: Schedule
    policy: str
    engine: str

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finishes."""
        return self.schedule.makespan

    @cached_property
    def bounds(self) -> dict[str, int]:
        """Every lower bound on the makespan by name, in cycles, for the durations as drawn.

        Those of a planner that confirms what it proves are among them; others may be added.
        """
        schedule = self.schedule
        of_workload = lower_bounds(schedule.workload, schedule.platform, schedule.durations)
        return {**of_workload, **schedule.bounds}

    @property
    def guarantee(self) -> Fraction | None:
        """How much longer than the optimum such a schedule can be, see `bounds.graham`.

        None where nothing is guaranteed.
        """
        factor = guarantee(self.schedule.workload, self.schedule.platform)
        return factor if factor is not None and is_list_schedule(self.schedule) else None

    @cached_property
    def metrics(self) -> Metrics:
        """Utilization, waiting, queue lengths, deadlines and what memories hold."""
        return Metrics(self.schedule)

    def replay(self, weights: Any, x: Any) -> Any:
        """Execute the schedule task by task on numbers; see `stomp_flim.replay.replay`.

        Parameters
        ----------
        weights, x : Any
            Parameters, and the inputs of every job, as the workload that made the graph says: for
            ``"seq2seqlite-accelerator"`` those of `hwmodels.gru.kernel.infer`.

        Returns
        -------
        Any
            The outputs of every job.

        Raises
        ------
        InputError
            If the graph cannot be replayed, or weights or input do not fit.
        ReplayError
            If a task reads a value that no finished task has written.
        """
        return replay(self.schedule, weights, x)

    def summary(self) -> dict[str, Any]:
        """Return the figures of the run as plain values, for JSON."""
        table = self.metrics.utilization.set_index("server_type")
        return {
            "makespan": self.makespan,
            "tasks": self.schedule.workload.tasks,
            "jobs": len(self.schedule.workload),
            "policy": self.policy,
            "engine": self.engine,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "busy": self.schedule.busy,
            "utilization": table["utilization"].to_dict(),
            **({"peak_memory": peaks} if (peaks := self.metrics.peak_memory) else {}),
            **self.metrics.statistics,
        }

    def facts(self) -> dict[str, object]:
        """Return the schedule's, and what made it."""
        return {**self.schedule.facts(), "policy": self.policy, "engine": self.engine}

    def more_facts(self) -> dict[str, object]:
        """Return bound, gap and utilization."""
        proven = ", proven optimal" if self.proven else ""
        return {
            "lower bound": counted(self.lower_bound, "cycle"),
            "gap": f"{self.gap:.2%}{proven}",
            "utilization": self._utilization(),
        }

    def figure(self) -> Figure | None:
        """Return a small Gantt chart, or None where there are too many tasks to see."""
        from stomp_flim.plots.gantt import small_gantt

        return small_gantt(self.schedule)

    def _utilization(self) -> str:
        rows = self.metrics.utilization
        shares = (f"{row.server_type} {row.utilization:.1%}" for row in rows.itertuples())
        return listed(shares, len(rows))

    def __str__(self) -> str:
        workload, platform = self.schedule.workload, self.schedule.platform
        return (
            f"{workload.tasks:,} tasks of {len(workload):,} jobs on {as_line(platform.name)}, "
            f"policy {as_line(self.policy)}, engine {self.engine}\n"
            f"makespan     {self.makespan:,} cycles ({self.makespan * platform.clock_ns:,.1f} ns)\n"
            f"lower bound  {self.lower_bound:,} cycles, gap {self.gap:.2%}"
            f"{', proven optimal' if self.proven else ''}\n"
            f"utilization  {self._utilization()}"
        )


@foreign_output()
def simulate(
    jobs: Iterable[Job] | Workload | Run,
    platform: Platform | None = None,
    policy: Any = "fifo",
    engine: str = "auto",
    *,
    rounds: Rounds = "instant",
    seed: int = 0,
    knows: Knows = "mean",
    slots: int | None = None,
    decision: DecisionCost = FREE,
) -> Result:
    """Simulate jobs on a platform under a policy.

    Parameters
    ----------
    jobs : iterable of Job, Workload or Run
        What arrives; or all of the run, and then the engine alone may stand beside it.
    platform, policy, rounds, seed, knows, slots, decision
        As of `Run`.
    engine : str
        ``"compiled"`` runs rankers, ``"simpy"`` rankers and dispatchers; their schedules are
        equal. ``"auto"`` is the compiled one wherever it can run. A planner makes its schedule
        itself. `Result.engine` says which one it was.

    Returns
    -------
    Result
        The schedule, its lower bound and metrics.

    Raises
    ------
    InputError
        If an argument is wrong or the platform cannot run a task.
    PolicyError
        If the policy breaks its contract.
    ScheduleError
        If a planner's schedule breaks a rule.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> jobs = [sf.Job(graph) for _ in range(64)]
    >>> sf.simulate(jobs, platform, "hlfet").makespan
    52
    >>> sf.simulate(jobs, platform, "hlfet", slots=8).makespan  # at most 8 in flight
    416
    """
    asked = require_engine(engine)
    rules = {"rounds": rounds, "seed": seed, "knows": knows, "slots": slots, "decision": decision}
    run = Run.of(jobs, platform, policy, **rules)
    if run.policy.kind == "planner":
        return Result(_plan(run.policy, run.instance), run.policy.name, "planner")
    name = choose(asked, run)
    return Result(make_engine(name, run).run(), run.policy.name, name)


def _plan(policy: Policy, instance: Instance) -> Schedule:
    """Let a planner plan what it may know, and execute the plan where that is not how it is."""
    workload = planned(instance.workload, instance.durations, instance.knows)
    try:
        schedule = policy.implementation.plan(workload, instance.platform)
    except InputError:  # what it cannot plan for, in its own words
        raise
    except (Exception, SystemExit) as error:
        raise raised(policy, error, "before cycle 0") from error
    whose = f"{written_at(policy)}policy {policy.name!r}"
    if not (
        isinstance(schedule, Schedule)
        and schedule.workload is workload
        and schedule.platform is instance.platform
        and schedule.durations is None
    ):
        raise PolicyError(
            f"{whose} planned {type(schedule).__name__}, expected a Schedule of the workload and "
            "platform it was given"
        )
    try:
        schedule.check()
    except ScheduleError as error:
        raise ScheduleError(f"{whose}: {error}") from error
    except Exception as error:  # columns of other shapes or types
        raise PolicyError(
            f"{whose} planned a schedule whose columns do not fit together, "
            f"{type(error).__name__}: {error}"
        ) from error
    if schedule.bounds and not getattr(policy.implementation, "confirms_bounds", False):
        schedule = replace(schedule, bounds={})
    if workload is not instance.workload:
        schedule = execute(schedule, instance.workload, instance.durations)
        schedule.check()
    return schedule
