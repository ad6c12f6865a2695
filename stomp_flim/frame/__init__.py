"""Time for a frame: many equal jobs through few slots, without simulating each of them.

A frame of a camera is hundreds of thousands of pixels, each a job of the same graph. `lock_step`
and `free_running` are the two ways to run them through P slots; what each figure rests on is said
in its `method` and `error`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from stomp_flim.bounds import lower_bound
from stomp_flim.errors import InputError, ScheduleError
from stomp_flim.foreign_output import foreign_output
from stomp_flim.frame.steady_state import FEWEST_ROUNDS, Progress
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import MOST_PIXELS, Job, Workload
from stomp_flim.policy import PeriodicPlanner, Policy
from stomp_flim.policy.loading import parse
from stomp_flim.run import Run
from stomp_flim.simulation import simulate

if TYPE_CHECKING:
    from stomp_flim.engines.compiled.engine import CompiledEngine
    from stomp_flim.frame.recurrence import Period

Method = Literal["simulation", "multiplication", "recurrence", "period", "extrapolation"]

MOST_TASKS = 10**9
"""How many tasks `free_running` simulates at most, by default: less than a minute."""


@dataclass(frozen=True)
class FrameTime:
    """Time for a frame, and how sure it is.

    Attributes
    ----------
    cycles : int
        From the first arrival to the last result.
    method : str
        What made the figure: the ``"simulation"`` of every pixel; the exact ``"multiplication"`` of
        equal batches; the exact ``"recurrence"`` of a state that came back; the exact ``"period"``
        of a table that repeats; or the ``"extrapolation"`` of the rate that a long run settled to.
    error : float
        Half-width of an interval around `cycles`, as a fraction of it: 0 where the figure is exact,
        else of a confidence of 99%, as long as the run goes on as it has settled: a later change of
        its rhythm cannot be foreseen.
    simulated : int
        Pixels that were simulated, or are in a period of a table.
    period : Period or None
        What repeats, if something was found to.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.frame import lock_step
    >>> time = lock_step(graph, platform, "hlfet", pixels=512 * 512, slots=64)
    >>> time.cycles, time.method
    (212992, 'multiplication')
    """

    cycles: int
    method: Method
    error: float
    simulated: int
    period: Period | None = None


@foreign_output()
def lock_step(
    graph: TaskGraph,
    platform: Platform,
    policy: Any = "fifo",
    *,
    pixels: int,
    slots: int,
) -> FrameTime:
    """Return the time for a frame in batches: the next begins when all pixels of one are done.

    The servers are empty between two batches, so that equal batches take equal times: one is
    simulated and multiplied, and the rest, where the slots do not divide the pixels, simulated too.

    Parameters
    ----------
    graph : TaskGraph
        What is done for each pixel.
    platform : Platform
        The servers.
    policy : str or object
        Any policy, as for `simulate`.
    pixels, slots : int
        Pixels of the frame, and how many are in a batch.

    Raises
    ------
    InputError
        If a number is below 1, durations are random, or the platform cannot run a task.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.frame import lock_step
    >>> lock_step(graph, platform, "hlfet", pixels=512 * 512, slots=64).cycles
    212992
    """
    chosen = _require(graph, policy, pixels, slots)
    batches, rest = divmod(pixels, slots)
    cycles = sum(
        number * _makespan(graph, platform, chosen, size)
        for number, size in ((batches, slots), (1, rest))
        if number and size
    )
    method: Method = "multiplication" if batches > 1 else "simulation"
    return FrameTime(cycles, method, 0.0, (slots if batches else 0) + rest)


@foreign_output()
def free_running(
    graph: TaskGraph,
    platform: Platform,
    policy: Any = "fifo",
    *,
    pixels: int,
    slots: int,
    error: float = 1e-3,
    most_tasks: int = MOST_TASKS,
) -> FrameTime:
    """Return the time for a frame of which each pixel enters as soon as a slot is free.

    Pixels are simulated one after another until all are done, or the state of the run comes back
    (then the rest of the frame is known exactly), or the rate of the run is known well enough.
    A policy that plans a table that repeats (`stomp_flim.policy.PeriodicPlanner`) is not simulated:
    its table is checked, and says the time.

    Parameters
    ----------
    graph : TaskGraph
        What is done for each pixel.
    platform : Platform
        The servers.
    policy : str or object
        A ranker, as for `simulate`, or a planner of tables.
    pixels, slots : int
        Pixels of the frame, and how many are in flight at most.
    error : float
        Half-width of the 99% confidence interval with which an extrapolation is content.
    most_tasks : int
        Tasks that are simulated at most; the error of the result may then be larger.

    Raises
    ------
    InputError
        If a number is below 1, durations are random, the policy is neither, or the platform cannot
        run a task.
    ScheduleError
        If a table breaks a rule.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.frame import free_running
    >>> time = free_running(graph, platform, "hlfet", pixels=512 * 512, slots=16)
    >>> time.cycles, time.method, time.error
    (851968, 'recurrence', 0.0)
    """
    from stomp_flim.engines.compiled.engine import CompiledEngine
    from stomp_flim.engines.compiled.tables import MOST_TASKS as MOST_IN_ONE_RUN
    from stomp_flim.frame.recurrence import Recurrence

    chosen = _require(graph, policy, pixels, slots)
    if chosen.plans_tables:
        return _of_table(chosen.implementation, graph, platform, pixels, slots)
    most = min(most_tasks, MOST_IN_ONE_RUN) // len(graph)
    if most < min(pixels, FEWEST_ROUNDS * slots):
        raise InputError(
            f"{slots} slots for {pixels:,} pixels of {len(graph):,} tasks: a run settles in "
            f"{FEWEST_ROUNDS * slots * len(graph):,} tasks at best, expected at most "
            f"{min(most_tasks, MOST_IN_ONE_RUN):,}"
        )
    run = Run([Job(graph)] * min(pixels, most), platform, chosen, slots=slots)
    engine = CompiledEngine(run, record=False)
    recurrence = Recurrence(engine)
    progress = Progress(len(graph), slots)
    while not engine.advance(1):
        state = engine.state.run[0]
        period = recurrence.look() if engine.tables.by_line else None
        if period is not None:
            return _repeated(engine, period, pixels)
        progress.add(int(state["now"]), int(state["started"]), int(state["finished"]))
        if progress.is_known(pixels, error) or len(run.workload) == state["entered"] < pixels:
            break
    else:
        return FrameTime(engine.makespan, "simulation", 0.0, pixels)
    return _extrapolated(engine, progress, pixels, slots)


def frame_bound(graph: TaskGraph, platform: Platform, *, pixels: int, slots: int) -> int:
    """Return what no policy can beat, in cycles, with so many pixels in flight at most.

    To the bounds of `stomp_flim.bounds` comes that of the slots: one of them has at least
    ``ceil(pixels / slots)`` pixels, one after another, none of which is shorter than its longest
    path.

    Raises
    ------
    InputError
        If a number is below 1 or the platform cannot run a task.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.frame import frame_bound
    >>> frame_bound(graph, platform, pixels=512 * 512, slots=16)
    851968
    """
    _require_counts(pixels, slots)
    in_turn = -(-pixels // slots) * graph.critical_path
    return max(in_turn, _bound_of_all(graph, platform, pixels))


@lru_cache(maxsize=4)
def _bound_of_all(graph: TaskGraph, platform: Platform, pixels: int) -> int:
    """Return the bound without slots, which a sweep asks for again and again."""
    return lower_bound(Workload([Job(graph)] * pixels), platform)


def _repeated(engine: CompiledEngine, period: Period, pixels: int) -> FrameTime:
    """Leave out as many whole periods as there are, and simulate what remains."""
    periods = (pixels - int(engine.state.run["entered"][0])) // period.jobs
    simulated = pixels - periods * period.jobs
    engine.truncate(simulated)
    engine.advance()
    cycles = engine.makespan + periods * period.cycles
    return FrameTime(cycles, "recurrence", 0.0, simulated, period)


def _extrapolated(engine: CompiledEngine, progress: Progress, pixels: int, slots: int) -> FrameTime:
    """Let the run end, and add the time of the pixels that are left out at the steady rate."""
    progress.estimate()
    entered = int(engine.state.run["entered"][0])
    simulated = entered + (pixels - entered) % slots
    simulated = min(simulated, len(engine.tables.arrivals))
    engine.truncate(simulated)
    engine.advance()
    left_out = pixels - simulated
    cycles = engine.makespan + round(left_out * progress.cycles_per_job)
    return FrameTime(cycles, "extrapolation", progress.uncertainty(left_out) / cycles, simulated)


def _of_table(
    planner: PeriodicPlanner, graph: TaskGraph, platform: Platform, pixels: int, slots: int
) -> FrameTime:
    """Return the time that a table says, once it is proven."""
    from stomp_flim.frame.recurrence import Period

    table = planner.period(graph, platform, slots)
    table.check()
    if table.in_flight > slots:
        raise ScheduleError(
            f"a table of {graph.name!r} has {table.in_flight} jobs in flight, expected at most "
            f"{slots}"
        )
    period = Period(0, table.jobs, table.cycles)
    return FrameTime(table.makespan(pixels), "period", 0.0, min(pixels, table.jobs), period)


def _makespan(graph: TaskGraph, platform: Platform, policy: Policy, jobs: int) -> int:
    from stomp_flim.engines.compiled.engine import CompiledEngine

    run = Run([Job(graph)] * jobs, platform, policy)
    if policy.kind != "ranker":
        return simulate(run).makespan
    engine = CompiledEngine(run, record=False)
    engine.advance()
    return engine.makespan


def _require(graph: TaskGraph, policy: Any, pixels: int, slots: int) -> Policy:
    _require_counts(pixels, slots)
    if graph.is_random:
        raise InputError(
            f"graph {graph.name!r} has random durations, with which no two pixels are equal; "
            "expected fixed ones"
        )
    return parse(policy)


def _require_counts(pixels: int, slots: int) -> None:
    for name, number in (("pixels", pixels), ("slots", slots)):
        if number < 1:
            raise InputError(f"{name} is {number!r}, expected an integer >= 1")
        if number > MOST_PIXELS:
            raise InputError(f"{name} is {number:,}, expected at most {MOST_PIXELS:,}")
