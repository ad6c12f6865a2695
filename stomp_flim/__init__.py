"""STOMP-FLIM: scheduling of task graphs on the servers of an accelerator.

>>> import stomp_flim as sf
>>> graph = sf.workload_graph("seq2seqlite", stage="encoder", steps=1)
>>> platform = sf.Platform({"DSP": 128, "Shared mem": 128, "Const mem": 128, "data mem": 256})
>>> sf.simulate([sf.Job(graph) for _ in range(64)], platform, policy="fifo").makespan
464
"""

from stomp_flim import arrivals
from stomp_flim.buffer import Buffer
from stomp_flim.decision import DecisionCost
from stomp_flim.distributions import Distribution, Empirical, Exponential, Normal
from stomp_flim.errors import (
    DeadlockError,
    InputError,
    PolicyError,
    ReplayError,
    ScheduleError,
)
from stomp_flim.graph import Mode, Task, TaskGraph
from stomp_flim.operation import Operation
from stomp_flim.platform import Platform
from stomp_flim.plugins import device, workload_graph
from stomp_flim.policy import AffinePriority, Assignment
from stomp_flim.schedule import Schedule
from stomp_flim.simulation import Result, simulate
from stomp_flim.summary import Summary, summarize
from stomp_flim.workload import Job, Workload

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
    "Schedule",
    "ScheduleError",
    "Summary",
    "Task",
    "TaskGraph",
    "Workload",
    "arrivals",
    "device",
    "simulate",
    "summarize",
    "workload_graph",
]
