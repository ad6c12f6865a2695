"""What a task computes: names, and an interpreter that knows what they mean."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stomp_flim.errors import InputError


@dataclass(frozen=True)
class Operation:
    """A value made of named values. Only an interpreter knows what it means.

    Parameters
    ----------
    name : str
        What is done, for example ``"add"``.
    operands : tuple of hashable
        Names of the values that the task reads when it starts.
    result : hashable
        Name of the value that it writes when it finishes.
    parameters : tuple of hashable
        Constants of the operation.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> add = sf.Operation("add", operands=("a", "b"), result="sum")
    >>> task = sf.Task("add", [sf.Mode({"DSP": 1}, 2)], operation=add)
    """

    name: str
    operands: tuple[Hashable, ...]
    result: Hashable
    parameters: tuple[Hashable, ...] = ()


Memory = Mapping[Hashable, Any]


class Interpreter(Protocol):
    """What the operations of a graph mean.

    Examples
    --------
    >>> import numpy as np
    >>> import stomp_flim as sf
    >>> class Squares:
    ...     def prepare(self, weights, x):
    ...         return [{"x": value} for value in x]
    ...
    ...     def execute(self, operation, operands):
    ...         return operands[0] ** 2
    ...
    ...     def collect(self, memories):
    ...         return [memory["y"] for memory in memories]
    """

    def prepare(self, weights: Any, x: Any) -> Sequence[Memory]:
        """Return the values that lie in memory before the first task, one mapping a job.

        Raises
        ------
        InputError
            If weights or input are not those of the graph.
        """
        ...

    def execute(self, operation: Operation, operands: Sequence[Any]) -> Any:
        """Return the result of an operation; operands are values and are not to be changed."""
        ...

    def collect(self, memories: Sequence[Memory]) -> Any:
        """Return the outputs of all jobs from their memories after the last task."""
        ...


def checked_operations(
    operations: Sequence[Operation | None], task_names: Sequence[str], graph: str
) -> tuple[Operation, ...] | None:
    """Return the operations of all tasks of a graph, or None if no task has one.

    Raises
    ------
    InputError
        If a task has an operation and another has none, or two tasks write the same value.
    """
    known = tuple(operation for operation in operations if operation is not None)
    if not known:
        return None
    if len(known) < len(operations):
        task = operations.index(None)
        raise InputError(
            f"graph {graph!r}: task {task} ({task_names[task]!r}) has no operation, expected one "
            "for every task or for none"
        )
    writer: dict[Hashable, int] = {}
    for task, operation in enumerate(known):
        first = writer.setdefault(operation.result, task)
        if first != task:
            raise InputError(
                f"graph {graph!r}: value {operation.result!r} is written by task {first} "
                f"({task_names[first]!r}) and task {task} ({task_names[task]!r}), expected one "
                "writer"
            )
    return known
