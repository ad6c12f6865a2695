"""STOMP-FLIM: scheduling of task graphs on the servers of an accelerator.

>>> import stomp_flim as sf
>>> graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
>>> platform = sf.Platform({"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256})
>>> sf.simulate([sf.Job(graph) for _ in range(64)], platform, policy="fifo").makespan
464
"""

from stomp_flim.chance import arrivals
from stomp_flim.errors import (
    DeadlockError,
    InputError,
    PolicyError,
    ReplayError,
    ScheduleError,
)
from stomp_flim.model.buffer import Buffer
from stomp_flim.model.distributions import Distribution, Empirical, Exponential, Normal
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.operation import Operation
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode, Task
from stomp_flim.model.workload import Job, Workload
from stomp_flim.plugins import device, workload_graph
from stomp_flim.policy import AffinePriority, Assignment
from stomp_flim.policy.decision_cost import DecisionCost
from stomp_flim.run import Run
from stomp_flim.schedule import Schedule
from stomp_flim.simulation import Result, simulate
from stomp_flim.unrecorded import Summary, summarize

__version__ = "0.1.0"
"""Read by pyproject.toml: the one place where it stands."""

__all__ = [
    "AffinePriority",
    "Assignment",
    "Buffer",
    "DeadlockError",
    "DecisionCost",
    "Distribution",
    "Empirical",
    "Exponential",
    "InputError",
    "Job",
    "Mode",
    "Normal",
    "Operation",
    "Platform",
    "PolicyError",
    "ReplayError",
    "Result",
    "Run",
    "Schedule",
    "ScheduleError",
    "Summary",
    "Task",
    "TaskGraph",
    "Workload",
    "__version__",
    "arrivals",
    "device",
    "simulate",
    "summarize",
    "workload_graph",
]
