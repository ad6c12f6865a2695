"""CP-SAT of OR-Tools, within a budget."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stomp_flim import InputError

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver


class BudgetError(Exception):
    """The time is up before there is a program to solve."""


@dataclass(frozen=True)
class Budget:
    """How long it may take.

    Attributes
    ----------
    deadline : float
        Seconds of the monotonic clock.
    work : float
        Most that one solution of a program may take, in CP-SAT's own count of work.
    """

    deadline: float
    work: float

    @classmethod
    def of(cls, seconds: float, work: float) -> Budget:
        """Begin now."""
        return cls(time.monotonic() + seconds, work)

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    def part(self, share: float) -> Budget:
        """Return a share of the time that is left, from now on."""
        return Budget.of(share * self.left, self.work)

    def require(self) -> None:
        """Raise a BudgetError if the time is up; for loops that build programs."""
        if not self.left:
            raise BudgetError


def solve(
    program: CpModel, budget: Budget, *, workers: int = 1, seed: int = 0, **parameters: Any
) -> tuple[Any, CpSolver]:
    """Solve a program, and return the status with the solver that knows the rest.

    The search runs in a thread of its own, so that Ctrl-C is heard and ends it.
    """
    from ortools.sat.python import cp_model

    budget.require()
    solver = cp_model.CpSolver()
    chosen = {
        "num_workers": workers,
        "random_seed": seed % 2**31,
        "max_deterministic_time": budget.work,
        "catch_sigint_signal": False,  # it would not give Ctrl-C back to Python
        **parameters,
    }
    for name, value in chosen.items():
        setattr(solver.parameters, name, value)
    with ThreadPoolExecutor(max_workers=1) as pool:
        solver.parameters.max_time_in_seconds = budget.left
        running = pool.submit(solver.solve, program)
        try:
            return running.result(), solver
        except KeyboardInterrupt:
            solver.stop_search()
            raise


def require_solver() -> None:
    """Raise an InputError if OR-Tools is not installed."""
    try:
        from ortools.sat.python import cp_model  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"policy 'optimal' needs {error.name}, which is not installed; "
            "pip install 'stomp-flim[optimal]'"
        ) from error
