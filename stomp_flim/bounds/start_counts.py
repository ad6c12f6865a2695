"""The bound of cumulative start counts: a linear program, where the last per cent counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stomp_flim.bounds.start_count_model import StartCounts, start_counts
from stomp_flim.errors import InputError
from stomp_flim.instance import Instance
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

ACCURACIES = (1e-3, 1e-4, 1e-5, 1e-6)
"""Relative errors at which the solver pauses: prices of little accuracy often prove enough."""


def start_count_bound(
    workload: Workload,
    platform: Platform,
    *,
    time_limit: float = 60.0,
    known: int | None = None,
    enough: int | None = None,
) -> int:
    """Return a lower bound on the makespan from a linear program over counts of starts, in cycles.

    For jobs of one graph it counts, for each task and cycle, the jobs in which the task has
    started (`stomp_flim.bounds.start_count_model`). That sees what the other bounds do not: that
    servers fill up slowly where tasks wait for those of another type. It costs seconds to minutes,
    for which reason no result computes it by itself::

        result.bounds["start counts"] = start_count_bound(result.schedule.workload, platform)

    The program is solved by PDLP (Applegate et al., NeurIPS 2021) for makespans from the known
    bound on. A makespan counts as excluded only where the prices that come out prove it in
    integers, so the bound holds whatever the solver's accuracy. The first and the last cycles are
    looked at one by one, ever more of them while time remains.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is to be scheduled, on what. Jobs may have several graphs, modes and arrivals; the
        fewer graphs there are, the smaller is the program.
    time_limit : float
        Seconds after which the best bound found so far is returned; what is excluded by then
        depends on the machine.
    known : int, optional
        A lower bound to start from; by default the largest of `stomp_flim.bounds.lower_bounds`.
    enough : int, optional
        A bound at which to stop, for example the makespan of a schedule: it is optimal then.

    Raises
    ------
    InputError
        If durations are random, a task cannot run on the platform, the time limit is not positive
        or the extra ``optimal`` is not installed.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> from stomp_flim.bounds import lower_bound, start_count_bound
    >>> workload = sf.Workload([sf.Job(graph)] * 256)
    >>> lower_bound(workload, platform), start_count_bound(workload, platform)
    (78, 80)
    """
    from stomp_flim.bounds.quick_bounds import lower_bound

    _require_solver()
    if not time_limit > 0:
        raise InputError(f"time_limit is {time_limit!r}, expected seconds > 0")
    for graph in workload.graphs:
        if graph.is_random:
            raise InputError(
                f"graph {graph.name!r} has random durations, expected fixed ones: the bound of "
                "start counts is one of equal jobs"
            )
    search = _Search(Instance(workload, platform), time.monotonic() + time_limit, enough)
    bound = lower_bound(workload, platform) if known is None else known
    longest = max(graph.critical_path for graph in workload.graphs)
    window = max(8, longest // 8)
    while True:
        bound = search.climb(bound, window)
        if 2 * window >= bound or search.is_over(bound):
            return bound
        window *= 2


def approximate_counts(
    instance: Instance, end: int, deadline: float
) -> Iterator[tuple[StartCounts, NDArray[np.float64]]]:
    """Yield solutions of the program for schedules that end by a cycle, ever more accurate ones.

    Parameters
    ----------
    instance : Instance
        What is scheduled; nothing in it is random.
    end : int
        Cycle by which as large a share of all jobs as possible is to be done.
    deadline : float
        Of the monotonic clock, in seconds.

    Yields
    ------
    StartCounts, float64[variables]
        The curves, and their counts as shares of the jobs.

    Raises
    ------
    InputError
        If the extra ``optimal`` is not installed.
    """
    _require_solver()
    model = start_counts(instance, end, end + 1)
    if model is None:
        return
    program, solution = _Program(model), None
    for accuracy in (10 * ACCURACIES[0], *ACCURACIES[:2]):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return
        solution = program.solve(accuracy, remaining, solution)
        yield model, np.array(solution.primal_solution)[:-1]


class _Verdict(NamedTuple):
    """What solving says of a makespan.

    Attributes
    ----------
    excluded : bool
        Whether it is proven that no schedule ends by then.
    share : float
        About what share of each task's jobs can be done by then.
    """

    excluded: bool
    share: float


class _Search:
    """Looks for the least makespan that is not excluded."""

    def __init__(self, instance: Instance, deadline: float, enough: int | None) -> None:
        self.instance = instance
        self.deadline = deadline
        self.enough = np.iinfo(np.int64).max if enough is None else enough
        self.solution: Any = None
        """The last one; programs of one window differ little from makespan to makespan."""

    def is_over(self, bound: int) -> bool:
        """Whether the time is up or the bound is enough."""
        return bound >= self.enough or time.monotonic() >= self.deadline

    def climb(self, bound: int, window: int) -> int:
        """Return the least makespan from `bound` on that is not excluded, or one below it."""
        end, undecided, back = bound, None, 1
        while bound != undecided and not self.is_over(bound):
            end = min(end, self.enough - 1)
            excluded, share = self._verdict(end, window)
            if excluded:
                bound = end + 1
                if undecided is None:  # guess where the share reaches 1
                    end = max(bound, round(end * (2 - share)))
                else:
                    end = (bound + undecided) // 2
            else:  # a guess comes close: back in small steps
                undecided = end
                end = max(bound, undecided - back)
                back *= 2
        return bound

    def _verdict(self, end: int, window: int) -> _Verdict:
        model = start_counts(self.instance, end, window)
        if model is None:
            return _Verdict(True, 1.0)
        program = _Program(model)
        for accuracy in ACCURACIES:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                break
            self.solution = program.solve(accuracy, remaining, self.solution)
            share = float(self.solution.primal_solution[-1])
            if model.excludes(-self.solution.dual_solution[: len(model.rows.limit)]):
                return _Verdict(True, share)
        return _Verdict(False, 1.0)


class _Program:
    """Maximize the share of all jobs that is done by the end; below 1 there is no schedule.

    The variables are the counts as shares of the jobs, and the share sought, which comes last.
    """

    def __init__(self, model: StartCounts) -> None:
        from ortools.pdlp.python import pdlp
        from scipy.sparse import csc_matrix

        rows, most = model.rows, max(model.jobs)
        weight = np.zeros(model.variables)
        rising: list[NDArray[np.int64]] = []
        tasks: list[list[int]] = []
        for jobs, graph in zip(model.jobs, model.curves, strict=True):
            for curves in graph:
                for curve in curves:
                    points = np.arange(curve.first, curve.first + len(curve.time))
                    weight[points] = jobs / most
                    rising.append(points[:-1])
                tasks.append([curve.first + len(curve.time) - 1 for curve in curves])
        from_one = np.concatenate(rising)
        ends = np.array([point for task in tasks for point in task])
        of_task = np.repeat(np.arange(len(tasks)), [len(task) for task in tasks])
        first_rise = len(rows.limit)
        rise = first_rise + np.arange(len(from_one))
        first_end = first_rise + len(from_one)
        height = first_end + len(tasks)
        every_end = first_end + np.arange(len(tasks))
        share = model.variables
        matrix: csc_matrix = csc_matrix(
            (
                np.concatenate(
                    [
                        rows.coefficient * weight[rows.column],
                        np.ones(len(rise)),
                        -np.ones(len(rise)),
                        np.ones(len(ends)),
                        -np.ones(len(tasks)),
                    ]
                ),
                (
                    np.concatenate([rows.row, rise, rise, first_end + of_task, every_end]),
                    np.concatenate(
                        [rows.column, from_one, from_one + 1, ends, np.full(len(tasks), share)]
                    ),
                ),
            ),
            shape=(height, share + 1),
        )
        limit = np.concatenate([rows.limit / most, np.zeros(height - first_rise)])
        self._program = pdlp.QuadraticProgram()
        self._program.constraint_matrix = matrix
        self._program.constraint_lower_bounds = np.where(
            np.arange(height) < first_end, -np.inf, 0.0
        )
        self._program.constraint_upper_bounds = limit
        self._program.variable_lower_bounds = np.zeros(share + 1)
        self._program.variable_upper_bounds = np.ones(share + 1)
        self._program.objective_vector = np.append(np.zeros(share), -1.0)

    def solve(self, accuracy: float, seconds: float, start: Any) -> Any:
        """Solve to a relative accuracy, from an earlier solution if there is one of this size."""
        from ortools.pdlp import solvers_pb2
        from ortools.pdlp.python import pdlp

        parameters = solvers_pb2.PrimalDualHybridGradientParams()
        parameters.num_threads = 1
        criteria = parameters.termination_criteria
        criteria.simple_optimality_criteria.eps_optimal_relative = accuracy
        criteria.simple_optimality_criteria.eps_optimal_absolute = accuracy
        criteria.time_sec_limit = seconds
        warm = None
        sizes = len(self._program.objective_vector), len(self._program.constraint_lower_bounds)
        if start and (len(start.primal_solution), len(start.dual_solution)) == sizes:
            warm = pdlp.PrimalAndDualSolution()
            warm.primal_solution = start.primal_solution
            warm.dual_solution = start.dual_solution
        return pdlp.primal_dual_hybrid_gradient(self._program, parameters, warm)


def _require_solver() -> None:
    try:
        import scipy.sparse  # noqa: F401
        from ortools.pdlp.python import pdlp  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"the bound of start counts needs {error.name}, which is not installed; "
            "pip install 'stomp-flim[optimal]'"
        ) from error
