"""Replay: a schedule executed task by task on real numbers, in the order of its time.

Timing and numbers come from different places: an engine places tasks in time and never computes, a
replay computes and never places. A graph whose tasks carry an `Operation` says which value each
task makes of which others, and an interpreter, handed over with the graph, knows what the
operations mean. Each job has a memory of values by name:

1. At the beginning it holds what the interpreter puts there.
2. At each instant the tasks that finish write their results; then the tasks that start read their
   operands. A task reads at its start only and writes at its finish only.
3. At the end the interpreter takes the outputs from it.

Every value is written by one task, so results cannot depend on the order of tasks, unless a task
reads before its operand is there: that is an error. A graph that lacks a dependency is found out
by any schedule that makes use of its absence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stomp_flim.errors import InputError, ReplayError
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.operation import Interpreter, Memory
from stomp_flim.schedule import Schedule

__all__ = ["Interpreter", "Memory", "replay"]


def replay(schedule: Schedule, weights: Any, x: Any) -> Any:
    """Execute the tasks of a schedule in the order of its time.

    Parameters
    ----------
    schedule : Schedule
        Of jobs whose graphs share an interpreter; it is checked first.
    weights, x : Any
        Parameters, and the inputs of every job, as the interpreter of the graph takes them.

    Returns
    -------
    Any
        The outputs of every job, as the interpreter of the graph returns them.

    Raises
    ------
    InputError
        If a graph has no operations or no interpreter, two graphs have different ones, or weights
        or input do not fit.
    ScheduleError
        If the schedule breaks a rule.
    ReplayError
        If a task reads a value that no finished task has written, or writes one that was in memory
        at the beginning.

    Examples
    --------
    >>> import numpy as np
    >>> import stomp_flim as sf
    >>> from stomp_flim.replay import replay
    >>> from workloads.flim.zoo import read
    >>> graph = sf.workload_graph("seq2seqlite-accelerator", stage="encoder")
    >>> result = sf.simulate([sf.Job(graph)] * 2, sf.device("published"), "hlfet")
    >>> x = np.array([[10], [20]], np.int16)  # pixels x steps
    >>> replay(result.schedule, read("seq2seqlite-32").weights, x)[0].shape  # states
    (2, 32)
    """
    jobs = schedule.workload.jobs
    interpreter = _interpreter(schedule.workload.graphs)
    schedule.check()
    memories = [dict(memory) for memory in interpreter.prepare(weights, x)]
    if len(memories) != len(jobs):
        raise InputError(f"the input is that of {len(memories)} jobs, expected {len(jobs)}")

    tasks = [
        (memories[job], jobs[job].graph.operations[task])
        for job, task in zip(schedule.job.tolist(), schedule.task.tolist(), strict=True)
    ]
    results: dict[int, Any] = {}  # of executions that have started and not yet finished
    # Event i is the finish of execution i, the starts come behind: at an instant they are later.
    events = np.argsort(np.concatenate([schedule.finish, schedule.start]), kind="stable")
    for event in events.tolist():
        execution = event % len(tasks)
        memory, operation = tasks[execution]
        if event == execution:
            if operation.result in memory:
                raise ReplayError(
                    f"{_name(schedule, execution)} writes value {operation.result!r} at "
                    f"{schedule.finish[execution]}, but it was there at the beginning"
                )
            memory[operation.result] = results.pop(execution)
            continue
        try:
            operands = [memory[value] for value in operation.operands]
        except KeyError:
            raise _not_written(schedule, execution, memory) from None
        results[execution] = interpreter.execute(operation, operands)
    return interpreter.collect(memories)


def _interpreter(graphs: Sequence[TaskGraph]) -> Interpreter:
    """Return the interpreter that graphs share."""
    for graph in graphs:
        if graph.operations is None or graph.interpreter is None:
            missing = "operations" if graph.operations is None else "interpreter"
            raise InputError(
                f"graph {graph.name!r} has no {missing}: it says when its tasks run, not what they "
                "compute, and cannot be replayed"
            )
        if graph.interpreter != graphs[0].interpreter:
            raise InputError(
                f"graphs {graphs[0].name!r} and {graph.name!r} have different interpreters, "
                "expected one"
            )
    assert graphs[0].interpreter is not None
    return graphs[0].interpreter


def _not_written(schedule: Schedule, execution: int, memory: Memory) -> ReplayError:
    """Return the error of a task that reads too early."""
    job = int(schedule.job[execution])
    graph = schedule.workload.jobs[job].graph
    operations = graph.operations or ()
    reads = operations[schedule.task[execution]].operands
    value = next(value for value in reads if value not in memory)
    cause = "no task writes it and it is not there at the beginning"
    for task, operation in enumerate(operations):
        if operation.result == value:
            finish = schedule.finish[(schedule.job == job) & (schedule.task == task)][0]
            cause = f"task {task} ({graph.task_names[task]!r}) writes it at {finish}"
    return ReplayError(
        f"{_name(schedule, execution)} reads value {value!r} at {schedule.start[execution]}, "
        f"but {cause}"
    )


def _name(schedule: Schedule, execution: int) -> str:
    job, task = int(schedule.job[execution]), int(schedule.task[execution])
    name = schedule.workload.jobs[job].graph.task_names[task]
    return f"job {job}, task {task} ({name!r})"
